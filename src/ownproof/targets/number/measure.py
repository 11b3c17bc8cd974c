"""Metrics of predicted numbers, all from one tally: truth and the number given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ownproof.core.prediction import Predictions
from ownproof.core.target import Metric, Operating
from ownproof.core.task import Task
from ownproof.errors import InputError
from ownproof.stats import numbers
from ownproof.stats.conformal import Reach, reach
from ownproof.stats.shapes import quantiles
from ownproof.stats.weights import rows

if TYPE_CHECKING:
    import polars as pl

RMSE = Metric("rmse", "RMSE", share=False, scale="positive", greater=False)
MAE = Metric("mae", "MAE", share=False, scale="positive", greater=False)
R2 = Metric("r2", "R²", scale="plain", most=1.0)
BIAS = Metric("bias", "bias", share=False, scale="plain", greater=False, judges=False)
MEDIAN = Metric("median_absolute_error", "median absolute error", share=False, scale="positive", greater=False)
COVERAGE = Metric("coverage", "coverage of the interval", judges=False)
WIDTH = Metric("interval_width", "width of the interval", share=False, scale="positive", greater=False, judges=False)
COST = Metric("cost", "cost per row", share=False, scale="positive", greater=False, decides=True)

SAME = 1e-9  # answers nearer than this, relative to their size, are the same
PER_DECISIONS = 1000


def values_of(column: pl.Series, task: Task) -> np.ndarray:
    """A typed column as float64 (n,). Raises InputError when a value is missing, no number or not finite."""
    import polars as pl

    values = column.cast(pl.Float64, strict=False).to_numpy()
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise InputError(
            f"target {task.column!r} has {bad} of {len(values)} values that are missing, no number or not finite",
            expected="finite numbers",
            hint="drop or mend those rows",
            where=task.column,
            code="not-a-number",
        )
    return values.astype(np.float64, copy=False)


def metrics_of(task: Task) -> dict[str, Metric]:
    """The metrics of a task by name, the default first: with costs that is the cost."""
    usual: tuple[Metric, ...] = (RMSE, MAE, R2, BIAS, MEDIAN)
    if task.costs:
        usual = (COST, *usual)
    if "quantile" in task.details:
        usual = (*usual, pinball(task))
    if "interval" in task.details:
        usual = (*usual, replace(COVERAGE, promised=float(task.details["interval"])), WIDTH)
    return {m.name: m for m in usual}


def pinball(task: Task) -> Metric:
    """The loss of a quantile: an answer too low costs its share, one too high the rest (Koenker and Bassett 1978)."""
    name = f"pinball@{task.details['quantile']:g}"
    return Metric(name, name, share=False, scale="positive", greater=False)


def prices(task: Task) -> tuple[float, float] | None:
    """What a unit too high and a unit too low cost in the metric that judges; None where squares or others judge."""
    if task.metric == "cost" and task.costs:
        return task.costs.over, task.costs.under
    if "quantile" in task.details and task.metric == pinball(task).name:
        return 1.0 - task.details["quantile"], task.details["quantile"]
    return (0.5, 0.5) if task.metric == "mae" else None


def given(raw: np.ndarray, operating: Operating) -> np.ndarray:
    """Raw answers as they are given: shifted where costs ask for it."""
    shift = operating.details.get("shift")
    return np.asarray(raw, dtype=np.float64) + float(shift) if shift else np.asarray(raw, dtype=np.float64)


def ends(raw: np.ndarray, operating: Operating) -> tuple[np.ndarray, np.ndarray] | None:
    """The interval around raw answers (n,), (n,), wherever a shift moves the answer; None where there is none."""
    said = operating.details.get("interval")
    return Reach.from_json(said).around(np.asarray(raw, dtype=np.float64)) if said else None


def tally(truth: np.ndarray, predictions: Predictions, operating: Operating) -> np.ndarray:
    """float64 (n, 4): truth, answer, and the ends of its interval (NaN where there is none)."""
    none = np.full(len(truth), np.nan)
    low, high = ends(predictions.raw, operating) or (none, none)
    table = np.column_stack([truth, given(predictions.raw, operating), low, high])
    return table.astype(np.float64, copy=False)


def score(tallied: np.ndarray, weights: np.ndarray, task: Task, names: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """The metrics by name, each (B,)."""
    table = rows(weights, len(tallied))
    truth, said, low, high = tallied.T
    costs, share = task.costs, float(task.details.get("quantile", 0.5))
    over, under = (costs.over, costs.under) if costs else (0.0, 0.0)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "rmse": lambda: numbers.rmse(truth, said, table),
        "mae": lambda: numbers.mae(truth, said, table),
        "r2": lambda: numbers.r2(truth, said, table),
        "bias": lambda: numbers.bias(truth, said, table),
        "median_absolute_error": lambda: numbers.median_absolute_error(truth, said, table),
        "coverage": lambda: _mean(np.where(np.isnan(low), np.nan, (low <= truth) & (truth <= high)), table),
        "interval_width": lambda: _mean(high - low, table),
        "cost": lambda: numbers.cost_per_row(truth, said, table, over=over, under=under),
    }
    if "quantile" in task.details:
        ways[pinball(task).name] = lambda: numbers.cost_per_row(truth, said, table, over=1.0 - share, under=share)
    return {name: ways[name]() for name in (names or metrics_of(task))}


def _mean(values: np.ndarray, table: np.ndarray) -> np.ndarray:
    return np.asarray(table @ values / table.sum(axis=1))


def losses(truth: np.ndarray, predictions: Predictions, task: Task) -> np.ndarray:
    """float64 (n,): absolute errors for MAE and the median, the loss of a quantile where one is asked for, squared ones
    otherwise (a shift for costs comes later)."""
    if task.metric.startswith("pinball@"):
        over, under = prices(task) or (0.5, 0.5)
        gap = truth - predictions.raw
        return np.asarray(np.where(gap < 0, -over * gap, under * gap), dtype=np.float64)
    errors = np.abs(numbers.residuals(truth, predictions.raw))
    return errors if task.metric in ("mae", "median_absolute_error") else np.square(errors)


def operate(truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> Operating:
    """Where the verdict is about cost, absolute errors or a quantile: a shift, so that the answer is too low as often as
    that makes worthwhile.

    The best single answer under costs per unit is the under / (over + under) quantile (Koenker and Bassett 1978).
    """
    costs, units = task.costs, prices(task)
    if not len(truth) or (costs is None and units is None):
        return Operating()
    shift = 0.0
    if units is not None:
        share = units[1] / sum(units)
        shift = float(quantiles(truth - predictions.raw, [share], weights)[0, 0])
    why = "least cost" if task.metric == "cost" else f"least {task.metric}"
    point = Operating(details={"shift": shift} if shift else {}, why=why if shift else "")
    if costs is None:
        return point
    said = given(predictions.raw, point)
    cost = numbers.cost_per_row(truth, said, weights, over=costs.over, under=costs.under)
    return Operating(None, PER_DECISIONS * float(cost[0]), point.why, point.details)


def bounded(
    truth: np.ndarray,
    predictions: Predictions,
    weights: np.ndarray,
    task: Task,
    *,
    operating: Operating,
    units: np.ndarray,
    windows: np.ndarray,
) -> Operating:
    """The operating point with the interval that held-out answers teach; as it is where none was asked for, or where
    there are too few units."""
    level = task.details.get("interval")
    said = np.asarray(predictions.raw, dtype=np.float64)
    found = reach(truth, said, weights, units, level=level, windows=windows) if level else None
    if found is None:
        return operating
    return replace(operating, details={**operating.details, "interval": found.to_json()})


def differ(a: Predictions, b: Predictions, operating: tuple[Operating, Operating]) -> np.ndarray:
    """bool (n,): other numbers."""
    x, y = given(a.raw, operating[0]), given(b.raw, operating[1])
    return np.asarray(np.abs(x - y) > SAME * np.maximum(np.abs(x), np.abs(y)))
