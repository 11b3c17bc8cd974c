"""How large a loss to expect of an answer before its truth is known: a product of one factor a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.stats.weights import Floats, Ints, rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

BINS = 16
ROUNDS_MOST = 60
RATE = 0.3
PRIOR_ROWS = 20.0
"""Rows of the usual loss that every bin starts with: a bin of few rows says little."""
COLUMNS_MOST = 64


@dataclass(frozen=True, slots=True)
class LossModel:
    """The usual loss times a factor for the bin that each column's value falls into; the last bin is for missing ones.

    edges: by matrix column, empty for one that says nothing; factors: by column, one more than edges plus the missing.
    """

    base: float
    columns: tuple[int, ...]
    edges: tuple[tuple[float, ...], ...]
    factors: tuple[tuple[float, ...], ...]

    def apply(self, matrix: Floats) -> Floats:
        """The expected loss of each row, (n,), above 0. matrix: (n, p) as it was fitted."""
        out = np.full(len(matrix), self.base)
        for column, edges, factors in zip(self.columns, self.edges, self.factors, strict=True):
            out *= np.asarray(factors)[_bin(matrix[:, column], np.asarray(edges))]
        return out

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "base": self.base,
            "columns": list(self.columns),
            "edges": [list(e) for e in self.edges],
            "factors": [list(f) for f in self.factors],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LossModel:
        """The inverse of `to_json`."""
        edges, factors = (tuple(tuple(map(float, e)) for e in data[name]) for name in ("edges", "factors"))
        return cls(float(data["base"]), tuple(data["columns"]), edges, factors)


def _bin(values: Floats, edges: Floats) -> Ints:
    known = np.isfinite(values)
    inside = np.searchsorted(edges, np.where(known, values, 0.0), side="right")
    return np.where(known, inside, len(edges) + 1).astype(np.int64)


def fit_loss(
    matrix: Floats, loss: ArrayLike, folds: Ints, weights: ArrayLike | None = None
) -> tuple[LossModel, Floats]:
    """The model with the rounds that serve rows it has not seen best, and what each row gets without its own fold, (n,).

    matrix: (n, p), NaN is missing; loss: (n,) from 0 up; folds: (n,). Rounds of multiplicative main effects, each for
    the column that explains most, by Poisson deviance: unbiased for means however skewed losses are.

    >>> x = np.repeat([[0.0], [1.0]], 500, axis=0)
    >>> model, _ = fit_loss(x, np.repeat([1.0, 3.0], 500), np.arange(1000) % 5)
    >>> model.apply(np.array([[0.0], [1.0]])).round(1).tolist()
    [1.0, 3.0]
    """
    losses = np.maximum(np.asarray(loss, dtype=np.float64), 0.0)
    weight = rows(weights, len(losses))[0].astype(np.float64)
    wide = np.arange(min(matrix.shape[1], COLUMNS_MOST)) if matrix.shape[1] <= COLUMNS_MOST else _spread(matrix, losses)
    edges = [_edges(matrix[:, c]) for c in wide]
    codes = [_bin(matrix[:, c], e) for c, e in zip(wide, edges, strict=True)]
    sizes = [len(e) + 2 for e in edges]
    paths, held_out = [], np.zeros(ROUNDS_MOST + 1)
    for fold in np.unique(folds):
        inside = weight * (folds != fold)
        path = _rounds(codes, sizes, losses, inside, ROUNDS_MOST, outside=folds == fold)
        paths.append((fold, path))
        held_out += [_deviance(losses[folds == fold], p, weight[folds == fold]) for p in path.outside]
    best = int(np.argmin(held_out))
    out = np.empty(len(losses))
    for fold, path in paths:
        out[folds == fold] = path.outside[best]
    final = _rounds(codes, sizes, losses, weight, best, outside=np.zeros(len(losses), dtype=bool))
    used = [i for i, f in enumerate(final.factors) if not np.allclose(f, 1.0)]
    model = LossModel(
        final.base,
        tuple(int(wide[i]) for i in used),
        tuple(tuple(edges[i].tolist()) for i in used),
        tuple(tuple(final.factors[i].tolist()) for i in used),
    )
    return model, out


def _spread(matrix: Floats, losses: Floats) -> Ints:
    """The columns whose ranks go with the loss most, by a correlation on up to 5,000 rows."""
    some = np.linspace(0, len(losses) - 1, min(len(losses), 5000)).astype(np.int64)
    ranks = np.argsort(np.argsort(losses[some])).astype(np.float64)
    values = np.nan_to_num(matrix[some].astype(np.float64))
    values = np.argsort(np.argsort(values, axis=0), axis=0).astype(np.float64)
    centred = values - values.mean(axis=0)
    strength = np.abs(centred.T @ (ranks - ranks.mean()))
    return np.sort(np.argsort(-strength, kind="stable")[:COLUMNS_MOST])


def _edges(values: Floats) -> Floats:
    known = values[np.isfinite(values)].astype(np.float64)
    if not len(known):
        return np.empty(0)
    cuts = np.quantile(known, np.linspace(0.0, 1.0, BINS + 1)[1:-1], method="inverted_cdf")
    return np.unique(cuts[cuts > known.min()])


@dataclass(slots=True)
class _Path:
    base: float
    factors: list[Floats]
    outside: list[Floats]


def _rounds(
    codes: list[Ints], sizes: list[int], losses: Floats, weight: Floats, rounds: int, *, outside: np.ndarray
) -> _Path:
    """Fit on rows by weight, and keep what the rows outside get after each round."""
    whole = float(weight.sum())
    base = max(float(weight @ losses) / whole if whole else 0.0, 1e-300)
    said, factors = np.full(len(losses), base), [np.ones(s) for s in sizes]
    path = [said[outside]]
    seen = [np.bincount(c, weight * losses, minlength=s) for c, s in zip(codes, sizes, strict=True)]
    prior = PRIOR_ROWS * base
    for _ in range(rounds):
        best, best_gain, best_step = -1, 0.0, np.empty(0)
        for i, (code, size) in enumerate(zip(codes, sizes, strict=True)):
            step = (seen[i] + prior) / (np.bincount(code, weight * said, minlength=size) + prior)
            gain = float(seen[i] @ np.log(step))
            if gain > best_gain:
                best, best_gain, best_step = i, gain, step**RATE
        if best >= 0:
            factors[best] *= best_step
            said = said * best_step[codes[best]]
            correction = float(weight @ losses) / max(float(weight @ said), 1e-300)
            said, base = said * correction, base * correction
        path.append(said[outside])
    return _Path(base, factors, path)


def _deviance(loss: Floats, said: Floats, weight: Floats) -> float:
    """Poisson deviance up to what does not depend on the answer."""
    return float(weight @ (said - loss * np.log(np.maximum(said, 1e-300))))
