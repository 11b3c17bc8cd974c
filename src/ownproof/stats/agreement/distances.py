"""How far two answers are apart: whether they differ, by their ranks, their numbers, their ratio, or any table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from ownproof.stats.agreement.counts import Counts, summed
from ownproof.stats.weights import Floats, Ints

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

TABLE_MOST: Final = 2_048
"""Numbers beyond so many different ones are compared block by block."""
PAIRS_AT_A_TIME: Final = 1 << 22


class Distance(Protocol):
    """A measure d(a, b) >= 0 of values by their codes, symmetric, with d(a, a) = 0."""

    def within(self, found: Counts) -> Floats:
        """The sum of d over all ordered pairs of an item's answers, (items,)."""

    def against(self, amounts: Floats) -> Floats:
        """For each value the sum of d to all of `amounts` (values,) answers, (values,)."""

    def expected(self, amounts: Floats) -> Floats:
        """The sum of d over all ordered pairs of `amounts` (b, values) answers, (b,)."""

    def towards(self, found: Counts, item: Ints, value: Ints) -> Floats:
        """For each of (n,) answers the sum of d to all answers of its item, (n,)."""


@dataclass(frozen=True, slots=True)
class Nominal:
    """1 where two answers differ."""

    def within(self, found: Counts) -> Floats:
        """Of m answers n of a value: m * m less the sum of n * n."""
        return found.of**2 - summed(found.item, found.count**2, found.items)

    def against(self, amounts: Floats) -> Floats:
        """All answers but those of the value itself."""
        others: Floats = amounts.sum() - amounts
        return others

    def expected(self, amounts: Floats) -> Floats:
        """As `within`, of all answers."""
        apart: Floats = amounts.sum(axis=-1) ** 2 - (amounts**2).sum(axis=-1)
        return apart

    def towards(self, found: Counts, item: Ints, value: Ints) -> Floats:
        """All answers of the item but those of the value."""
        key = found.item * found.values + found.value
        same: Floats = found.count[np.searchsorted(key, item * found.values + value)]
        return np.asarray(found.of[item] - same, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """The squared difference of scores, (values,)."""

    scores: Floats

    def within(self, found: Counts) -> Floats:
        """2 (m sum x x - (sum x)^2), of scores less the item's mean so that nothing cancels."""
        _, squares = self._around(found)
        return 2.0 * found.of * squares

    def _around(self, found: Counts) -> tuple[Floats, Floats]:
        """The mean score of each item, and the sum of squares around it."""
        x = self.scores[found.value]
        sums = summed(found.item, found.count * x, found.items)
        means = np.divide(sums, found.of, out=np.zeros(found.items), where=found.of > 0)
        apart = x - means[found.item]
        return means, summed(found.item, found.count * apart**2, found.items)

    def towards(self, found: Counts, item: Ints, value: Ints) -> Floats:
        """By the item's mean and its sum of squares around it."""
        means, squares = self._around(found)
        return np.asarray(found.of[item] * (self.scores[value] - means[item]) ** 2 + squares[item], dtype=np.float64)

    def against(self, amounts: Floats) -> Floats:
        """Around the mean, so that nothing cancels."""
        total = amounts.sum()
        mean = float(amounts @ self.scores) / total if total else 0.0
        apart = self.scores - mean
        each: Floats = total * apart**2 + float(amounts @ apart**2)
        return each

    def expected(self, amounts: Floats) -> Floats:
        """Twice the number of answers times their sum of squares around the mean."""
        total = amounts.sum(axis=-1)
        means = (amounts @ self.scores) / np.where(total > 0, total, 1.0)
        centre = float(self.scores.mean()) if len(self.scores) else 0.0
        apart = self.scores - centre
        squares = amounts @ apart**2 - total * (means - centre) ** 2
        each: Floats = 2.0 * total * squares
        return each


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Any distance as a table, (values, values)."""

    cells: Floats

    def within(self, found: Counts) -> Floats:
        """Pair by pair of the different answers to an item."""
        return pairwise(found, lambda a, b: self.cells[a, b])

    def against(self, amounts: Floats) -> Floats:
        """One product."""
        return np.asarray(self.cells @ amounts, dtype=np.float64)

    def expected(self, amounts: Floats) -> Floats:
        """One product a row."""
        return np.asarray(np.einsum("bi,bi->b", amounts @ self.cells, amounts), dtype=np.float64)

    def towards(self, found: Counts, item: Ints, value: Ints) -> Floats:
        """Pair by pair."""
        return one_by_one(found, item, value, lambda a, b: self.cells[a, b])


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """The squared ratio of the difference to the sum of two numbers of at least 0, (values,)."""

    numbers: Floats

    def within(self, found: Counts) -> Floats:
        """Pair by pair of the different answers to an item."""
        return pairwise(found, lambda a, b: _ratio(self.numbers[a], self.numbers[b]))

    def against(self, amounts: Floats) -> Floats:
        """Block by block, so that no table of all pairs is held."""
        step = max(1, PAIRS_AT_A_TIME // max(1, len(self.numbers)))
        parts = [
            _ratio(self.numbers[i : i + step, None], self.numbers[None, :]) @ amounts
            for i in range(0, len(self.numbers), step)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def expected(self, amounts: Floats) -> Floats:
        """By `against`, row by row."""
        return np.array([float(self.against(row) @ row) for row in amounts])

    def towards(self, found: Counts, item: Ints, value: Ints) -> Floats:
        """Pair by pair."""
        return one_by_one(found, item, value, lambda a, b: _ratio(self.numbers[a], self.numbers[b]))


def _ratio(a: Floats, b: Floats) -> Floats:
    total = a + b
    apart: Floats = np.divide(a - b, total, out=np.zeros(np.broadcast(a, b).shape), where=total != 0) ** 2
    return apart


def pairwise(found: Counts, apart: Callable[[Ints, Ints], Floats]) -> Floats:
    """The sum of a distance over all ordered pairs of an item's answers, (items,), from its different values."""
    each = one_by_one(found, found.item, found.value, apart)
    return summed(found.item, found.count * each, found.items)


def one_by_one(found: Counts, item: Ints, value: Ints, apart: Callable[[Ints, Ints], Floats]) -> Floats:
    """For each of (n,) answers the sum of a distance to all answers of its item, (n,)."""
    total = np.zeros(len(item))
    for left, right in pairs_of(found, item):
        each = found.count[right] * apart(value[left], found.value[right])
        first, last = int(left[0]), int(left[-1]) + 1
        total[first:last] += summed(left - first, each, last - first)
    return total


def pairs_of(found: Counts, item: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Each of (n,) answers beside every different value of its item: places in `item` (ascending), triples; in blocks."""
    sizes = np.bincount(found.item, minlength=found.items)
    starts = np.cumsum(sizes) - sizes
    reach = sizes[item]
    ends = np.cumsum(reach)
    first = 0
    while first < len(reach):
        done = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + PAIRS_AT_A_TIME, side="right")))
        left = np.repeat(np.arange(first, last), reach[first:last])
        inside = np.arange(len(left)) - np.repeat(ends[first:last] - reach[first:last] - done, reach[first:last])
        if len(left):
            yield left, starts[item[left]] + inside
        first = last


def ordinal(amounts: ArrayLike) -> Squares:
    """Krippendorff's ordinal measure: the difference of midranks, with `amounts` (values,) answers from the lowest on.

    >>> ordinal([2, 0, 2]).scores.tolist()
    [1.0, 2.0, 3.0]
    """
    sizes = np.asarray(amounts, dtype=np.float64)
    return Squares(np.cumsum(sizes) - sizes / 2.0)


def interval(numbers: ArrayLike) -> Squares:
    """The squared difference of numbers."""
    return Squares(np.asarray(numbers, dtype=np.float64))


def ratio(numbers: ArrayLike) -> Distance:
    """The squared ratio of difference to sum, as a table where there are few different numbers."""
    sizes = np.asarray(numbers, dtype=np.float64)
    return Table(_ratio(sizes[:, None], sizes[None, :])) if len(sizes) <= TABLE_MOST else Ratio(sizes)


def weights(kind: str, values: int) -> Floats:
    """Disagreement weights of a weighted kappa, (values, values): `linear` |i - j|, `quadratic` (i - j)^2, "" 0 or 1."""
    steps = np.abs(np.subtract.outer(np.arange(values, dtype=np.float64), np.arange(values, dtype=np.float64)))
    if kind == "linear":
        return steps
    return steps**2 if kind == "quadratic" else (steps > 0).astype(np.float64)
