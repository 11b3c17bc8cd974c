"""Judge: the verdict on anybody's predictions; nothing is trained but the bar they must clear."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.learner import Learner, Shape
from ownproof.core.prediction import Predictions
from ownproof.core.reading import collected, read_table
from ownproof.core.schema import Column
from ownproof.core.target import Operating
from ownproof.errors import InputError, UsageError, did_you_mean
from ownproof.learners.rule import load_rule
from ownproof.phases.evaluate import Contender
from ownproof.phases.evaluate import evaluate as evaluate_phase
from ownproof.phases.train import plan as planning
from ownproof.phases.train.folds import Bench, try_out
from ownproof.phases.train.plan import Plan
from ownproof.phases.train.run import Trained
from ownproof.project import answer as answers
from ownproof.project import flow, steps
from ownproof.project.project import Project
from ownproof.project.quality import add_errors, add_suspects
from ownproof.project.rules import rule_contender
from ownproof.project.state import News, State, silence
from ownproof.project.training import base_digest, baseline_of, preparing, slices, workdir

if TYPE_CHECKING:
    import polars as pl

SUPPLIED = "predictions handed in"
ANSWER_COLUMNS = ("prediction", "predictions", "predicted", "score", "probability", "answer")


def judge(project: Project, source: Any, said: str, *, news: News = silence) -> dict[str, Any]:
    """Compare predictions with the baseline on the rows they were made for.

    said: `column:NAME`, or a file with one prediction a row (in the order of the data, or joined by `--id`): classes,
    probabilities of the positive class, `probability_<class>` columns, or numbers. Nothing is sealed and nobody knows
    whether the rows were trained on: the proof level is S0. Raises UsageError and InputError.
    """
    with flow.working(project, "judge"):
        if said.startswith("column:"):  # what was predicted is no feature of the baseline
            name = said.removeprefix("column:")
            project.config = replace(project.config, drop=tuple(dict.fromkeys((*project.config.drop, name))))
        state = flow.begin(project, source, news=news)
        if said.startswith("column:"):
            state.facts["named"]["--predictions"] = said.removeprefix("column:")
        steps.read(state)
        steps.unsealed(state)
        steps.audit(state)
        steps.split(state)
        state.model = _handed_in(state, said)
        state.baseline = _bar(state)
        dataset, split = state.need("dataset"), state.need("split")
        answered = split.answered
        model = replace(state.need("model"), predictions=state.need("model").predictions.take(answered))
        state.model = replace(model, operating=_operating(state, model, dataset.take(answered)))
        report = evaluate_phase(
            dataset.take(answered),
            split.units[answered],
            state.need("task"),
            state.need("target"),
            model=state.model,
            baseline=state.need("baseline"),
            evidence="supplied",
            level=state.policy.level,
            policy=state.policy,
            seed=project.config.seed,
            slices=slices(dataset.take(answered)),
        )
        state.evidence = "supplied"
        state.verdict = report.facts["verdict"].word if report.facts["verdict"] else None
        state.add("evaluate", report)
        if report.facts["verdict"]:
            add_errors(state)
            add_suspects(state, {model.name: state.model.predictions})
        return answers.build(state, "judge")


def _operating(state: State, model: Contender, rows: Dataset) -> Operating:
    if model.predictions.hard:
        return Operating()
    found: Operating = state.need("target").operate(rows.truth, model.predictions, rows.weigh(), state.need("task"))
    return found


def _bar(state: State) -> Contender:
    """The imported rule, else the strongest baseline, cross-fitted so that it has not seen what it answers."""
    dataset, split, task = state.need("dataset"), state.need("split"), state.need("task")
    rule = rule_contender(state, dataset.take(split.answered))
    if rule is not None:
        return rule
    every: Mapping[str, Learner] = registry.learners()
    learners = {n: x for n, x in every.items() if x.baseline and x.accepts(dataset.schema, task) is None}
    shape = Shape(len(split.folds[0].train), len(dataset.schema.features), max(1, len(task.classes)))
    plan = planning.make(
        learners, planning.Wanted(None), task, shape=shape, folds=len(split.folds), policy=state.policy
    )
    bench = Bench(
        dataset,
        split,
        task,
        state.need("target"),
        preparing(state),
        state.project.memo(),
        base_digest(state),
        workdir(state),
        state.project.config.seed,
        1,
        time.monotonic,
    )
    tried = {i.candidate.learner: try_out(bench, learners[i.candidate.learner], i.candidate) for i in plan.baselines}
    done = {name: t for name, t in tried.items() if t is not None}
    first = next(iter(done.values()))
    trained = Trained(
        Plan(plan.baselines, (), 0, None, 0.0, None),
        (),
        _no_choice(),
        first.predictions,
        {},
        Operating(),
        done,
        None,
        0,
    )
    return baseline_of(state, trained)


def _no_choice() -> Any:
    from ownproof.phases.train.choose import Choice

    return Choice((), Predictions(np.empty(0)))


def _handed_in(state: State, said: str) -> Contender:
    """The predictions for every row of the dataset, in its order."""
    dataset, task = state.need("dataset"), state.need("task")
    if said.startswith("column:"):
        name = said.removeprefix("column:")
        predictions = load_rule(said, dataset.schema, task).predict(dataset, task)
        return Contender(f"{SUPPLIED} ({name})", predictions)
    path = Path(said)
    raw = read_table(path, readers=registry.shelf("readers"))
    table = _in_order(state, collected(raw.frame), path.name)
    shares = [f"probability_{c}" for c in task.classes]
    if shares and all(s in table.columns for s in shares):
        matrix = _numbers(table, shares, path.name)
        return Contender(f"{SUPPLIED} ({path.name})", Predictions(matrix / matrix.sum(axis=1, keepdims=True)))
    column = _answer_column(table, path.name, [c.name for c in dataset.schema.columns])
    name = "ownproof:prediction"
    joined = replace(
        dataset,
        frame=dataset.frame.with_columns(table[column].alias(name)),
        schema=replace(dataset.schema, columns=(*dataset.schema.columns, Column(name, "category", "drop"))),
    )
    predictions = load_rule(f"column:{name}", joined.schema, task).predict(joined, task)
    return Contender(f"{SUPPLIED} ({path.name})", predictions)


def _numbers(table: pl.DataFrame, names: list[str], where: str) -> np.ndarray:
    import polars as pl

    numbers = table.select([pl.col(n).cast(pl.Float64, strict=False) for n in names]).to_numpy()
    if not np.isfinite(numbers).all() or (numbers < 0).any() or not (numbers.sum(axis=1) > 0).all():
        raise InputError(
            "the probabilities are not all numbers from 0",
            expected="finite shares, one column a class",
            hint="mend the rows that lack one",
            where=where,
        )
    return np.asarray(numbers, dtype=np.float64)


def _in_order(state: State, table: pl.DataFrame, where: str) -> pl.DataFrame:
    """The predictions in the order of the dataset: by the id where one is named and there, else row by row."""
    loaded, key = state.need("loaded"), state.project.config.id
    rows = len(state.need("dataset"))
    if key and key in table.columns:
        import polars as pl

        ids = state.need("dataset").column(key).cast(pl.String).to_frame()
        unique = table.with_columns(pl.col(key).cast(pl.String)).unique(subset=[key], keep="first")
        found: pl.DataFrame = ids.join(unique, on=key, how="left", maintain_order="left")
        absent = ids.join(unique, on=key, how="anti").height
        if absent:
            raise InputError(
                f"{absent} of {rows} rows have no prediction",
                expected=f"one for every {key!r}",
                hint="make them for all rows",
                where=where,
            )
        return found
    if table.height != rows or loaded.lost:
        lost = f" ({loaded.lost} rows of the data lack a target)" if loaded.lost else ""
        raise InputError(
            f"{table.height} predictions for {rows} rows{lost}",
            expected="one prediction a row, in order",
            hint="give --id COLUMN and keep that column in the file",
            where=where,
        )
    _same_order(state, table, where)
    return table


def _same_order(state: State, table: pl.DataFrame, where: str) -> None:
    """Raise InputError when a column that file and data share holds the same values in another order."""
    import polars as pl

    dataset = state.need("dataset")
    for name in (c.name for c in dataset.schema.columns if c.name in table.columns):
        ours = dataset.column(name)
        kind = pl.Float64 if ours.dtype.is_numeric() else pl.String
        ours, theirs = ours.cast(kind, strict=False), table[name].cast(kind, strict=False)
        if not ours.equals(theirs, null_equal=True) and ours.sort().equals(theirs.sort(), null_equal=True):
            raise InputError(
                f"the predictions have the values of {name!r} in another order than the data",
                expected="one prediction a row, in the order of the data",
                hint=f"give --id {name} if it names a row, or sort the file like the data",
                where=where,
                code="order",
            )


def _answer_column(table: pl.DataFrame, where: str, known: list[str]) -> str:
    fresh = [c for c in table.columns if c not in known]
    named = [c for c in table.columns if c.lower() in ANSWER_COLUMNS]
    found = named or (fresh if len(fresh) == 1 else []) or (table.columns if table.width == 1 else [])
    if not found:
        raise UsageError(
            f"none of the columns {', '.join(table.columns[:8])} is called prediction",
            expected="a column `prediction`, or `probability_<class>` for every class",
            where=where,
            hint=did_you_mean("prediction", table.columns, what="columns"),
        )
    return str(found[0])
