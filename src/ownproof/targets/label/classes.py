"""Which classes a target column holds: recognised, named, ordered, read from cells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core.task import Task
from ownproof.errors import InputError, near

if TYPE_CHECKING:
    import polars as pl

CLASSES_MOST = 1000
FEW_DISTINCT = 20
DIGITS_MOST = 10
DIGIT_ROWS_LEAST = 20
SURE, LIKELY, HARDLY = 0.95, 0.8, 0.1

# What people call the class they look for. A lone 1 counts only beside 0 or -1: (1, 2) is a numbering.
POSITIVE_WORDS = frozenset({
    "yes", "true", "y", "t", "positive", "pos", "bad", "late", "churn", "churned", "fraud", "default", "spam",
})  # fmt: skip


def is_text(column: pl.Series) -> bool:
    """Whether a typed column holds words (and not numbers)."""
    import polars as pl

    return column.dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean)


def recognise(column: pl.Series) -> float:
    """Words: yes. Numbers: when two whole ones, or 3 to 10 small ones without gaps and with 20 rows each."""
    known = column.drop_nulls()
    if is_text(known):
        return SURE
    if not known.dtype.is_numeric() or not len(known):
        return 0.0
    values, counts = np.unique(known.cast(float).to_numpy(), return_counts=True)
    if not np.isfinite(values).all() or (values != np.round(values)).any():
        return HARDLY
    if len(values) <= 2:
        return SURE
    without_gaps = (
        values[0] in (0.0, 1.0) and values[-1] <= DIGITS_MOST and values[-1] - values[0] + 1 <= len(values) + 1
    )
    return LIKELY if len(values) <= DIGITS_MOST and counts.min() >= DIGIT_ROWS_LEAST and without_gaps else HARDLY


def class_of(cell: Any) -> Any:
    """A cell as a class: whole numbers as int, other numbers as float, truth values as words, the rest as text."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return int(cell) if math.isfinite(cell) and cell == int(cell) else float(cell)
    return str(cell)


def _number(label: Any) -> float:
    try:
        return float(label)
    except ValueError:
        return math.nan


def ordered(labels: Sequence[Any]) -> tuple[Any, ...]:
    """Numbers ascending (words that are all numbers too), otherwise by text.

    >>> ordered(["10", "9"]), ordered(["b", "a"])
    (('9', '10'), ('a', 'b'))
    """
    numbers = {label: _number(label) for label in labels}
    if all(math.isfinite(n) for n in numbers.values()):
        return tuple(sorted(labels, key=lambda label: (numbers[label], str(label))))
    return tuple(sorted(labels, key=str))


def default_positive(counts: Mapping[Any, int]) -> Any:
    """Of two classes the one that is looked for: by its name, else the rarer one; counts: rows by class, in order."""
    first, second = counts
    numbers = {_number(first): first, _number(second): second}
    if 1.0 in numbers and (0.0 in numbers or -1.0 in numbers):
        return numbers[1.0]
    named = [label for label in counts if str(label).strip().casefold() in POSITIVE_WORDS]
    if len(named) == 1:
        return named[0]
    return first if counts[first] < counts[second] else second


def matching(name: Any, classes: Sequence[Any]) -> Any:
    """The class that a user, file or cell means by `name`; None when there is none."""
    label = class_of(name)
    if label in classes:
        return classes[classes.index(label)]
    by_text = {str(c): c for c in classes}
    if str(label) in by_text:
        return by_text[str(label)]
    number = _number(label)
    for each in classes:
        if isinstance(each, (int, float)) != isinstance(label, (int, float)) and _number(each) == number:
            return each
    folded = [c for c in classes if str(c).strip().casefold() == str(label).strip().casefold()]
    return folded[0] if len(folded) == 1 else None


def index(cell: Any, task: Task) -> int:
    """A cell as class index. Raises ValueError with the near misses."""
    found = None if cell is None else matching(cell, task.classes)
    if found is None:
        close = near(str(cell), [str(c) for c in task.classes]) or [str(c) for c in task.classes[:6]]
        raise ValueError(f"{str(cell)[:64]!r} is none of the {len(task.classes)} classes, such as {', '.join(close)}")
    return task.classes.index(found)


def indices(column: pl.Series, task: Task) -> np.ndarray:
    """A typed column as class indices, int64 (n,). Raises InputError naming the values that are no class."""
    import polars as pl

    cells = column.cast(pl.String) if is_text(column) and column.dtype != pl.Boolean else column
    distinct = cells.unique().to_list()
    codes, unknown = [], []
    for cell in distinct:
        try:
            codes.append(index(cell, task))
        except ValueError:
            codes.append(-1)
            unknown.append("a missing value" if cell is None else repr(str(cell)[:64]))
    if unknown:
        shown = ", ".join(sorted(unknown)[:6]) + (f" and {len(unknown) - 6} more" if len(unknown) > 6 else "")
        raise InputError(
            f"target {task.column!r} holds {shown}: no class of this task",
            expected="one of " + ", ".join(repr(str(c)) for c in task.classes[:12]),
            hint="drop those rows, or train on data that has them",
            where=task.column,
            code="unknown-class",
        )
    if not distinct:
        return np.empty(0, dtype=np.int64)
    coded = cells.replace_strict(distinct, codes, return_dtype=pl.Int64)
    return coded.to_numpy().astype(np.int64)
