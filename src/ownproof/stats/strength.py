"""How much one column alone, its place in the file or its gaps say about the truth, without fitting to itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ownproof.stats.association import correlation_ratio, cramers_v, pearson, ranks
from ownproof.stats.distributions import chi2_tail, normal_tail, t_cdf
from ownproof.stats.weights import Floats, Ints, ratio

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

LEAST_ROWS = 20  # a class with fewer rows has no AUC worth averaging


def bin_codes(values: ArrayLike, bins: int | None = None) -> Ints:
    """Numbers as codes of bins of about equal count, (n,); NaN is -1. Default: 2 n^(1/3) bins, 8 to 256.

    >>> bin_codes([1.0, 2.0, 3.0, 4.0, float("nan")], 2).tolist()
    [0, 0, 1, 1, -1]
    """
    column = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(column)
    codes = np.full(len(column), -1, dtype=np.int64)
    if known.any():
        wanted = bins or int(np.clip(2.0 * np.cbrt(len(column)), 8, 256))
        edges = np.unique(np.quantile(column[known], np.linspace(0.0, 1.0, wanted + 1)[1:-1], method="lower"))
        codes[known] = np.searchsorted(edges, column[known], side="left")
    return codes


def _folds(truth: Ints, folds: int, seed: int) -> Ints:
    """A fold for every row, each class dealt out evenly, (n,)."""
    shuffled = np.random.default_rng(seed).permutation(len(truth))
    order = shuffled[np.argsort(truth[shuffled], kind="stable")]
    fold = np.empty(len(truth), dtype=np.int64)
    fold[order] = np.arange(len(truth)) % folds
    return fold


def _counts(fold: Ints, level: Ints, shape: tuple[int, int], values: Floats | None = None) -> Floats:
    flat = np.bincount(fold * shape[1] + level, values, minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(np.float64)


def class_aucs(codes: ArrayLike, truth: ArrayLike, k: int, *, seed: int, folds: int = 5, prior: float = 1.0) -> Floats:
    """Cross-fitted one-vs-rest AUC of one coded column for each class, (k,); NaN for a class under 20 rows.

    codes: (n,), missing is -1 and a level of its own; truth: (n,) codes 0..k-1. A level scores the share of the class
    among the other folds' rows of that level, drawn to the overall share as by `prior` rows; a level that they do not
    know scores the overall share. So an id of n levels scores 0.5.
    """
    level, true = _dense(codes), np.asarray(truth, dtype=np.int64)
    out = np.full(k, np.nan)
    if not len(true):
        return out
    fold = _folds(true, folds, seed)
    shape = (folds, int(level.max()) + 1)
    every = _counts(fold, level, shape)
    for c in range(k):
        size = int((true == c).sum())
        if min(size, len(true) - size) >= LEAST_ROWS:
            hits = _counts(fold, level, shape, (true == c).astype(np.float64))
            out[c] = _fold_auc(hits, every, size / len(true), prior)
    return out


def _dense(codes: ArrayLike) -> Ints:
    return np.unique(np.asarray(codes, dtype=np.int64), return_inverse=True)[1].astype(np.int64).ravel()


def _fold_auc(hits: Floats, every: Floats, share: float, prior: float) -> float:
    """Mean over folds of the AUC of the other folds' shares, from counts (folds, levels)."""
    others = every.sum(axis=0) - every
    score = (hits.sum(axis=0) - hits + prior * share) / (others + prior)
    areas = [_grouped_auc(h, e - h, s) for h, e, s in zip(hits, every, score, strict=True)]
    known = [a for a in areas if not math.isnan(a)]
    return float(np.mean(known)) if known else math.nan


def _grouped_auc(hits: Floats, misses: Floats, score: Floats) -> float:
    """AUC when rows come in groups of one score each; equal scores of two groups count half."""
    _, place = np.unique(score.round(12), return_inverse=True)
    yes, no = np.bincount(place.ravel(), hits), np.bincount(place.ravel(), misses)
    under = float(yes.sum() * no.sum())
    return float((yes * (np.cumsum(no) - 0.5 * no)).sum()) / under if under > 0 else math.nan


def single_column_auc(codes: ArrayLike, truth: ArrayLike, k: int = 2, *, seed: int, folds: int = 5) -> float:
    """Cross-fitted AUC of one column alone, 0..1, 0.5 is nothing; for k > 2 classes the mean of one-vs-rest.

    Numbers go through `bin_codes` first. Non-monotone dependence is seen too.
    """
    areas = class_aucs(codes, truth, k, seed=seed, folds=folds)
    if k == 2:
        return float(areas[1])
    known = areas[np.isfinite(areas)]
    return float(known.mean()) if len(known) else math.nan


