"""A column as plain arrays: numbers where it has a magnitude, codes of equal cells always, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ownproof.core.cells import coded
from ownproof.stats.hashing import Hashes
from ownproof.stats.ordered import count, different
from ownproof.stats.weights import Floats, Ints

if TYPE_CHECKING:
    import polars as pl

NAMED = 50
"""Levels that are known by name; a few rows of a column of more are numbered anew."""


class Coding(Protocol):
    """How codes are made of cells that are at hand."""

    def codes(self, rows: np.ndarray | None) -> Ints:
        """Of some rows (int64 positions), or of all: equal cells have equal codes, -1 is missing."""

    def __len__(self) -> int:
        """How many cells there are."""


class View:
    """What arithmetic can see of a column.

    codes: equal cells have equal codes 0 .. levels-1, missing is -1, (n,); made when they are asked for, since most
    columns of many levels are never looked at so. numbers: float64 (n,), NaN where missing; None for cells without a
    magnitude; the codes then follow the cells' own order where they have one. known: cells that are not missing.
    """

    __slots__ = ("_codes", "_ordered", "known", "levels", "numbers")

    def __init__(
        self,
        codes: Ints | Coding,
        levels: int,
        numbers: Floats | None = None,
        *,
        known: int | None = None,
        ordered: Floats | None = None,
    ) -> None:
        self._codes = codes
        self._ordered = ordered
        self.levels = levels
        self.numbers = numbers
        self.known = int((self.codes >= 0).sum()) if known is None else known

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def codes(self) -> Ints:
        """int64 (n,)."""
        if not isinstance(self._codes, np.ndarray):
            self._codes = self._codes.codes(None)
        return self._codes

    @property
    def missing(self) -> np.ndarray:
        """bool (n,)."""
        return self.codes < 0 if self.numbers is None else np.isnan(self.numbers)

    @property
    def order(self) -> Floats:
        """What sorts the cells, float64 (n,), NaN where missing."""
        return self.numbers if self.numbers is not None else np.where(self.codes < 0, np.nan, self.codes)

    @property
    def ordered(self) -> Floats:
        """The known numbers, ascending; of cells without a magnitude, the known codes."""
        if self._ordered is None:
            order = np.sort(self.order)
            self._ordered = order[: len(order) - int(np.isnan(order).sum())]
        return self._ordered

    def take(self, rows: np.ndarray) -> View:
        """Some of the rows; codes keep their numbers where there are at most 50, else their order."""
        codes = self._codes[rows] if isinstance(self._codes, np.ndarray) else self._codes.codes(rows)
        return View(codes, self.levels, None if self.numbers is None else self.numbers[rows])

    def numbered(self) -> View:
        """The same with the codes 0 .. levels-1 of the levels that occur."""
        known = self.codes >= 0
        distinct, dense = np.unique(self.codes[known], return_inverse=True)
        codes = np.full(len(self.codes), -1, dtype=np.int64)
        codes[known] = dense.reshape(-1)
        return View(codes, len(distinct), self.numbers)


def view(column: pl.Series, keys: Callable[[], Hashes], *, distinct: int | None = None) -> View:
    """A typed column as arrays.

    keys: gives the stable hashes of its cells, for cells of which nothing else is known. distinct: how many different
    texts there are, where that is known.

    Texts are coded by length, then by alphabet, so that `row 9` stands before `row 10`.
    """
    import polars as pl

    dtype = column.dtype
    if _has_magnitude(column):
        return of_numbers(numbers_of(column))
    if dtype == pl.String:
        levels = column.n_unique() - (column.null_count() > 0) if distinct is None else distinct
        few = _in_order(column.unique()) if levels <= NAMED else None
        return View(_Texts(column, few), levels, known=len(column) - column.null_count())
    missing = column.is_null().to_numpy()
    return _of_codes(np.unique(keys(), return_inverse=True)[1].reshape(-1), missing)


def arranged(column: pl.Series, whole: View) -> pl.Series:
    """The same cells, in their order where that is known already: profiles are made of them more quickly then."""
    import polars as pl

    if column.dtype != pl.Float64:
        return column
    cells = np.append(whole.ordered, np.full(len(whole) - whole.known, np.nan))
    return pl.Series(column.name, cells).set_sorted()


def levels_of(column: pl.Series, whole: View) -> list[Any]:
    """The different cells of a column by their codes."""
    import polars as pl

    if column.dtype == pl.String:
        return _in_order(column.unique()).to_list()
    if _has_magnitude(column):
        cells = column.drop_nulls().unique().sort().to_list()
        return [cell for cell in cells if cell == cell]  # noqa: PLR0124 - NaN is missing, and does not equal itself
    known = np.flatnonzero(whole.codes >= 0)
    return [column[int(row)] for row in known[np.unique(whole.codes[known], return_index=True)[1]]]


def _has_magnitude(column: pl.Series) -> bool:
    import polars as pl

    return column.dtype.is_numeric() or column.dtype.is_temporal() or column.dtype == pl.Boolean


def numbers_of(column: pl.Series) -> Floats:
    """Numbers, moments, spans and booleans as float64 (n,), NaN where missing."""
    import polars as pl

    plain = column.to_physical() if column.dtype.is_temporal() else column
    return plain.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def of_numbers(numbers: Floats) -> View:
    """Numbers with codes in their order."""
    ordered = np.sort(numbers)
    ordered = ordered[: len(ordered) - int(np.isnan(ordered).sum())]
    levels = count(ordered)
    few = different(ordered) if levels <= NAMED else None
    return View(_Numbers(numbers, few), levels, numbers, known=len(ordered), ordered=ordered)


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """few: the different numbers, ascending, where they are few."""

    numbers: Floats
    few: Floats | None

    def __len__(self) -> int:
        return len(self.numbers)

    def codes(self, rows: np.ndarray | None) -> Ints:
        numbers = self.numbers if rows is None else self.numbers[rows]
        known = ~np.isnan(numbers)
        codes = np.full(len(numbers), -1, dtype=np.int64)
        if self.few is not None:
            codes[known] = np.searchsorted(self.few, numbers[known])
        else:
            codes[known] = np.unique(numbers[known], return_inverse=True)[1].reshape(-1)
        return codes


@dataclass(frozen=True, slots=True, eq=False)
class _Texts:
    """few: the different texts by length and alphabet, where they are few."""

    texts: pl.Series
    few: pl.Series | None

    def __len__(self) -> int:
        return len(self.texts)

    def codes(self, rows: np.ndarray | None) -> Ints:
        codes, levels = coded(self.texts if rows is None else self.texts.gather(rows))
        ordered = _in_order(levels) if self.few is None else self.few
        place = np.full(len(levels) + 1, -1, dtype=np.int64)
        if len(levels):
            place[: len(levels)] = levels.replace_strict(ordered, np.arange(len(ordered))).to_numpy()
        return place.take(codes)


def _in_order(texts: pl.Series) -> pl.Series:
    """Different texts by their length, then by alphabet."""
    import polars as pl

    table = pl.DataFrame({"level": texts.drop_nulls()})
    return table.sort(pl.col("level").str.len_bytes(), "level")["level"]


def _of_codes(codes: np.ndarray, missing: np.ndarray) -> View:
    return View(np.where(missing, -1, codes).astype(np.int64), 0).numbered()
