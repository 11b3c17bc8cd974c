"""Cohen's kappa of two raters, plain or weighted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ownproof.stats.agreement.counts import groups
from ownproof.stats.agreement.distances import weights
from ownproof.stats.agreement.krippendorff import one_less
from ownproof.stats.agreement.resample import Sums, grouped
from ownproof.stats.hashing import mixed
from ownproof.stats.weights import Floats

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
    disagreement = weights(weighting, values)
    cell = one * values + two
    distinct, place = np.unique(cell, return_inverse=True)
    together = groups(mixed(cell.astype(np.uint64)), np.ones(len(cell), dtype=bool))
    if together.alike:
        number = np.bincount(place.reshape(-1), minlength=len(distinct)).astype(np.float64)
        rows, shape = _rows(distinct // values, distinct % values, disagreement), number
    else:
        rows, shape = grouped(_rows(one, two, disagreement), together)
    even = np.full(values, 1.0 / max(1, values))
    differ = 1.0 - 1.0 / max(1, values)
    mean = float(even @ disagreement @ even) / differ if differ > 0 else 0.0
    prior = np.stack([np.concatenate([[size], even, even]) for size in (0.0, mean)])
    return Sums(rows, shape, _value(disagreement), prior, len(one))


def _rows(one: np.ndarray, two: np.ndarray, disagreement: Floats) -> Floats:
    values = len(disagreement)
    places = np.arange(len(one))
    rows = np.zeros((len(one), 1 + 2 * values))
    rows[:, 0] = disagreement[one, two]
    rows[places, 1 + one] = 1.0
    rows[places, 1 + values + two] = 1.0
    return rows


def _value(disagreement: Floats) -> Callable[[Floats], Floats]:
    values = len(disagreement)

    def value(sums: Floats) -> Floats:
        left, right = sums[:, 1 : 1 + values], sums[:, 1 + values :]
        by_chance = np.einsum("bi,bi->b", left @ disagreement, right)
        return one_less(sums[:, 0] * left.sum(axis=1), by_chance)

    return value
