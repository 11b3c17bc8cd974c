"""The task that a column of labels and the user's wishes make, or everything that is wrong with them at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ownproof.core.target import chosen_metric
from ownproof.core.task import Costs, Task, Wishes
from ownproof.errors import InputError, OwnproofError, UsageError, all_at_once, did_you_mean
from ownproof.targets.label.classes import (
    CLASSES_MOST,
    FEW_DISTINCT,
    class_of,
    default_positive,
    is_text,
    matching,
    ordered,
)
from ownproof.targets.label.measure import metrics_of

if TYPE_CHECKING:
    import polars as pl


def make_task(column: pl.Series, wishes: Wishes) -> Task:
    """The task. Raises one InputError (or UsageError) that carries every problem."""
    counts = class_counts(column)
    problems = column_problems(column, counts)
    if problems:
        raise all_at_once(problems)
    classes = tuple(counts)
    asked: list[OwnproofError] = []
    positive = _positive(wishes, counts, asked)
    costs = _costs(wishes.costs, classes, asked)
    task = Task(
        column=column.name,
        target="label",
        classes=classes,
        positive=positive,
        worthwhile=_worthwhile(wishes, asked),
        costs=costs,
        floors=_floors(wishes, classes, asked),
    )
    metric = ""
    try:
        metric = chosen_metric(wishes.metric, list(metrics_of(task).values()))
    except UsageError as why:
        asked.append(why)
    if asked:
        raise all_at_once(asked)
    return replace(task, metric=metric)


def class_counts(column: pl.Series) -> dict[Any, int]:
    """Rows by class, in the order of the classes; nulls are nobody's."""
    import polars as pl

    known = column.drop_nulls()
    if is_text(known) and known.dtype != pl.Boolean:
        known = known.cast(pl.String)
    table = known.value_counts(name="rows")
    found: dict[Any, int] = {}
    for cell, rows in zip(table[column.name].to_list(), table["rows"].to_list(), strict=True):
        label = class_of(cell)
        found[label] = found.get(label, 0) + int(rows)
    return {label: found[label] for label in ordered(list(found))}


