"""The task that a column of numbers and the user's wishes make, or everything that is wrong with them at once."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ownproof.core.target import chosen_metric
from ownproof.core.task import Costs, Task, Wishes
from ownproof.errors import InputError, OwnproofError, UsageError, all_at_once
from ownproof.targets.number.measure import metrics_of

if TYPE_CHECKING:
    import polars as pl


def make_task(column: pl.Series, wishes: Wishes) -> Task:
    """The task. Raises one InputError (or UsageError) that carries every problem."""
    problems = column_problems(column)
    if problems:
        raise all_at_once(problems)
    asked = _wish_problems(wishes) + _cost_problems(wishes.costs)
    floors = {name: float(value) for name, value in wishes.floors.items()}
    details = {} if wishes.interval is None else {"interval": wishes.interval}
    task = Task(column.name, "number", worthwhile=wishes.worthwhile, costs=wishes.costs, floors=floors, details=details)
    metric = ""
    try:
        metric = chosen_metric(wishes.metric, list(metrics_of(task).values()))
    except UsageError as why:
        asked.append(why)
    if asked:
        raise all_at_once(asked)
    return replace(task, metric=metric)


def column_problems(column: pl.Series) -> list[OwnproofError]:
    """Why the column cannot be a target of numbers; empty when it can."""
    name, known = column.name, column.drop_nulls()

    def problem(message: str, expected: str, hint: str, code: str) -> list[OwnproofError]:
        return [InputError(f"target {name!r} {message}", expected=expected, hint=hint, where=name, code=code)]

    if not len(known):
        return problem(
            "has no known value", "a column with numbers", "name another column, or add the values", "target-missing"
        )
    if not known.dtype.is_numeric():
        return problem(
            f"is not a column of numbers ({str(known[0])[:40]!r})",
            "numbers",
            "mend the column, or predict it as a label",
            "not-a-number",
        )
    values = known.cast(float).to_numpy()
    wild = int((~np.isfinite(values)).sum())
    if wild:
        return problem(
            f"holds infinite or undefined values in {wild} of {len(values)} rows",
            "finite numbers",
            "drop or mend those rows",
            "target-infinite",
        )
    if values.min() == values.max():
        return problem(
            f"has one value only: {values[0]:g} in all {len(values)} rows",
            "numbers that differ",
            "add other rows",
            "one-value",
        )
    return []


def _wish_problems(wishes: Wishes) -> list[OwnproofError]:
    found: list[OwnproofError] = []
    if wishes.positive is not None:
        found.append(
            UsageError(
                f"positive {wishes.positive!r} makes no sense for numbers",
                expected="a target with two classes",
                hint="leave it out",
                where="--positive",
            )
        )
    if wishes.worthwhile is not None and not (math.isfinite(wishes.worthwhile) and wishes.worthwhile >= 0):
        found.append(
            UsageError(
                f"worthwhile gain {wishes.worthwhile}",
                expected="0 or more, in the metric's unit",
                hint="for example 0.5",
                where="--worthwhile",
            )
        )
    for name, value in wishes.floors.items():
        if "=" not in name:
            found.append(
                UsageError(
                    f"floor for {name!r}: numbers have no classes",
                    expected="a slice written as column=value",
                    hint="for example region=north=12.5",
                    where="--floor",
                )
            )
        if not math.isfinite(value):
            found.append(
                UsageError(
                    f"floor {name}={value}", expected="a finite number", hint=f"write {name}=12.5", where="--floor"
                )
            )
    return found


def _cost_problems(costs: Costs | None) -> list[OwnproofError]:
    if costs is None:
        return []
    found: list[OwnproofError] = []

    def problem(message: str, expected: str, hint: str) -> None:
        found.append(UsageError(message, expected=expected, hint=hint, where="--cost", code="costs"))

    if any((costs.fp, costs.fn, costs.tp, costs.tn)) or costs.matrix:
        problem("costs by decision do not fit a number", "over= and under= per unit", "write over=1,under=4")
    elif not (math.isfinite(costs.over) and math.isfinite(costs.under)) or min(costs.over, costs.under) < 0:
        problem(f"costs over={costs.over}, under={costs.under}", "finite numbers, 0 or more", "write over=1,under=4")
    elif min(costs.over, costs.under) == 0:
        problem(
            f"costs over={costs.over:g}, under={costs.under:g}: one side costs nothing, so no answer is far enough",
            "both above 0",
            "write over=1,under=4",
        )
    return found
