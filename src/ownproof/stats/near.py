"""Which things are nearly the same, in time linear in their number: hashes of all parts but one, and sketches of texts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.hashing import Hashes, mixed, mixed_one
from ownproof.stats.weights import Floats, Ints

WIDTH = 0.02  # of a cell of the grid, in quartile ranges about the median (finer in the middle, coarser far out)
BUCKETS, BANDS, ALIKE = 8, 4, 0.75
"""A sketch has 8 buckets; texts that share one of 4 pairs of buckets are compared, and alike with 3 of 4 equal."""
HUGE = 1e100  # numbers beyond are as this one
NONE = np.uint64(0xFFFFFFFFFFFFFFFF)


def grid(numbers: Floats, *, shift: float) -> Hashes:
    """Numbers as cells of a grid that grows outwards, hashed, (n,): near ones are mostly in one cell. shift: 0..1 of a
    cell. Missing is a cell of its own; a constant column is one cell.
    """
    numbers = np.clip(numbers, -HUGE, HUGE)
    known = np.isfinite(numbers)
    if not known.any():
        return np.zeros(len(numbers), dtype=np.uint64)
    low, middle, high = np.quantile(numbers[known], [0.25, 0.5, 0.75])
    scale = float(high - low) or float(np.std(numbers[known])) or 1.0
    place = np.arcsinh(np.where(known, numbers - middle, 0.0) / scale) / WIDTH
    cells = np.floor(place + shift).astype(np.int64)
    return mixed(np.where(known, cells, np.int64(2**62)).view(np.uint64))


def linked(n: int, keys: Iterable[Hashes]) -> Ints:
    """The first row of everything that hangs together with a row, int64 (n,): rows with an equal entry in any of `keys`.

    keys: each uint64 (n,).

    >>> linked(4, [np.array([1, 2, 1, 3], np.uint64), np.array([5, 6, 7, 6], np.uint64)]).tolist()
    [0, 1, 0, 1]
    """
    pairs = [_neighbours(key) for key in keys]
    if not pairs:
        return np.arange(n)
    return joined(n, np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs]))


def _neighbours(key: Hashes) -> tuple[Ints, Ints]:
    order = np.argsort(key, kind="stable")
    same = key[order][1:] == key[order][:-1]
    return order[1:][same], order[:-1][same]


def joined(n: int, a: Ints, b: Ints) -> Ints:
    """The first row of each connected part of the graph with edges a-b, int64 (n,)."""
    label = np.arange(n)
    while True:
        low = np.minimum(label[a], label[b])
        before = label.copy()
        np.minimum.at(label, label[a], low)
        np.minimum.at(label, label[b], low)
        label = label[label]
        if np.array_equal(label, before):
            return label


def sketches(words: Hashes, starts: Ints) -> Hashes:
    """A sketch of each text, uint64 (n, 8): the least hash of its neighbouring words in each bucket (one-permutation
    minhash, Li, Owen, Zhang 2012).

    words: hashes of the words of all texts after one another; starts: where each text begins, int64 (n + 1,), the last
    is the number of words.
    """
    n = len(starts) - 1
    out = np.full(n * BUCKETS, NONE)
    if len(words):
        following = np.r_[words[1:], np.uint64(0)]
        ends = starts[1:][starts[1:] > starts[:-1]] - 1
        following[ends] = np.uint64(0)
        shingle = mixed(words ^ mixed(following ^ np.uint64(mixed_one(1))))
        text = np.repeat(np.arange(n), np.diff(starts))
        place = text * BUCKETS + (shingle >> np.uint64(61)).astype(np.int64)
        np.minimum.at(out, place, mixed(shingle))
    return out.reshape(n, BUCKETS)


def alike(sketch: Hashes) -> Ints:
    """The first of the texts that are nearly the same as each, int64 (n,), from their sketches."""
    n = len(sketch)
    a, b = [], []
    for band in range(BANDS):
        pair = sketch[:, 2 * band : 2 * band + 2]
        full = np.flatnonzero((pair != NONE).any(axis=1))
        left, right = _neighbours(mixed(pair[full, 0] ^ mixed(pair[full, 1])))
        a.append(full[left])
        b.append(full[right])
    first, second = np.concatenate(a), np.concatenate(b)
    close = _overlap(sketch[first], sketch[second]) >= ALIKE
    return joined(n, first[close], second[close])


def _overlap(a: Hashes, b: Hashes) -> NDArray[np.float64]:
    there = (a != NONE) | (b != NONE)
    return np.asarray(((a == b) & there).sum(axis=1) / np.maximum(there.sum(axis=1), 1))
