"""Gwet's AC1: agreement beyond chance that is not fooled by a class that nearly all items have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ownproof.stats.agreement.counts import Counts, Groups, patterns, summed
from ownproof.stats.agreement.distances import Nominal
from ownproof.stats.agreement.krippendorff import VALUES_MOST
from ownproof.stats.agreement.resample import Sums, by_group, shaped
from ownproof.stats.weights import Floats


def sums(found: Counts, *, groups: Groups | None = None) -> Sums:
    """AC1 as sums over items: (pa - pe) / (1 - pe) with pe = sum q (1 - q) / (k - 1), q the mean share of each of k values.

    Ratings may be missing; items with one answer are left out. Source: Gwet 2008, and 2014 for missing ratings.

    >>> from ownproof.stats.agreement.counts import counts
    >>> round(sums(counts([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 0, 1], items=3, values=2)).point, 4)
    0.3333
    """
    groups = groups or patterns(found)
    pairs = found.of * (found.of - 1.0)
    apart = np.divide(Nominal().within(found), pairs, out=np.zeros(found.items), where=pairs > 0)
    size, values = len(groups.sizes), found.values
    share = found.count / found.of[found.item]
    if values <= VALUES_MOST:
        key = groups.place[found.item] * values + found.value
        shares = summed(key, share, size * values).reshape(size, values)
        even = np.full(values, 1.0 / max(1, values))
        known = -1.0
    else:  # the sum of squares of many small shares, linear around the sample's own
        mean = summed(found.value, share, values) / max(1, int((found.of > 0).sum()))
        known = float(mean @ mean)
        far = summed(found.item, share * mean[found.value], found.items)
        shares, even = by_group(far, groups)[:, None], np.array([known])
    rows, shape = shaped(np.column_stack([by_group(apart, groups), groups.sizes, shares]), groups)
    answers = float(found.of.sum()) / max(1, int((found.of > 0).sum()))
    prior = np.stack([np.concatenate([[size], [1.0], even]) for size in (0.0, 2.0 / max(2.0, answers))])
    return Sums(rows, shape, _value(values, known), prior, int((found.of > 0).sum()))


def _value(values: int, known: float) -> Callable[[Floats], Floats]:
    def value(sums: Floats) -> Floats:
        items, shares = sums[:, 1], sums[:, 2:] / sums[:, 1:2]
        squares = (shares**2).sum(axis=1) if known < 0 else 2.0 * shares[:, 0] - known
        by_chance = (1.0 - squares) / (values - 1.0) if values > 1 else np.zeros(len(items))
        return 1.0 - sums[:, 0] / items / (1.0 - by_chance)

    return value
