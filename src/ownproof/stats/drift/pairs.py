"""Correlations of many pairs of columns in two samples, from sums of products of bounded scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.distributions import normal_tail
from ownproof.stats.drift.scores import evened

Floats = NDArray[np.float64]
HIGHEST = 0.9995


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


def pairs(
    old: Floats, new: Floats, rows: tuple[int, int], *, variance: Floats, skews: Floats, usable: NDArray[np.bool_]
) -> list[Pair]:
    """Every pair of usable places, the most changed first; old and new: sums of products (k, k).

    Fisher's z of both correlations; its variance is that of the influence function in the reference (`variance`, by
    rows), not below that of a normal pair, and larger by 2 / sqrt(rows) for not being known better. The skewness of a
    product of scores is that of independent ones. The difference has a two-sided p.
    """
    a, b = rows
    before, now = correlation(old), correlation(new)
    steep = 1.0 - ((a * before + b * now) / (a + b)) ** 2
    spread = np.maximum(variance / steep**2, 1.0) * (1.0 + 2.0 / np.sqrt(max(1, a)))
    z = (np.arctanh(now) - np.arctanh(before)) / np.sqrt(spread * (1 / a + 1 / b))
    lopsided = np.outer(skews, skews) * (a - b) / np.sqrt(float(a + b) * a * b)
    first, second = np.triu_indices(len(old), 1)
    both = usable[first] & usable[second]
    found = []
    for i, j in zip(first[both].tolist(), second[both].tolist(), strict=True):
        even = evened(float(z[i, j]), float(lopsided[i, j]))
        found.append(Pair(i, j, float(before[i, j]), float(now[i, j]), even, 2.0 * normal_tail(abs(even))))
    return sorted(found, key=lambda p: -abs(p.z))
