"""A measured curve carried on: the score at more rows, the rows for a score, and when neither can be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ownproof.phases.plan.measure import Curve
from ownproof.stats.distributions import normal_quantile
from ownproof.stats.learning_curves import Fits, fit
from ownproof.stats.weights import Floats

Refusal = Literal["few", "rises", "flat", "unbounded"]

SURE: Final = 0.05
"""The chance that curves of pure noise are told to rise, or to fall."""


@dataclass(frozen=True, slots=True)
class Range:
    """The middle and the ends of what something may be; NaN where that is not known."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, draws: Floats, low: float, high: float) -> Range:
        """The median and two quantiles of draws."""
        ends = np.quantile(draws, [low, 0.5, high], method="median_unbiased")
        return cls(float(ends[1]), float(ends[0]), float(ends[2]))


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """All fits of all families to all resampled curves; errors as in `Curve`. rows: of training, today."""

    curve: Curve
    fits: tuple[Fits, ...]
    rows: int

    def errors(self, rows: float) -> Floats:
        """What the error may be at so many training rows, pooled over families and resampled curves."""
        return np.concatenate([f.at(rows) for f in self.fits])

    def gain(self, rows: float) -> Floats:
        """How much lower the error may be at so many training rows than at today's."""
        return self.errors(self.rows) - self.errors(rows)

    def rows_for(self, error: float) -> Floats:
        """The training rows at which each fit reaches an error; infinite where it never does."""
        return np.concatenate([f.size_for(error) for f in self.fits])


def forecast(curve: Curve, rows: int) -> Forecast:
    """Three families fitted to every resampled curve and pooled with equal shares.

    Shares by how well a family fits were tried and are worse: what the measured sizes say of the families is little, and
    what lies beyond them is where the families differ.
    """
    return Forecast(curve, fit(curve.sizes, curve.draws, precision(curve)), rows)


def precision(curve: Curve) -> Floats:
    """Weights of the sizes: one over the variance of a fit there, smoothed to a line in logarithms that never rises (the
    variance of five repeats is itself a guess)."""
    n, v = np.log(curve.sizes), np.log(curve.spread**2 + 1e-12)
    slope = float(np.clip(np.polyfit(n, v, 1)[0], -1.5, 0.0))
    return np.asarray(np.exp(slope * (n[-1] - n)))


def refusal(curve: Curve) -> Refusal | None:
    """Why a curve is not carried on: it gets worse with more rows, or it falls by no more than chance; None where it is."""
    points, draws = curve.mean, curve.draws
    i, j = np.triu_indices(len(points), 1)
    z = normal_quantile(1.0 - SURE / len(i))
    rises = points[j] - points[i]
    chance = (draws[:, j] - draws[:, i]).std(axis=0)
    if (rises > z * np.maximum(chance, 1e-12)).any():
        return "rises"
    fall = float(points[0] - points[-1])
    if fall <= normal_quantile(1.0 - SURE) * float((draws[:, 0] - draws[:, -1]).std()):
        return "flat"
    return None
