"""Where losses gather: a shallow tree over binned features, grown on some rows and measured on the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.segments import Binned
from ownproof.stats.weights import Floats, Ints

DEPTH = 3
SURE = 12.0  # a split must part the losses by this many variances of a mean: chi-squared with one degree, 0.05 %

Mask = NDArray[np.bool_]
Step = tuple[int, int, bool]
"""A feature, one of its levels, and whether the rows have it."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A leaf: the steps that lead to it; rows and mean loss of the rows that the tree was not grown on; share: of the
    whole loss there; error: the standard error of the mean."""

    steps: tuple[Step, ...]
    rows: int
    mean: float
    share: float
    error: float


def clusters(features: Sequence[Binned], loss: Floats, grown: Mask, *, least: int, depth: int = DEPTH) -> list[Cluster]:
    """The leaves, the heaviest mean loss first. grown: bool (n,), the rows to grow the tree on; least: rows a leaf.

    A tree that is measured on other rows than it was grown on promises nothing it cannot keep (Athey & Imbens 2016).
    """
    leaves = _grow(features, loss, np.flatnonzero(grown), least=least, depth=depth, steps=())
    whole = float(loss[~grown].sum())
    made = []
    for steps in leaves:
        rows = ~grown
        for feature, level, has in steps:
            rows = rows & ((features[feature].codes == level) == has)
        count = int(rows.sum())
        if count >= 2 and steps:
            mine = loss[rows]
            error = float(mine.std(ddof=1)) / count**0.5
            share = float(mine.sum()) / whole if whole > 0 else 0.0
            made.append(Cluster(steps, count, float(mine.mean()), share, error))
    return sorted(made, key=lambda c: (-c.mean, c.steps))


def _grow(
    features: Sequence[Binned], loss: Floats, rows: Ints, *, least: int, depth: int, steps: tuple[Step, ...]
) -> list[tuple[Step, ...]]:
    best = _split(features, loss, rows, least) if depth and len(rows) >= 2 * least else None
    if best is None:
        return [steps]
    feature, level = best
    has = features[feature].codes[rows] == level
    found = []
    for side in (True, False):
        more = (*steps, (feature, level, side))
        found += _grow(features, loss, rows[has == side], least=least, depth=depth - 1, steps=more)
    return found


def _split(features: Sequence[Binned], loss: Floats, rows: Ints, least: int) -> tuple[int, int] | None:
    """The feature and level that part the losses most; None where none does surely."""
    mine, n = loss[rows], len(rows)
    variance, total = float(mine.var()), float(mine.sum())
    best, chosen = SURE * variance, None
    for number, feature in enumerate(features):
        codes = feature.codes[rows]
        count = np.bincount(codes, minlength=feature.levels)
        sums = np.bincount(codes, mine, feature.levels)
        able = np.flatnonzero((count >= least) & (n - count >= least))
        if not len(able):
            continue
        c, s = count[able], sums[able]
        gain = c * (n - c) / n * (s / c - (total - s) / (n - c)) ** 2
        top = int(np.argmax(gain))
        if gain[top] > best:
            best, chosen = float(gain[top]), (number, int(able[top]))
    return chosen
