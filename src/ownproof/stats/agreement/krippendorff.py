"""Krippendorff's alpha: any number of raters, any distance, ratings may be missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ownproof.stats.agreement.counts import Counts, Groups, patterns, summed
from ownproof.stats.agreement.distances import Distance
from ownproof.stats.agreement.resample import Sums, by_group, shaped
from ownproof.stats.weights import Floats

VALUES_MOST: Final = 512
"""Up to so many values their expected disagreement is taken anew in every resample; beyond, it is linear around the
sample's own (the square of a change of one part in a hundred is left out)."""


FEW: Final = 12
"""Up to so many values any two of them are as likely to be what the sample missed; of more, and of numbers on a scale, a
disagreement that was missed is as large as those that were seen (an even one would be far larger than any of them)."""


def sums(found: Counts, distance: Distance, *, groups: Groups | None = None) -> Sums:
    """Alpha as sums over items: 1 - (n - 1) sum_u D_u / (m_u - 1) / sum_ck n_c n_k d_ck.

    D_u: the distance over all ordered pairs of the m_u answers to item u; n_c: how often c was answered to items with two
    answers or more; n: how many these are. Source: Krippendorff 2011, Computing Krippendorff's alpha-reliability.

    >>> from ownproof.stats.agreement.counts import counts
    >>> from ownproof.stats.agreement.distances import Nominal
    >>> round(sums(counts([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 0, 1], items=3, values=2), Nominal()).point, 4)
    0.4444
    """
    groups = groups or patterns(found)
    items = int((found.of > 0).sum())
    amounts = found.shares
    total = float(amounts.sum())
    per_item = total / max(1, items)
    each = observed_by_item(found, distance)
    observed = by_group(each, groups)
    far = usual(each) if found.values > FEW else 0.0
    if found.values <= VALUES_MOST:
        rows, shape = shaped(np.column_stack([observed, _amounts(found, groups)]), groups)
        return Sums(
            rows, shape, of_amounts(total, distance.expected), _missed(distance, found.values, per_item, far), items
        )
    towards = distance.against(amounts)
    known = float(towards @ amounts)
    apart = summed(found.item, found.count * towards[found.value], found.items)
    rows, shape = shaped(np.column_stack([observed, by_group(found.of, groups), by_group(apart, groups)]), groups)
    mean, further = (known / total**2, known / total) if total else (0.0, 0.0)
    prior = np.array([[0.0, per_item, per_item * further], [far or 2.0 * mean, per_item, per_item * further]])
    return Sums(rows, shape, linear(total, known), prior, items)


def of_amounts(total: float, expected: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """Alpha of sums (b, 1 + values): observed disagreement, then how often each value; total: answers of the sample."""
    bias = (total - 1.0) / total if total > 1.0 else np.nan

    def value(sums: Floats) -> Floats:
        amounts = sums[:, 1:]
        return one_less(bias * sums[:, 0] * amounts.sum(axis=1), expected(amounts))

    return value


def linear(total: float, known: float) -> Callable[[Floats], Floats]:
    """Alpha of sums (b, 3): observed disagreement, answers, their distance to the sample's answers."""
    bias = (total - 1.0) / total if total > 1.0 else np.nan

    def value(sums: Floats) -> Floats:
        scale = total / sums[:, 1]
        return one_less(bias * sums[:, 0] * scale * total, 2.0 * sums[:, 2] * scale - known)

    return value


def one_less(observed: Floats, by_chance: Floats) -> Floats:
    """1 - observed / expected, NaN where chance alone would agree on everything."""
    values: Floats = 1.0 - np.divide(observed, by_chance, out=np.full(len(by_chance), np.nan), where=by_chance > 0)
    return values


def observed_by_item(found: Counts, distance: Distance) -> Floats:
    """What each item adds to the observed disagreement, (items,): its pairs over one less than its answers."""
    each: Floats = np.divide(distance.within(found), found.of - 1.0, out=np.zeros(found.items), where=found.of > 1)
    return each


def usual(each: Floats) -> float:
    """The mean of the disagreements that there are, (items,); 0 where there are none."""
    some = each[each > 0]
    return float(some.mean()) if len(some) else 0.0


def _missed(distance: Distance, values: int, per_item: float, far: float) -> Floats:
    """What two items that the sample may have missed add: one on which all agree, one on which they disagree as items
    that disagree do (or, where none does, one rater differs); of any value alike. per_item: answers of an item."""
    even = np.full(values, 1.0 / max(1, values))
    differ = 1.0 - 1.0 / max(1, values)
    mean = float(distance.expected(even[None])[0]) / differ if differ > 0 else 0.0
    added: Floats = np.stack([np.append(0.0, per_item * even), np.append(far or 2.0 * mean, per_item * even)])
    return added


def _amounts(found: Counts, groups: Groups) -> Floats:
    size = len(groups.sizes)
    key = groups.place[found.item] * found.values + found.value
    return summed(key, found.count, size * found.values).reshape(size, found.values)
