"""Whether codes are intervals of a magnitude: a label that was made by cutting a column, or bands made of the target."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ownproof.phases.audit.chance import log10_arrangements, log10_factorial
from ownproof.stats.weights import Floats, Ints

EDGE_LEAST, EDGE_MOST = 10, 40  # rows next to a cut that are looked at, of each side
MANY_PARTS = 10  # so many groups are not kept apart by nature without one that overlaps
GAP_MOST = 8.0  # times the usual step between neighbours: wider, and the two sides are apart by nature
CUT_LIKELIER = -6.0  # log of the likelihood ratio from which a cut is certain


@dataclass(frozen=True, slots=True)
class Intervals:
    """Codes that lie in disjoint intervals of the values.

    rows: that are known in both. order: the codes, ascending by value; edges: (highest of one, lowest of the next).
    log10_chance: of such an arrangement by chance. cut: the values go on across every edge as if nothing were there,
    so that the codes were made from them; otherwise the groups are apart by nature, as two species may be.
    """

    rows: int
    order: tuple[int, ...]
    edges: tuple[tuple[float, float], ...]
    log10_chance: float
    cut: bool


def intervals(values: Floats, codes: Ints) -> Intervals | None:
    """The intervals that codes occupy among values, (n,) each; None when one reaches into another.

    >>> intervals(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1])).edges
    ((2.0, 3.0),)
    """
    known = np.isfinite(values) & (codes >= 0)
    v, c = values[known], codes[known]
    if len(v) < 2:
        return None
    order = np.lexsort((c, v))
    v, c = v[order], c[order]
    ends = np.flatnonzero(c[1:] != c[:-1])
    k = len(np.unique(c))
    if k < 2 or len(ends) + 1 != k or bool((v[ends + 1] == v[ends]).any()):
        return None
    bounds = np.concatenate(([0], ends + 1, [len(v)]))
    parts = [v[a:b] for a, b in pairwise(bounds)]
    chance = log10_factorial(k) - log10_arrangements(np.diff(bounds))
    seams = [seamless(low, high) for low, high in pairwise(parts)]
    cut = k >= MANY_PARTS or (True in seams and False not in seams)
    return Intervals(
        len(v), tuple(int(c[b]) for b in bounds[:-1]), tuple((float(v[e]), float(v[e + 1])) for e in ends), chance, cut
    )


def seamless(lower: Floats, upper: Floats) -> bool | None:
    """Whether two ascending runs of values look like one that was cut; None where too few rows lie next to the cut.

    Where two groups are apart by nature their values thin out towards each other: the steps between neighbours grow
    as in a tail, where the i-th step from the end is on average 1 / i of the last. Where one magnitude was cut they go
    on evenly. Both are weighed by their likelihoods (spacings of exponential law; Renyi 1953), so that the scale of the
    column does not matter. A side of one value only (zero, say) cannot thin out.
    """
    low, low_rows = np.unique(lower, return_counts=True)
    high, high_rows = np.unique(upper, return_counts=True)
    if len(low) == 1 or len(high) == 1:
        return True
    gap = float(high[0] - low[-1])
    below, above = _steps(-low[::-1], low_rows[::-1], gap), _steps(high, high_rows, gap)
    if min(len(below), len(above)) < EDGE_LEAST:
        return None
    usual = float(np.concatenate((below[1:], above[1:])).mean())
    return gap <= GAP_MOST * max(usual, _jump(low[::-1]), _jump(high)) and _tail(below) + _tail(above) < CUT_LIKELIER


def _steps(values: Floats, rows: Ints, gap: float) -> Floats:
    """Room of each row from the cut on, (m,); values ascend away from it, each standing for `rows` equal rows that
    share the room up to the middle of the next value."""
    between = np.diff(values)
    widths = (np.concatenate(([gap], between)) + np.concatenate((between, between[-1:]))) / 2.0
    most = min(EDGE_MOST, int(rows.sum()) // 2)
    near = int(np.searchsorted(np.cumsum(rows), most)) + 1
    return np.repeat(widths[:near] / rows[:near], rows[:near])[:most]


def _jump(values: Floats) -> float:
    """The usual distance of neighbouring values near the cut, whatever rows stand on them."""
    return float(np.median(np.abs(np.diff(values[:EDGE_LEAST]))))


def _tail(steps: Floats) -> float:
    """Log likelihood ratio of a tail (the i-th step is 1 / i) against an even run (all steps alike)."""
    places = np.arange(1.0, len(steps) + 1)
    return float(np.log(places).sum() + len(steps) * (np.log(steps.mean()) - np.log((places * steps).mean())))
