"""Location and scale of an ordered column from counts between edges: two-sample tests on normal scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.distributions import normal_quantile, normal_tail

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Move:
    """effect: how far (its unit is the test's), with its standard error by sampling; z: their ratio, corrected for
    skewness; p: two-sided."""

    effect: float
    error: float
    z: float
    p: float


STILL = Move(0.0, 0.0, 0.0, 1.0)


def normal_scores(counts: Counts) -> tuple[Floats, Floats]:
    """The mean of a standard normal, and of its square less one, in slices of the shares that `counts` have.

    >>> first, second = normal_scores(np.array([1, 1]))
    >>> first.round(4).tolist(), second.round(4).tolist()
    ([-0.7979, 0.7979], [-0.0, -0.0])
    """
    below = np.concatenate(([0.0], np.cumsum(counts) / max(1, counts.sum())))
    at = [normal_quantile(min(1.0, float(u))) for u in below]
    height = np.array([0.0 if math.isinf(z) else math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) for z in at])
    tilted = np.array([0.0 if math.isinf(z) else z * h for z, h in zip(at, height, strict=True)])
    share = np.diff(below)
    wide = np.where(share > 0, share, 1.0)
    return np.where(share > 0, -np.diff(height) / wide, 0.0), np.where(share > 0, -np.diff(tilted) / wide, 0.0)


def linear(scores: Floats, old: Counts, new: Counts) -> Move:
    """Whether the mean score of two samples differs, conditionally on the cells both fill together.

    The statistic's variance and skewness over all ways of dividing the pooled rows are known exactly; its tail is that
    of the gamma law with that skewness (Wilson and Hilferty's cube root), which is right for sums of squares and for
    sums of rare scores, where a normal tail at p = 1e-5 is wrong by factors. effect: new mean less old mean.
    """
    a, b = int(old.sum()), int(new.sum())
    total, both = a + b, old + new
    if a < 2 or b < 2:
        return STILL
    mean = float(scores @ both) / total
    off = scores - mean
    variance = float(off**2 @ both) / total
    if variance <= 1e-12:
        return STILL
    effect = float(scores @ new) / b - float(scores @ old) / a
    error = math.sqrt(variance * (1 / a + 1 / b) * total / (total - 1))
    z = effect / error
    skew = float(off**3 @ both) / total / variance**1.5
    skew *= (total - 2 * b) / (total - 2) * math.sqrt((total - 1) / (b * a))
    z = evened(z, skew)
    return Move(effect, error, z, 2.0 * normal_tail(abs(z)))


def evened(z: float, skew: float) -> float:
    """The standard normal value with the tail that `z` has under a gamma law of this skewness."""
    if abs(skew) < 1e-6:
        return z
    root = max(1e-9, 1.0 + skew * z / 2.0)
    return float(6.0 / skew * (root ** (1.0 / 3.0) - 1.0) + skew / 6.0)


def location(old: Counts, new: Counts) -> Move:
    """Van der Waerden's test on binned data; effect: in standard deviations of a normal with the pooled ranks."""
    return linear(normal_scores(old + new)[0], old, new)


def scale(old: Counts, new: Counts) -> Move:
    """Klotz' test on binned data; effect: the logarithm of the ratio of the spreads (of normal scores)."""
    first, second = normal_scores(old + new)
    found = linear(second, old, new)
    spreads = []
    for counts in (old, new):
        rows = max(1, int(counts.sum()))
        mean = float(first @ counts) / rows
        spreads.append(max(1e-9, 1.0 + float(second @ counts) / rows - mean**2))
    # The logarithm of a spread near 1 moves half as far as the mean square it is made of.
    return Move(0.5 * math.log(spreads[1] / spreads[0]), 0.5 * found.error, found.z, found.p)
