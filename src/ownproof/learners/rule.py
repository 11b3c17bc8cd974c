"""The rule that is in use today, imported from a file or a column: the bar that a model has to clear."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn

from ownproof.core.dataset import Dataset
from ownproof.core.learner import Choice, Cost, Model, Progress, Shape
from ownproof.core.prediction import Predictions
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.errors import InputError, UsageError
from ownproof.learners.parts import rule_answers, rule_python, rule_sql, rule_table, table
from ownproof.learners.parts.constant_model import ConstantModel

if TYPE_CHECKING:
    import polars as pl

MAJORITY = "majority"
_COLUMN = "column:"
_WANTED = "a file ending in .py, .sql or .csv, column:NAME, or majority"


@dataclass(frozen=True, slots=True)
class Rule:
    """Decisions that somebody else makes. said: how it was named; columns: those of the data that it is shown."""

    said: str
    columns: tuple[str, ...]
    decide: Callable[[pl.DataFrame], Sequence[Any]]

    def predict(self, dataset: Dataset, task: Task) -> Predictions:
        """Its answers: decisions (hard), numbers, or for two classes the probability of the positive one.

        Raises InputError for rows without an answer and for answers that are none of the classes, all at once.
        """
        answers = self.decide(dataset.table(self.columns))
        return rule_answers.predictions(list(answers), task, where=self.said)


def load_rule(said: str, schema: Schema, task: Task) -> Rule:
    """The rule that `--rule` names, checked against the columns of the data.

    `FILE.py` with `decide(row: dict) -> label or number`, run in this process; `FILE.sql` with one expression over
    the columns; `FILE.csv`, a decision table; `column:NAME` for past decisions that lie in the data. A row is shown as
    it was read, without the target. Raises UsageError or InputError, with every problem at once.
    """
    columns = tuple(n for n in schema.names if n != task.column)
    if said.startswith(_COLUMN):
        return _past_decisions(said, columns, task)
    path = Path(said)
    if said == MAJORITY:
        raise UsageError(
            "the majority has to be counted first",
            expected=_WANTED,
            where="--rule",
            hint="fit the learner `constant` on the training rows",
        )
    if path.suffix.lower() not in (".py", ".sql", ".csv"):
        raise UsageError(
            f"--rule {said} is not a rule",
            expected=_WANTED,
            where="--rule",
            hint="give the file its ending" if path.is_file() else "check the spelling",
        )
    text = _text(path)
    if path.suffix.lower() == ".py":
        return Rule(said, columns, rule_python.load(text, path.name))
    if path.suffix.lower() == ".sql":
        used, decide = rule_sql.load(text, columns, where=path.name)
    else:
        used, decide = rule_table.load(text, columns, where=path.name)
    return Rule(said, used or columns[:1], decide)


def _past_decisions(said: str, columns: Sequence[str], task: Task) -> Rule:
    name = said[len(_COLUMN) :]
    if name == task.column:
        raise UsageError(
            f"--rule {said} names the target itself",
            expected="a column of past decisions",
            hint="the rule's decisions, not what turned out to be true",
            where="--rule",
        )
    if name not in columns:
        raise InputError.no_column(name, list(columns), role="rule", where="--rule")
    return Rule(said, (name,), lambda frame: frame[name].to_list())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError as why:
        raise UsageError(
            f"--rule {path}: no such file", expected=_WANTED, hint="check the path", where="--rule", code="no-rule"
        ) from why
    except (OSError, UnicodeDecodeError) as why:
        raise UsageError(
            f"--rule {path} cannot be read: {why}",
            expected="a text file in UTF-8",
            hint="save it as UTF-8",
            where="--rule",
        ) from why


@dataclass(frozen=True, slots=True)
class RuleModel:
    """A rule in the place of a model; it is never packaged."""

    rule: Rule
    task: Task
    facts: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, dataset: Dataset) -> Predictions:
        """The rule's answers."""
        return self.rule.predict(dataset, self.task)

    def save(self, folder: Path) -> NoReturn:
        """Raises UsageError: a bundle holds no code."""
        raise UsageError(
            f"the rule {self.rule.said} cannot be packaged",
            expected="a model that was trained",
            hint="keep the rule where it is; it is the baseline",
            where=str(folder),
        )


class RuleLearner:
    """Stands for an imported rule among the learners: nothing is learnt, and it is never tried unasked."""

    name: ClassVar[str] = "rule"
    extra: ClassVar[str | None] = None
    reads: ClassVar[Literal["matrix", "columns"]] = "columns"
    default: ClassVar[bool] = False
    baseline: ClassVar[bool] = True
    least_units: ClassVar[int] = 1

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """Always a reason: there is nothing to try."""
        return "a rule is imported with --rule, not learnt"

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """No recipe: the rule has to be named."""
        return ()

    def space(self, task: Task) -> Mapping[str, Choice]:
        """Nothing to search."""
        return {}

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """A call of a Python function for every row."""
        return Cost(0.01 + 5e-6 * shape.rows, 1e3 * shape.rows)

    def fit(
        self,
        train: Dataset,
        validation: Dataset | None,
        task: Task,
        params: Mapping[str, Any],
        *,
        workdir: Path,
        seed: int,
        cores: int,
        progress: Progress,
    ) -> Model:
        """Load the rule that `params["rule"]` names; the majority is counted in the training rows."""
        said = str(params.get("rule", MAJORITY))
        progress(1.0, said)
        if said == MAJORITY:
            reason = table.refusal(None, task)
            if reason:
                raise UsageError(
                    f"a majority cannot serve this task: {reason}",
                    expected="labels or numbers",
                    hint="name a rule",
                    where="--rule",
                )
            return ConstantModel.of(train, task)
        return RuleModel(load_rule(said, train.schema, task), task)

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The same parameters: nothing was found out."""
        return params
