"""What a person wants to see of intervals: whether they hold the truth as often as they promise, and how wide they are."""

from __future__ import annotations

import numpy as np

from ownproof.core.report import Block, Chart, Note, Series
from ownproof.core.task import Task
from ownproof.stats.intervals import wilson
from ownproof.targets.number.evidence import thinned

GROUPS = 10
ROWS_A_GROUP = 20


def interval_blocks(
    truth: np.ndarray, said: np.ndarray, ends: tuple[np.ndarray, np.ndarray], task: Task
) -> tuple[Block, ...]:
    """Words, the band around the answers, and coverage by size of the answer."""
    if not len(truth):
        return ()
    low, high = ends
    level = float(task.details.get("interval", 0.95))
    inside = (low <= truth) & (truth <= high)
    width = float(np.median(high - low))
    spread = float(np.quantile(truth, 0.5 + level / 2) - np.quantile(truth, 0.5 - level / 2))
    against = f", {100 * width / spread:.0f} % of what a band without a model takes" if spread > 0 else ""
    words = (
        f"Every answer has an interval that is to hold {100 * level:g} % of the truths. Here it holds "
        f"{100 * float(inside.mean()):.1f} % of {len(truth):,}; half of the intervals are narrower than {width:.4g}{against}. "
        "On out-of-fold rows, from which the interval is made, that share is near its promise by construction; "
        "sealed rows test it."
    )
    return Note(words), _band(truth, said, low, high, task=task), _by_size(said, inside, level)


def _band(truth: np.ndarray, said: np.ndarray, low: np.ndarray, high: np.ndarray, *, task: Task) -> Chart:
    shown = thinned(len(truth))
    line = shown[np.argsort(said[shown], kind="stable")]
    band = Series("interval", tuple(said[line].tolist()), (), tuple(low[line].tolist()), tuple(high[line].tolist()))
    dots = Series("rows", tuple(said[shown].tolist()), tuple(truth[shown].tolist()))
    return Chart(
        "Answers with their interval",
        "points",
        (band, dots),
        x_label=f"{task.column} predicted",
        y_label=f"{task.column} true",
        caption="A row outside the band is one whose truth the interval missed.",
    )


def _by_size(said: np.ndarray, inside: np.ndarray, level: float) -> Chart:
    order = np.argsort(said, kind="stable")
    count = max(1, min(GROUPS, len(order) // ROWS_A_GROUP))
    shares = [(g, wilson(float(inside[g].sum()), float(len(g)))) for g in np.array_split(order, count)]
    series = Series(
        "coverage",
        tuple(f"{said[g].min():.4g} to {said[g].max():.4g}" for g, _ in shares),
        tuple(s.value for _, s in shares),
        tuple(s.low for _, s in shares),
        tuple(s.high for _, s in shares),
    )
    return Chart(
        "Coverage by size of the answer",
        "dots",
        (series,),
        x_label="predicted",
        y_label="share of truths inside the interval",
        reference=f"y={level!r}",
        caption="The line is what was promised; left of it the interval is too narrow for answers of this size.",
    )
