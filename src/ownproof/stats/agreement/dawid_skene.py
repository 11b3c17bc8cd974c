"""Dawid and Skene's consensus: what an item most probably is, with each rater's own habit of error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ownproof.stats.weights import Floats

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """shares: (items, values) the probability of each value; prevalence: (values,); confusions: (raters, values, values)
    how often a rater says the second when it is the first; rounds: how many were taken; settled: whether it converged."""

    shares: Floats
    prevalence: Floats
    confusions: Floats
    rounds: int
    settled: bool


def dawid_skene(
    item: ArrayLike, rater: ArrayLike, value: ArrayLike, *, sizes: tuple[int, int, int], rounds: int = 200
) -> Consensus:
    """Consensus of (n,) answers by expectation and maximisation from the majority on; sizes: items, raters, values.

    Each rater's row of confusion counts starts with a hundredth of an answer of every value, so that no answer is
    impossible. Items without an answer have the prevalence. Source: Dawid and Skene 1979.

    >>> found = dawid_skene([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], [0, 0, 1, 1, 1, 1], sizes=(2, 3, 2))
    >>> found.shares.argmax(axis=1).tolist()
    [0, 1]
    """
    items, raters, values = sizes
    of_item, of_rater, of_value = (np.asarray(x, dtype=np.int64) for x in (item, rater, value))
    votes = np.bincount(of_item * values + of_value, minlength=items * values).reshape(items, values).astype(np.float64)
    totals = votes.sum(axis=1, keepdims=True)
    shares = np.where(totals > 0, votes / np.maximum(totals, 1.0), 1.0 / max(1, values))
    said = of_rater * values + of_value
    settled, number = False, 0
    while not settled and number < rounds:
        number += 1
        prevalence = (shares.sum(axis=0) + 0.01) / (items + 0.01 * values)
        confusions = _confusions(shares[of_item], said, raters, values)
        logs = np.log(np.moveaxis(confusions, 1, 2)).reshape(raters * values, values)[said]
        after = np.tile(np.log(prevalence), (items, 1))
        for truth in range(values):
            after[:, truth] += np.bincount(of_item, weights=logs[:, truth], minlength=items)
        after = np.exp(after - after.max(axis=1, keepdims=True))
        after /= after.sum(axis=1, keepdims=True)
        settled = bool(np.abs(after - shares).max(initial=0.0) < 1e-6)
        shares = after
    prevalence = (shares.sum(axis=0) + 0.01) / (items + 0.01 * values)
    return Consensus(shares, prevalence, _confusions(shares[of_item], said, raters, values), number, settled)


def _confusions(truth: Floats, said: np.ndarray, raters: int, values: int) -> Floats:
    """(raters, values, values) shares, from the probable truth of each answer (n, values) and rater x value (n,)."""
    cells = np.stack([np.bincount(said, weights=truth[:, t], minlength=raters * values) for t in range(values)])
    table = np.moveaxis(cells.reshape(values, raters, values), 0, 1) + 0.01
    shares: Floats = table / table.sum(axis=2, keepdims=True)
    return shares
