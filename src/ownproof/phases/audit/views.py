"""A column as plain arrays: numbers where it has a magnitude, codes of equal cells always, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ownproof.stats.hashing import Hashes
from ownproof.stats.weights import Floats, Ints

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What arithmetic can see of a column.

    codes: equal cells have equal codes 0 .. levels-1, missing is -1, (n,). numbers: float64 (n,), NaN where missing;
    None for cells without a magnitude; the codes then follow the cells' own order where they have one.
    """

    codes: Ints
    levels: int
    numbers: Floats | None = None

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def missing(self) -> np.ndarray:
        """bool (n,)."""
        return self.codes < 0

    @property
    def order(self) -> Floats:
        """What sorts the cells, float64 (n,), NaN where missing."""
        return self.numbers if self.numbers is not None else np.where(self.codes < 0, np.nan, self.codes)

    def take(self, rows: np.ndarray) -> View:
        """Some of the rows; codes keep their numbers."""
        return View(self.codes[rows], self.levels, None if self.numbers is None else self.numbers[rows])

    def numbered(self) -> View:
        """The same with the codes 0 .. levels-1 of the levels that occur."""
        known = self.codes >= 0
        distinct, dense = np.unique(self.codes[known], return_inverse=True)
        codes = np.full(len(self.codes), -1, dtype=np.int64)
        codes[known] = dense.reshape(-1)
        return View(codes, len(distinct), self.numbers)


def view(column: pl.Series, keys: Hashes) -> View:
    """A typed column as arrays. keys: the stable hashes of its cells, for cells of which nothing else is known.

    Texts are coded by length, then by alphabet, so that `row 9` stands before `row 10`.
    """
    import polars as pl

    dtype = column.dtype
    if dtype.is_numeric() or dtype.is_temporal() or dtype == pl.Boolean:
        return of_numbers(numbers_of(column))
    if dtype == pl.String:
        return _of_texts(column)
    missing = column.is_null().to_numpy()
    return _of_codes(np.unique(keys, return_inverse=True)[1].reshape(-1), missing)


def numbers_of(column: pl.Series) -> Floats:
    """Numbers, moments, spans and booleans as float64 (n,), NaN where missing."""
    import polars as pl

    plain = column.to_physical() if column.dtype.is_temporal() else column
    return plain.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def of_numbers(numbers: Floats) -> View:
    """Numbers with codes in their order."""
    known = ~np.isnan(numbers)
    distinct, dense = np.unique(numbers[known], return_inverse=True)
    codes = np.full(len(numbers), -1, dtype=np.int64)
    codes[known] = dense.reshape(-1)
    return View(codes, len(distinct), numbers)


def _of_texts(column: pl.Series) -> View:
    import polars as pl

    levels = pl.DataFrame({"level": column.unique().drop_nulls()}).sort(pl.col("level").str.len_bytes(), "level")[
        "level"
    ]
    if levels.is_empty():
        return View(np.full(len(column), -1, dtype=np.int64), 0)
    coded = column.replace_strict(
        levels, pl.Series(np.arange(len(levels), dtype=np.int64)), default=None, return_dtype=pl.Int64
    )
    return View(coded.fill_null(-1).to_numpy(), len(levels))


def _of_codes(codes: np.ndarray, missing: np.ndarray) -> View:
    return View(np.where(missing, -1, codes).astype(np.int64), 0).numbered()
