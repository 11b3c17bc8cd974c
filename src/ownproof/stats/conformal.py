"""Prediction intervals from held-out residuals: conformal, scaled by the size of the answer, weighted towards today."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ownproof.stats.weights import Floats

UNITS_A_BIN = 50
BINS_MOST = 20
SHRINK = 10.0  # rows of the overall spread that every bin starts with
WINDOW_UNITS_LEAST = 50  # fewer say too little about what the next window will lack
SPREAD_LEAST = 0.01  # of the overall spread: no bin is surer than that


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the truth may lie from an answer: a spread that depends on the answer, times a factor on each side.

    level: the share of truths that the interval is to hold (0..1). at, spread: the spread at some answers, straight
    lines between them, flat beyond. low, high: the factors, `low` below 0 as a rule. least: no truth lies below it.
    """

    level: float
    at: tuple[float, ...]
    spread: tuple[float, ...]
    low: float
    high: float
    least: float | None = None

    def around(self, answers: Floats) -> tuple[Floats, Floats]:
        """The ends (n,), (n,) of the interval around answers (n,).

        >>> low, high = Reach(0.95, (0.0, 10.0), (1.0, 3.0), -2.0, 2.0, least=0.0).around(np.array([1.0, 5.0]))
        >>> low.tolist(), high.tolist()
        ([0.0, 1.0], [3.4, 9.0])
        """
        spread = np.interp(answers, self.at, self.spread)
        low, high = answers + self.low * spread, answers + self.high * spread
        if self.least is not None:
            low, high = np.maximum(low, self.least), np.maximum(high, self.least)
        return low, high

    def lacking(self, truth: Floats, answers: Floats, weights: Floats, units: np.ndarray) -> float:
        """The factor, at least 1, by which the reach must grow to hold its share of these rows (n,), less what chance
        alone may ask for (one standard error of a share)."""
        spread = np.interp(answers, self.at, self.spread)
        residuals = truth - answers
        side = np.where(residuals < 0, min(self.low, 0.0), max(self.high, 0.0)) * spread
        with np.errstate(divide="ignore", invalid="ignore"):
            used = np.where(residuals == 0, 0.0, residuals / side)
        used = used[np.isfinite(used)]
        if len(used) < len(truth):  # a side without a width cannot grow
            return 1.0
        chance = math.sqrt(self.level * (1.0 - self.level) / effective(weights, units))
        return max(1.0, _reached(used, weights, (self.level - chance) * float(weights.sum())))

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "level": self.level,
            "answers": list(self.at),
            "spread": list(self.spread),
            "low": self.low,
            "high": self.high,
            "least": self.least,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reach:
        """The inverse of `to_json`."""
        return cls(
            data["level"], tuple(data["answers"]), tuple(data["spread"]), data["low"], data["high"], data.get("least")
        )


def reach(
    truth: Floats,
    answers: Floats,
    weights: Floats,
    units: np.ndarray,
    *,
    level: float,
    windows: np.ndarray | None = None,
) -> Reach | None:
    """The interval that held-out answers (n,) teach; None where the units are too few for this level.

    weights: of the rows, larger for those that tomorrow will resemble; units: codes (n,) of what is independent.
    The quantiles of the scaled residuals are taken with room for one more unit at infinity, so that the interval holds
    its share of new rows on average, whatever the model (split conformal on out-of-fold residuals: Vovk 2015; scaled:
    Papadopoulos 2002, Lei 2018; weighted: Barber, Candès, Ramdas, Tibshirani 2023). Each side is calibrated for itself
    (Romano 2019) where the units allow it.
    windows: int (n,), later ones larger. What the interval of all windows but the last lacked on the last one, the
    interval of all windows is widened by: what went wrong from one window to the next may do so again (in the manner of
    Gibbs and Candès 2021).
    """
    counted = weights > 0
    found = _calibrated(truth[counted], answers[counted], weights[counted], units[counted], level=level)
    if found is None or windows is None:
        return found
    past, last = counted & (windows < windows.max()), counted & (windows == windows.max())
    before = _calibrated(truth[past], answers[past], weights[past], units[past], level=level)
    if before is None or len(np.unique(units[last])) < WINDOW_UNITS_LEAST:
        return found
    lacking = before.lacking(truth[last], answers[last], weights[last], units[last])
    return replace(found, low=found.low * lacking, high=found.high * lacking)


