"""Measures of decided classes and of their probabilities, all from weights of shape (B, n)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ownproof.stats.weights import Floats, Weights, by_block, mean, ratio, rows, take

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def confusion(truth: ArrayLike, decision: ArrayLike, weights: ArrayLike | None, k: int) -> Floats:
    """Weighted confusion matrices, (B, k, k): axis 1 is the truth, axis 2 the decision.

    truth, decision: (n,) codes 0..k-1; weights: (B, n), (n,) or None. Raises ValueError on a code outside.

    >>> confusion([0, 0, 1], [0, 1, 1], None, 2).tolist()
    [[[1.0, 1.0], [0.0, 1.0]]]
    """
    true, said = np.asarray(truth, dtype=np.int64), np.asarray(decision, dtype=np.int64)
    for name, codes in (("truth", true), ("decision", said)):
        if codes.size and (codes.min() < 0 or codes.max() >= k):
            raise ValueError(f"{name} must hold codes 0..{k - 1}, got {codes.min()}..{codes.max()}")
    table = rows(weights, len(true))
    cell = true * k + said
    order = np.argsort(cell, kind="stable")
    present, starts = np.unique(cell[order], return_index=True)

    def kernel(block: Weights) -> Floats:
        counts = np.zeros((len(block), k * k))
        if len(present):
            counts[:, present] = np.add.reduceat(take(block, order), starts, axis=1)
        return counts.reshape(-1, k, k)

    return by_block(kernel, table)


def _diagonal(matrices: Floats) -> Floats:
    return np.diagonal(matrices, axis1=1, axis2=2)


def accuracy(matrices: Floats) -> Floats:
    """Share of decisions that are right, (B,), 0..1, from confusion matrices (B, k, k)."""
    return ratio(_diagonal(matrices).sum(axis=1), matrices.sum(axis=(1, 2)))


def recalls(matrices: Floats) -> Floats:
    """Recall of every class, (B, k); NaN for a class without rows."""
    return ratio(_diagonal(matrices), matrices.sum(axis=2))


def precisions(matrices: Floats) -> Floats:
    """Precision of every class, (B, k); NaN for a class never decided."""
    return ratio(_diagonal(matrices), matrices.sum(axis=1))


def f1s(matrices: Floats) -> Floats:
    """F1 of every class, (B, k): 2 TP / (2 TP + FP + FN); NaN for a class neither true nor decided."""
    return ratio(2.0 * _diagonal(matrices), matrices.sum(axis=1) + matrices.sum(axis=2))


def recall(matrices: Floats, code: int = 1) -> Floats:
    """Recall of one class, (B,)."""
    return recalls(matrices)[:, code]


def precision(matrices: Floats, code: int = 1) -> Floats:
    """Precision of one class, (B,)."""
    return precisions(matrices)[:, code]


def f1(matrices: Floats, code: int = 1) -> Floats:
    """F1 of one class, (B,)."""
    return f1s(matrices)[:, code]


def _mean_of_defined(values: Floats, shares: Floats) -> Floats:
    known = np.isfinite(values) & (shares > 0)
    kept = np.where(known, shares, 0.0)
    return ratio((np.where(known, values, 0.0) * kept).sum(axis=1), kept.sum(axis=1))


def balanced_accuracy(matrices: Floats) -> Floats:
    """Mean recall of the classes that have rows, (B,)."""
    values = recalls(matrices)
    return _mean_of_defined(values, np.ones_like(values))


def macro_f1(matrices: Floats) -> Floats:
    """Mean F1 of the classes that are true or decided somewhere, (B,)."""
    values = f1s(matrices)
    return _mean_of_defined(values, np.ones_like(values))


def weighted_f1(matrices: Floats) -> Floats:
    """F1 of the classes averaged by their true weight, (B,).

    >>> weighted_f1(confusion([0, 0, 0, 1], [0, 0, 1, 1], None, 2)).round(4).tolist()
    [0.7667]
    """
    return _mean_of_defined(f1s(matrices), matrices.sum(axis=2))


@dataclass(frozen=True, slots=True)
class PerClass:
    """Precision, recall, F1 and true weight of every class, each (B, k)."""

    precision: Floats
    recall: Floats
    f1: Floats
    support: Floats


def per_class(matrices: Floats) -> PerClass:
    """All figures of every class at once."""
    return PerClass(precisions(matrices), recalls(matrices), f1s(matrices), matrices.sum(axis=2))


def log_losses(truth: ArrayLike, proba: ArrayLike, *, floor: float = 1e-15) -> Floats:
    """Minus the log of the probability given to the true class, one a row, (n,), in nats.

    truth: (n,) codes; proba: (n, k), or (n,) for the probability of code 1. Rows are scaled to a sum of 1;
    probabilities are kept at least `floor` from 0.
    """
    shares = _two_columns(proba)
    given = shares[np.arange(len(shares)), np.asarray(truth, dtype=np.int64)]
    with np.errstate(divide="ignore", invalid="ignore"):
        losses: Floats = -np.log(np.clip(given / shares.sum(axis=1), floor, 1.0))
    return losses


def log_loss(truth: ArrayLike, proba: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Mean log loss, (B,), in nats, 0 is perfect.

    >>> log_loss([1, 0], [0.5, 0.5]).round(4).tolist()
    [0.6931]
    """
    return mean(log_losses(truth, proba), weights)


def brier(truth: ArrayLike, proba: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Mean squared error of the probabilities, (B,), 0 is perfect.

    proba (n,): that of code 1, range 0..1. proba (n, k): summed over classes, range 0..2 (Brier 1950).
    """
    codes, shares = np.asarray(truth, dtype=np.int64), np.asarray(proba, dtype=np.float64)
    if shares.ndim == 1:
        return mean((shares - (codes == 1)) ** 2, weights)
    return mean(((shares - np.eye(shares.shape[1])[codes]) ** 2).sum(axis=1), weights)


def _two_columns(proba: ArrayLike) -> Floats:
    shares = np.asarray(proba, dtype=np.float64)
    return np.column_stack([1.0 - shares, shares]) if shares.ndim == 1 else shares


def chance_log_loss(shares: ArrayLike) -> float:
    """Log loss of always answering the class shares: their entropy, in nats.

    >>> round(chance_log_loss([0.5, 0.5]), 4)
    0.6931
    """
    parts = np.asarray(shares, dtype=np.float64)
    whole = float(parts.sum())
    return -sum(p / whole * math.log(p / whole) for p in parts.tolist() if p > 0) if whole > 0 else math.nan
