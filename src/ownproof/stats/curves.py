"""Measures of a score for a yes/no truth: ROC, precision-recall, and what ranking leaves to a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ownproof.stats.weights import Floats, Ints, Weights, by_block, ratio, rows, take

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MOST_POINTS = 200
EXACT_CLASSES = 20


def _truth(truth01: ArrayLike) -> NDArray[np.bool_]:
    yes: NDArray[np.bool_] = np.asarray(truth01).astype(np.float64) == 1.0
    return yes


def roc_auc(truth01: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Area under the ROC curve, (B,), 0..1: P(a positive scores above a negative), ties counting half.

    One sort serves all B. NaN where a class has no weight or a score is NaN. Source: Mann-Whitney by midranks.

    >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).tolist()
    [0.75]
    """
    positive, value = _truth(truth01), np.asarray(score, dtype=np.float64)
    table = rows(weights, len(value))
    if not len(value) or np.isnan(value).any() or positive.all() or not positive.any():
        return np.full(len(table), np.nan)
    few, many, sign = (positive, ~positive, 1.0) if 2 * positive.sum() <= len(value) else (~positive, positive, -1.0)
    inner, outer = _ordered(value, few), _ordered(value, many)
    below = np.searchsorted(value[outer], value[inner], side="left")
    upto = np.searchsorted(value[outer], value[inner], side="right")
    tied = not np.array_equal(below, upto)

    def kernel(block: Weights) -> Floats:
        mine = take(block, inner)
        reached = _cumulated(take(block, outer))
        rank = np.take(reached, below, axis=1)
        if tied:
            rank = 0.5 * (rank + np.take(reached, upto, axis=1))
        wins = np.einsum("ij,ij->i", mine, rank)
        area = ratio(wins, mine.sum(axis=1) * reached[:, -1])
        return area if sign > 0 else 1.0 - area

    return by_block(kernel, table)


def _ordered(value: Floats, chosen: NDArray[np.bool_]) -> Ints:
    places = np.flatnonzero(chosen)
    return places[np.argsort(value[places], kind="stable")]


def _cumulated(block: Floats) -> Floats:
    out = np.zeros((block.shape[0], block.shape[1] + 1))
    np.cumsum(block, axis=1, out=out[:, 1:])
    return out


