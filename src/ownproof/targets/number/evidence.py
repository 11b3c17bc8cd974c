"""What a person wants to see of predicted numbers: hit or miss, by how much, which way, and for which sizes."""

from __future__ import annotations

import math

import numpy as np

from ownproof.core.report import Block, Chart, Series
from ownproof.core.task import Task
from ownproof.stats.distributions import t_quantile
from ownproof.stats.shapes import histogram

POINTS_MOST = 1500
BINS = 30
GROUPS = 10


def evidence_of(truth: np.ndarray, said: np.ndarray, task: Task) -> tuple[Block, ...]:
    """The blocks. said: the numbers as they are given, shifts included."""
    if not len(truth):
        return ()
    shown = thinned(len(truth))
    return (
        predicted_true(truth[shown], said[shown], task),
        residuals_by_size(truth[shown], said[shown]),
        residual_shape(truth, said),
        bias_by_size(truth, said),
    )


def thinned(n: int) -> np.ndarray:
    """Evenly spaced positions, at most 1,500: the rows of the evidence are in no order of size."""
    return np.unique(np.linspace(0, n - 1, min(n, POINTS_MOST)).astype(np.int64))


def predicted_true(truth: np.ndarray, said: np.ndarray, task: Task) -> Chart:
    """Predicted against true, on a diagonal when right."""
    dots = Series("rows", tuple(said.tolist()), tuple(truth.tolist()))
    return Chart(
        "Predicted and true",
        "points",
        (dots,),
        x_label=f"{task.column} predicted",
        y_label=f"{task.column} true",
        reference="diagonal",
        caption="On the diagonal the answer is right; above it the truth was higher.",
    )


def residuals_by_size(truth: np.ndarray, said: np.ndarray) -> Chart:
    """Errors against what was predicted."""
    dots = Series("rows", tuple(said.tolist()), tuple((said - truth).tolist()))
    return Chart(
        "Errors by size of the answer",
        "points",
        (dots,),
        x_label="predicted",
        y_label="predicted minus true",
        reference="zero",
        caption="A funnel means that large answers err more; a bend means that a shape was missed.",
    )


def residual_shape(truth: np.ndarray, said: np.ndarray) -> Chart:
    """How often which error."""
    shape = histogram(said - truth, BINS)
    bars = Series("rows", tuple(shape.edges.tolist()), tuple(float(c) for c in shape.counts.tolist()))
    clipped = shape.below + shape.above
    more = f" {clipped} errors beyond the edges stand in the outer bars." if clipped else ""
    return Chart(
        "Errors",
        "columns",
        (bars,),
        x_label="predicted minus true",
        y_label="rows",
        caption=f"Right of 0 the answer was too high.{more}",
    )


def bias_by_size(truth: np.ndarray, said: np.ndarray) -> Chart:
    """Mean error in tenths of the answers, from the lowest to the highest, with 95 % intervals."""
    order = np.argsort(said, kind="stable")
    groups = [g for g in np.array_split(order, min(GROUPS, len(order))) if len(g)]
    means, lows, highs, names = [], [], [], []
    for g in groups:
        errors = said[g] - truth[g]
        mean = float(errors.mean())
        reach = math.nan
        if len(g) > 1:
            reach = t_quantile(0.975, len(g) - 1) * float(errors.std(ddof=1)) / math.sqrt(len(g))
        means.append(mean)
        lows.append(mean - reach if math.isfinite(reach) else mean)
        highs.append(mean + reach if math.isfinite(reach) else mean)
        names.append(f"{said[g].min():.4g} to {said[g].max():.4g}")
    series = Series("mean error", tuple(names), tuple(means), tuple(lows), tuple(highs))
    return Chart(
        "Bias by size of the answer",
        "dots",
        (series,),
        x_label="predicted",
        y_label="predicted minus true, on average",
        reference="zero",
        caption="Right of 0 answers of this size are too high on average.",
    )
