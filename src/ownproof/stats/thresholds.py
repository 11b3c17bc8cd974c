"""From a score to a decision: the threshold by F1, by cost or by alert rate, and the curve behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ownproof.stats.curves import MOST_POINTS, Tallies, tallies
from ownproof.stats.weights import Floats, Ints, Weights, by_block, ratio, rows, take

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class Costs(NamedTuple):
    """Money per decision: true positive, false positive, true negative, false negative; a gain is negative."""

    tp: float = 0.0
    fp: float = 0.0
    tn: float = 0.0
    fn: float = 0.0


Value = Literal["f1"] | Costs


@dataclass(frozen=True, slots=True)
class Operating:
    """A threshold (positive from there on) and what it is worth: F1, or the mean cost of a row."""

    threshold: float
    value: float


def _worth(hits: Floats, false: Floats, positives: Floats, negatives: Floats, value: Value) -> Floats:
    """F1, or the mean cost of a row, from counts that broadcast."""
    if isinstance(value, Costs):
        cost = value.tp * hits + value.fp * false + value.tn * (negatives - false) + value.fn * (positives - hits)
        return ratio(cost, positives + negatives + 0.0 * cost)
    return ratio(2.0 * hits, hits + false + positives)


def _cuts(score: Floats) -> tuple[Ints, Ints, Floats]:
    """Order from the highest score down, how many rows lie above each cut, and the cuts.

    A cut lies midway between two scores: a rounding of the seventh digit then flips nobody.
    """
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    inner = np.flatnonzero(ordered[1:] != ordered[:-1])
    above = np.concatenate([[0], inner + 1, [len(ordered)]])
    middle = ordered[inner + 1] + 0.5 * (ordered[inner] - ordered[inner + 1])
    edge = 1e-6 * max(1.0, float(np.abs(ordered).max()))
    return order, above, np.concatenate([[ordered[0] + edge], middle, [ordered[-1] - edge]])


def best_thresholds(
    truth01: ArrayLike, score: ArrayLike, value: Value, weights: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """For each row of weights the best threshold and its worth, (B,) and (B,).

    value: "f1" (highest) or `Costs` (lowest mean cost). A row is positive when its score is at least the threshold.
    Among equals the highest threshold is taken. NaN where nothing is defined.
    """
    positive, scores = np.asarray(truth01).astype(np.float64) == 1.0, np.asarray(score, dtype=np.float64)
    table = rows(weights, len(scores))
    if not len(scores) or not np.isfinite(scores).all():
        return np.full(len(table), np.nan), np.full(len(table), np.nan)
    order, above, cuts = _cuts(scores)
    yes = positive[order]

    def kernel(block: Weights) -> Floats:
        weight = take(block, order)
        hits, every = _at(weight * yes, above), _at(weight, above)
        worth = _worth(hits, every - hits, hits[:, -1:], every[:, -1:] - hits[:, -1:], value)
        ranked = np.where(np.isnan(worth), -np.inf, -worth if isinstance(value, Costs) else worth)
        best = ranked.argmax(axis=1)
        found = worth[np.arange(len(best)), best]
        return np.column_stack([np.where(np.isnan(found), np.nan, cuts[best]), found])

    pairs = by_block(kernel, table)
    return pairs[:, 0], pairs[:, 1]


def _at(block: Floats, above: Ints) -> Floats:
    reached = np.zeros((block.shape[0], block.shape[1] + 1))
    np.cumsum(block, axis=1, out=reached[:, 1:])
    return np.take(reached, above, axis=1)


def best_threshold(
    truth01: ArrayLike, score: ArrayLike, value: Value = "f1", weights: ArrayLike | None = None
) -> Operating:
    """The best threshold and its worth on these rows; weights (n,) or None.

    >>> best_threshold([0, 0, 1, 1], [0.1, 0.4, 0.6, 0.8])
    Operating(threshold=0.5, value=1.0)
    """
    thresholds, worths = best_thresholds(truth01, score, value, weights)
    return Operating(float(thresholds[0]), float(worths[0]))


def worth_at(truth01: ArrayLike, decision01: ArrayLike, value: Value, weights: ArrayLike | None = None) -> Floats:
    """F1 or mean cost of a row, (B,), of decisions already made."""
    yes, said = np.asarray(truth01).astype(np.float64) == 1.0, np.asarray(decision01).astype(np.float64) == 1.0
    cells = np.column_stack([yes & said, ~yes & said, yes, ~yes]).astype(np.float64)

    def kernel(block: Weights) -> Floats:
        sums = block.astype(np.float64, copy=False) @ cells
        return _worth(sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3], value)

    return by_block(kernel, rows(weights, len(yes)))


@dataclass(frozen=True, slots=True)
class ThresholdCurve:
    """What each threshold gives, from the strictest down, each (p,); cost is NaN without costs."""

    threshold: Floats
    precision: Floats
    recall: Floats
    f1: Floats
    alert_rate: Floats
    cost: Floats


def threshold_curve(
    truth01: ArrayLike,
    score: ArrayLike,
    costs: Costs | None = None,
    weights: ArrayLike | None = None,
    *,
    most: int = MOST_POINTS,
) -> ThresholdCurve:
    """The whole choice in at most `most` points, evenly spread over the alert rate; weights (n,) or None."""
    t = tallies(truth01, score, weights)
    alerts = t.true_positive + t.false_positive
    whole = t.positives + t.negatives
    kept = np.arange(1, len(alerts))
    if len(kept) > most and whole > 0:
        kept = np.unique(np.searchsorted(alerts, np.linspace(alerts[1], whole, most)).clip(1, len(alerts) - 1))
    hits, false = t.true_positive[kept], t.false_positive[kept]
    ones = np.ones_like(hits)
    return ThresholdCurve(
        threshold=t.threshold[kept],
        precision=ratio(hits, hits + false),
        recall=ratio(hits, t.positives * ones),
        f1=_worth(hits, false, t.positives * ones, t.negatives * ones, "f1"),
        alert_rate=ratio(alerts[kept], whole * ones),
        cost=_cost(t, kept, costs),
    )


def _cost(t: Tallies, kept: Ints, costs: Costs | None) -> Floats:
    hits, false = t.true_positive[kept], t.false_positive[kept]
    if costs is None:
        return np.full(len(hits), np.nan)
    return _worth(hits, false, np.full_like(hits, t.positives), np.full_like(hits, t.negatives), costs)


def threshold_at_alert_rate(score: ArrayLike, rate: float, weights: ArrayLike | None = None) -> float:
    """The threshold whose share of rows at or above it is nearest to `rate` (0..1); weights (n,) or None.

    >>> threshold_at_alert_rate([0.1, 0.2, 0.3, 0.4], 0.5)
    0.25
    """
    scores = np.asarray(score, dtype=np.float64)
    weight = rows(weights, len(scores))[:1].astype(np.float64)
    if not len(scores) or not np.isfinite(scores).all() or weight.sum() <= 0 or np.isnan(rate):
        return float("nan")
    order, above, cuts = _cuts(scores)
    reached = _at(take(weight, order), above)[0]
    return float(cuts[int(np.abs(reached / reached[-1] - rate).argmin())])
