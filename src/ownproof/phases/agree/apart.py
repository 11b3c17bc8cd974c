"""Agreement told apart: by class, by rater, by pair of raters, by slice and over time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ownproof.core.ratings import Ratings
from ownproof.phases.agree.evidence import Evidence
from ownproof.stats.agreement import cohen, krippendorff, raters, spans
from ownproof.stats.agreement.counts import counts
from ownproof.stats.agreement.distances import Nominal
from ownproof.stats.agreement.resample import Spread, Sums, spread, spreads

DRAWS: Final = 1_000
PAIR_DRAWS: Final = 400
CLASSES_MOST: Final = 30
RATERS_MOST: Final = 50
PAIRED_MOST: Final = 12
LEVELS_MOST: Final = 20
WINDOWS_MOST: Final = 8
WINDOW_ITEMS_LEAST: Final = 20
PAIR_ITEMS_LEAST: Final = 5


@dataclass(frozen=True, slots=True)
class Part:
    """Agreement of a part. name: of the class, rater, pair, level or window; of: what slice or how many ratings it is part
    of; share: of all ratings (classes) or NaN."""

    name: str
    spread: Spread
    of: str = ""
    share: float = float("nan")
    ratings: int = 0


def by_class(seen: Evidence, *, seed: int, level: float) -> tuple[Part, ...]:
    """Each class against all others, the most frequent first: the kappa that decides, of the labels made two."""
    if seen.marked is not None:
        return _by_label(seen, seed=seed, level=level)
    if seen.ratings.kind not in ("nominal", "ordinal"):
        return ()
    amounts = seen.found.shares
    order = [int(v) for v in np.argsort(-amounts, kind="stable") if amounts[v] > 0][:CLASSES_MOST]
    total = float(amounts.sum())
    made = spreads([_one_against_rest(seen, v) for v in order], seed=seed, level=level, draws=DRAWS)
    return tuple(
        Part(str(seen.ratings.values[v]), each, share=float(amounts[v]) / total, ratings=int(amounts[v]))
        for v, each in zip(order, made, strict=True)
    )


def _one_against_rest(seen: Evidence, value: int) -> Sums:
    if seen.decides == "cohen" and seen.both is not None:
        first, second = (seen.both == value).astype(np.int64).T
        return cohen.sums(first, second, values=2)
    ratings = seen.ratings
    found = counts(ratings.item, ratings.value == value, items=len(ratings.items), values=2)
    return krippendorff.sums(found, Nominal(), groups=seen.together if seen.together.alike else None)


def _by_label(seen: Evidence, *, seed: int, level: float) -> tuple[Part, ...]:
    marked = seen.marked
    if marked is None:
        return ()
    number: dict[str, int] = {}
    for item in marked.items:
        for marks in item:
            for _, _, label in marks:
                number[label] = number.get(label, 0) + 1
    labels = sorted(number, key=lambda x: (-number[x], x))[:CLASSES_MOST]
    total = sum(number.values())
    sums = [spans.pairs(marked, seen.together, label=name) for name in labels]
    made = spreads(sums, seed=seed, level=level, draws=DRAWS)
    return tuple(
        Part(name, each, share=number[name] / total, ratings=number[name])
        for name, each in zip(labels, made, strict=True)
    )


def by_rater(seen: Evidence, *, seed: int, level: float) -> tuple[Part, ...]:
    """Each rater against another rater of the same items drawn by chance, the lowest first; of two raters it is the same."""
    ratings = seen.ratings
    if seen.marked is not None or len(ratings.raters) < 3:
        return ()
    number = np.bincount(ratings.rater, minlength=len(ratings.raters))
    most = np.argsort(-number, kind="stable")[:RATERS_MOST]
    parts = [
        Part(
            ratings.raters[r],
            spread(of_rater(seen, ratings.rater == r), seed=seed, level=level, draws=DRAWS),
            ratings=int(number[r]),
        )
        for r in most
    ]
    return tuple(sorted(parts, key=lambda p: (np.isnan(p.spread.value), p.spread.value, p.name)))


def of_rater(seen: Evidence, rows: NDArray[np.bool_]) -> Sums:
    """One rater against the others, from the rows of that rater's answers."""
    return raters.against_others(seen.found, seen.ratings.item[rows], seen.ratings.value[rows], seen.distance)


