"""What the disagreement is about: pairs of classes that are confused, and items to talk about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ownproof.phases.agree.evidence import Evidence
from ownproof.stats.agreement.counts import Counts
from ownproof.stats.agreement.distances import pairs_of
from ownproof.stats.agreement.krippendorff import observed_by_item
from ownproof.stats.agreement.spans import differ

CONFUSIONS_MOST: Final = 30
DISPUTES_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two classes that raters gave to the same item. share: of all disagreement; items: on which both were given."""

    first: str
    second: str
    share: float
    items: int


def confusions(seen: Evidence) -> tuple[Confusion, ...]:
    """The pairs of classes that make up most of the disagreement, the largest first; none of numbers and spans."""
    if seen.marked is not None or seen.ratings.kind not in ("nominal", "ordinal"):
        return ()
    keys, amounts, items = _together(seen.found)
    total = float(amounts.sum())
    order = np.lexsort((keys, -amounts))[:CONFUSIONS_MOST]
    names, size = seen.ratings.values, seen.found.values
    return tuple(
        Confusion(
            str(names[int(keys[i]) // size]), str(names[int(keys[i]) % size]), float(amounts[i]) / total, int(items[i])
        )
        for i in order
    )


def _together(found: Counts) -> tuple[Any, Any, Any]:
    """Pairs of different values as codes a * values + b with a < b, their part in the coincidence matrix, their items."""
    keys, amounts, items = [], [], []
    for left, right in pairs_of(found, found.item):
        above = found.value[left] < found.value[right]
        one, two = left[above], right[above]
        code, place = np.unique(found.value[one] * found.values + found.value[two], return_inverse=True)
        each = 2.0 * found.count[one] * found.count[two] / (found.of[found.item[one]] - 1.0)
        keys.append(code)
        amounts.append(np.bincount(place.reshape(-1), weights=each, minlength=len(code)))
        items.append(np.bincount(place.reshape(-1), minlength=len(code)))
    if not keys:
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.int64)
    code, place = np.unique(np.concatenate(keys), return_inverse=True)
    return (
        code,
        np.bincount(place.reshape(-1), weights=np.concatenate(amounts), minlength=len(code)),
        np.bincount(place.reshape(-1), weights=np.concatenate(items), minlength=len(code)),
    )


@dataclass(frozen=True, slots=True)
class Dispute:
    """An item to talk about. disagreement: the mean distance of two of its answers; answers: (rater, answer)."""

    item: str
    disagreement: float
    answers: tuple[tuple[str, Any], ...]


def disputes(seen: Evidence) -> tuple[Dispute, ...]:
    """The items on which raters are furthest apart, the furthest first."""
    far = _apart(seen)
    order = [int(i) for i in np.lexsort((np.arange(len(far)), -far))[:DISPUTES_MOST] if far[i] > 0]
    ratings = seen.ratings
    wanted = np.zeros(len(ratings.items), dtype=bool)
    wanted[order] = True
    said: dict[int, list[tuple[str, Any]]] = {}
    for row in np.flatnonzero(wanted[ratings.item]):
        answer = ratings.raters[int(ratings.rater[row])], ratings.values[int(ratings.value[row])]
        said.setdefault(int(ratings.item[row]), []).append(answer)
    return tuple(Dispute(ratings.items[i], float(far[i]), tuple(sorted(said[i], key=lambda a: a[0]))) for i in order)


def disputed(seen: Evidence) -> int:
    """On how many items not all raters say the same."""
    return int((_apart(seen) > 0).sum())


def _apart(seen: Evidence) -> np.ndarray:
    """The mean distance of two answers to each item, (items,)."""
    if seen.marked is None:
        of = np.maximum(seen.found.of, 1.0)
        return np.asarray(observed_by_item(seen.found, seen.distance) / of)
    return np.array([_mean(raters) for raters in seen.marked.items])


def _mean(raters: tuple[Any, ...]) -> float:
    pairs = [differ(a, b) for i, a in enumerate(raters) for b in raters[i + 1 :]]
    return sum(pairs) / len(pairs)
