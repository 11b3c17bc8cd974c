"""How far one rater agrees with the others: Cohen's kappa against an other drawn by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ownproof.stats.agreement.counts import Counts, groups, summed
from ownproof.stats.agreement.distances import Distance
from ownproof.stats.agreement.krippendorff import one_less
from ownproof.stats.agreement.resample import Sums, grouped
from ownproof.stats.hashing import mixed
from ownproof.stats.weights import Floats

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

GROUPS: Final = 1_000
"""Items of a rater that are resampled one by one; more of them in so many groups (2.2 % of a standard error)."""


def against_others(found: Counts, item: ArrayLike, value: ArrayLike, distance: Distance) -> Sums:
    """Kappa of a rater as sums over the items that the rater and somebody else answered.

    item, value: (n,) codes of the rater's answers; found: of all raters' answers. Observed is the mean distance to the
    others' answers of the item, expected that to the others' answers of all items of the rater. Of two raters it is Cohen's
    kappa. Resampled linearly around the sample's own expected disagreement.

    >>> from ownproof.stats.agreement.counts import counts
    >>> from ownproof.stats.agreement.distances import Nominal
    >>> both = counts([0, 1, 2, 3, 4, 0, 1, 2, 3, 4], [0, 0, 1, 1, 1, 0, 1, 1, 1, 1], items=5, values=2)
    >>> round(against_others(both, [0, 1, 2, 3, 4], [0, 0, 1, 1, 1], Nominal()).point, 4)
    0.5455
    """
    of_item, of_value = np.asarray(item, dtype=np.int64), np.asarray(value, dtype=np.int64)
    both = found.of[of_item] > 1
    of_item, of_value = of_item[both], of_value[both]
    n = len(of_item)
    weight = np.zeros(found.items)
    weight[of_item] = 1.0 / (found.of[of_item] - 1.0)
    observed = distance.towards(found, of_item, of_value) * weight[of_item]
    own = summed(of_value, np.ones(n), found.values)
    others = summed(found.value, found.count * weight[found.item], found.values)
    others -= summed(of_value, weight[of_item], found.values)
    to_others, to_own = distance.against(others), distance.against(own)
    items = summed(found.item, found.count * to_own[found.value], found.items)
    spread_out = (items[of_item] - to_own[of_value]) * weight[of_item]
    known = float(own @ to_others) / max(1, n) ** 2
    change = (to_others[of_value] + spread_out) / max(1, n)
    together = groups(mixed(of_item.astype(np.uint64)), np.ones(n, dtype=bool), most=GROUPS)
    rows, shape = grouped(np.column_stack([observed, np.ones(n), change]), together)
    some = observed[observed > 0]
    far = float(some.mean()) if len(some) else known
    prior = np.array([[0.0, 1.0, 2.0 * known], [far, 1.0, 2.0 * known]])
    return Sums(rows, shape, lambda s: _value(s, known), prior, n)


def _value(sums: Floats, known: float) -> Floats:
    items = sums[:, 1]
    return one_less(sums[:, 0], sums[:, 2] - known * items)