def _calibrated(truth: Floats, answers: Floats, weights: Floats, units: np.ndarray, *, level: float) -> Reach | None:
    if not len(truth):
        return None
    behind, alpha = effective(weights, units), 1.0 - level
    residuals = truth - answers
    at, spread, drawn = spreads(residuals, answers, weights, behind=behind)
    own = np.interp(answers, at, spread)
    # a row's own residual is taken out of the spread that it is measured by, as it will not be in that of a new row
    own = np.maximum(own - (np.abs(residuals) - own) * drawn, SPREAD_LEAST * own)
    scaled = residuals / own
    total = float(weights.sum())
    goal = total * (1.0 + 1.0 / behind)  # one more unit, which may lie anywhere
    if alpha / 2 * goal >= goal - total:
        side = (1 - alpha / 2) * goal
        low, high = -_reached(-scaled, weights, side), _reached(scaled, weights, side)
    elif alpha * goal >= goal - total:
        high = _reached(np.abs(scaled), weights, level * goal)
        low = -high
    else:
        return None
    least = 0.0 if float(truth.min()) >= 0.0 else None
    return Reach(level, tuple(at.tolist()), tuple(spread.tolist()), low, high, least)


def effective(weights: Floats, units: np.ndarray) -> float:
    """How many units of equal weight say as much (Kish 1965).

    >>> effective(np.ones(4), np.array([0, 0, 1, 1]))
    2.0
    """
    _, place = np.unique(units, return_inverse=True)
    sums = np.bincount(place, weights=weights)
    return float(sums.sum() ** 2 / np.square(sums).sum())


def spreads(residuals: Floats, answers: Floats, weights: Floats, *, behind: float) -> tuple[Floats, Floats, Floats]:
    """The mean absolute residual by size of the answer, in up to 20 groups of at least 50 units, drawn a little
    towards the overall one: where (k,), how large (k,), and each row's own share in it (n,)."""
    sizes = np.abs(residuals)
    overall = float(np.average(sizes, weights=weights)) or 1.0
    bins = int(min(BINS_MOST, behind // UNITS_A_BIN))
    if bins < 2:
        return np.zeros(1), np.full(1, overall), np.zeros(len(sizes))  # the same for all, so it cancels out
    order = np.argsort(answers, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    edges = np.unique(answers[order][np.searchsorted(reached, np.arange(1, bins) / bins)])
    group = np.searchsorted(edges, answers, side="left")
    mass = np.bincount(group, weights=weights, minlength=len(edges) + 1)
    there = mass > 0
    at = np.bincount(group, weights=weights * answers, minlength=len(mass))[there] / mass[there]
    rows = np.bincount(group, minlength=len(mass))[there]
    own = np.bincount(group, weights=weights * sizes, minlength=len(mass))[there] / mass[there]
    spread = (rows * own + SHRINK * overall) / (rows + SHRINK)
    own_share = weights / mass[group] * (np.bincount(group) / (np.bincount(group) + SHRINK))[group]
    return at, np.maximum(spread, SPREAD_LEAST * overall), own_share


def _reached(values: Floats, weights: Floats, goal: float) -> float:
    """The smallest value at and below which a weight of at least `goal` lies."""
    order = np.argsort(values, kind="stable")
    sums = np.cumsum(weights[order])
    place = int(np.searchsorted(sums, goal - 1e-9 * sums[-1], side="left"))
    return float(values[order][min(place, len(order) - 1)])
