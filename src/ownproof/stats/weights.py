"""The weights that every measure takes: rows of resample counts or sample weights, walked in bounded blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Weights = NDArray[Any]

BLOCK_CELLS = 1 << 20  # 8 MB of float64 a temporary: several of them stay far below 200 MB and near the cache


def rows(weights: ArrayLike | None, n: int) -> Weights:
    """The weights as a (B, n) array: None is one row of ones, (n,) is one row.

    Raises ValueError when the last axis is not `n` long.

    >>> rows(None, 3).shape
    (1, 3)
    """
    if weights is None:
        return np.ones((1, n))
    table = np.asarray(weights)
    if table.ndim == 1:
        table = table[None, :]
    if table.ndim != 2 or table.shape[1] != n:
        raise ValueError(f"weights must have the shape (B, {n}), got {table.shape}")
    return table


def blocks(count: int, width: int) -> Iterator[slice]:
    """Slices over `count` rows, each so short that a float64 temporary of `width` columns stays small."""
    step = max(1, BLOCK_CELLS // max(1, width))
    for start in range(0, count, step):
        yield slice(start, min(count, start + step))


def by_block(kernel: Callable[[Weights], Floats], weights: Weights) -> Floats:
    """`kernel` applied to blocks of rows of the weights, its answers laid end to end.

    The kernel gets (b, n) and answers (b, ...). At least one row of weights is needed.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.concatenate([kernel(weights[part]) for part in blocks(*weights.shape)])


def take(weights: Weights, columns: Ints) -> Floats:
    """The chosen columns of a block of weights as float64, (b, len(columns))."""
    return np.take(weights, columns, axis=1).astype(np.float64, copy=False)


def ratio(over: Floats, under: Floats) -> Floats:
    """`over / under`, NaN where `under` is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.where(under == 0, np.nan, over / np.where(under == 0, 1.0, under))
    return quotient


def total(values: ArrayLike, weights: ArrayLike | None) -> Floats:
    """Weighted sums of one value a row: (n,) or (n, c) with (B, n) gives (B,) or (B, c)."""
    column = np.asarray(values, dtype=np.float64)
    return by_block(lambda block: block.astype(np.float64, copy=False) @ column, rows(weights, len(column)))


def mean(values: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Weighted mean of (n,) values, (B,); NaN where the weights add up to 0.

    >>> mean([1.0, 2.0, 4.0], [[1, 1, 1], [0, 1, 1]]).round(3).tolist()
    [2.333, 3.0]
    """
    column = np.asarray(values, dtype=np.float64)
    sums = total(np.column_stack([column, np.ones(len(column))]), weights)
    return ratio(sums[:, 0], sums[:, 1])
