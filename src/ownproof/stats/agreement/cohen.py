"""Cohen's kappa of two raters, plain or weighted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from ownproof.stats.agreement.counts import PATTERNS_MOST, groups, summed
from ownproof.stats.agreement.distances import weights
from ownproof.stats.agreement.krippendorff import FEW, one_less, usual
from ownproof.stats.agreement.resample import Sums, by_group, shaped
from ownproof.stats.hashing import mixed
from ownproof.stats.weights import Floats, Ints

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CELLS_MOST: Final = 1 << 23


def sums(first: ArrayLike, second: ArrayLike, *, values: int, weighting: str = "") -> Sums:
    """Kappa as sums over items: 1 - sum_ij w_ij p_ij / sum_ij w_ij p_i. p_.j.

    first, second: (n,) codes of what the two said of the same items. weighting: `linear`, `quadratic` or "" (0 or 1) of
    the steps between codes. Source: Cohen 1960 and 1968.

    >>> round(sums([0, 0, 1, 1, 1], [0, 1, 1, 1, 1], values=2).point, 4)
    0.5455
    """
    one, two = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    if values * values <= PATTERNS_MOST:  # the table of both is all there is to know
        table = summed(one * values + two, np.ones(len(one)), values * values)
        cells = np.flatnonzero(table)
        left, right, each = cells // values, cells % values, np.eye(values)
        rows, shape = np.column_stack([_apart(left, right, weighting), each[left], each[right]]), table[cells]
    else:
        rows, shape = _grouped(one, two, values, weighting)
    seen = usual(_apart(np.asarray(first), np.asarray(second), weighting)) if values > FEW else 0.0
    even = np.full(values, 1.0 / max(1, values))
    prior = np.stack([np.concatenate([[far], even, even]) for far in (0.0, seen or _usual(values, weighting))])
    return Sums(rows, shape, _value(values, weighting), prior, len(one))


def _grouped(one: Ints, two: Ints, values: int, weighting: str) -> tuple[Floats, Floats]:
    """Rows and shape of many values: groups of items, so few that the table stays small."""
    most = max(200, min(PATTERNS_MOST, CELLS_MOST // (2 * values)))
    together = groups(mixed(np.arange(len(one), dtype=np.uint64)), np.ones(len(one), dtype=bool), most=most)
    size = len(together.sizes)
    sides = [
        summed(together.place * values + side, np.ones(len(one)), size * values).reshape(size, values)
        for side in (one, two)
    ]
    return shaped(np.column_stack([by_group(_apart(one, two, weighting), together), *sides]), together)


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
