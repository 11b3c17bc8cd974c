"""Chances that rise with a score: isotonic regression, fitted across folds and averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.stats.weights import Floats, Ints, rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

GROUPS_MOST = 512
"""Rows are pooled into so many groups of equal weight before the fit: finer steps are noise."""
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Rising:
    """A function that never falls: straight lines between points (x, y), flat beyond them."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def apply(self, score: ArrayLike) -> Floats:
        """The values at some scores, in their shape."""
        return np.asarray(np.interp(np.asarray(score, dtype=np.float64), self.x, self.y))

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"x": list(self.x), "y": list(self.y)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rising:
        """The inverse of `to_json`."""
        return cls(tuple(data["x"]), tuple(data["y"]))


def isotonic(score: ArrayLike, value: ArrayLike, weights: ArrayLike | None = None) -> Rising:
    """The rising function nearest to the values in squared error, by pooling adjacent violators.

    score, value: (n,); weights: (n,) or None. Rows of one score are one; more than 512 scores are pooled to groups.
    Source: Ayer and others 1955.

    >>> isotonic([1, 2, 3, 4], [0, 1, 0, 1]).y
    (0.0, 0.5, 1.0)
    """
    x, y = np.asarray(score, dtype=np.float64), np.asarray(value, dtype=np.float64)
    weight = rows(weights, len(x))[0].astype(np.float64)
    if not len(x) or weight.sum() <= 0:
        return Rising((0.0,), (0.0,))
    mass, x, y = _grouped(x, y, weight)
    blocks: list[list[float]] = []  # weight, sum of x, sum of y
    for m, a, b in zip(mass.tolist(), (mass * x).tolist(), (mass * y).tolist(), strict=True):
        blocks.append([m, a, b])
        while len(blocks) > 1 and blocks[-2][2] * blocks[-1][0] >= blocks[-1][2] * blocks[-2][0]:
            last = blocks.pop()
            blocks[-1] = [p + q for p, q in zip(blocks[-1], last, strict=True)]
    return Rising(tuple(a / m for m, a, _ in blocks), tuple(b / m for m, _, b in blocks))


def _grouped(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Weight, mean score and mean value of each group, by rising score."""
    kept = weight > 0
    order = np.flatnonzero(kept)[np.argsort(x[kept], kind="stable")]
    x, y, weight = x[order], y[order], weight[order]
    first = np.concatenate([[True], x[1:] > x[:-1]])
    if int(first.sum()) > GROUPS_MOST:  # equal scores stay together: a group begins where a new score does
        share = np.cumsum(weight) - weight
        step = np.floor(share * GROUPS_MOST / weight.sum())
        start = step[first]
        code = np.cumsum(first) - 1
        first = np.zeros(len(x), dtype=bool)
        first[np.flatnonzero(np.concatenate([[True], start[code][1:] > start[code][:-1]]))] = True
    group = np.cumsum(first) - 1
    mass = np.bincount(group, weight).astype(np.float64)
    return mass, np.bincount(group, weight * x) / mass, np.bincount(group, weight * y) / mass


def folds_of(n: int, *, seed: int, units: ArrayLike | None = None) -> Ints:
    """A fold (0..4) for each row, int64 (n,); all rows of a unit in one, drawn anew by the seed."""
    codes = np.arange(n) if units is None else np.unique(np.asarray(units), return_inverse=True)[1].ravel()
    drawn = np.random.default_rng(seed).permutation(int(codes.max()) + 1 if n else 0) % FOLDS
    return drawn[codes].astype(np.int64) if n else np.empty(0, dtype=np.int64)


def cross_fitted(
    score: Floats, value: Floats, folds: Ints, weights: ArrayLike | None = None, *, knots: int = 128
) -> tuple[Rising, Floats]:
    """One rising function, the mean of one fit without each fold, and what each row gets from the fit without it, (n,).

    knots: points that the mean is kept at.
    """
    weight = rows(weights, len(score))[0].astype(np.float64)
    out = np.full(len(score), np.nan)
    fits: list[Rising] = []
    for fold in np.unique(folds):
        held = folds == fold
        fitted = isotonic(score[~held], value[~held], weight[~held])
        out[held] = fitted.apply(score[held])
        fits.append(fitted)
    return _mean_of(fits, knots), out


def _mean_of(fits: Sequence[Rising], knots: int) -> Rising:
    grid = np.unique(np.concatenate([f.x for f in fits])) if fits else np.zeros(1)
    if len(grid) > knots:
        grid = grid[np.linspace(0, len(grid) - 1, knots).round().astype(np.int64)]
    mean = np.mean([f.apply(grid) for f in fits], axis=0) if fits else np.zeros(1)
    return Rising(tuple(grid.tolist()), tuple(np.maximum.accumulate(mean).tolist()))
