"""Rows with a meaning: a lazy typed table, its schema and its fingerprint; never changed, only taken from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ownproof.core.input import Feature
from ownproof.core.schema import Schema
from ownproof.stats.hashing import Hashes

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """The float32 matrix (n, p) that learners share, with what each column of it means. NaN is missing."""

    matrix: np.ndarray
    features: tuple[Feature, ...]

    @property
    def categorical(self) -> list[int]:
        """The positions of the columns that hold codes."""
        return [i for i, f in enumerate(self.features) if f.kind == "categorical"]

    @property
    def bins(self) -> float:
        """How many different values a column has on average, counting 255 at most, in an even spread of 2,000 rows."""
        some = self._some
        return float(np.mean([min(255, len(np.unique(column))) for column in some.T])) if some.size else 1.0

    @property
    def filled(self) -> float:
        """The share of the numbers that are neither 0 nor missing, in an even spread of 2,000 rows."""
        codes = set(self.categorical)
        some = self._some[:, [i for i in range(len(self.features)) if i not in codes]]
        return float(np.mean((some != 0) & ~np.isnan(some))) if some.size else 1.0

    @property
    def _some(self) -> np.ndarray:
        return self.matrix[:: max(1, len(self.matrix) // 2000)]


Cells = tuple[str, str]
"""The name of a column and the kind that it is read as."""


@dataclass(slots=True, eq=False)
class Sums:
    """The hashes of all cells of a table's rows, summed over the columns that were asked for last, uint64 (n,).

    Sums wrap around, so that a column is taken out again by subtraction: the sealed unit and the features of a row
    differ in few columns.
    """

    frame: pl.LazyFrame | None = None
    columns: frozenset[Cells] = frozenset()
    total: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Examples of a table.

    frame: the typed table, lazily; height: its rows; fingerprint: a hash of its content.
    examples: positions of the rows that belong to this dataset, int64 (n,); None for all of them.
    truth and weights: one entry per example, where they are known. encoded: the matrix, where one was made.
    as_of: nothing known later than this moment may be looked at (series); None where it does not matter.
    sums: what `row_hashes` keeps of the whole table. marks: bool (height,), where the examples are so marked in the
    order of the table: many rows are quicker to take so.
    """

    frame: pl.LazyFrame
    schema: Schema
    fingerprint: str
    height: int
    examples: np.ndarray | None = None
    truth: np.ndarray | None = None
    weights: np.ndarray | None = None
    encoded: Encoded | None = None
    as_of: str | None = None
    sums: Sums = field(default_factory=Sums)
    marks: np.ndarray | None = None

    def __len__(self) -> int:
        return self.height if self.examples is None else len(self.examples)

    @property
    def positions(self) -> np.ndarray:
        """The rows of the table that the examples stand in, int64 (n,)."""
        return np.arange(self.height, dtype=np.int64) if self.examples is None else self.examples

    def take(self, examples: np.ndarray, as_of: str | None = None) -> Dataset:
        """Some of the examples, by their place in this dataset (int64 positions or a bool mask)."""
        where = np.flatnonzero(examples) if examples.dtype == bool else examples
        return replace(
            self,
            examples=self.positions[where],
            truth=None if self.truth is None else self.truth[where],
            weights=None if self.weights is None else self.weights[where],
            encoded=None if self.encoded is None else replace(self.encoded, matrix=self.encoded.matrix[where]),
            as_of=as_of or self.as_of,
            marks=examples if examples.dtype == bool and self.examples is None else None,
        )

    def table(self, names: Sequence[str]) -> pl.DataFrame:
        """Some columns of the examples, in memory."""
        import polars as pl

        frame = self.frame.select(list(names)).collect()
        if self.examples is None:
            return frame
        return frame[self.examples] if self.marks is None else frame.filter(pl.Series(self.marks))

    def column(self, name: str) -> pl.Series:
        """One column of the examples, in memory."""
        return self.table([name])[name]

    def weigh(self) -> np.ndarray:
        """The examples' weights, float64 (n,); ones where none were given."""
        return np.ones(len(self)) if self.weights is None else self.weights
