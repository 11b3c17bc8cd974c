"""The columns that a linear model is fitted on: written out, or sparse where most cells say nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.linear import Expansion

Solve: TypeAlias = Callable[[float], tuple[NDArray[np.float64], float]]

FULL: Final = 0.3  # with a larger share of cells that say something, written-out columns are faster
_MOSTLY: Final = 0.5  # a number that is 0 in a larger share of the rows is told by its distance from 0
_BLOCK: Final = 4096  # rows that are written out at a time
_LOOKED_AT: Final = 2000
PRODUCTS_UP_TO: Final = 2000  # columns


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """cells: (n, columns) of float64, an array or a CSR matrix; origin: (columns,), what was taken from the expansion's
    columns so that their usual value is 0.

    Weights w and a bias b on these cells are the weights w and the bias b - origin @ w on the expansion's.
    """

    cells: Any
    origin: NDArray[np.float64]

    @property
    def sparse(self) -> bool:
        """Whether the cells are a CSR matrix."""
        return not isinstance(self.cells, np.ndarray)

    @classmethod
    def of(cls, expansion: Expansion, matrix: NDArray[np.float32]) -> Columns:
        """The form that is faster to fit on."""
        some = matrix[:: max(1, len(matrix) // _LOOKED_AT)]
        origin = _origin(expansion, some)
        told = expansion.dense(some) != origin[: expansion.dense_columns]
        full = (int(told.sum()) + some.shape[0] * len(expansion.categorical)) / (len(some) * expansion.columns)
        if full > FULL:
            return cls(expansion.apply(matrix), np.zeros(expansion.columns))
        return cls(_sparse(expansion, matrix, origin), origin)


def _origin(expansion: Expansion, some: NDArray[np.float32]) -> NDArray[np.float64]:
    """The value that a 0 of the matrix becomes, for the columns of numbers that are mostly 0; else 0."""
    idle = np.mean(some[:, expansion.numeric] == 0, axis=0) > _MOSTLY
    nothing = expansion.dense(np.zeros((1, expansion.features), np.float32))[0]
    flags = np.zeros(int(expansion.indicated.sum()), np.bool_)
    chosen = np.concatenate([idle, idle[expansion.squared], flags])
    return np.concatenate([np.where(chosen, nothing, 0.0), np.zeros(expansion.columns - expansion.dense_columns)])


def _sparse(expansion: Expansion, matrix: NDArray[np.float32], origin: NDArray[np.float64]) -> Any:
    """All columns as CSR, a block of rows at a time."""
    from scipy import sparse

    dense, codes = expansion.dense_columns, len(expansion.categorical)
    blocks = []
    for start in range(0, len(matrix), _BLOCK):
        rows = matrix[start : start + _BLOCK]
        block = sparse.csr_matrix(expansion.dense(rows) - origin[:dense])
        if codes:
            places = np.sort(expansion.places(rows), axis=1) - dense
            ones = sparse.csr_matrix(
                (np.ones(places.size), places.ravel(), np.arange(0, places.size + 1, codes)),
                shape=(len(rows), expansion.columns - dense),
            )
            block = sparse.hstack([block, ones], format="csr")
        blocks.append(block)
    return sparse.vstack(blocks, format="csr")


def ridge(columns: Columns, truth: NDArray[np.float64], weight: NDArray[np.float64] | None) -> Solve:
    """A function from a penalty to (weights (columns,), bias): least squares plus penalty x the squared weights.

    The products of the columns are added up once for all penalties, and the bias is free. So many columns that their
    products would not fit are solved by conjugate gradients.
    """
    from scipy import linalg

    if len(columns.origin) > PRODUCTS_UP_TO:
        return _by_steps(columns, truth, weight)
    heavy = np.ones(len(truth)) if weight is None else weight
    whole, cells = float(heavy.sum()), columns.cells
    mean = np.asarray(cells.T @ heavy).ravel() / whole
    weighted = cells.multiply(heavy[:, None]).tocsr() if columns.sparse else cells * heavy[:, None]
    products = cells.T @ weighted
    products = np.asarray(products.todense() if columns.sparse else products) - whole * np.outer(mean, mean)
    level = float(heavy @ truth) / whole
    told = np.asarray(cells.T @ (heavy * (truth - level))).ravel()

    def solve(penalty: float) -> tuple[NDArray[np.float64], float]:
        lifted = products + penalty * np.eye(len(mean))
        weights = linalg.solve(lifted, told, assume_a="pos", overwrite_a=True, check_finite=False)
        return weights, level - float(mean @ weights)

    return solve


def _by_steps(columns: Columns, truth: NDArray[np.float64], weight: NDArray[np.float64] | None) -> Solve:
    from sklearn.linear_model import Ridge

    def solve(penalty: float) -> tuple[NDArray[np.float64], float]:
        model = Ridge(alpha=penalty, solver="sparse_cg", tol=1e-4).fit(columns.cells, truth, sample_weight=weight)
        return np.asarray(model.coef_, np.float64).ravel(), float(np.squeeze(model.intercept_))

    return solve
