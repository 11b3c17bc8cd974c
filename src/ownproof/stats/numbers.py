"""Measures of predicted numbers, all from weights of shape (B, n)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ownproof.stats.shapes import quantiles
from ownproof.stats.weights import Floats, mean, ratio, total

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def residuals(truth: ArrayLike, predicted: ArrayLike) -> Floats:
    """Predicted minus true, (n,): positive means too high."""
    errors: Floats = np.asarray(predicted, dtype=np.float64) - np.asarray(truth, dtype=np.float64)
    return errors


def rmse(truth: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Root of the mean squared error, (B,), in the unit of the truth.

    >>> rmse([0.0, 0.0], [3.0, 4.0]).round(4).tolist()
    [3.5355]
    """
    root: Floats = np.sqrt(mean(residuals(truth, predicted) ** 2, weights))
    return root


def mae(truth: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Mean absolute error, (B,), in the unit of the truth."""
    return mean(np.abs(residuals(truth, predicted)), weights)


def bias(truth: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Mean signed error, (B,), predicted minus true: positive means too high on average."""
    return mean(residuals(truth, predicted), weights)


def r2(truth: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Share of the variance explained, (B,), at most 1, below 0 when worse than the mean; NaN for a constant truth."""
    true = np.asarray(truth, dtype=np.float64)
    centred = true - (true.mean() if len(true) else 0.0)
    parts = np.column_stack([np.ones(len(true)), centred, centred**2, residuals(true, predicted) ** 2])
    sums = total(parts, weights)
    spread = sums[:, 2] - ratio(sums[:, 1] ** 2, sums[:, 0])
    flat = spread <= 1e-12 * np.maximum(sums[:, 2], 1e-300)
    return 1.0 - ratio(sums[:, 3], np.where(flat, 0.0, spread))


def median_absolute_error(truth: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Weighted median of the absolute errors, (B,), in the unit of the truth."""
    return quantiles(np.abs(residuals(truth, predicted)), [0.5], weights)[:, 0]


def residual_quantiles(
    truth: ArrayLike, predicted: ArrayLike, shares: ArrayLike, weights: ArrayLike | None = None
) -> Floats:
    """Weighted quantiles of predicted minus true, (B, len(shares))."""
    return quantiles(residuals(truth, predicted), shares, weights)


def cost_per_row(
    truth: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None, *, over: float, under: float
) -> Floats:
    """Mean cost, (B,), at `over` money per unit predicted too high and `under` per unit too low.

    >>> cost_per_row([10.0, 10.0], [12.0, 9.0], over=1.0, under=5.0).tolist()
    [3.5]
    """
    errors = residuals(truth, predicted)
    return mean(np.where(errors > 0, over * errors, -under * errors), weights)
