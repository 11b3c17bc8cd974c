"""Who labels what: the overlap is spread over strata, raters and pairs of raters, and hidden among the other items."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from ownproof.stats.hashing import text_hashes

TEAMS_MOST: Final = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Queues:
    """What each rater sees: by_rater holds the places of items in the order of showing, one int64 array a rater.

    double: places of the items that several raters see, in ascending order.
    """

    by_rater: tuple[np.ndarray, ...]
    double: np.ndarray


def queues(
    ids: Sequence[str], *, strata: Sequence[int] | None, raters: int, overlap: float, ratings: int, seed: str
) -> Queues:
    """Divide items among raters.

    ids: of the items, so that the order they come in does not matter; strata: of each item, the overlap is drawn from
    all of them in proportion. overlap: the share of items that `ratings` raters see, 0..1; none with one rater.
    Loads differ by at most one item, and so do the numbers of items that any two raters share where ratings is 2.
    """
    many = min(ratings, raters)
    wanted = math.ceil(overlap * len(ids) - 1e-9) if many > 1 else 0
    rank = np.argsort(_hashes(ids, f"{seed}/overlap"), kind="stable")
    places = np.zeros(len(ids), np.int64) if strata is None else np.asarray(strata, np.int64)
    double = _stratified(rank, places, wanted)
    shared = _teams(double, raters, many)
    sizes = np.array([len(s) for s in shared])
    chosen = np.isin(rank, double, assume_unique=True)
    singles = rank[~chosen]
    for item in singles:  # to whoever has the least to do
        rater = int(np.argmin(sizes))
        shared[rater].append(int(item))
        sizes[rater] += 1
    return Queues(_shown(ids, shared, seed), np.sort(double))


def _shown(ids: Sequence[str], shared: Sequence[Sequence[int]], seed: str) -> tuple[np.ndarray, ...]:
    """The items of each rater in an order of his own."""
    shown = []
    for rater, items in enumerate(shared):
        own = np.array(items, np.int64)
        shown.append(own[np.argsort(_hashes([ids[i] for i in items], f"{seed}/order/{rater}"), kind="stable")])
    return tuple(shown)


def _hashes(ids: Sequence[str], seed: str) -> np.ndarray:
    return text_hashes(f"{seed}/{each}" for each in ids)


def _stratified(rank: np.ndarray, strata: np.ndarray, wanted: int) -> np.ndarray:
    """The first items of each stratum, as many as its share of all (largest remainders), in order of rank."""
    names, sizes = np.unique(strata, return_counts=True)
    exact = wanted * sizes / max(1, len(strata))
    counts = np.floor(exact).astype(np.int64)
    short = wanted - int(counts.sum())
    counts[np.argsort(-(exact - counts), kind="stable")[:short]] += 1
    ordered = strata[rank]
    taken = np.zeros(len(rank), bool)
    for name, count in zip(names, counts, strict=True):
        taken[np.flatnonzero(ordered == name)[:count]] = True
    return rank[taken]


def _teams(double: np.ndarray, raters: int, many: int) -> list[list[int]]:
    """The shared items of each rater: every item goes to the team whose pairs met least, then that has least to do."""
    shared: list[list[int]] = [[] for _ in range(raters)]
    if not len(double):
        return shared
    teams = _possible(raters, many)
    pairs = np.array(list(combinations(range(many), 2)))
    met, load = np.zeros((raters, raters), np.int64), np.zeros(raters, np.int64)
    for item in double:
        left, right = teams[:, pairs[:, 0]], teams[:, pairs[:, 1]]
        together, busy = met[left, right].sum(axis=1), load[teams].sum(axis=1)
        team = teams[int(np.lexsort((busy, together))[0])]
        for rater in team:
            shared[rater].append(int(item))
        load[team] += 1
        met[np.ix_(team, team)] += 1
    return shared


def second(ids: Sequence[str], first: np.ndarray, *, raters: int, seed: str) -> Queues:
    """A second rater for items that one has: whoever has least to do, then met the first one least.

    first: int64 (n,), who has each item; numbers from `raters` on are people who get none. Every item has a rater of
    these who is not its first.
    """
    everybody = max(raters, int(first.max(initial=-1)) + 1)
    met, load = np.zeros((everybody, raters), np.int64), np.zeros(raters, np.int64)
    shared: list[list[int]] = [[] for _ in range(raters)]
    for item in np.argsort(_hashes(ids, f"{seed}/second"), kind="stable"):
        order = np.lexsort((met[first[item]], load))
        rater = int(next(r for r in order if r != first[item]))
        shared[rater].append(int(item))
        met[first[item], rater] += 1
        if first[item] < raters:
            met[rater, first[item]] += 1
        load[rater] += 1
    return Queues(_shown(ids, shared, seed), np.arange(len(ids)))


def _possible(raters: int, many: int) -> np.ndarray:
    """Teams to choose from, int64 (teams, many): all of them, or where they are too many those of neighbours on rings."""
    if math.comb(raters, many) <= TEAMS_MOST:
        return np.array(list(combinations(range(raters), many)), np.int64)
    steps = range(1, max(2, (raters - 1) // max(1, many - 1)))
    rings = [[(start + step * k) % raters for k in range(many)] for step in steps for start in range(raters)]
    return np.array([r for r in rings if len(set(r)) == many], np.int64)


def sharing(queues: Queues) -> list[list[int]]:
    """How many items each two raters share, and on the diagonal how many each has."""
    sets = [set(q.tolist()) for q in queues.by_rater]
    return [[len(a & b) for b in sets] for a in sets]
