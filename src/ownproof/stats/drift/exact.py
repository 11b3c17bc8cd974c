"""Exact tests that one event is as frequent in two samples, for events however rare."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def log_choose(n: int, k: int) -> float:
    """The logarithm of the binomial coefficient; -inf outside 0 <= k <= n."""
    if not 0 <= k <= n:
        return -math.inf
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def at_least(count: int, marked: int, drawn: int, total: int) -> float:
    """P(X >= count) where X of the `drawn` rows are marked, when `marked` of `total` rows are (hypergeometric).

    The tail is summed from its largest term outward, so that it is right to about ten digits however small.

    >>> round(at_least(3, 4, 4, 8), 6)  # Fisher's lady tasting tea: (16 + 1) / 70
    0.242857
    """
    least, most = max(0, drawn + marked - total), min(marked, drawn)
    if count <= least:
        return 1.0
    if count > most:
        return 0.0
    if count * total < marked * drawn:  # the larger tail: by the smaller one, which begins below
        return max(0.0, 1.0 - at_least(marked - count + 1, marked, total - drawn, total))
    first = log_choose(marked, count) + log_choose(total - marked, drawn - count) - log_choose(total, drawn)
    spread = math.sqrt(max(1.0, marked * (drawn / total) * (1 - drawn / total)))
    k = np.arange(count, min(most, count + 40 + int(12 * spread)), dtype=np.float64)
    ratios = (marked - k) * (drawn - k) / ((k + 1) * (total - marked - drawn + k + 1))
    return min(1.0, math.exp(first) * (1.0 + float(np.cumprod(ratios).sum())))


def at_most(count: int, marked: int, drawn: int, total: int) -> float:
    """P(X <= count) of the same."""
    return at_least(marked - count, marked, total - drawn, total)


def changed(old: int, of_old: int, new: int, of_new: int) -> float:
    """The two-sided p of Fisher's exact test (twice the smaller tail) that an event is as frequent in both samples.

    >>> changed(4, 200, 16, 200) < 0.02 < changed(4, 200, 13, 200)
    True
    """
    total, marked = of_old + of_new, old + new
    up, down = at_least(new, marked, of_new, total), at_most(new, marked, of_new, total)
    return min(1.0, 2.0 * min(up, down))


def more(old: int, of_old: int, new: int, of_new: int) -> float:
    """The one-sided p that an event became no more frequent.

    It holds for what lies beyond the r-th largest value of the old sample too: there it is exact where one counts that
    value among the r (a negative hypergeometric law), and errs to the safe side by one row where one does not.
    """
    return at_least(new, old + new, of_new, of_old + of_new)


def attainable(marked: int, of_old: int, of_new: int) -> float:
    """The smallest two-sided p that `changed` can give for an event of `marked` rows in both samples together."""
    total = of_old + of_new
    all_new = (
        log_choose(of_new, marked) - log_choose(total, marked) if marked <= of_new else _edge(marked, of_old, of_new)
    )
    all_old = (
        log_choose(of_old, marked) - log_choose(total, marked) if marked <= of_old else _edge(marked, of_new, of_old)
    )
    return min(1.0, 2.0 * math.exp(min(all_new, all_old)))


def _edge(marked: int, other: int, drawn: int) -> float:
    """The logarithm of the chance that every one of the `drawn` rows is marked."""
    return log_choose(marked, drawn) - log_choose(other + drawn, drawn)


def least_of(ps: Sequence[float], floors: Sequence[float]) -> float:
    """The p of the smallest of several discrete tests: times the number of those that could have been as small at all.

    P(min p <= x) is at most the sum of P(p_i <= x), and a test whose smallest attainable p is above x adds nothing
    (Tarone 1990): hundreds of rare levels, which can show nothing, cost nothing.

    >>> least_of([0.001, 0.4], [1e-9, 0.3])
    0.001
    """
    if not len(ps):
        return 1.0
    smallest = min(ps)
    return min(1.0, smallest * max(1, sum(floor <= smallest for floor in floors)))
