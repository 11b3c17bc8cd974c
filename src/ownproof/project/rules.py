"""The rule to beat, from the file or column that the user names."""

from __future__ import annotations

from pathlib import Path

from ownproof.core.dataset import Dataset
from ownproof.core.target import Operating
from ownproof.errors import UsageError
from ownproof.learners.rule import load_rule
from ownproof.phases.evaluate import Contender
from ownproof.project.state import State


def rule_contender(state: State, dataset: Dataset) -> Contender | None:
    """The imported rule's answers for a dataset; None when none was named (or the constant, which is trained)."""
    said = state.project.config.rule
    if said is None or said == "majority":
        return None
    path = Path(said)
    if not said.startswith("column:") and not path.is_file():
        raise UsageError(
            f"--rule {said}: no such file",
            where="--rule",
            code="no-rule",
            expected="a file (.py, .sql, .csv), column:NAME or majority",
            hint="check the path, or write column:NAME for decisions that lie in the data",
        )
    target, task = state.need("target"), state.need("task")
    rule = load_rule(said, dataset.schema, task)
    predictions = rule.predict(dataset, task)
    operating = Operating() if predictions.hard else target.operate(dataset.truth, predictions, dataset.weigh(), task)
    name = said if said.startswith("column:") else path.name
    return Contender(f"rule {name}", predictions, operating)
