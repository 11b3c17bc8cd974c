"""Fleiss' kappa: more raters, every item rated by the same number of them."""

from __future__ import annotations

import numpy as np

from ownproof.stats.agreement.counts import Counts, Groups
from ownproof.stats.agreement.distances import Nominal
from ownproof.stats.agreement.krippendorff import sums as alpha_sums
from ownproof.stats.agreement.resample import Sums
from ownproof.stats.weights import Floats


def sums(found: Counts, *, groups: Groups | None = None) -> Sums:
    """Kappa as sums over items: (mean P_i - sum p_j^2) / (1 - sum p_j^2); it is alpha without its term for few answers.

    Raises ValueError where items got different numbers of answers. Source: Fleiss 1971.

    >>> from ownproof.stats.agreement.counts import counts
    >>> round(sums(counts([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 0, 1], items=3, values=2)).point, 4)
    0.3333
    """
    sizes = np.unique(found.of[found.of > 0])
    if len(sizes) > 1:
        raise ValueError("items got different numbers of answers")
    made = alpha_sums(found, Nominal(), groups=groups)
    total = float(sizes.sum()) * made.items
    unbiased = made.value

    def value(sums: Floats) -> Floats:
        return 1.0 - (1.0 - unbiased(sums)) * (total / (total - 1.0) if total > 1.0 else np.nan)

    return Sums(made.rows, made.shape, value, made.prior, made.items)
