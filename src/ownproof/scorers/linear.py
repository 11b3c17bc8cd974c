"""Answers of a linear model from `model.json` and `weights.npz`, with numpy alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.errors import InputError
from ownproof.stats.linear import Expansion, Linear, linked

__all__ = ["Expansion", "Linear", "LinearScorer"]

_ROWS = 8192


class LinearScorer:
    """A linear model over standardised numbers and category codes. Safe to share between threads."""

    name: ClassVar[str] = "linear"
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    shared: ClassVar[Literal[True]] = True

    def __init__(self, model: Linear) -> None:
        self._model = model
        e = model.expansion
        self._dense, self._starts = e.dense_columns, e.starts
        self._squares, self._gaps = np.flatnonzero(e.squared), np.flatnonzero(e.indicated)
        self._levels = e.levels.astype(np.float64)
        self._weights = np.ascontiguousarray(model.weights[: self._dense])

    @classmethod
    def load(cls, folder: Path) -> LinearScorer:
        """Open the two files. Raises InputError when they are not those of a linear model."""
        path = Path(folder) / "model.json"
        try:
            says = json.loads(path.read_text("utf-8"))
            with np.load(path.with_name("weights.npz"), allow_pickle=False) as arrays:
                return cls(Linear.from_json(says, dict(arrays)))
        except (OSError, ValueError, KeyError, TypeError, EOFError) as why:
            raise InputError(
                f"the model cannot be opened: {why}",
                expected="model.json and weights.npz of a linear model",
                hint="package the model again",
                where=path.name,
                code="model-unreadable",
            ) from why

    def score(self, batch: NDArray[np.float32]) -> NDArray[np.float64]:
        """Answers of a matrix (n, p): probabilities (n, k) or numbers (n,)."""
        matrix = np.asarray(batch, np.float32)
        return np.concatenate([self._model.answer(matrix[i : i + _ROWS]) for i in range(0, max(len(matrix), 1), _ROWS)])

    def score_one(self, row: NDArray[np.float32]) -> NDArray[np.float64]:
        """The answer of one row (p,): probabilities (k,) or a number (); the same steps as for a batch, and bits."""
        e = self._model.expansion
        x = row[e.numeric].astype(np.float64)
        missing = np.isnan(x)
        z = (x - e.mean) / e.sd
        if e.clip < np.inf:
            z = np.minimum(np.maximum(z, -e.clip), e.clip)
        z[missing] = 0.0
        parts = [z]
        if self._squares.size:
            parts.append(z[self._squares] ** 2)
        if self._gaps.size:
            parts.append(missing[self._gaps].astype(np.float64))
        dense = np.concatenate(parts) if len(parts) > 1 else z
        terms = [self._model.bias[None], dense[:, None] * self._weights]
        if e.categorical.size:
            codes = row[e.categorical].astype(np.float64)
            known = (codes >= 0) & (codes < self._levels)
            terms.append(self._model.weights[np.where(known, codes, self._levels).astype(np.int64) + self._starts])
        scores = np.add.accumulate(np.concatenate(terms), axis=0)[-1:]
        return np.asarray(linked(scores, self._model.link)[0])
