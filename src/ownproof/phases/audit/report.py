"""The audit as a whole: every look at the rows, its findings, its gates and its chapters."""

from __future__ import annotations

from collections.abc import Mapping

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.policy import Policy
from ownproof.core.report import Grid, Report, Section
from ownproof.core.target import Target
from ownproof.core.task import Task
from ownproof.phases.audit.about import About


def audit(dataset: Dataset, *, task: Task, target: Target, inputs: Mapping[str, Input], policy: Policy, about: About,
          seed: int = 0) -> Report:
    """Look at the rows that are not sealed, and across the seal by hash."""
    open_rows = dataset.take(~about.sealed)
    rows = []
    for column in dataset.schema.columns:
        profile = inputs[column.kind].profile(open_rows.column(column.name))
        rows.append((column.name, column.kind, column.role, profile.missing, profile.distinct, column.why))
    grid = Grid(("column", "kind", "role", "missing", "distinct values", "why"), tuple(rows), "Every column as it was read")
    return Report("audit", sections=(Section("Columns", (grid,), "columns"),))