def roc_auc_ovr(truth: ArrayLike, proba: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Mean one-vs-rest AUC of the classes where it is defined, (B,); truth (n,) codes, proba (n, k).

    More than 20 classes under several weightings: each AUC to first order in the weights (its Hajek projection, on which
    DeLong's standard error rests), which is exact where all weights are equal and costs one sort a class in all.
    """
    codes, shares = np.asarray(truth), np.asarray(proba, dtype=np.float64)
    table = rows(weights, len(codes))
    if shares.shape[1] > EXACT_CLASSES and len(table) > 1 and len(codes):
        return _projected(codes.astype(np.int64), shares, table)
    areas = np.column_stack([roc_auc(codes == c, shares[:, c], weights) for c in range(shares.shape[1])])
    known = np.isfinite(areas)
    return ratio(np.where(known, areas, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64))


def _projected(codes: Ints, shares: Floats, table: Weights) -> Floats:
    """The mean of first-order AUCs, (B,): placements of the positives and of the negatives, each under the weights."""
    k = shares.shape[1]
    own, other, area = np.zeros(len(codes)), np.zeros(shares.shape, dtype=np.float32), np.full(k, np.nan)
    for c in range(k):
        mine = codes == c
        if not mine.any() or mine.all() or np.isnan(shares[:, c]).any():
            continue
        yes, no = np.sort(shares[mine, c]), np.sort(shares[~mine, c])
        both = [np.searchsorted(no, shares[mine, c], side=s) for s in ("left", "right")]
        own[mine] = 0.5 * (both[0] + both[1]) / len(no)
        both = [np.searchsorted(yes, shares[~mine, c], side=s) for s in ("left", "right")]
        other[~mine, c] = 1.0 - 0.5 * (both[0] + both[1]) / len(yes)
        area[c] = own[mine].mean()
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)

    def kernel(block: Weights) -> Floats:
        sorted_weights = take(block, order)
        size, wins = np.zeros((len(block), k)), np.zeros((len(block), k))
        size[:, present] = np.add.reduceat(sorted_weights, starts, axis=1)
        wins[:, present] = np.add.reduceat(sorted_weights * own[order], starts, axis=1)
        rest = size.sum(axis=1, keepdims=True) - size
        losses = (block.astype(np.float32) @ other).astype(np.float64)
        areas = ratio(wins, size) + ratio(losses, rest) - area
        known = np.isfinite(areas)
        return ratio(np.where(known, areas, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64))

    return by_block(kernel, table)


def average_precision(truth01: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Area under the precision-recall steps, (B,), 0..1: the sum of precision times the rise of recall.

    No interpolation; equal scores enter together. NaN where there are no positives or a score is NaN.

    >>> average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).round(4).tolist()
    [0.8333]
    """
    positive, value = _truth(truth01), -np.asarray(score, dtype=np.float64)
    table = rows(weights, len(value))
    if not len(value) or np.isnan(value).any() or not positive.any():
        return np.full(len(table), np.nan)
    yes, no = _ordered(value, positive), _ordered(value, ~positive)
    last = np.searchsorted(value[yes], value[yes], side="right")
    false = np.searchsorted(value[no], value[yes], side="right")

    def kernel(block: Weights) -> Floats:
        mine = take(block, yes)
        hits = np.take(_cumulated(mine), last, axis=1)
        alerts = hits + np.take(_cumulated(take(block, no)), false, axis=1)
        steps = np.where(alerts > 0, mine * hits / np.where(alerts > 0, alerts, 1.0), 0.0)
        return ratio(steps.sum(axis=1), mine.sum(axis=1))

    return by_block(kernel, table)


def at_recall(truth01: ArrayLike, score: ArrayLike, recall: float, weights: ArrayLike | None = None) -> Floats:
    """Precision, share of rows called positive, and the score from which they are, (B, 3): where a recall is reached.

    recall: 0..1; the strictest of the scores that reach it. NaN where there are no positives or a score is NaN.

    >>> at_recall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 1.0).round(3).tolist()
    [[0.667, 0.75, 0.35]]
    """
    positive, value = _truth(truth01), -np.asarray(score, dtype=np.float64)
    table = rows(weights, len(value))
    if not len(value) or np.isnan(value).any() or not positive.any():
        return np.full((len(table), 3), np.nan)
    yes, no = _ordered(value, positive), _ordered(value, ~positive)
    last = np.searchsorted(value[yes], value[yes], side="right")
    false = np.searchsorted(value[no], value[yes], side="right")

    def kernel(block: Weights) -> Floats:
        hits = _cumulated(take(block, yes))
        misses = _cumulated(take(block, no))
        wanted = recall * hits[:, -1] * (1.0 - 1e-12)
        place = np.minimum((hits[:, 1:] < wanted[:, None]).sum(axis=1), len(yes) - 1)
        line = np.arange(len(block))
        found, other = hits[line, last[place]], misses[line, false[place]]
        whole = hits[:, -1] + misses[:, -1]
        said = np.where(hits[:, -1] > 0, -value[yes][place], np.nan)
        return np.column_stack([ratio(found, found + other), ratio(found + other, whole), said])

    return by_block(kernel, table)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points to draw: x, y and the score from which a row counts as positive, each (p,)."""

    x: Floats
    y: Floats
    threshold: Floats


@dataclass(frozen=True, slots=True)
class Tallies:
    """Counts at every distinct score, from the highest down, after none at all (threshold inf), each (g + 1,)."""

    threshold: Floats
    true_positive: Floats
    false_positive: Floats
    positives: float
    negatives: float


def tallies(truth01: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None) -> Tallies:
    """What is called positive at `score >= threshold` for every distinct score; weights (n,) or None."""
    positive, value = _truth(truth01), np.asarray(score, dtype=np.float64)
    weight = rows(weights, len(value))[0].astype(np.float64)
    order = np.argsort(-value, kind="stable")
    ends = _ends(value[order])
    hits, false = np.cumsum((weight * positive)[order]), np.cumsum((weight * ~positive)[order])
    start = np.zeros(1)
    return Tallies(
        np.concatenate([[np.inf], value[order][ends]]),
        np.concatenate([start, hits[ends]]),
        np.concatenate([start, false[ends]]),
        float((weight * positive).sum()),
        float((weight * ~positive).sum()),
    )


def _ends(ordered: Floats) -> Ints:
    """Index of the last of each run of equal values."""
    if not len(ordered):
        return np.zeros(0, dtype=np.int64)
    return np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)


def _thinned(x: Floats, y: Floats, threshold: Floats, most: int) -> Curve:
    """At most `most` points, evenly along the length of the drawn line, the two ends kept."""
    if len(x) > most:
        way = np.cumsum(np.hypot(np.diff(x, prepend=x[0]), np.diff(y, prepend=y[0])))
        kept = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], most - 1), side="left").clip(0, len(x) - 1))
        kept = np.union1d(kept, [0, len(x) - 1])
        x, y, threshold = x[kept], y[kept], threshold[kept]
    return Curve(x, y, threshold)


def roc_points(
    truth01: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None, *, most: int = MOST_POINTS
) -> Curve:
    """The ROC curve: x = false positive rate, y = recall, from (0, 0) to (1, 1); weights (n,) or None."""
    t = tallies(truth01, score, weights)
    return _thinned(
        ratio(t.false_positive, np.full_like(t.false_positive, t.negatives)),
        ratio(t.true_positive, np.full_like(t.true_positive, t.positives)),
        t.threshold,
        most,
    )


def pr_points(
    truth01: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None, *, most: int = MOST_POINTS
) -> Curve:
    """The precision-recall curve: x = recall, y = precision, from the first alert to all; weights (n,) or None."""
    t = tallies(truth01, score, weights)
    recall = ratio(t.true_positive, np.full_like(t.true_positive, t.positives))[1:]
    precision = ratio(t.true_positive, t.true_positive + t.false_positive)[1:]
    return _thinned(recall, precision, t.threshold[1:], most)


@dataclass(frozen=True, slots=True)
class CalibrationBins:
    """One row a bin that holds rows: mean probability, share of positives, weight, each (b,); edges (b + 1,)."""

    predicted: Floats
    observed: Floats
    weight: Floats
    edges: Floats


def _bin_of(proba: Floats, bins: int, spacing: str) -> tuple[Ints, Floats]:
    if spacing == "count":
        edges = np.unique(np.quantile(proba, np.linspace(0.0, 1.0, bins + 1))) if len(proba) else np.zeros(1)
    else:
        edges = np.linspace(0.0, 1.0, bins + 1)
    place = np.searchsorted(edges[1:-1], proba, side="left").astype(np.int64)
    return place, edges


def calibration_bins(
    truth01: ArrayLike, proba: ArrayLike, bins: int = 10, weights: ArrayLike | None = None, *, spacing: str = "count"
) -> CalibrationBins:
    """Predicted against observed share in bins of equal count (or `spacing="width"`); weights (n,) or None."""
    positive, shares = _truth(truth01).astype(np.float64), np.asarray(proba, dtype=np.float64)
    weight = rows(weights, len(shares))[0].astype(np.float64)
    place, edges = _bin_of(shares, bins, spacing)
    size, chance, hits = (
        np.bincount(place, part, minlength=1).astype(np.float64)
        for part in (weight, weight * shares, weight * positive)
    )
    kept = np.flatnonzero(size > 0)
    predicted, observed = ratio(chance, size), ratio(hits, size)
    lower = edges[kept] if len(kept) else edges[:1]
    upper = edges[np.minimum(kept[-1:] + 1, len(edges) - 1)] if len(kept) else edges[-1:]
    return CalibrationBins(predicted[kept], observed[kept], size[kept], np.concatenate([lower, upper]))


def ece(
    truth01: ArrayLike, proba: ArrayLike, weights: ArrayLike | None = None, *, bins: int = 15, spacing: str = "width"
) -> Floats:
    """Expected calibration error, (B,), 0..1: mean gap of predicted and observed share over equal-width bins.

    For several classes pass "was the top class right" and its probability. Source: Naeini et al. 2015.
    """
    positive, shares = _truth(truth01).astype(np.float64), np.asarray(proba, dtype=np.float64)
    table = rows(weights, len(shares))
    if not len(shares):
        return np.full(len(table), np.nan)
    place, _ = _bin_of(shares, bins, spacing)
    gap = np.zeros((len(shares), int(place.max()) + 1))
    gap[np.arange(len(shares)), place] = shares - positive

    def kernel(block: Weights) -> Floats:
        weight = block.astype(np.float64, copy=False)
        return ratio(np.abs(weight @ gap).sum(axis=1), weight.sum(axis=1))

    return by_block(kernel, table)
