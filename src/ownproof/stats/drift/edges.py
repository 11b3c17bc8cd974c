"""Frozen edges of a numeric column: cells of equal shares, ties in cells of their own, thin cells in the tails."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ownproof.stats import ordered

Floats = NDArray[np.float64]

SHARES: Final = (0.001, 0.01, *(round(0.05 * i, 2) for i in range(1, 20)), 0.99, 0.999)
"""Twenty equal shares, the outer ones divided at 1 % and 0.1 %."""
FEW: Final = 24
"""Values that are so few have a cell each."""
MANY: Final = 64
"""Edges from which searching is faster than comparing."""
BLOCK: Final = 32_768
LARGEST: Final = float(np.finfo(np.float64).max)


def edges_of(values: Floats) -> Floats:
    """Ascending edges for ascending finite values; each edge belongs to the cell below it.

    The outermost cells are for infinity, those next to them for what lies beyond the values themselves. An edge lies
    halfway between two values, so that both tails are treated alike and 3.0000001 counts as 3. A value with the weight
    of a share gets a cell of its own.

    >>> edges_of(np.array([1.0, 1.0, 2.0])).tolist()[1:-1]
    [0.9999999999999999, 1.5, 2.0]
    """
    if not len(values):
        return np.array([-LARGEST, LARGEST])
    different = ordered.different(values)
    if len(different) <= FEW:
        inner = between(different, np.arange(len(different) - 1))
    else:
        inner = _quantile_edges(values, different)
    outer = [-LARGEST, max(-LARGEST, math.nextafter(values[0], -math.inf)), values[-1], LARGEST]
    both = np.unique(np.concatenate((inner, outer)))
    return np.asarray(both)


def between(different: Floats, places: NDArray[np.int64]) -> Floats:
    """Halfway between the values at `places` and the ones after them; the lower value where nothing lies between."""
    low, high = different[places], different[places + 1]
    middle = low / 2 + high / 2
    return np.where((middle >= low) & (middle < high), middle, low)


def _quantile_edges(values: Floats, different: Floats) -> Floats:
    rows, last = len(values), len(different) - 1
    ranks = np.clip(np.rint(np.array(SHARES) * rows).astype(np.int64), 1, rows - 1)
    below = values[ranks - 1]  # an edge behind this value
    found = np.searchsorted(different, below)
    times = np.searchsorted(values, below, side="right") - np.searchsorted(values, below)
    heavy = found[times >= rows / 20]
    places = np.unique(np.concatenate((found, heavy - 1)))
    return between(different, places[(places >= 0) & (places < last)])


def cells_of(values: Floats, edges: Floats) -> NDArray[np.int64]:
    """The number of edges below each value, as `np.searchsorted(edges, values)` gives it, (n,); 0 for NaN.

    By comparing blocks that stay in the cache with every edge: for few edges six times as fast as to search each value.
    """
    if len(edges) > MANY:
        found = np.searchsorted(edges, values)
        found[np.isnan(values)] = 0
        return found
    cells = np.zeros(len(values), np.uint8)
    above = np.empty(min(BLOCK, len(values)), dtype=bool)
    for start in range(0, len(values), BLOCK):
        block, sums = values[start : start + BLOCK], cells[start : start + BLOCK]
        beyond = above[: len(block)]
        ones = beyond.view(np.uint8)
        for edge in edges:
            np.greater(block, edge, out=beyond)
            np.add(sums, ones, out=sums)
    return cells.astype(np.int64)
