"""Correlations of many pairs of columns in two samples, from sums of products of bounded scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.distributions import normal_tail, t_cdf
from ownproof.stats.drift.scores import evened

Floats = NDArray[np.float64]
HIGHEST = 0.9995
UNSURE = 0.01
"""A p that is larger needs no second look."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places, their correlation before and now, the difference in standard errors and its two-sided p."""

    first: int
    second: int
    before: float
    now: float
    z: float
    p: float


def correlation(products: Floats) -> Floats:
    """Correlations from sums of products of scores whose mean is nought (k, k); 0 where a score never varies."""
    size = np.sqrt(np.diag(products).astype(np.float64))
    safe = np.where(size > 0, size, 1.0)
    return np.asarray(np.clip(products / safe[:, None] / safe[None, :], -HIGHEST, HIGHEST))


@dataclass(frozen=True, slots=True, eq=False)
class Apart:
    """Fisher's z of the correlations in two samples, their difference and its sampling variance, each (k, k)."""

    before: Floats
    now: Floats
    gap: Floats
    variance: Floats


def apart(old: Floats, new: Floats, rows: tuple[int, int], variance: Floats) -> Apart:
    """All pairs of two samples from their sums of products (k, k).

    The variance of the difference is that of the influence function in the reference (`variance`, by rows), not below
    that of a normal pair, and larger by 2 / sqrt(rows) for not being known better.
    """
    a, b = rows
    before, now = correlation(old), correlation(new)
    steep = 1.0 - ((a * before + b * now) / (a + b)) ** 2
    spread = np.maximum(variance / steep**2, 1.0) * (1.0 + 2.0 / np.sqrt(max(1, a)))
    return Apart(before, now, np.arctanh(now) - np.arctanh(before), spread * (1 / a + 1 / b))


def pairs(
    found: Apart,
    rows: tuple[int, int],
    *,
    skews: Floats,
    usable: NDArray[np.bool_],
    between: Floats | None = None,
    windows: int = 0,
) -> list[Pair]:
    """Every pair of usable places, the most changed first, with the two-sided p of Fisher's z of both correlations.

    The skewness of a product of scores is that of independent ones. between: what the difference varies by between
    ordinary windows beyond sampling, (k, k), learnt from so many windows.
    """
    a, b = rows
    z = found.gap / np.sqrt(found.variance)
    lopsided = np.outer(skews, skews) * (a - b) / np.sqrt(float(a + b) * a * b)
    first, second = np.triu_indices(len(z), 1)
    both = usable[first] & usable[second]
    made = []
    for i, j in zip(first[both].tolist(), second[both].tolist(), strict=True):
        even = evened(float(z[i, j]), float(lopsided[i, j]))
        p = 2.0 * normal_tail(abs(even))
        if between is not None and len(between) and between[i, j] > 0 and p < UNSURE:
            t = float(found.gap[i, j]) / float(np.sqrt(found.variance[i, j] + between[i, j]))
            p = max(p, 2.0 * t_cdf(-abs(t), windows - 1))
        made.append(Pair(i, j, float(found.before[i, j]), float(found.now[i, j]), even, p))
    return sorted(made, key=lambda pair: (pair.p, -abs(pair.z)))
