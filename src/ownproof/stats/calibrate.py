"""Probabilities made honest by one slope and at most one intercept on the logit; the order of rows never reverses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ownproof.stats.classes import log_loss
from ownproof.stats.curves import ece
from ownproof.stats.weights import Floats, Ints, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

CLIP = 1e-7  # probabilities often arrive as float32
LEAST_SLOPE = 1e-3
RIDGE = 1e-6  # on the mean loss: decides nothing but perfectly separable rows, whose slope would run away
MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted correction. `logit` (two classes): slope * logit(p) + intercept; `temperature`: p ** slope, rescaled.

    slope is above 0 (1 / temperature); slope 1 and intercept 0 change nothing.
    """

    kind: Literal["logit", "temperature"]
    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, proba: ArrayLike) -> Floats:
        """The corrected probabilities, in the shape that came: (n,) of code 1 or (n, 2) for logit, (n, k) else.

        >>> Calibration("temperature", slope=2.0).apply([[0.5, 0.5], [0.8, 0.2]]).round(3).tolist()
        [[0.5, 0.5], [0.941, 0.059]]
        """
        given = np.asarray(proba, dtype=np.float64)
        if self.kind == "temperature":
            return _softmax(self.slope * np.log(np.clip(given, CLIP, 1.0)))
        if given.shape == (1, 2):
            share = self._one(float(given[0, 1]))
            return np.array(((1.0 - share, share),))
        one = _sigmoid(self.slope * _logit(given if given.ndim == 1 else given[:, 1]) + self.intercept)
        return one if given.ndim == 1 else np.column_stack([1.0 - one, one])

    def _one(self, share: float) -> float:
        """What `apply` does to one of many, to the last bit, without making arrays of one number."""
        kept = min(max(share, CLIP), 1.0 - CLIP)
        z = self.slope * float(np.log(kept) - np.log1p(-kept)) + self.intercept
        small = float(np.exp(-abs(z)))
        return (1.0 if z >= 0 else small) / (1.0 + small)


def _logit(p: Floats) -> Floats:
    kept = np.clip(p, CLIP, 1.0 - CLIP)
    odds: Floats = np.log(kept) - np.log1p(-kept)
    return odds


def _sigmoid(z: Floats) -> Floats:
    small = np.exp(-np.abs(z))
    share: Floats = np.where(z >= 0, 1.0, small) / (1.0 + small)
    return share


def _softmax(z: Floats) -> Floats:
    raised = np.exp(z - z.max(axis=1, keepdims=True))
    share: Floats = raised / raised.sum(axis=1, keepdims=True)
    return share


def fit(truth: ArrayLike, proba: ArrayLike, weights: ArrayLike | None = None) -> Calibration:
    """The correction with the least log loss on these (out-of-fold) rows.

    truth: (n,) codes; proba: (n,) of code 1 or (n, 2): slope and intercept (Platt 1999, on the logit); (n, k): one
    temperature (Guo et al. 2017). weights: (n,) or None. Nothing is changed when no row or a single class is there.
    """
    codes, given = np.asarray(truth, dtype=np.int64), np.asarray(proba, dtype=np.float64)
    weight = rows(weights, len(codes))[0].astype(np.float64)
    two = given.ndim == 1 or given.shape[1] == 2
    kind: Literal["logit", "temperature"] = "logit" if two else "temperature"
    held = np.unique(codes[weight > 0])
    if len(held) < 2 or not np.isfinite(given).all():
        return Calibration(kind)
    weight = weight / weight.sum()
    if two:
        return _fit_logit((codes == 1).astype(np.float64), _logit(given if given.ndim == 1 else given[:, 1]), weight)
    return _fit_temperature(codes, np.log(np.clip(given, CLIP, 1.0)), weight)


def _fit_logit(yes: Floats, z: Floats, weight: Floats) -> Calibration:
    """Damped Newton on slope and intercept; a slope that would reverse the order stays at its least."""
    design = np.column_stack([z, np.ones(len(z))])
    start = np.array([1.0, 0.0])

    def loss(beta: Floats) -> float:
        margin = np.where(yes == 1, -1.0, 1.0) * (design @ beta)
        return float(weight @ np.logaddexp(0.0, margin)) + 0.5 * RIDGE * float(((beta - start) ** 2).sum())

    beta = start
    for _ in range(MOST_STEPS):
        share = _sigmoid(design @ beta)
        slope = design.T @ (weight * (share - yes)) + RIDGE * (beta - start)
        curve = design.T @ (design * (weight * share * (1.0 - share))[:, None]) + RIDGE * np.eye(2)
        if beta[0] <= LEAST_SLOPE and slope[0] > 0:
            step = np.array([0.0, slope[1] / curve[1, 1]])
        else:
            step = np.linalg.solve(curve, slope)
        moved = _halved(loss, beta, step)
        if float(np.abs(moved - beta).max()) < 1e-10:
            break
        beta = moved
    return Calibration("logit", float(beta[0]), float(beta[1]))


def _halved(loss: Callable[[Floats], float], beta: Floats, step: Floats) -> Floats:
    """The longest of the halved steps that does not raise the loss and keeps the slope above its least."""
    here = loss(beta)
    size = 1.0
    while size > 1e-9:
        there = beta - size * step
        there[0] = max(there[0], LEAST_SLOPE)
        if loss(there) <= here:
            return there
        size *= 0.5
    return beta


def _fit_temperature(codes: Ints, z: Floats, weight: Floats) -> Calibration:
    """Damped Newton on the one slope; the loss is convex in it."""
    right = z[np.arange(len(z)), codes]

    def loss(beta: Floats) -> float:
        scaled = beta[0] * z
        top = scaled.max(axis=1)
        whole = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float(weight @ (whole - beta[0] * right)) + 0.5 * RIDGE * float((beta[0] - 1.0) ** 2)

    beta = np.array([1.0])
    for _ in range(MOST_STEPS):
        share = _softmax(beta[0] * z)
        mean = (share * z).sum(axis=1)
        slope = float(weight @ (mean - right)) + RIDGE * (beta[0] - 1.0)
        curve = float(weight @ ((share * z**2).sum(axis=1) - mean**2)) + RIDGE
        moved = _halved(loss, beta, np.array([slope / curve]))
        if abs(float(moved[0] - beta[0])) < 1e-10:
            break
        beta = moved
    return Calibration("temperature", float(beta[0]))


@dataclass(frozen=True, slots=True)
class Honesty:
    """Expected calibration error and log loss (nats) of one set of probabilities."""

    ece: float
    log_loss: float


def honesty(truth: ArrayLike, proba: ArrayLike, weights: ArrayLike | None = None) -> Honesty:
    """ECE and log loss; for more than two classes the ECE of the top class. Call it before and after `apply`."""
    codes, given = np.asarray(truth, dtype=np.int64), np.asarray(proba, dtype=np.float64)
    if not len(codes):
        return Honesty(math.nan, math.nan)
    if given.ndim == 2 and given.shape[1] == 2:
        given = given[:, 1]
    if given.ndim == 1:
        gap = ece(codes == 1, given, weights)
    else:
        gap = ece(given.argmax(axis=1) == codes, given.max(axis=1), weights)
    return Honesty(float(gap[0]), float(log_loss(codes, given, weights)[0]))
