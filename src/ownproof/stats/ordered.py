"""What ascending values tell without another pass over them; none of them is NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.weights import Floats

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Value = TypeVar("Value", bound=np.generic)


def distinct(values: NDArray[Value]) -> NDArray[Value]:
    """The different ones of values in any order, ascending. By sorting: where values hardly repeat that is many times as
    fast as the table that `np.unique` keeps.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    return different(np.sort(values))


def numbered(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The different ones of whole numbers, ascending, and the place of each value among them, (n,).

    Numbers in a narrow range, such as codes, are counted and not sorted.

    >>> numbered(np.array([7, 5, 7]))[1].tolist()
    [1, 0, 1]
    """
    if len(values) and values.dtype.kind in "iu" and (spread := int(values.max()) - int(values.min())) < len(values):
        offset = (values - values.min()).astype(np.int64)
        there = np.bincount(offset, minlength=spread + 1) > 0
        return (np.flatnonzero(there) + values.min()).astype(values.dtype), (np.cumsum(there) - 1)[offset]
    found, places = np.unique(values, return_inverse=True)
    return found, places.reshape(-1).astype(np.int64)


def count(ordered: NDArray[Any]) -> int:
    """How many different ones there are among ascending values."""
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + 1 if len(ordered) else 0


def different(ordered: NDArray[Value]) -> NDArray[Value]:
    """The different ones of ascending values."""
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def quantiles(ordered: Floats, shares: ArrayLike) -> Floats:
    """Quantiles (q,) as `np.quantile` gives them (linear, Hyndman-Fan type 7), to the last bit.

    >>> quantiles(np.array([1.0, 2.0, 4.0]), [0.5, 0.75]).tolist()
    [2.0, 3.0]
    """
    place = (len(ordered) - 1) * np.atleast_1d(np.asarray(shares, dtype=np.float64))
    low = np.floor(place).astype(np.int64)
    a, b, t = ordered[low], ordered[np.minimum(low + 1, len(ordered) - 1)], place - low
    return np.asarray(np.where(t >= 0.5, b - (b - a) * (1 - t), a + (b - a) * t))


def steps(ordered: Floats, shares: ArrayLike) -> Floats:
    """Quantiles that occur among the values, (q,): those of `np.quantile` by the method `inverted_cdf`."""
    place = np.ceil(len(ordered) * np.atleast_1d(np.asarray(shares, dtype=np.float64)) - 1).astype(np.int64)
    return np.asarray(ordered[place.clip(0, len(ordered) - 1)])


def counts(ordered: Floats, edges: Floats) -> NDArray[np.int64]:
    """How many values lie between edges, as `np.histogram` counts them, (len(edges) - 1,)."""
    places = np.searchsorted(ordered, edges[:-1], side="left")
    return np.diff(np.append(places, np.searchsorted(ordered, edges[-1], side="right")))
