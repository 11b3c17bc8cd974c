"""The rows of a table as the bundle reads them: few at a time, in their order, with what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.cells import as_json, as_stored
from ownproof.core.input import Bounded, Input
from ownproof.core.reader import RawTable
from ownproof.core.reading import collected, damaged, read_table
from ownproof.core.recognise import Kind, read_typed
from ownproof.core.schema import Column
from ownproof.errors import InputError, all_at_once
from ownproof.runtime.predictor import Predictor

if TYPE_CHECKING:
    import polars as pl

CHUNK = 100_000
"""Rows in memory at a time for each core, at most."""
CELLS = 4_000_000
"""Cells of them, at most: a wide table comes in shorter pieces."""
KEYS = ("id", "group", "time")


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """Some rows. start: the place of the first one in the table, from 0. raw: as they were stored; table: as their
    kinds read them; bad: bool (n,), rows with a cell that cannot be read."""

    start: int
    raw: pl.DataFrame
    table: pl.DataFrame
    bad: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The columns of a table that the bundle needs, lazily, and the keys, with what each is; `total` rows."""

    raw: RawTable
    kinds: tuple[Kind, ...]
    total: int
    folder: Path | None
    keys: tuple[str, ...]
    name: str

    def cells(self, start: int = 0) -> Iterator[tuple[int, pl.DataFrame]]:
        """Rows from a place on as they are stored, each piece with its place; one without a row where there is none.

        Raises InputError for damage that shows only now.
        """
        import polars as pl

        most = max(1, min(CHUNK, CELLS // max(1, len(self.kinds))))
        frame = self.raw.frame.slice(start) if start else self.raw.frame
        at = start
        try:
            for part in frame.collect_batches(chunk_size=most, maintain_order=True, lazy=True):
                yield at, part
                at += part.height
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as why:
            raise damaged(self.name, why) from None
        if at == 0:
            yield 0, frame.collect_schema().to_frame()

    def typed(self, predictor: Predictor, start: int, cells: pl.DataFrame) -> Typed:
        """Stored cells as their kinds read them."""
        raw = replace(self.raw, frame=cells.lazy())
        table = read_typed(raw, self.kinds, predictor.inputs, folder=self.folder).collect()
        bad = np.zeros(table.height, dtype=bool)
        for column in predictor.columns:
            bad |= _unreadable(predictor.inputs[column.kind], column, table[column.name], cells[column.name])
        return Typed(start, cells, table, bad)

    def problems(self, predictor: Predictor, part: Typed) -> list[dict[str, Any]]:
        """For each row that cannot be read its number (from 1), its keys and what is wrong with which field."""
        where = np.flatnonzero(part.bad)
        found: list[dict[str, Any]] = []
        for at in where.tolist():
            cells, typed = part.raw.row(at, named=True), part.table.row(at, named=True)
            wrong = [
                {"field": c.name, "reason": reason}
                for c in predictor.columns
                if (reason := self._reason(predictor, c, cells[c.name], typed[c.name], part.raw.schema[c.name]))
            ]
            keys = {n: None if typed[n] is None else self._key(predictor, n, typed[n]) for n in self.keys}
            found.append({"row": part.start + at + 1, "keys": keys, "problems": wrong})
        return found

    def _key(self, predictor: Predictor, name: str, value: Any) -> Any:
        return predictor.inputs[predictor.bundle.schema[name].kind].to_json(value)

    def _reason(self, predictor: Predictor, column: Column, cell: Any, typed: Any, dtype: pl.DataType) -> str:
        kind = predictor.inputs[column.kind]
        if typed is None:
            return _refusal(kind, cell, as_stored(column.details, dtype)) if cell is not None else ""
        return _refusal(kind, typed, as_json(column.details)) if isinstance(kind, Bounded) else ""


def rows_of(predictor: Predictor, data: Any, *, scratch: Path | None = None) -> Rows:
    """Look at a table: a path, a database URL or a frame. Raises InputError naming every column that is missing.

    scratch: a folder that outlives the rows, for files that must be unpacked or decoded first.
    """
    import polars as pl

    name = str(data) if isinstance(data, (str, Path)) else "the frame"
    raw = read_table(data, readers=registry.shelf("readers"), scratch=scratch)
    schema = predictor.bundle.schema
    there = raw.frame.collect_schema().names()
    missing = [n for n in predictor.names if n not in there]
    if missing:
        raise all_at_once([InputError.no_column(n, there, role="the bundle needs it", where=name) for n in missing])
    keys = tuple(c.name for c in schema.columns if c.role in KEYS and c.name in there)
    wanted = [c for c in schema.columns if c.name in predictor.names or c.name in keys]
    kinds = tuple(Kind(c.name, c.kind, c.details, "", ()) for c in wanted)
    local = isinstance(data, (str, Path)) and "://" not in str(data)
    folder = Path(data).resolve().parent if local else None
    total = collected(raw.frame.select(pl.len()), name).item()
    return Rows(replace(raw, frame=raw.frame.select([c.name for c in wanted])), kinds, total, folder, keys, name)


def _unreadable(kind: Input, column: Column, typed: pl.Series, cells: pl.Series) -> np.ndarray:
    """bool (n,): cells that `kind.read` refuses, and those that are more than a cell may be."""
    bad = kind.beyond(typed) if isinstance(kind, Bounded) else np.zeros(len(typed), dtype=bool)
    suspects = typed.is_null() & cells.is_not_null()
    if not suspects.any():
        return bad
    details = as_stored(column.details, cells.dtype)
    rotten = [v for v in cells.filter(suspects).unique().to_list() if _refusal(kind, v, details)]
    return np.asarray(bad | (cells.is_in(rotten) & suspects).fill_null(value=False).to_numpy())


def _refusal(kind: Input, value: Any, details: Mapping[str, Any]) -> str:
    """Why a cell cannot be read; empty when it can."""
    try:
        kind.read(value, details)
    except ValueError as why:
        return str(why) or "it cannot be read"
    return ""