def by_pair(seen: Evidence, *, seed: int, level: float) -> tuple[Part, ...]:
    """Each two of the raters with most answers, on the items that both answered, the lowest first."""
    ratings = seen.ratings
    if seen.marked is not None or len(ratings.raters) < 3:
        return ()
    number = np.bincount(ratings.rater, minlength=len(ratings.raters))
    most = sorted(np.argsort(-number, kind="stable")[:PAIRED_MOST].tolist())
    table = np.full((len(most), len(ratings.items)), -1, dtype=np.int64)
    for place, r in enumerate(most):
        rows = ratings.rater == r
        table[place, ratings.item[rows]] = ratings.value[rows]
    parts = []
    for i, j in combinations(range(len(most)), 2):
        shared = (table[i] >= 0) & (table[j] >= 0)
        if shared.sum() >= PAIR_ITEMS_LEAST:
            made = spread(_pair(seen, table[i, shared], table[j, shared]), seed=seed, level=level, draws=PAIR_DRAWS)
            parts.append(Part(ratings.raters[most[i]], made, of=ratings.raters[most[j]], ratings=int(shared.sum())))
    return tuple(sorted(parts, key=lambda p: (np.isnan(p.spread.value), p.spread.value, p.name, p.of)))


def _pair(seen: Evidence, one: NDArray[np.int64], two: NDArray[np.int64]) -> Sums:
    if seen.scaled and not seen.weighting:
        items = np.arange(len(one))
        found = counts(np.append(items, items), np.append(one, two), items=len(one), values=seen.found.values)
        return krippendorff.sums(found, seen.distance)
    return cohen.sums(one, two, values=seen.found.values, weighting=seen.weighting)


def by_slice(seen: Evidence, *, seed: int, level: float) -> tuple[Part, ...]:
    """The coefficient that decides on the items of each level of each slice, the largest levels of a slice first."""
    parts = []
    for name, one in seen.ratings.slices.items():
        number = np.bincount(one.codes[one.codes >= 0], minlength=len(one.names))
        for code in np.argsort(-number, kind="stable")[:LEVELS_MOST]:
            if number[code] >= 2:
                made = seen.coefficient(seen.decides, one.codes == code, seed=seed, level=level, draws=DRAWS)
                parts.append(Part(one.names[code], made.spread, of=name, ratings=int(number[code])))
    return tuple(parts)


def over_time(seen: Evidence, *, seed: int, level: float) -> tuple[Part, ...]:
    """The coefficient that decides on items in the order of their last rating, in windows of as many items each.

    `of` is when the window begins, in seconds.
    """
    last = _last_rated(seen.ratings)
    if last is None:
        return ()
    known = np.flatnonzero(np.isfinite(last))
    windows = min(WINDOWS_MOST, len(known) // WINDOW_ITEMS_LEAST)
    if windows < 2 or last[known].min() == last[known].max():
        return ()
    order = known[np.argsort(last[known], kind="stable")]
    parts = []
    for number, items in enumerate(np.array_split(order, windows)):
        kept = np.zeros(len(last), dtype=bool)
        kept[items] = True
        made = seen.coefficient(seen.decides, kept, seed=seed, level=level, draws=DRAWS)
        parts.append(Part(str(number + 1), made.spread, of=repr(float(last[items].min())), ratings=len(items)))
    return tuple(parts)


def _last_rated(ratings: Ratings) -> NDArray[np.float64] | None:
    if ratings.at is None or not np.isfinite(ratings.at).any():
        return None
    last = np.full(len(ratings.items), -np.inf)
    np.maximum.at(last, ratings.item, np.nan_to_num(ratings.at, nan=-np.inf))
    return last


@dataclass(frozen=True, slots=True)
class Change:
    """A rater's agreement with the others in the earlier and in the later half of the rater's answers. change: later less
    earlier, with its interval."""

    name: str
    earlier: Spread
    later: Spread
    change: Spread


def drifts(seen: Evidence, *, seed: int, level: float) -> tuple[Change, ...]:
    """How each rater's agreement with the others changed, the most fallen first; none where no time is known."""
    ratings = seen.ratings
    if ratings.at is None or seen.marked is not None or len(ratings.raters) < 3:
        return ()
    found = []
    for r, name in enumerate(ratings.raters):
        rows = np.flatnonzero((ratings.rater == r) & np.isfinite(ratings.at))
        if len(rows) >= 2 * WINDOW_ITEMS_LEAST:
            rows = rows[np.argsort(ratings.at[rows], kind="stable")]
            found.append(_change(seen, name, np.array_split(rows, 2), seed=seed, level=level))
    return tuple(sorted(found, key=lambda c: (np.isnan(c.change.value), c.change.value, c.name)))


def _change(seen: Evidence, name: str, halves: list[NDArray[np.int64]], *, seed: int, level: float) -> Change:
    sides = []
    for number, rows in enumerate(halves):
        kept = np.zeros(len(seen.ratings), dtype=bool)
        kept[rows] = True
        sides.append(spread(of_rater(seen, kept), seed=seed + number, level=level, draws=DRAWS))
    earlier, later = sides
    value = later.value - earlier.value
    down = np.hypot(later.value - later.low, earlier.high - earlier.value)
    up = np.hypot(later.high - later.value, earlier.value - earlier.low)
    low, high = float(value - down), float(value + up)
    change = Spread(value, low, high, low, level, later.items + earlier.items)
    return Change(name, earlier, later, change)
