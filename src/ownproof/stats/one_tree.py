"""A small decision tree on one column: the ranges that tell classes apart best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ownproof.stats.weights import Floats, Ints


@dataclass(frozen=True, slots=True)
class _Split:
    """The best cut of rows start .. stop of the sorted ones: before which row, and what it gains (entropy, in nats)."""

    gain: float
    start: int
    cut: int
    stop: int


def tree_edges(values: Floats, codes: Ints, *, most: int, least: int) -> Floats:
    """The ascending edges between the ranges that a tree cuts, (at most `most` - 1,); a range includes its upper edge.

    values: finite, float64 (n,). codes: classes 0 .. k-1, int64 (n,). most: ranges at most; least: rows in each at
    least. The range is cut next whose best cut takes the most entropy away (Breiman et al. 1984; best first as in Shi
    2007), edges halfway between neighbours. Linear in the rows after sorting, whatever the number of classes.

    >>> tree_edges(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1]), most=4, least=1).tolist()
    [2.5]
    """
    order = np.argsort(values, kind="stable")
    x, y = values[order], codes[order]
    weight = _weights(len(x))
    seen = _seen_before(y)
    splits = [_best(x, y, seen, weight, start=0, stop=len(x), least=least)]
    cuts: list[int] = []
    while len(cuts) < most - 1 and any(splits):
        split = max((s for s in splits if s is not None), key=lambda s: (s.gain, -s.start))
        splits.remove(split)
        cuts.append(split.cut)
        for start, stop in ((split.start, split.cut), (split.cut, split.stop)):
            splits.append(_best(x, y, seen, weight, start=start, stop=stop, least=least))
    at = np.sort(np.array(cuts, dtype=np.int64))
    edges = x[at - 1] / 2.0 + x[at] / 2.0
    return np.asarray(np.where(edges < x[at], edges, x[at - 1]))


def _weights(n: int) -> Floats:
    """m log m for m = 0 .. n."""
    m = np.arange(n + 1, dtype=np.float64)
    return np.asarray(m * np.log(np.maximum(m, 1.0)))


def _seen_before(codes: Ints) -> Ints:
    """How many rows before each are of its class, (n,)."""
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    place = np.empty(len(codes), dtype=np.int64)
    place[order] = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    return place


def _best(x: Floats, y: Ints, seen: Ints, weight: Floats, *, start: int, stop: int, least: int) -> _Split | None:
    """The best cut of a range of sorted rows; None where it is of one class or nowhere can be cut."""
    n = stop - start
    sizes = np.bincount(y[start:stop])
    if n < 2 * least or int(sizes.max()) == n:
        return None
    at = np.arange(start + least, stop - least + 1)
    at = at[x[at] > x[at - 1]]
    if not len(at):
        return None
    own = y[start:stop]
    first = np.zeros(len(sizes), dtype=np.int64)
    first[own[::-1]] = seen[start:stop][::-1]
    left = seen[start:stop] - first[own]
    right = sizes[own] - left
    told = np.cumsum(weight[left + 1] - weight[left] + weight[right - 1] - weight[right])
    rows = at - start
    gains = told[rows - 1] - weight[rows] - weight[n - rows] + weight[n]
    best = int(gains.argmax())
    return _Split(float(gains[best]), start, int(at[best]), stop)
