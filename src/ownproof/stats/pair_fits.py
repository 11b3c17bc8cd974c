"""What two columns explain together of a third, for all pairs at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ownproof.stats.weights import Floats

PARALLEL = 1e-11  # 1 - r² of two columns below which their difference is lost in rounding


@dataclass(frozen=True, slots=True, eq=False)
class PairFits:
    """Shares of variance, each 0..1, on the rows where all three are known; NaN where nothing can be said.

    both: of a linear fit on columns i and j, (p, p), symmetric. best: of the better one of the two alone, (p, p).
    alike: squared correlation of the two, (p, p).
    """

    both: Floats
    best: Floats
    alike: Floats


def pair_fits(matrix: Floats, aim: Floats) -> PairFits:
    """The linear fit of an aim (n,) on every pair of the columns of a matrix (n, p); NaN is missing in both.

    In closed form from the moments of each pair on its own complete rows: seven products of (p, n) by (n, p).

    >>> rows = np.array([[1.0, 5.0], [2.0, 1.0], [3.0, 4.0], [4.0, 4.0]])
    >>> round(float(pair_fits(rows, rows[:, 0] - rows[:, 1]).both[0, 1]), 6)
    1.0
    """
    rows = np.isfinite(aim)
    z, m = _scaled(matrix[rows])
    w = _scaled(aim[rows][:, None])[0]
    n = np.maximum(m.T @ m, 1.0)
    mean, mean_w = (z.T @ m) / n, ((m * w).T @ m) / n
    spread = ((z**2).T @ m) / n - mean**2
    spread_w = ((m * w**2).T @ m) / n - mean_w**2
    with_w = ((z * w).T @ m) / n - mean * mean_w
    together = (z.T @ z) / n - mean * mean.T
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = with_w**2 / (spread * spread_w)
        alike = together**2 / (spread * spread.T)
        under = spread * spread.T * spread_w * (1.0 - alike)
        both = (with_w**2 * spread.T - 2.0 * with_w * with_w.T * together + with_w.T**2 * spread) / under
    fair = (n >= 4) & (1.0 - alike > PARALLEL) & (spread > 0) & (spread.T > 0) & (spread_w > 0)
    both = np.where(fair & np.isfinite(both), np.clip(both, 0.0, 1.0), np.nan)
    return PairFits(both, np.fmax(alone, alone.T), np.clip(alike, 0.0, 1.0))


def _scaled(columns: Floats) -> tuple[Floats, Floats]:
    """Centred to mean 0 and spread 1 with 0 where missing, and 1 where known."""
    known = np.isfinite(columns)
    count = np.maximum(known.sum(axis=0), 1)
    held = np.where(known, columns, 0.0)
    centred = np.where(known, held - held.sum(axis=0) / count, 0.0)
    widest = np.maximum(np.abs(centred).max(axis=0, initial=0.0), 1e-300)
    centred = centred / widest
    deviation = np.sqrt((centred**2).sum(axis=0) / count)
    return np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > 0), known.astype(np.float64)