def single_column_r2(
    codes: ArrayLike, values: ArrayLike, *, seed: int, folds: int = 5, prior: float = 1.0, by_rank: bool = True
) -> float:
    """Cross-fitted share of the variance of the numbers that one column explains, at most 1, about 0 is nothing.

    by_rank: on the ranks of the numbers, so that a few huge ones do not decide. NaN for a constant.
    """
    value = np.asarray(values, dtype=np.float64)
    known = np.isfinite(value)
    level, true = _dense(np.asarray(codes)[known]), value[known]
    if len(true) < 2 * folds or true.min() == true.max():
        return math.nan
    true = ranks(true) if by_rank else true
    true = true - true.mean()
    fold = _folds(np.zeros(len(true), dtype=np.int64), folds, seed)
    shape = (folds, int(level.max()) + 1)
    sums, every = _counts(fold, level, shape, true), _counts(fold, level, shape)
    guess = ratio(sums.sum(axis=0) - sums, every.sum(axis=0) - every + prior)
    return 1.0 - float(((true - guess[fold, level]) ** 2).sum() / (true**2).sum())


@dataclass(frozen=True, slots=True)
class OrderSignal:
    """What the place of a row in the file says of its truth.

    auc: of the position for the class it tells most, 0..1 (for numbers: of being above the median); auc_p: its
    two-sided p-value, corrected for the number of classes; runs, expected_runs and runs_p: the runs test.
    """

    auc: float
    auc_p: float
    runs: int
    expected_runs: float
    runs_p: float


def order_signal(truth: ArrayLike) -> OrderSignal:
    """Whether row order carries the label: rank test of position and runs test on codes (n,); -1 is left out.

    Sources: Mann and Whitney 1947; runs of several kinds: Barton and David 1957. Both p-values are two-sided.
    For numbers pass codes of above and below the median.
    """
    codes = np.asarray(truth, dtype=np.int64)
    codes = codes[codes >= 0]
    n = len(codes)
    _, level, size = np.unique(codes, return_inverse=True, return_counts=True)
    if n < 2 or len(size) < 2:
        return OrderSignal(math.nan, math.nan, int(n > 0), math.nan, math.nan)
    counts = size.astype(np.float64)
    sums = np.bincount(level.ravel(), np.arange(1.0, n + 1))
    pairs = counts * (n - counts)
    areas = (sums - counts * (counts + 1) / 2) / pairs
    z = (areas - 0.5) * pairs / np.sqrt(pairs * (n + 1) / 12.0)
    top = len(z) - 1 - int(np.abs(z[::-1]).argmax())
    runs = 1 + int((codes[1:] != codes[:-1]).sum())
    expected, deviation = _runs(counts, n)
    runs_p = 2.0 * normal_tail(abs(runs - expected) / deviation) if deviation > 0 else math.nan
    tests = 1 if len(size) == 2 else len(size)
    return OrderSignal(
        float(areas[top]), min(1.0, tests * 2.0 * normal_tail(abs(float(z[top])))), runs, expected, runs_p
    )


def _runs(counts: Floats, n: int) -> tuple[float, float]:
    """Mean and standard deviation of the number of runs in random order."""
    two, three = float((counts**2).sum()), float((counts**3).sum())
    expected = (n * (n + 1.0) - two) / n
    variance = (two * (two + n * (n + 1.0)) - 2.0 * n * three - float(n) ** 3) / (float(n) ** 2 * (n - 1.0))
    return expected, math.sqrt(max(0.0, variance))


@dataclass(frozen=True, slots=True)
class MissingSignal:
    """What a gap says of the truth: share missing, strength 0..1 and its p-value; NaN when nothing can be said."""

    share: float
    strength: float
    p_value: float


def missing_signal(missing: ArrayLike, codes: ArrayLike) -> MissingSignal:
    """Association of being missing (n,) with a truth of codes (n,): corrected Cramer's V and the chi-squared test."""
    gap, level = np.asarray(missing).astype(np.int64), np.asarray(codes, dtype=np.int64)
    share = float(gap.mean()) if len(gap) else math.nan
    strength = cramers_v(gap, level)
    if math.isnan(strength):
        return MissingSignal(share, math.nan, math.nan)
    known = level >= 0
    gap, level = gap[known], _dense(level[known])
    table = np.zeros((2, int(level.max()) + 1))
    np.add.at(table, (gap, level), 1.0)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return MissingSignal(
        share, strength, chi2_tail(float(((table - expected) ** 2 / expected).sum()), table.shape[1] - 1)
    )


def missing_signal_of_numbers(missing: ArrayLike, values: ArrayLike) -> MissingSignal:
    """Association of being missing (n,) with a truth of numbers (n,): correlation ratio on ranks and the t test."""
    gap, value = np.asarray(missing).astype(np.int64), np.asarray(values, dtype=np.float64)
    share = float(gap.mean()) if len(gap) else math.nan
    known = np.isfinite(value)
    gap, order = gap[known], ranks(value[known])
    r, n = pearson(gap, order), len(gap)
    if math.isnan(r) or n < 4:
        return MissingSignal(share, math.nan, math.nan)
    t = abs(r) * math.sqrt((n - 2) / max(1e-300, 1.0 - r * r))
    return MissingSignal(share, correlation_ratio(gap, order), 2.0 * t_cdf(-t, n - 2))
