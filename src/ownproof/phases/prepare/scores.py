"""What thousands of small signs add up to: linear weights learnt from the truth, and sums no row's own truth is in."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ownproof.core.input import Weighs
from ownproof.core.terms import Terms

if TYPE_CHECKING:
    import polars as pl

Floats: TypeAlias = NDArray[np.float64]
Fit: TypeAlias = Callable[[NDArray[np.bool_] | NDArray[np.int64], float], tuple[Floats, Floats]]

STRENGTHS: Final = (0.3, 1.0, 3.0, 10.0)
"""The inverse of the ridge penalty, the strictest first."""
ROWS_LEAST: Final = 50
ROWS_MOST: Final = 50_000  # weights are fitted on so many rows at most
CLASSES_MOST: Final = 30  # the most frequent ones get a score; the others share one
_ABSENT: Final = -12.0  # the score of a class that was never seen, against the others'


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """A column's code with weights, and its training rows' scores, float32 (n, outputs), each from the other folds."""

    code: Mapping[str, Any]
    scores: NDArray[np.float32]


def learn(
    kind: Weighs, code: Mapping[str, Any], column: pl.Series, truth: NDArray[Any], *, weight: Floats | None
) -> Learnt | None:
    """Weights for the terms of a column; None where the truth has no number, or weights foretell nothing held out.

    Equal cells lie in one fold, chosen by their hash: a text that comes twice cannot hand its truth on.
    """
    from threadpoolctl import threadpool_limits

    known = column.is_not_null().to_numpy()
    if truth.dtype.kind not in "iuf" or int(known.sum()) < ROWS_LEAST:
        return None
    terms = kind.terms(column)
    outcome = _outcome(truth)
    if not terms.width or outcome is None:
        return None
    keys = kind.keys(column)  # type: ignore[attr-defined]  # an input kind can hash its cells
    folds = 5 if len(column) <= 5000 else 3
    fold = (keys % np.uint64(folds)).astype(np.int64)
    heavy = np.ones(len(column)) if weight is None else weight / max(float(weight.mean()), 1e-300)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # near enough: a fit that was stopped is compared like any other
        return _crossed(kind, code, terms, _Sparse.of(terms, outcome, heavy, known=known, fold=fold))


def _outcome(truth: NDArray[Any]) -> NDArray[Any] | None:
    """Class places int64, or numbers in standard deviations float64; None where all are the same."""
    if truth.dtype.kind == "f":
        spread = float(np.std(truth))
        return (truth - truth.mean()) / spread if spread > 0 else None
    classes, place, counts = np.unique(truth, return_inverse=True, return_counts=True)
    if len(classes) > CLASSES_MOST:
        rank = np.empty(len(classes), np.int64)
        rank[np.argsort(-counts, kind="stable")] = np.arange(len(classes))
        place = np.minimum(rank[place], CLASSES_MOST - 1)
    return place.astype(np.int64) if len(classes) > 1 else None


@dataclass(frozen=True, slots=True, eq=False)
class _Sparse:
    """The terms as a CSR matrix, with what is to be foretold."""

    cells: Any
    outcome: NDArray[Any]
    weight: Floats
    known: NDArray[np.bool_]
    fold: NDArray[np.int64]

    @classmethod
    def of(
        cls, terms: Terms, outcome: NDArray[Any], weight: Floats, *, known: NDArray[np.bool_], fold: NDArray[np.int64]
    ) -> _Sparse:
        from scipy import sparse

        shape = (len(outcome), terms.width)
        return cls(sparse.csr_matrix((terms.values, terms.places, terms.starts), shape), outcome, weight, known, fold)

    @property
    def outputs(self) -> int:
        """One for numbers and two classes, else one a class."""
        classes = 1 if self.outcome.dtype.kind == "f" else int(self.outcome.max()) + 1
        return 1 if classes == 2 else classes

    def rows(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Some known rows to learn from, evenly thinned where they are many."""
        at = np.flatnonzero(chosen & self.known)
        return at[:: max(1, -(-len(at) // ROWS_MOST))]

    def fit(self, rows: NDArray[np.int64], strength: float) -> tuple[Floats, Floats]:
        """Weights (width, outputs) and bias (outputs,)."""
        x, y, w = self.cells[rows], self.outcome[rows], self.weight[rows]
        if y.dtype.kind == "f":
            from sklearn.linear_model import Ridge

            model = Ridge(alpha=1.0 / strength, solver="sparse_cg", tol=1e-3, max_iter=100)
            model.fit(x, y, sample_weight=w)
            return np.asarray(model.coef_, np.float64).reshape(-1, 1), np.array([float(np.squeeze(model.intercept_))])
        return self._logistic(x, y, w, strength)

    def _logistic(self, x: Any, y: NDArray[np.int64], w: Floats, strength: float) -> tuple[Floats, Floats]:
        from sklearn.linear_model import LogisticRegression

        present = np.unique(y)
        weights = np.zeros((x.shape[1], self.outputs))
        bias = np.full(self.outputs, _ABSENT)
        if len(present) == 1:
            bias[:] = 0.0 if self.outputs > 1 else (-_ABSENT if present[0] else _ABSENT)
            return weights, bias
        model = LogisticRegression(C=strength, tol=1e-3, max_iter=100 if self.outputs == 1 else 50)
        model.fit(x, y, sample_weight=w)
        coef, intercept = np.asarray(model.coef_, np.float64), np.asarray(model.intercept_, np.float64)
        if self.outputs > 1 and len(present) == 2:
            coef, intercept = np.concatenate([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
        at = present if self.outputs > 1 else [0]
        weights[:, at], bias[at] = coef.T, intercept
        return weights, bias

    def score(self, rows: NDArray[Any], fitted: tuple[Floats, Floats]) -> Floats:
        """Sums (n, outputs)."""
        return np.asarray(self.cells[rows] @ fitted[0] + fitted[1])

    def loss(self, rows: NDArray[Any], scores: Floats) -> float:
        """The mean log-loss, or squared error."""
        y = self.outcome[rows]
        if y.dtype.kind == "f":
            lost = (y - scores[:, 0]) ** 2
        else:
            full = np.column_stack([np.zeros(len(y)), scores]) if self.outputs == 1 else scores
            lost = np.logaddexp.reduce(full, axis=1) - full[np.arange(len(y)), y]
        return float(np.average(lost, weights=self.weight[rows])) if len(y) else float("inf")


def _crossed(kind: Weighs, code: Mapping[str, Any], terms: Terms, table: _Sparse) -> Learnt | None:
    """Every known row scored by weights of the other folds; one strength for all, found on the first."""
    scores = np.full((len(table.outcome), table.outputs), np.nan)
    strength, first = _strength(table)
    for i in range(int(table.fold.max()) + 1):
        held = np.flatnonzero((table.fold == i) & table.known)
        rest = table.rows(table.fold != i)
        if not len(held):
            continue
        if len(rest) < ROWS_LEAST // 2:
            return None
        scores[held] = table.score(held, first if i == 0 else table.fit(rest, strength))
    at = np.flatnonzero(table.known)
    if not table.loss(at, scores[at]) < _without(table, at):
        return None
    weights, bias = table.fit(table.rows(table.known), strength)
    return Learnt(kind.weighed(code, terms, weights, bias), scores.astype(np.float32))


def _strength(table: _Sparse) -> tuple[float, tuple[Floats, Floats]]:
    """The strength whose weights lose least on the first fold, and those; the path ends when the loss rises."""
    held, rest = np.flatnonzero((table.fold == 0) & table.known), table.rows(table.fold != 0)
    best, least = None, float("inf")
    for strength in STRENGTHS:
        fitted = table.fit(rest, strength)
        loss = table.loss(held, table.score(held, fitted)) if len(held) else 0.0
        if best is not None and not loss < least:
            break
        best, least = (strength, fitted), loss
    assert best is not None  # noqa: S101 - there is at least one strength
    return best


def _without(table: _Sparse, rows: NDArray[np.int64]) -> float:
    """The loss of the overall answer."""
    y, w = table.outcome[rows], table.weight[rows]
    if y.dtype.kind == "f":
        return float(np.average((y - np.average(y, weights=w)) ** 2, weights=w))
    share = np.bincount(y, w)
    share = share[share > 0] / share.sum()
    return float(-(share * np.log(share)).sum())
