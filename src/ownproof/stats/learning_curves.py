"""Learning curves carried on: three families of falling errors, fitted to many resampled curves at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ownproof.stats.weights import Floats

Family = Literal["power law", "power law without floor", "MMF"]
FAMILIES: Final[tuple[Family, ...]] = ("power law", "power law without floor", "MMF")

# Exponents of error curves lie between 0.07 and 0.35 on large sets (Hestness and others 2017) and rarely above 1 on small
# ones (Viering and Loog 2021): the grid is wider than either.
_EXPONENTS: Final = np.geomspace(0.03, 2.0, 401)
_STEEP: Final = np.geomspace(0.15, 2.5, 41)
_HALVES: Final = np.geomspace(1 / 64, 4.0, 33)
"""Of the largest measured size: where an MMF curve stands half-way between its start and its floor."""


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """B fitted curves of one family over x = size / unit: error = floor + drop * g(x).

    g is x ** -c of the power laws, 1 / (1 + (x / half) ** c) of the MMF. All arrays are (B,); misfit: the weighted sum of
    squared gaps.
    """

    family: Family
    unit: float
    floor: Floats
    drop: Floats
    exponent: Floats
    half: Floats
    misfit: Floats

    def at(self, size: float) -> Floats:
        """The error at a size, (B,)."""
        x = size / self.unit
        if self.family == "MMF":
            return np.asarray(self.floor + self.drop / (1.0 + (x / self.half) ** self.exponent))
        return np.asarray(self.floor + self.drop * x**-self.exponent)

    def size_for(self, error: float | Floats) -> Floats:
        """The size at which the error falls to a value, (B,); infinite where it never does."""
        gap = np.asarray(error - self.floor)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = self.drop / gap
            if self.family == "MMF":
                x = self.half * np.maximum(ratio - 1.0, 0.0) ** (1.0 / self.exponent)
            else:
                x = ratio ** (1.0 / self.exponent)
        flat = self.drop <= 0.0
        size = np.where(flat, np.where(gap >= 0.0, 0.0, np.inf), np.where(gap <= 0.0, np.inf, x * self.unit))
        return np.asarray(size)


def fit(sizes: Floats, errors: Floats, weights: Floats, *, least: float = 0.0) -> tuple[Fits, ...]:
    """All three families fitted by weighted least squares to B curves: sizes (S,), errors (B, S), weights (S,) or (B, S).

    The exponent (and the MMF's half-way size) is taken from a grid, floor and drop are solved for; the floor is at least
    `least`, a drop at least 0, so that no curve rises. Sources: Figueroa 2012 (weighted inverse power law), Mohr and
    van Rijn 2022 (MMF among the best to carry on with).

    >>> n = np.array([100.0, 200, 400, 800, 1600, 3200])
    >>> pow3 = fit(n, (0.1 + 2.0 * n**-0.5)[None], np.ones(6))[0]
    >>> bool(abs(pow3.at(12800.0)[0] - (0.1 + 2.0 * 12800**-0.5)) < 0.001)
    True
    """
    unit = float(sizes[-1])
    x = sizes / unit
    errors = np.atleast_2d(errors)
    table = np.broadcast_to(weights, errors.shape).astype(np.float64)
    one = np.ones(len(_EXPONENTS))
    powers = x[None, :] ** -_EXPONENTS[:, None]
    exponent, half = (g.ravel() for g in np.meshgrid(_STEEP, _HALVES, indexing="ij"))
    bent = 1.0 / (1.0 + (x[None, :] / half[:, None]) ** exponent[:, None])
    return (
        _best("power law", unit, (powers, _EXPONENTS, one), errors - least, table, least, floored=True),
        _best("power law without floor", unit, (powers, _EXPONENTS, one), errors - least, table, least, floored=False),
        _best("MMF", unit, (bent, exponent, half), errors - least, table, least, floored=True),
    )


def _best(
    family: Family,
    unit: float,
    grid: tuple[Floats, Floats, Floats],
    errors: Floats,
    weights: Floats,
    least: float,
    *,
    floored: bool,
) -> Fits:
    """The grid point of least misfit for each curve. grid: shapes (G, S), their exponents and half-way sizes (G,)."""
    shapes, exponents, halves = grid
    w, wy = weights, weights * errors
    s0, sy = w.sum(axis=1)[:, None], wy.sum(axis=1)[:, None]
    s1, s2, sgy = w @ shapes.T, w @ (shapes**2).T, wy @ shapes.T
    syy = (wy * errors).sum(axis=1)[:, None]
    alone = np.maximum(sgy / s2, 0.0)
    floor, drop = np.zeros_like(alone), alone
    if floored:
        under = np.maximum(s0 * s2 - s1**2, 1e-300)
        a, b = (sy * s2 - s1 * sgy) / under, (s0 * sgy - s1 * sy) / under
        floor = np.where(b <= 0.0, np.maximum(sy / s0, 0.0), np.where(a <= 0.0, 0.0, a))
        drop = np.where(b <= 0.0, 0.0, np.where(a <= 0.0, alone, b))
    lost = syy - 2 * floor * sy - 2 * drop * sgy + floor**2 * s0 + 2 * floor * drop * s1 + drop**2 * s2
    best = np.argmin(lost, axis=1)
    row = np.arange(len(errors))
    return Fits(
        family, unit, floor[row, best] + least, drop[row, best], exponents[best], halves[best],
        np.maximum(lost[row, best], 0.0),
    )  # fmt: skip
