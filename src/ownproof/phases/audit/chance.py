"""How likely chance alone would have arranged the rows so: the bound that makes equality certain."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ownproof.stats.distributions import incomplete_beta

SURE, LIKELY = -9.0, -5.0
"""Log10 of the chance that a dependence may have, in each column looked at, and still be certain, or worth a warning."""


def log10_arrangements(counts: ArrayLike) -> float:
    """Log10 of the ways to deal n rows to groups of these sizes: n! / (n1! n2! ...).

    >>> round(10 ** log10_arrangements([2, 2]))
    6
    """
    sizes = np.asarray(counts, dtype=np.float64)
    logs = math.lgamma(float(sizes.sum()) + 1.0) - sum(map(math.lgamma, (sizes + 1.0).tolist()))
    return logs / math.log(10.0)


def log10_factorial(k: int) -> float:
    """Log10 of k!."""
    return math.lgamma(k + 1.0) / math.log(10.0)


def binomial_tail(hits: int, tries: int, share: float) -> float:
    """P(X >= hits) of a binomial, at most 1. Exact to about 1e-10.

    >>> round(binomial_tail(2, 2, 0.5), 4)
    0.25
    """
    if hits <= 0:
        return 1.0
    if hits > tries or share <= 0.0:
        return 0.0
    if share >= 1.0:
        return 1.0
    return incomplete_beta(float(hits), float(tries - hits + 1), share)
