"""What the levels of a category usually end in, as numbers, for boosters that know numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ownproof.core.dataset import Encoded

_ROWS: Final = 10.0  # imaginary rows of the overall mean that a level starts from
_CLASSES_MOST: Final = 10
_FOLDS: Final = 5
FLAG: Final = 2  # up to so many levels the code itself says it all


@dataclass(frozen=True, slots=True, eq=False)
class LevelMeans:
    """A matrix (n, p) gets `width` more columns: for each categorical column, the means of its row's level.

    categorical: (c,) positions in the matrix; levels: (c,). table: float32 (sum of levels + 1, outputs), a block for
    each column whose last row is that of missing and unknown codes. Values are distances from the overall mean, drawn
    towards it by ten imaginary rows (Micci-Barreca 2001): of the second of two classes, of up to ten of several
    classes, or of the number in standard deviations.
    """

    categorical: NDArray[np.int64]
    levels: NDArray[np.int64]
    table: NDArray[np.float32]

    @property
    def width(self) -> int:
        """How many columns are added."""
        return len(self.categorical) * self.table.shape[1] if len(self.categorical) else 0

    @property
    def starts(self) -> NDArray[np.int64]:
        """The first row (c,) of each column's block in the table."""
        return np.asarray(np.cumsum(self.levels + 1) - self.levels - 1, np.int64)

    def places(self, matrix: NDArray[np.float32]) -> NDArray[np.int64]:
        """The row (n, c) of the table for each categorical cell."""
        x = matrix[:, self.categorical]
        with np.errstate(invalid="ignore"):
            known = (x >= 0) & (x < self.levels)
            return np.where(known, x, self.levels).astype(np.int64) + self.starts

    def apply(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """The matrix with the means beside it, float32 (n, p + width)."""
        if not self.width:
            return matrix
        return np.concatenate([matrix, self.table[self.places(matrix)].reshape(len(matrix), -1)], axis=1)

    @classmethod
    def fit(
        cls, encoded: Encoded, outcome: NDArray[np.float64], weight: NDArray[np.float64] | None, *, above: int = FLAG
    ) -> LevelMeans:
        """The table from all rows. outcome: (n, outputs), as `outcomes` makes it; above: columns of so many levels or
        fewer get no means."""
        chosen = [i for i in encoded.categorical if encoded.features[i].levels > above]
        empty = cls(
            np.array(chosen, np.int64),
            np.array([encoded.features[i].levels for i in chosen], np.int64),
            np.empty((0, outcome.shape[1]), np.float32),
        )
        if not chosen:
            return empty
        places = empty.places(encoded.matrix)
        return cls(empty.categorical, empty.levels, _table(places, outcome, weight, int((empty.levels + 1).sum())))

    def out_of_fold(
        self,
        matrix: NDArray[np.float32],
        outcome: NDArray[np.float64],
        weight: NDArray[np.float64] | None,
        *,
        seed: int,
    ) -> NDArray[np.float32]:
        """As `apply`, but each row's means come from the other folds, so that no row sees its own outcome."""
        if not self.width:
            return matrix
        places, means = self.places(matrix), np.empty((len(matrix), self.width), np.float32)
        fold = np.random.default_rng(seed).permutation(len(matrix)) % _FOLDS
        for i in range(_FOLDS):
            rest, held = np.flatnonzero(fold != i), np.flatnonzero(fold == i)
            some = _table(places[rest], outcome[rest], None if weight is None else weight[rest], len(self.table))
            means[held] = some[places[held]].reshape(len(held), -1)
        return np.concatenate([matrix, means], axis=1)


def outputs(answers: int) -> int:
    """How many means a level gets where a row has so many answers.

    >>> outputs(1), outputs(2), outputs(4), outputs(30)
    (1, 1, 4, 10)
    """
    return min(answers, _CLASSES_MOST) if answers > 2 else 1


def outcomes(truth: NDArray[Any], classes: int) -> NDArray[np.float64]:
    """The truth as float64 (n, outputs) whose means say something of a level.

    >>> outcomes(np.array([0, 1, 1]), 2).tolist()
    [[0.0], [1.0], [1.0]]
    """
    if not classes:
        return np.asarray((truth - truth.mean()) / (truth.std() or 1.0), np.float64)[:, None]
    if classes == 2:
        return truth.astype(np.float64)[:, None]
    counts = np.bincount(truth, minlength=classes)
    often: Sequence[int] = np.sort(np.argsort(-counts, kind="stable")[:_CLASSES_MOST]).tolist()
    return np.column_stack([truth == i for i in often]).astype(np.float64)


def _table(
    places: NDArray[np.int64], outcome: NDArray[np.float64], weight: NDArray[np.float64] | None, size: int
) -> NDArray[np.float32]:
    """Smoothed distances from the overall mean, (size, outputs)."""
    heavy = np.ones(len(outcome)) if weight is None else weight
    overall = (
        np.average(outcome, axis=0, weights=heavy) if len(outcome) and heavy.sum() > 0 else np.zeros(outcome.shape[1])
    )
    table = np.empty((size, outcome.shape[1]), np.float32)
    flat, each = places.ravel(), np.repeat(heavy, places.shape[1])
    rows = np.bincount(flat, each, size)
    for j in range(outcome.shape[1]):
        away = np.repeat(heavy * (outcome[:, j] - overall[j]), places.shape[1])
        table[:, j] = np.bincount(flat, away, size) / (rows + _ROWS)
    return table
