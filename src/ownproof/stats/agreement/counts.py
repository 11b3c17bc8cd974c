"""Which answers every item got, and which items got the same: what coefficients without rater names are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.hashing import mixed
from ownproof.stats.weights import Floats, Ints

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

PATTERNS_MOST: Final = 4_000
"""Beyond so many different patterns items are resampled in as many groups drawn by hash: of 4,000 groups a standard
error is known within 1.1 %."""
GROUP_KEY: Final = np.uint64(0x6F776E2F61677265)  # published: nobody can shop for a kinder grouping


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How often each item got each answer, (t,) triples sorted by item and value.

    items, values: how many there are; item, value: codes int64; count: float64, above 0. of: (items,) answers an item.
    """

    items: int
    values: int
    item: Ints
    value: Ints
    count: Floats
    of: Floats

    @property
    def shares(self) -> Floats:
        """How often each value was answered, (values,)."""
        return summed(self.value, self.count, self.values)

    def only(self, kept: NDArray[np.bool_]) -> Counts:
        """Some of the items; kept: (items,). Codes of items stay, the others have no answers."""
        rows = kept[self.item]
        return Counts(
            self.items, self.values, self.item[rows], self.value[rows], self.count[rows], np.where(kept, self.of, 0.0)
        )


def counts(item: ArrayLike, value: ArrayLike, *, items: int, values: int) -> Counts:
    """Counts of answers from one code of item and value an answer, (n,); items with one answer have nothing to compare
    and are left out.

    >>> counts([0, 0, 1, 1, 2], [1, 1, 0, 1, 0], items=3, values=2).count.tolist()
    [2.0, 1.0, 1.0]
    """
    of_item = np.asarray(item, dtype=np.int64)
    sizes = np.bincount(of_item, minlength=items)
    kept = sizes[of_item] >= 2
    of_item, of_value = of_item[kept], np.asarray(value, dtype=np.int64)[kept]
    cells = items * values
    if cells <= 8 * max(len(of_item), 1_000_000):
        table = np.bincount(of_item * values + of_value, minlength=cells)
        key = np.flatnonzero(table)
        number = table[key]
    else:
        key, number = np.unique(of_item * values + of_value, return_counts=True)
    of = np.asarray(np.where(sizes >= 2, sizes, 0), dtype=np.float64)
    return Counts(items, values, key // values, key % values, np.asarray(number, dtype=np.float64), of)


def summed(codes: Ints, each: Floats, size: int) -> Floats:
    """The sum of `each` (n,) over every code, (size,)."""
    return np.asarray(np.bincount(codes, weights=each, minlength=size), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Items that are resampled together. place: (items,) the group of each, -1 of those without answers; sizes: (g,) items
    in each; alike: whether all items of a group got the same answers."""

    place: Ints
    sizes: Floats
    alike: bool


def groups(hashes: NDArray[np.uint64], answered: NDArray[np.bool_], *, most: int = PATTERNS_MOST) -> Groups:
    """Items of the same hash together; where there are more than `most` different ones, that many groups of items as
    their own number's hash has it. hashes: (items,); answered: (items,) which ones count."""
    where = np.flatnonzero(answered)
    place = np.full(len(hashes), -1, dtype=np.int64)
    distinct, code, sizes = np.unique(hashes[where], return_inverse=True, return_counts=True)
    if len(distinct) <= most:
        place[where] = code.reshape(-1)
        return Groups(place, sizes.astype(np.float64), alike=True)
    order = np.argsort(mixed(where.astype(np.uint64) ^ GROUP_KEY), kind="stable")
    ranks = np.empty(len(where), dtype=np.int64)
    ranks[order] = np.arange(len(where))
    place[where] = ranks * most // len(where)
    return Groups(place, summed(place[where], np.ones(len(where)), most), alike=False)


def patterns(found: Counts, *, most: int = PATTERNS_MOST) -> Groups:
    """Items that got the same answers, whoever gave them, resampled together."""
    hashes = np.zeros(found.items, dtype=np.uint64)
    if len(found.item):
        bits = mixed(mixed(found.value.astype(np.uint64)) ^ found.count.astype(np.uint64))
        starts = np.flatnonzero(np.diff(found.item, prepend=-1))
        hashes[found.item[starts]] = np.add.reduceat(bits, starts)
    return groups(hashes, found.of > 0, most=most)
