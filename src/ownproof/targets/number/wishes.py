"""The task that a column of numbers and the user's wishes make, or everything that is wrong with them at once."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core.target import chosen_metric
from ownproof.core.task import Costs, Task, Wishes
from ownproof.errors import InputError, OwnproofError, UsageError, all_at_once
from ownproof.targets.number.measure import metrics_of, pinball
from ownproof.targets.number.shape import objectives_of

if TYPE_CHECKING:
    import polars as pl


def make_task(column: pl.Series, wishes: Wishes) -> Task:
    """The task. Raises one InputError (or UsageError) that carries every problem."""
    problems = column_problems(column)
    if problems:
        raise all_at_once(problems)
    asked = _wish_problems(wishes) + _cost_problems(wishes.costs)
    floors = {name: float(value) for name, value in wishes.floors.items()}
    details: dict[str, Any] = {} if wishes.interval is None else {"interval": wishes.interval}
    details |= _quantile(wishes.metric, asked)
    task = Task(column.name, "number", worthwhile=wishes.worthwhile, costs=wishes.costs, floors=floors, details=details)
    metric = ""
    try:
        wished = pinball(task).name if "quantile" in details else wishes.metric
        metric = chosen_metric(wished, list(metrics_of(task).values()))
    except UsageError as why:
        asked.append(why)
    if asked:
        raise all_at_once(asked)
    return replace(task, metric=metric, details={**details, **_objectives(column, metric)})


def _quantile(metric: str | None, problems: list[OwnproofError]) -> dict[str, Any]:
    """The quantile that a metric such as `pinball@0.9` names."""
    name, sep, share = (metric or "").strip().lower().partition("@")
    if name != "pinball":
        return {}
    try:
        value = float(share)
    except ValueError:
        value = math.nan
    if sep and 0.0 < value < 1.0:
        return {"quantile": value}
    problems.append(
        UsageError(
            f"the metric {metric!r} names no quantile",
            expected="a share between 0 and 1 behind the @",
            hint="write --metric pinball@0.9",
            where="--metric",
            code="no-metric",
        )
    )
    return {"quantile": 0.5}


def _objectives(column: pl.Series, metric: str) -> dict[str, Any]:
    """What else than squares is worth minimising, and why."""
    if metric == "mae":
        return {"objectives": ["absolute"], "why": "absolute errors are judged, so they are minimised too"}
    if metric.startswith("pinball@"):
        return {"objectives": ["quantile"], "why": f"{metric} is judged, so the quantile itself is learnt"}
    names, why = objectives_of(column.drop_nulls().cast(float).to_numpy(), column.name)
    return {"objectives": list(names), "why": why} if names else {}


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
