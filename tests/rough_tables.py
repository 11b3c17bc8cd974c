"""Matrices that are hard on a model: missing values, codes never seen, values on a threshold and one bit beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ownproof.learners.parts.trees import Trees

NUMBERS = 5
LEVELS = (3, 12, 80)


def matrix(seed: int, rows: int, *, levels: tuple[int, ...] = LEVELS, gaps: float = 0.1) -> NDArray[np.float32]:
    """NUMBERS columns of numbers, then one column of codes for each of `levels`, rarer towards the last code."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(rows, NUMBERS)).round(2)
    codes = [np.minimum(rng.geometric(min(0.5, 4 / n), rows) - 1, n - 1) for n in levels]
    out = np.column_stack([numbers, *codes]).astype(np.float32)
    out[rng.random(out.shape) < gaps] = np.nan
    return out


def scores(x: NDArray[np.float32], seed: int) -> NDArray[np.float64]:
    """A true score with steps, an interaction, effects of levels, and noise."""
    rng = np.random.default_rng(seed)
    known = np.nan_to_num(x.astype(np.float64))
    total = known[:, 0] + np.sin(2 * known[:, 1]) * known[:, 2] + rng.normal(size=len(x))
    for column in known[:, NUMBERS:].T.astype(int):
        total = total + rng.normal(size=column.max() + 1)[column]
    return total


def hard(trees: Trees, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """`x`, then copies of its rows with one cell moved: onto a threshold, one bit below and above, or to an odd code."""
    rows = [x]
    for node in np.flatnonzero(trees.kind)[:400]:
        at = np.float32(np.clip(trees.threshold[node], -3e38, 3e38))
        values = [at, np.nextafter(at, np.float32(-np.inf)), np.nextafter(at, np.float32(np.inf)), np.float32(np.nan)]
        if trees.kind[node] == 2:
            values = [np.float32(v) for v in (0, 1, max(trees.sets[trees.member[node]]), 7777, -1, np.nan)]
        moved = x[np.arange(len(values)) * 7 % len(x)].copy()
        moved[:, trees.feature[node]] = values
        rows.append(moved)
    return np.concatenate(rows)
