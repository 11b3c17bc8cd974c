"""How two columns hang together: for numbers, for codes, for one of each. Codes are integers, -1 is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ownproof.stats.weights import Floats, Ints, ratio

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def ranks(values: ArrayLike) -> Floats:
    """Midranks 1..n of known values, (n,): equal values share the mean of their places.

    >>> ranks([10.0, 20.0, 20.0]).tolist()
    [1.0, 2.5, 2.5]
    """
    _, place, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    middle: Floats = (np.cumsum(counts) - 0.5 * (counts - 1.0))[place.ravel()]
    return middle


def _both_known(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    return x[known], y[known]


def pearson(a: ArrayLike, b: ArrayLike) -> float:
    """Linear correlation, -1..1, over rows where both are finite; NaN when one is constant.

    >>> round(pearson([1, 2, 3], [2, 4, 7]), 4)
    0.9934
    """
    x, y = _both_known(a, b)
    return _correlation(x, y)


def _correlation(x: Floats, y: Floats) -> float:
    if len(x) < 2:
        return math.nan
    x, y = x - x.mean(), y - y.mean()
    x, y = x / max(float(np.abs(x).max()), 1e-300), y / max(float(np.abs(y).max()), 1e-300)
    under = math.sqrt(float(x @ x) * float(y @ y))
    return float(np.clip(float(x @ y) / under, -1.0, 1.0)) if under > 0 else math.nan


def spearman(a: ArrayLike, b: ArrayLike) -> float:
    """Rank correlation, -1..1, over rows where both are finite; NaN when one is constant."""
    x, y = _both_known(a, b)
    return _correlation(ranks(x), ranks(y))


class Cells(NamedTuple):
    """The cells of a contingency table that hold rows: codes and counts, and the counts of each side, each (c,)."""

    a: Ints
    b: Ints
    size: Floats
    a_count: Floats
    b_count: Floats
    rows: int
    a_levels: int
    b_levels: int


def cells(a_codes: ArrayLike, b_codes: ArrayLike) -> Cells:
    """The contingency table of two columns of codes, without its empty cells; rows with -1 are left out."""
    a, b = np.asarray(a_codes, dtype=np.int64), np.asarray(b_codes, dtype=np.int64)
    known = (a >= 0) & (b >= 0)
    _, a = np.unique(a[known], return_inverse=True)
    _, b = np.unique(b[known], return_inverse=True)
    if not len(a):
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Cells(none, none, nothing, nothing, nothing, 0, 0, 0)
    wide = int(b.max()) + 1
    keys, counts = np.unique(a * wide + b, return_counts=True)
    i, j = keys // wide, keys % wide
    a_counts, b_counts = np.bincount(a).astype(np.float64), np.bincount(b).astype(np.float64)
    return Cells(i, j, counts.astype(np.float64), a_counts[i], b_counts[j], len(a), len(a_counts), len(b_counts))


def cramers_v(a_codes: ArrayLike, b_codes: ArrayLike) -> float:
    """Association of two columns of codes, 0..1, corrected for its bias; NaN when one has fewer than two levels.

    Source: Bergsma 2013. Many levels on few rows give 0, not 1.
    """
    c = cells(a_codes, b_codes)
    n = c.rows
    if c.a_levels < 2 or c.b_levels < 2 or n < 2:
        return math.nan
    phi2 = float((c.size**2 / (c.a_count * c.b_count)).sum()) - 1.0
    free = (c.a_levels - 1) * (c.b_levels - 1) / (n - 1)
    a_side, b_side = (k - (k - 1) ** 2 / (n - 1) for k in (c.a_levels, c.b_levels))
    under = min(a_side, b_side) - 1.0
    return math.sqrt(min(1.0, max(0.0, phi2 - free) / under)) if under > 0 else 0.0


def correlation_ratio(codes: ArrayLike, values: ArrayLike) -> float:
    """How far the codes fix the numbers, 0..1: root of the explained share of variance, corrected for the levels.

    Source: Kelley 1935 (epsilon squared). NaN when the numbers are constant or the codes have one level.
    """
    level, value = np.asarray(codes, dtype=np.int64), np.asarray(values, dtype=np.float64)
    known = (level >= 0) & np.isfinite(value)
    _, level = np.unique(level[known], return_inverse=True)
    value = value[known]
    n = len(value)
    if n < 3 or int(level.max()) < 1:
        return math.nan
    value = value - value.mean()
    value = value / max(float(np.abs(value).max()), 1e-300)
    size = np.bincount(level).astype(np.float64)
    within = float((value**2).sum() - ratio(np.bincount(level, value).astype(np.float64) ** 2, size).sum())
    whole = float((value**2).sum())
    if whole <= 0:
        return math.nan
    if n == len(size):
        return 0.0
    explained = 1.0 - within / whole * (n - 1) / (n - len(size))
    return math.sqrt(min(1.0, max(0.0, explained)))


@dataclass(frozen=True, slots=True)
class Match:
    """How far one column is a re-coding of another: share of rows on the best one-to-one map, and what chance gives."""

    share: float
    chance: float

    @property
    def beyond_chance(self) -> float:
        """The share rescaled so that independence is about 0 and a perfect re-coding is 1; NaN for constants."""
        return (self.share - self.chance) / (1.0 - self.chance) if self.chance < 1.0 else math.nan


def mutual_match(a_codes: ArrayLike, b_codes: ArrayLike) -> Match:
    """Whether two columns of codes are the same under other names: levels are paired where each is the other's mode.

    Rows with -1 on either side are left out; NaN without rows.

    >>> mutual_match([0, 0, 1, 2], [5, 5, 3, 9]).share
    1.0
    """
    c = cells(a_codes, b_codes)
    if not c.rows:
        return Match(math.nan, math.nan)
    paired = _is_mode(c.a, c.b, c.size) & _is_mode(c.b, c.a, c.size)
    share = float(c.size[paired].sum()) / c.rows
    chance = float((c.a_count[paired] * c.b_count[paired]).sum()) / c.rows**2
    return Match(share, chance)


def _is_mode(side: Ints, other: Ints, count: Floats) -> NDArray[np.bool_]:
    """Whether each cell is the fullest of its level on `side`; the lowest code of the other side among equals."""
    order = np.lexsort((other, -count, side))
    first = np.ones(len(order), dtype=bool)
    first[1:] = side[order][1:] != side[order][:-1]
    chosen = np.zeros(len(order), dtype=bool)
    chosen[order[first]] = True
    return chosen


@dataclass(frozen=True, slots=True)
class Monotone:
    """Share of rows whose rank is exactly the same in both columns, in the better of the two directions."""

    share: float
    direction: Literal["rising", "falling"]


def monotone_match(a: ArrayLike, b: ArrayLike) -> Monotone:
    """Whether b is a strictly monotone function of a: 1.0 means the same order with the same ties.

    Rows where either is not finite are left out; NaN with fewer than three rows or a constant.

    >>> monotone_match([1.0, 2.0, 5.0], [-1.0, -8.0, -9.0])
    Monotone(share=1.0, direction='falling')
    """
    x, y = _both_known(a, b)
    if len(x) < 3 or x.min() == x.max() or y.min() == y.max():
        return Monotone(math.nan, "rising")
    first, second = ranks(x), ranks(y)
    rising, falling = float((first == second).mean()), float((first == len(x) + 1 - second).mean())
    return Monotone(rising, "rising") if rising >= falling else Monotone(falling, "falling")
