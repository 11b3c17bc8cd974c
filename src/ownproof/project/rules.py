"""The rule to beat, from the file or column that the user names."""

from __future__ import annotations

from pathlib import Path

from ownproof.core.dataset import Dataset
from ownproof.core.schema import Schema
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.learners.rule import Rule, load_rule
from ownproof.phases.evaluate import Contender
from ownproof.project.state import State


def named_rule(said: str | None, schema: Schema, task: Task) -> Rule | None:
    """The rule that `--rule` names; None when none was named (or the constant, which is trained).

    Raises UsageError or InputError for a rule that cannot be used.
    """
    return None if said is None or said == "majority" else load_rule(said, schema, task)


def rule_contender(state: State, dataset: Dataset) -> Contender | None:
    """The imported rule's answers for a dataset; None when none was named."""
    said = state.project.config.rule
    target, task = state.need("target"), state.need("task")
    rule = named_rule(said, dataset.schema, task)
    if said is None or rule is None:
        return None
    predictions = rule.predict(dataset, task)
    operating = Operating() if predictions.hard else target.operate(dataset.truth, predictions, dataset.weigh(), task)
    name = said if said.startswith("column:") else Path(said).name
    return Contender(f"rule {name}", predictions, operating)
