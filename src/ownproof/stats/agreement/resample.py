"""Intervals of agreement: the Bayesian bootstrap over items, on sums of what each pattern of answers adds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from ownproof.stats.agreement.counts import Groups, summed
from ownproof.stats.distributions import normal_cdf, t_quantile
from ownproof.stats.weights import BLOCK_CELLS, Floats

DRAWS: Final = 2_000
PRIOR: Final = 0.75
"""How many items are added of each of two kinds that the sample may have missed: one on which all agree, and one on which
one rater differs. Without them a sample that holds no disagreement, or one of a rare class, has an interval of no width
(60 % covered at kappa 0.9, 50 items, one in ten of a class; with them 94 %: bench/agreement.py)."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """A coefficient as a function of sums over items.

    rows: (p, d) what each pattern of answers (or group of items) adds; shape: (p,) how many items have it (1 for a
    group); value: sums (b, d) -> values (b,), NaN where they are undefined, the same for sums of any positive scale;
    prior: (q, d) what an item adds that the sample may have missed; items: how many items there are.
    """

    rows: Floats
    shape: Floats
    value: Callable[[Floats], Floats]
    prior: Floats
    items: int

    @property
    def point(self) -> float:
        """The coefficient on the sample itself, NaN where it is undefined."""
        return float(self.value((self.shape @ self.rows)[None])[0])


@dataclass(frozen=True, slots=True)
class Spread:
    """A coefficient and its interval at `level`; floor: the lower end of the one-sided interval at `level`. NaN: unknown."""

    value: float
    low: float
    high: float
    floor: float
    level: float
    items: int


def spread(sums: Sums, *, seed: int, level: float = 0.95, draws: int = DRAWS) -> Spread:
    """The interval of a coefficient by the Bayesian bootstrap over items (Rubin 1981).

    Each pattern weighs a gamma number of as many items as have it, with a part of an item added of each kind in `prior`.
    The quantiles are expanded for few items as Hesterberg (2015) does it: Student's t for the normal, n - 1 for n.
    """
    return spreads([sums], seed=seed, level=level, draws=draws)[0]


def spreads(many: Sequence[Sums], *, seed: int, level: float = 0.95, draws: int = DRAWS) -> list[Spread]:
    """The intervals of several coefficients of the same items, from the same draws where their patterns are the same."""
    known = [s for s in many if math.isfinite(s.point) and s.items >= 2]
    alike = all(np.array_equal(s.shape, known[0].shape) and len(s.prior) == len(known[0].prior) for s in known)
    values = (
        resampled(known, seed=seed, draws=draws)
        if alike
        else [resampled([s], seed=seed, draws=draws)[0] for s in known]
    )
    drawn = dict(zip((id(s) for s in known), values, strict=True))
    return [_ends(s, drawn.get(id(s)), level, draws) for s in many]


def _ends(sums: Sums, values: Floats | None, level: float, draws: int) -> Spread:
    point = sums.point
    some = values[np.isfinite(values)] if values is not None else np.zeros(0)
    if len(some) < max(2, draws / 2):
        return Spread(point, math.nan, math.nan, math.nan, level, sums.items)
    out = (1.0 - level) / 2.0
    side, one = expanded(out, sums.items), expanded(2.0 * out, sums.items)
    low, high, floor = np.quantile(some, [side, 1.0 - side, one])
    return Spread(point, min(float(low), point), max(float(high), point), min(float(floor), point), level, sums.items)


def resampled(many: Sequence[Sums], *, seed: int, draws: int) -> list[Floats]:
    """Coefficients of the same patterns on every draw, (draws,) each."""
    if not many:
        return []
    source = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    rows = np.concatenate([np.concatenate([s.rows, s.prior]) for s in many], axis=1)
    ends = np.cumsum([s.rows.shape[1] for s in many])
    shape = np.concatenate([many[0].shape, np.full(len(many[0].prior), PRIOR)])
    step = max(1, 4 * BLOCK_CELLS // max(1, len(shape)))
    parts: list[list[Floats]] = [[] for _ in many]
    for start in range(0, draws, step):
        weights = source.standard_gamma(shape, size=(min(step, draws - start), len(shape)))
        summed_up = weights @ rows
        for part, made, end in zip(parts, many, ends, strict=True):
            part.append(made.value(summed_up[:, end - made.rows.shape[1] : end]))
    return [np.concatenate(p) for p in parts]


@lru_cache(maxsize=1024)
def expanded(share: float, n: int) -> float:
    """The quantile that holds `share` outside of it when a bootstrap of n items is read.

    >>> round(expanded(0.025, 50), 4)
    0.0212
    """
    return normal_cdf(-math.sqrt(n / (n - 1.0)) * t_quantile(1.0 - share, n - 1.0))


def by_group(each: Floats, of: Groups) -> Floats:
    """What items add, (items,), summed over each group, (g,)."""
    kept = of.place >= 0
    return summed(of.place[kept], each[kept], len(of.sizes))


def grouped(rows: Floats, of: Groups) -> tuple[Floats, Floats]:
    """What items add, (items, d), as (rows, shape) of their groups: alike ones once, others as the group's sum."""
    return shaped(np.stack([by_group(rows[:, j], of) for j in range(rows.shape[1])], axis=1), of)


def shaped(summed: Floats, of: Groups) -> tuple[Floats, Floats]:
    """Sums over the items of each group, (g, d), as (rows, shape)."""
    if of.alike:
        return summed / of.sizes[:, None], of.sizes
    return summed, np.ones(len(of.sizes))
