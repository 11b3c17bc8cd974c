"""The bootstrap of many units at the price of few: some units of every stratum stand for all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ownproof.stats.hashing import mixed
from ownproof.stats.weights import BLOCK_CELLS, Floats, Ints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BAG_KEY = 0x6F776E2F62616721  # published: nobody can shop for a kinder bag


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """rows: positions of the rows in the bag, int64 (m,), ascending; units: the place of each one's unit, int64 (m,);
    rates: how many units of its stratum each unit stands for, float64 (units in the bag,), 1 or more."""

    rows: Ints
    units: Ints
    rates: Floats

    @property
    def weights(self) -> Floats:
        """How often each row of the bag is drawn on average, (m,)."""
        return self.rates[self.units]


def bag(units: Ints, strata: Ints, most: int) -> Bag | None:
    """About `most` units, by their hash, with as many of every stratum as of every other; None where there are no more.

    units, strata: (n,) codes; a unit belongs to the stratum of its first row. A stratum that has fewer units than its
    part is in the bag as a whole, so what is rare is measured on all of its rows.
    """
    _, first, place = np.unique(units, return_index=True, return_inverse=True)
    count = len(first)
    if count <= most:
        return None
    _, stratum = np.unique(strata[first], return_inverse=True)
    sizes = np.bincount(stratum)
    kept = np.minimum(sizes, _part(sizes, most))
    order = np.lexsort((mixed(units[first].astype(np.int64).view(np.uint64) ^ np.uint64(BAG_KEY)), stratum))
    starts = np.cumsum(sizes) - sizes
    ranks = np.empty(count, dtype=np.int64)
    ranks[order] = np.arange(count) - starts[stratum[order]]
    chosen = ranks < kept[stratum]
    number = np.cumsum(chosen) - 1
    place = place.reshape(-1)
    rows = np.flatnonzero(chosen[place])
    return Bag(rows, number[place[rows]], (sizes / kept)[stratum[chosen]])


def _part(sizes: Ints, most: int) -> int:
    """The most units that each stratum may have so that all together are about `most`, one at least.

    >>> _part(np.array([2, 100, 100]), 22)
    10
    """
    ordered = np.sort(sizes)
    left = np.maximum(most - np.concatenate([[0], np.cumsum(ordered)[:-1]]), 0)
    shares = left // np.arange(len(ordered), 0, -1)
    over = np.flatnonzero(shares < ordered)
    return max(1, int(shares[over[0]]) if len(over) else int(ordered[-1]))


def bag_counts(drawn: Bag, resamples: int, seed: int) -> Iterator[NDArray[np.int32]]:
    """Bootstrap weights over the rows of the bag, in chunks (b, m) that add up to `resamples` rows: each unit as often as
    all the units that it stands for are drawn together, which is Poisson.

    A standard error read from them is that of all units: the bag of little bootstraps (Kleiner, Talwalkar, Sarkar and
    Jordan 2014) with one bag, in strata, and with the Poisson bootstrap (Hanley and MacGibbon 2006). The draws come from
    the raw stream of PCG64, so they are the same on every platform and numpy version.
    """
    source = np.random.PCG64(np.random.SeedSequence(seed))
    rates, which = np.unique(drawn.rates, return_inverse=True)
    parts = [(np.flatnonzero(which.reshape(-1) == i), _cumulated(float(rate))) for i, rate in enumerate(rates)]
    alone = len(drawn.units) == len(drawn.rates) and bool((drawn.units == np.arange(len(drawn.units))).all())
    step = max(1, 4 * BLOCK_CELLS // max(1, len(drawn.rates)))
    for start in range(0, resamples, step):
        b = min(step, resamples - start)
        raw = source.random_raw(b * len(drawn.rates)).reshape(b, -1)
        counts = np.empty(raw.shape, dtype=np.int32)
        for columns, limits in parts:
            counts[:, columns] = np.searchsorted(limits, raw[:, columns] >> np.uint64(32), side="right")
        yield counts if alone else np.take(counts, drawn.units, axis=1)


def _cumulated(rate: float) -> NDArray[np.uint64]:
    """Where a uniform number of 32 bits passes from one count to the next, for a Poisson count of that rate."""
    chances: list[float] = []
    count = 0
    while count < rate or chances[-1] > 1e-12:
        chances.append(math.exp(count * math.log(rate) - rate - math.lgamma(count + 1)))
        count += 1
    return np.minimum(np.cumsum(chances) * 2.0**32, 2.0**32 - 1.0).astype(np.uint64)
