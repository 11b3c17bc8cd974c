"""Shapes of numbers: weighted quantiles and histograms that one wild value cannot flatten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ownproof.stats.weights import Floats, Weights, by_block, rows, take

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def quantiles(values: ArrayLike, shares: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Weighted quantiles of the known values, (B, q), by the averaged inverse distribution (Hyndman-Fan type 2).

    A row of weight 2 counts as two equal rows. Values that are NaN are left out; NaN where no weight is left.

    >>> quantiles([1.0, 2.0, 3.0, 4.0], [0.5]).tolist()
    [[2.5]]
    """
    column, levels = np.asarray(values, dtype=np.float64), np.atleast_1d(np.asarray(shares, dtype=np.float64))
    table = rows(weights, len(column))
    order = np.argsort(column, kind="stable")
    order = order[: len(column) - int(np.isnan(column).sum())]
    if not len(order):
        return np.full((len(table), len(levels)), np.nan)
    ordered = column[order]

    def kernel(block: Weights) -> Floats:
        reached = np.cumsum(take(block, order), axis=1)
        out = np.empty((len(block), len(levels)))
        for row, line in enumerate(reached):
            goal = levels * line[-1]
            slack = 1e-12 * line[-1]
            low = np.searchsorted(line, goal - slack, side="left")
            high = np.searchsorted(line, goal + slack, side="right")
            last = np.searchsorted(line, line[-1], side="left")
            low, high = np.minimum(low, last), np.minimum(high, last)
            first = np.searchsorted(line, 0.0, side="right")
            low, high = np.maximum(low, first), np.maximum(high, first)
            out[row] = 0.5 * (ordered[low] + ordered[high]) if line[-1] > 0 else np.nan
        return out

    return by_block(kernel, table)


LARGEST = 1e300  # differences of larger numbers overflow


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between edges; values beyond the outer edges are counted in the outer bins.

    edges: (bins + 1,); counts: (bins,); below, above: how many were clipped; missing: how many were NaN.
    """

    edges: Floats
    counts: NDArray[np.int64]
    below: int
    above: int
    missing: int


def histogram(values: ArrayLike, bins: int = 30, *, clip: float = 0.005) -> Histogram:
    """A histogram from the `clip` to the 1 - `clip` quantile, equal widths, outliers in the outer bins.

    An infinite value is clipped like any other; no known value gives counts of zero.

    >>> histogram([0.0, 1.0, 2.0, 3.0], bins=2).counts.tolist()
    [2, 2]
    """
    column = np.asarray(values, dtype=np.float64).ravel()
    known = column[~np.isnan(column)]
    finite = np.clip(known[np.isfinite(known)], -LARGEST, LARGEST)
    if not len(finite):
        above = int((known == np.inf).sum())
        return Histogram(
            np.linspace(0.0, 1.0, bins + 1),
            np.zeros(bins, dtype=np.int64),
            len(known) - above,
            above,
            len(column) - len(known),
        )
    low, high = (float(q) for q in np.quantile(finite, [clip, 1.0 - clip]))
    if low == high:
        low, high = float(finite.min()), float(finite.max())
    if low == high:
        low, high = low - 0.5 * max(1.0, abs(low)), high + 0.5 * max(1.0, abs(high))
    edges = np.linspace(low, high, bins + 1)
    counts, _ = np.histogram(np.clip(known, low, high), bins=edges)
    return Histogram(
        edges, counts.astype(np.int64), int((known < low).sum()), int((known > high).sum()), len(column) - len(known)
    )
