"""Cohen's kappa of two raters, plain or weighted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ownproof.stats.agreement.counts import PATTERNS_MOST, groups, summed
from ownproof.stats.agreement.distances import weights
from ownproof.stats.agreement.krippendorff import FEW, one_less, usual
from ownproof.stats.agreement.resample import Sums, grouped
from ownproof.stats.hashing import mixed
from ownproof.stats.weights import Floats, Ints

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def sums(first: ArrayLike, second: ArrayLike, *, values: int, weighting: str = "") -> Sums:
    """Kappa as sums over items: 1 - sum_ij w_ij p_ij / sum_ij w_ij p_i. p_.j.

    first, second: (n,) codes of what the two said of the same items. weighting: `linear`, `quadratic` or "" (0 or 1) of
    the steps between codes. Source: Cohen 1960 and 1968.

    >>> round(sums([0, 0, 1, 1, 1], [0, 1, 1, 1, 1], values=2).point, 4)
    0.5455
    """
    one, two = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    if values * values > PATTERNS_MOST:
        return _linear(one, two, values, weighting)
    table = summed(one * values + two, np.ones(len(one)), values * values)  # all there is to know
    cells = np.flatnonzero(table)
    left, right, each = cells // values, cells % values, np.eye(values)
    rows, shape = np.column_stack([_apart(left, right, weighting), each[left], each[right]]), table[cells]
    seen = usual(_apart(one, two, weighting)) if values > FEW else 0.0
    even = np.full(values, 1.0 / max(1, values))
    prior = np.stack([np.concatenate([[far], even, even]) for far in (0.0, seen or _usual(values, weighting))])
    return Sums(rows, shape, _value(values, weighting), prior, len(one))


def _linear(one: Ints, two: Ints, values: int, weighting: str) -> Sums:
    """Of many values: expected disagreement is linear around the sample's own, so that no table of them is held."""
    n = len(one)
    apart = _apart(one, two, weighting)
    left, right = (summed(side, np.ones(n), values) for side in (one, two))
    to_right, to_left = _towards(right, weighting), _towards(left, weighting)
    known = float(left @ to_right)
    together = groups(mixed(np.arange(n, dtype=np.uint64)), np.ones(n, dtype=bool))
    rows, shape = grouped(np.column_stack([apart, np.ones(n), to_right[one] + to_left[two]]), together)
    each = 2.0 * known / max(1, n)
    prior = np.array([[0.0, 1.0, each], [usual(apart) or 1.0, 1.0, each]])

    def value(sums: Floats) -> Floats:
        scale = n / sums[:, 1]
        return one_less(sums[:, 0] * scale * n, sums[:, 2] * scale - known)

    return Sums(rows, shape, value, prior, n)


def _towards(amounts: Floats, weighting: str) -> Floats:
    """For each value the weighted disagreement with all of `amounts` (values,) answers, (values,)."""
    total, place = float(amounts.sum()), np.arange(len(amounts), dtype=np.float64)
    first = amounts * place
    if weighting == "quadratic":
        found: Floats = total * place**2 - 2.0 * place * first.sum() + (first * place).sum()
        return found
    if weighting == "linear":
        steps: Floats = place * (2.0 * np.cumsum(amounts) - total) + first.sum() - 2.0 * np.cumsum(first)
        return steps
    others: Floats = total - amounts
    return others


def _apart(one: Ints, two: Ints, weighting: str) -> Floats:
    steps: Floats = np.abs(one - two).astype(np.float64)
    if weighting == "linear":
        return steps
    return steps**2 if weighting == "quadratic" else np.asarray(steps > 0, dtype=np.float64)


def _usual(values: int, weighting: str) -> float:
    """The mean disagreement of two different values, of all alike."""
    if values < 2:
        return 0.0
    if weighting == "linear":
        return (values + 1.0) / 3.0
    return values * (values + 1.0) / 6.0 if weighting == "quadratic" else 1.0


def _value(values: int, weighting: str) -> Callable[[Floats], Floats]:
    table = weights(weighting, values) if weighting else None

    def value(sums: Floats) -> Floats:
        left, right = sums[:, 1 : 1 + values], sums[:, 1 + values :]
        total = left.sum(axis=1)
        if table is None:
            return one_less(sums[:, 0] * total, total * right.sum(axis=1) - np.einsum("bi,bi->b", left, right))
        return one_less(sums[:, 0] * total, np.einsum("bi,bi->b", left @ table, right))

    return value
