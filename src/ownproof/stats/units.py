"""Units, the things that are independent: gathered from rows, drawn and dealt by ranked hash, never by a generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.hashing import Hashes, ranked
from ownproof.stats.ordered import numbered

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Distinct units with what is known of each.

    keys: uint64 (m,), ascending; rows: how many rows each holds, int64 (m,); strata: the stratum of most of its rows
    (the smaller number among equals), int64 (m,) from 0; codes: the unit of every row, int64 (n,) into the others.
    """

    keys: Hashes
    rows: Ints
    strata: Ints
    codes: Ints

    def __len__(self) -> int:
        return len(self.keys)


def gather(keys: Hashes, strata: Ints) -> Units:
    """The units of rows, from one key and one stratum (any integer) a row.

    >>> units = gather(np.array([7, 5, 7], dtype=np.uint64), np.array([1, 0, 1]))
    >>> units.rows.tolist(), units.strata.tolist(), units.codes.tolist()
    ([1, 2], [0, 1], [1, 0, 1])
    """
    distinct, codes, rows = np.unique(keys, return_inverse=True, return_counts=True)
    codes = codes.reshape(-1).astype(np.int64)
    names, dense = numbered(strata)
    if len(distinct) == len(keys):
        most = np.empty(len(distinct), dtype=np.int64)
        most[codes] = dense
    else:
        pairs, times = np.unique(codes * len(names) + dense, return_counts=True)
        unit, stratum = np.divmod(pairs, max(len(names), 1))
        order = np.lexsort((stratum, -times, unit))
        first = np.r_[True, unit[order][1:] != unit[order][:-1]] if len(order) else np.empty(0, bool)
        most = stratum[order][first]
    return Units(distinct.astype(np.uint64), rows.astype(np.int64), most, codes)


def lowest(units: Units, *, share: float, key: int, eligible: Mask | None = None, most: float = 0.5) -> Mask:
    """The units that a draw takes, bool (m,): of each stratum those with the lowest ranks, up to a share of its rows.

    share: 0..1 of the rows of all units of the stratum, met as nearly as whole units allow. eligible: bool (m,), the
    units that may be taken; at most `most` of their rows (0..1) are. Where a stratum of two units or more is too small
    for a whole unit, one is taken all the same while such extras stay few (a fifth of the share, or 5 rows); the other
    small ones are drawn from together. No stratum is ever taken whole.
    """
    may = np.ones(len(units), dtype=bool) if eligible is None else eligible
    ranks = ranked(key, units.keys)
    taken = _prefixes(units, units.strata, ranks, may, (share, most))
    strata = int(units.strata.max()) + 1 if len(units) else 0
    bare = (_count(units, taken) == 0) & (_count(units, may) > 0) & (_count(units, may | True) >= 2)
    extra = np.zeros(strata, dtype=bool)
    firsts = _first(units, ranks, may & bare[units.strata])
    weight = np.bincount(units.strata, units.rows, strata)
    firsts = firsts[np.lexsort((ranks[firsts], -weight[units.strata[firsts]]))]
    spare = max(5.0, share / 5 * float(units.rows.sum()))
    kept = firsts[np.cumsum(units.rows[firsts]) <= spare]
    taken[kept] = True
    extra[units.strata[kept]] = True
    left = bare & ~extra
    if left.any():
        pool = left[units.strata]
        taken |= pool & _prefixes(units, np.where(pool, 0, 1), ranks, may & pool, (share, most))
    return _spare_the_last(units, ranks, taken)


def deal(units: Units, *, parts: int, key: int) -> Ints:
    """The part (0 .. parts-1) of each unit, int64 (m,): strata spread evenly, large units first, then by rank."""
    order = np.lexsort((ranked(key, units.keys), -units.rows, units.strata))
    part = np.empty(len(units), dtype=np.int64)
    part[order] = np.arange(len(units)) % parts
    return part


def nearest_start(ordered: NDArray[np.generic], wanted: float) -> int:
    """Where in an ascending array a new value begins, as near as possible to a wanted position; 0 when none does.

    Cutting there leaves equal values on one side.

    >>> nearest_start(np.array([1, 1, 2, 2, 2, 3]), 3.4)
    2
    """
    if not len(ordered):
        return 0
    value = ordered[min(max(int(wanted), 0), len(ordered) - 1)]
    begins, ends = (int(np.searchsorted(ordered, value, side=s)) for s in ("left", "right"))
    starts = [place for place in (begins, ends) if 0 < place < len(ordered)]
    return min(starts, key=lambda place: abs(place - wanted), default=0)


def _prefixes(units: Units, strata: Ints, ranks: Hashes, may: Mask, limits: tuple[float, float]) -> Mask:
    share, most = limits
    k = int(strata.max()) + 1 if len(units) else 0
    quota = np.minimum(share * np.bincount(strata, units.rows, k), most * np.bincount(strata[may], units.rows[may], k))
    order = np.flatnonzero(may)
    order = order[np.lexsort((ranks[order], strata[order]))]
    rows, group = units.rows[order], strata[order]
    before = np.cumsum(rows) - rows
    first = np.r_[True, group[1:] != group[:-1]] if len(group) else np.empty(0, bool)
    before = before - np.maximum.accumulate(np.where(first, before, 0))
    taken = np.zeros(len(units), dtype=bool)
    taken[order[before + rows / 2 <= quota[group]]] = True  # a unit is in when its middle is
    return taken


def _count(units: Units, which: Mask) -> Ints:
    return np.bincount(units.strata[which], minlength=int(units.strata.max()) + 1 if len(units) else 0)


def _first(units: Units, ranks: Hashes, which: Mask) -> Ints:
    """Of each stratum the unit with the lowest rank, among some."""
    order = np.flatnonzero(which)
    order = order[np.lexsort((ranks[order], units.strata[order]))]
    group = units.strata[order]
    return order[np.r_[True, group[1:] != group[:-1]]] if len(order) else order


def _spare_the_last(units: Units, ranks: Hashes, taken: Mask) -> Mask:
    whole = (_count(units, taken) == _count(units, taken | True))[units.strata]
    back = _first(units, ~ranks, taken & whole)  # the complement turns the order round
    taken[back] = False
    return taken
