"""Which columns of a matrix the answer may only rise or fall with."""

from __future__ import annotations

from collections.abc import Sequence

from ownproof.core.input import Feature
from ownproof.core.task import Task

CANNOT = "its answers cannot be kept rising or falling with a column (--monotone)"


def asked(task: Task) -> bool:
    """Whether any column was named."""
    return bool(task.details.get("monotone"))


def signs(features: Sequence[Feature], task: Task, *, width: int) -> list[int] | None:
    """1 for a column of the matrix that the answer must rise with, -1 for one that it must fall with, else 0; None when
    none was named. For two classes the answer is the probability of the second one, as all libraries count it.

    width: columns of the widened matrix; those beyond the features are free.

    >>> task = Task("late", "label", classes=("no", "yes"), positive="no", details={"monotone": {"age": 1}})
    >>> signs([Feature("age", "age"), Feature("town", "town", "categorical", 3)], task, width=4)
    [-1, 0, 0, 0]
    """
    said = task.details.get("monotone") or {}
    if not said:
        return None
    turn = -1 if len(task.classes) == 2 and task.positive_index == 0 else 1
    own = [turn * int(said.get(f.column, 0)) if f.kind == "numeric" else 0 for f in features]
    return own + [0] * (width - len(own))