def column_problems(column: pl.Series, counts: Mapping[Any, int]) -> list[OwnproofError]:
    """Why the column cannot be a target of classes; empty when it can."""
    name, rows = column.name, sum(counts.values())

    def problem(message: str, expected: str, hint: str, code: str) -> list[OwnproofError]:
        return [InputError(f"target {name!r} {message}", expected=expected, hint=hint, where=name, code=code)]

    if not rows:
        return problem(
            "has no known value", "a column with labels", "name another column, or add the labels", "target-missing"
        )
    if any(isinstance(label, float) and not math.isfinite(label) for label in counts):
        return problem("holds infinite values", "finite numbers or words", "drop or mend those rows", "target-infinite")
    if len(counts) == 1:
        only = str(next(iter(counts)))[:64]
        return problem(
            f"has one class only: {only!r} in all {rows} rows",
            "at least two classes",
            "add rows of another class",
            "one-class",
        )
    if len(counts) > CLASSES_MOST or len(counts) > max(FEW_DISTINCT, rows // 2):
        return problem(
            f"has {len(counts):,} classes in {rows:,} rows",
            f"at most {CLASSES_MOST:,} classes, each with several rows",
            "group rare values, name another column, or read it as a number if it is one",
            "too-many-classes",
        )
    if sum(n >= 2 for n in counts.values()) < 2:
        rare = [repr(str(label)[:64]) for label, n in counts.items() if n < 2]
        return problem(
            f"has a single row of class {', '.join(rare[:6])}: it cannot be both learnt and tested",
            "at least two classes with two rows each",
            "add rows of that class, or drop or merge it",
            "one-row-class",
        )
    return []


def _positive(wishes: Wishes, counts: Mapping[Any, int], problems: list[OwnproofError]) -> Any:
    two = len(counts) == 2
    if wishes.positive is None:
        return default_positive(counts) if two else None
    known = [str(c) for c in counts]
    found = matching(wishes.positive, list(counts))
    if not two:
        problems.append(
            UsageError(
                f"positive {wishes.positive!r} makes no sense with {len(known)} classes",
                expected="a target with two classes",
                hint="leave it out; every class has its own figures",
                where="--positive",
            )
        )
    elif found is None:
        problems.append(
            UsageError(
                f"positive {wishes.positive!r} is not a class",
                expected="one of the two classes",
                hint=did_you_mean(wishes.positive, known, what="classes"),
                where="--positive",
            )
        )
    return found


def _floors(wishes: Wishes, classes: tuple[Any, ...], problems: list[OwnproofError]) -> dict[str, float]:
    """Floors by class name as the classes spell it; `column=value` names a slice and is checked where slices are."""
    floors: dict[str, float] = {}
    for name, value in wishes.floors.items():
        found = matching(name, classes)
        if found is None and "=" not in name:
            problems.append(
                UsageError(
                    f"floor for {name!r}: no such class",
                    expected="a class, or a slice written as column=value",
                    hint=did_you_mean(name, [str(c) for c in classes], what="classes"),
                    where="--floor",
                )
            )
        if not 0.0 <= value <= 1.0:
            problems.append(
                UsageError(
                    f"floor {name}={value}", expected="a share, 0 to 1", hint=f"for example {name}=0.7", where="--floor"
                )
            )
        floors[name if found is None else str(found)] = float(value)
    return floors


def _worthwhile(wishes: Wishes, problems: list[OwnproofError]) -> float | None:
    value = wishes.worthwhile
    if value is not None and not (math.isfinite(value) and value >= 0):
        problems.append(
            UsageError(f"worthwhile gain {value}", expected="0 or more", hint="for example 0.01", where="--worthwhile")
        )
    return value


def _costs(costs: Costs | None, classes: tuple[Any, ...], problems: list[OwnproofError]) -> Costs | None:
    """The costs, their matrix spelt in the task's own class names."""
    if costs is None:
        return None
    four = (costs.fp, costs.fn, costs.tp, costs.tn)
    cells = [value for line in costs.matrix.values() for value in line.values()]

    def problem(message: str, expected: str, hint: str) -> None:
        problems.append(UsageError(message, expected=expected, hint=hint, where="--cost", code="costs"))

    if costs.over or costs.under:
        problem("costs over= and under= are for numbers", "fp= and fn=, or a matrix by class", "write fp=5,fn=100")
    if any(four) and len(classes) > 2:
        problem(
            f"costs fp= and fn= do not fit {len(classes)} classes",
            "a matrix truth by decision",
            "give a CSV with a line a class",
        )
    if not all(math.isfinite(v) for v in [*four, *cells]):
        problem("a cost is not a finite number", "money per decision", "mend the costs")
    if not any(four) and not any(cells):
        problem("all costs are 0", "at least one cost that is not 0", "write fp=5,fn=100")
    return Costs(*four, matrix=_matrix(costs, classes, problem)) if costs.matrix else costs


def _matrix(
    costs: Costs, classes: tuple[Any, ...], problem: Callable[[str, str, str], None]
) -> dict[str, dict[str, float]]:
    known = [str(c) for c in classes]
    named: dict[str, dict[str, float]] = {}
    for truth, line in costs.matrix.items():
        row = matching(truth, classes)
        for name in {truth, *line}:
            if matching(name, classes) is None:
                problem(
                    f"the costs name {name!r}, which is no class",
                    "the classes of the target",
                    did_you_mean(name, known),
                )
        named[str(row)] = {str(matching(decision, classes)): float(value) for decision, value in line.items()}
    lacking = [f"{t} decided as {d}" for t in known for d in known if t != d and d not in named.get(t, {})]
    if lacking:
        problem(f"the costs lack {', '.join(lacking[:6])}", "a cost for every wrong decision", "fill in the matrix")
    return named
