"""Who said what of which item: the noun that agreement is measured on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ownproof.core.rated import RatingKind, answers, ranked
from ownproof.errors import InputError, all_at_once

if TYPE_CHECKING:
    import polars as pl

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """A property of items by which agreement is told apart. codes: (items,) into `names`, -1 where it is not known."""

    names: tuple[str, ...]
    codes: Codes


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """One answer of one rater to one item a row, (n,); no rater answers an item twice.

    values: the distinct answers from the lowest to the highest: text, numbers (interval, ratio) or tuples of
    (start, end, label) with () where nothing is marked (spans). item, rater, value: codes into the names. at: seconds
    since 1970, NaN where it is not known. lengths: characters of each item's text (spans). replaced: earlier answers of
    a rater that a later one stands for; changed: those that were another; unanswered: rows without an answer.
    """

    items: tuple[str, ...]
    raters: tuple[str, ...]
    values: tuple[Any, ...]
    item: Codes
    rater: Codes
    value: Codes
    kind: RatingKind = "nominal"
    at: NDArray[np.float64] | None = None
    slices: Mapping[str, Slice] = field(default_factory=dict)
    lengths: NDArray[np.int64] | None = None
    replaced: int = 0
    changed: int = 0
    unanswered: int = 0

    def __len__(self) -> int:
        """How many answers there are."""
        return len(self.item)

    @classmethod
    def of(
        cls,
        items: Sequence[Any],
        raters: Sequence[Any],
        cells: Sequence[Any],
        *,
        kind: RatingKind = "nominal",
        order: Sequence[str] = (),
        at: Sequence[float] | None = None,
        slices: Mapping[str, Mapping[str, str]] | None = None,
        lengths: Mapping[str, int] | None = None,
    ) -> Ratings:
        """Ratings from rows in the order in which they were written; a later answer of a rater replaces the earlier.

        cells: what `core.rated.answers` reads. slices: for each property its value by item; lengths: characters by item.

        >>> r = Ratings.of(["a", "a", "b", "a"], ["x", "y", "x", "x"], ["no", "no", "yes", "yes"])
        >>> [(r.items[i], r.raters[j], r.values[v]) for i, j, v in zip(r.item, r.rater, r.value)]
        [('a', 'y', 'no'), ('b', 'x', 'yes'), ('a', 'x', 'yes')]
        """
        item_names, item = _coded([str(i) for i in items])
        rater_names, rater = _coded([str(r) for r in raters])
        keys = [c if c is None or isinstance(c, (str, int, float)) else repr(c) for c in cells]
        _, cell = _coded(keys)
        distinct = _first_of(cells, cell)
        rows = _Rows(item_names, rater_names, distinct, item, rater, cell)
        return _built(
            rows,
            kind,
            order=order,
            at=None if at is None else np.asarray(at, dtype=np.float64),
            slices={name: _slice([by.get(i) for i in item_names]) for name, by in (slices or {}).items()},
            lengths=None if lengths is None else np.array([lengths.get(i, 0) for i in item_names], dtype=np.int64),
        )

    @classmethod
    def from_frame(
        cls,
        frame: pl.DataFrame,
        *,
        item: str,
        rater: str,
        label: str,
        kind: RatingKind = "nominal",
        order: Sequence[str] = (),
        time: str | None = None,
        text: str | None = None,
        slices: Sequence[str] = (),
        where: str = "",
    ) -> Ratings:
        """Ratings from a table with a row an answer. time: a column of numbers or moments; later replaces earlier.

        text: the column that was marked, for the lengths of spans. Rows without item or rater count as unanswered.
        Raises InputError, for every column that is not there at once.
        """
        import polars as pl

        named = {"--item": item, "--rater": rater, "--label": label}
        named |= {k: v for k, v in (("--time", time), ("--text", text)) if v}
        wanted = [*named.items(), *(("--slice", s) for s in slices)]
        absent = [
            InputError.no_column(c, frame.columns, role=flag, where=where)
            for flag, c in wanted
            if c not in frame.columns
        ]
        if absent:
            raise all_at_once(absent)
        whole = frame.filter(_said(pl.col(item)) & _said(pl.col(rater)))
        item_names, items = _column(whole[item])
        rater_names, raters = _column(whole[rater])
        cells, cell = _cells(whole[label], kind)
        first = _first_rows(items, len(item_names))
        rows = _Rows(item_names, rater_names, cells, items, raters, cell, frame.height - whole.height)
        return _built(
            rows,
            kind,
            order=order,
            at=None if time is None else _seconds(whole[time]),
            slices={s: _slice(_text(whole[s])[first].to_list()) for s in slices},
            lengths=None
            if text is None
            else whole[text].cast(pl.String).str.len_chars().fill_null(0).to_numpy()[first],
            where=where,
        )

    def of_items(self, kept: NDArray[np.bool_]) -> Ratings:
        """The answers to some of the items; kept: (items,). Raters who answered none of them are left out."""
        return self.of_rows(kept[self.item])

    def twice(self) -> Ratings:
        """The answers to items that two raters or more answered."""
        counts = np.bincount(self.item, minlength=len(self.items))
        return self.of_items(counts >= 2)

    def of_rows(self, rows: NDArray[np.bool_]) -> Ratings:
        """Some of the answers; rows: (n,). Items and raters without an answer are left out."""
        items, item = _dense(self.item[rows], len(self.items))
        raters, rater = _dense(self.rater[rows], len(self.raters))
        return replace(
            self,
            items=tuple(self.items[i] for i in items),
            raters=tuple(self.raters[i] for i in raters),
            item=item,
            rater=rater,
            value=self.value[rows],
            at=None if self.at is None else self.at[rows],
            slices={name: Slice(s.names, s.codes[items]) for name, s in self.slices.items()},
            lengths=None if self.lengths is None else self.lengths[items],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    items: Sequence[str]
    raters: Sequence[str]
    cells: Sequence[Any]
    item: Codes
    rater: Codes
    cell: Codes
    lost: int = 0


def _built(
    rows: _Rows,
    kind: RatingKind,
    *,
    order: Sequence[str],
    at: NDArray[np.float64] | None,
    slices: Mapping[str, Slice],
    lengths: NDArray[np.int64] | None,
    where: str = "",
) -> Ratings:
    read = answers(rows.cells, kind, order=order, where=where)
    values = ranked(list(dict.fromkeys(v for v in read if v is not None)), kind, order=order, where=where)
    if order:
        values = [str(o) for o in order]
    place = {v: i for i, v in enumerate(values)}
    value = np.array([-1 if v is None else place[v] for v in read], dtype=np.int32)[rows.cell]
    said = value >= 0
    all_rows = Ratings(
        tuple(rows.items), tuple(rows.raters), tuple(values), rows.item, rows.rater, value, kind, at, slices, lengths
    )
    last, changed = _last(all_rows, said)
    kept = all_rows.of_rows(last)
    used, codes = (np.arange(len(values)), kept.value) if order else _dense(kept.value, len(values))
    return replace(
        kept,
        values=tuple(values[i] for i in used),
        value=codes,
        replaced=int(said.sum() - last.sum()),
        changed=changed,
        unanswered=int((~said).sum()) + rows.lost,
    )


def _last(ratings: Ratings, said: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], int]:
    """Which rows hold the last answer of a rater to an item, and how often an answer was changed to another."""
    where = np.flatnonzero(said)
    key = ratings.item[where].astype(np.int64) * len(ratings.raters) + ratings.rater[where]
    if ratings.at is None:
        place = np.argsort(key, kind="stable")
    else:
        place = np.lexsort((np.nan_to_num(ratings.at[where], nan=-np.inf), key))
    key, value = key[place], ratings.value[where][place]
    again = key[1:] == key[:-1]
    last = np.zeros(len(said), dtype=bool)
    last[where[place][np.append(~again, True)[: len(place)]]] = True
    return last, int((again & (value[1:] != value[:-1])).sum())


def _dense(codes: Codes, size: int) -> tuple[NDArray[np.int64], Codes]:
    """The codes that occur, and the codes renumbered without gaps."""
    there = np.zeros(size, dtype=bool)
    there[codes] = True
    return np.flatnonzero(there), (np.cumsum(there, dtype=np.int32) - 1)[codes].astype(np.int32)


def _coded(values: Sequence[Any]) -> tuple[list[Any], Codes]:
    place: dict[Any, int] = {}
    codes = np.fromiter((place.setdefault(v, len(place)) for v in values), dtype=np.int32, count=len(values))
    return list(place), codes


def _first_rows(codes: Codes, size: int) -> NDArray[np.int64]:
    first = np.zeros(size, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first


def _first_of(cells: Sequence[Any], codes: Codes) -> list[Any]:
    size = int(codes.max()) + 1 if len(codes) else 0
    return [cells[i] for i in _first_rows(codes, size)]


def _slice(values: Sequence[Any]) -> Slice:
    names = sorted({str(v) for v in values if v not in (None, "")})
    place = {n: i for i, n in enumerate(names)}
    return Slice(tuple(names), np.array([place.get(str(v), -1) for v in values], dtype=np.int32))


def _text(column: pl.Series) -> pl.Series:
    """A column as text without spaces at its ends; whole numbers stored as floats lose their `.0`."""
    import polars as pl

    from ownproof.core.cells import SPACES

    if column.dtype.is_float():
        whole = column.drop_nulls().drop_nans()
        column = column.fill_nan(None)
        if bool((whole == whole.round()).all()):
            column = column.cast(pl.Int64)
    return column.cast(pl.String).str.strip_chars(SPACES)


def _said(column: pl.Expr) -> pl.Expr:
    import polars as pl

    from ownproof.core.cells import SPACES

    return column.is_not_null() & (column.cast(pl.String).str.strip_chars(SPACES) != "")


def _column(column: pl.Series) -> tuple[list[str], Codes]:
    """The names of a column in the order in which they come, and its codes."""
    import polars as pl

    text = _text(column)
    names = text.unique(maintain_order=True)
    codes = text.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int32)
    return names.to_list(), codes


def _cells(column: pl.Series, kind: RatingKind) -> tuple[list[Any], Codes]:
    """The distinct cells of the labels and the codes of the rows."""
    import polars as pl

    if isinstance(column.dtype, (pl.List, pl.Struct, pl.Array, pl.Object)):
        values = [v.to_list() if isinstance(v, pl.Series) else v for v in column.to_list()]
        _, codes = _coded([repr(v) for v in values])
        return _first_of(values, codes), codes
    text = _text(column) if kind in ("nominal", "ordinal", "spans") else column.cast(pl.String)
    names, codes = _column(text.fill_null(""))
    return names, codes


def _seconds(column: pl.Series) -> NDArray[np.float64]:
    import polars as pl

    if column.dtype in (pl.Date, pl.Datetime):
        moments = column.cast(pl.Datetime("us")).dt.timestamp("us") / 1e6
        return moments.fill_null(float("nan")).to_numpy()
    return column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
