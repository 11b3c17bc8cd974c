"""The inputs of logged decisions as the typed table that a model was trained on."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ownproof.core.cells import as_json
from ownproof.core.input import Input
from ownproof.core.plain import plain_columns
from ownproof.core.reader import RawTable
from ownproof.core.recognise import Kind, read_typed
from ownproof.core.schema import Column
from ownproof.errors import OwnproofError
from ownproof.runtime.journal.reading import read

if TYPE_CHECKING:
    import polars as pl

PLAIN = {str, int, float, bool, dt.datetime, dt.date}
BY_HASH = '{"sha256":"'


def typed(
    decisions: pl.DataFrame,
    wanted: Sequence[Column],
    inputs: Mapping[str, Input],
    *,
    cells: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """One row a decision, one column for each wanted one, typed as its kind types a table; what was not logged is null.

    decisions: a frame of `reading.read`; inputs: the kinds by name; cells: large ones by their hash (see `large_cells`),
    without which they are null.
    """
    import polars as pl

    texts = decisions["inputs"]
    if texts.str.contains(BY_HASH, literal=True).any():
        texts = pl.Series("inputs", [_restored(t, cells or {}) for t in texts.to_list()], dtype=pl.String)
    raw = _raw(texts, [c.name for c in wanted])
    return pl.DataFrame([_column(raw[c.name], c, inputs) for c in wanted])


def large_cells(folder: str | Path) -> dict[str, str]:
    """The cells that went by their hash: SHA-256 to JSON text."""
    found: dict[str, str] = {}
    for frame in read(folder, "cells"):
        found.update(zip(frame["sha256"].to_list(), frame["cell"].to_list(), strict=True))
    return found


def answers(decisions: pl.DataFrame) -> pl.DataFrame:
    """What was answered, one row a decision: `prediction` as text, `probability_<class>`, and every other number or
    text of the answer under its own name."""
    import polars as pl

    told = [msgspec.json.decode(a) for a in decisions["answer"].to_list()]
    names = list(dict.fromkeys(k for a in told for k in a if k not in ("prediction", "probabilities")))
    classes = list(dict.fromkeys(k for a in told for k in a.get("probabilities") or {}))
    made = [pl.Series("prediction", [_plain(a.get("prediction")) for a in told], dtype=pl.String)]
    made += [
        pl.Series(f"probability_{c}", [(a.get("probabilities") or {}).get(c) for a in told], dtype=pl.Float64)
        for c in classes
    ]
    for name in names:
        values = [a.get(name) for a in told]
        numbers = all(v is None or type(v) in (int, float) for v in values)
        made.append(
            pl.Series(name, values, dtype=pl.Float64, strict=False)
            if numbers
            else pl.Series(name, [_plain(v) for v in values], dtype=pl.String)
        )
    return pl.DataFrame(made)


def _plain(value: Any) -> str | None:
    """A JSON value as text: a text is itself."""
    return value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()


def _restored(text: str, cells: Mapping[str, str]) -> str:
    row = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    for name, raw in row.items():
        if bytes(raw).startswith(BY_HASH.encode()):
            cell = cells.get(msgspec.json.decode(raw)["sha256"])
            row[name] = msgspec.Raw(b"null" if cell is None else cell.encode())
    return msgspec.json.encode(row).decode()


def _raw(texts: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """The cells as a reader of JSON lines would hand them on: each column of one type."""
    import polars as pl

    if not len(texts):
        return pl.DataFrame({n: pl.Series(n, [], dtype=pl.String) for n in names})
    try:
        raw = pl.read_ndjson(io.StringIO("\n".join(texts.to_list())), infer_schema_length=None)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raw = _slowly(texts, names)
    if raw.height != len(texts):
        raw = _slowly(texts, names)
    missing = [pl.lit(None, dtype=pl.String).alias(n) for n in names if n not in raw.columns]
    nested = [pl.Series(n, cells, dtype=pl.Object) for n, cells in _nested(texts, names).items()]
    return raw.with_columns(missing).select(names).with_columns(nested)


def _nested(texts: pl.Series, names: Sequence[str]) -> dict[str, list[Any]]:
    """The columns that hold a list or an object anywhere, as they were logged: a table would give all one shape."""
    if not texts.str.slice(1).str.contains(r"[\[{]").any():
        return {}
    rows = [msgspec.json.decode(t, type=dict[str, msgspec.Raw]) for t in texts.to_list()]
    found = [n for n in names if any(n in row and bytes(row[n])[:1] in (b"[", b"{") for row in rows)]
    return {n: [msgspec.json.decode(row[n]) if n in row else None for row in rows] for n in found}


def _slowly(texts: pl.Series, names: Sequence[str]) -> pl.DataFrame:
    """The same where a column holds several types, or none of the fields is there: those columns are Python objects."""
    import polars as pl

    rows = [msgspec.json.decode(t, type=dict[str, Any]) for t in texts.to_list()]
    made = []
    for name in names:
        cells = [row.get(name) for row in rows]
        kinds = {type(c) for c in cells if c is not None}
        simple = len(kinds) < 2 or kinds == {int, float}
        made.append(pl.Series(name, cells, strict=False) if simple else pl.Series(name, cells, dtype=pl.Object))
    return pl.DataFrame(made)


def _column(cells: pl.Series, column: Column, inputs: Mapping[str, Input]) -> pl.Series:
    """One typed column: cast at once where its kind can, cell by cell as a request is read where it cannot."""
    import polars as pl

    kind = Kind(column.name, column.kind, column.details, "", ())
    if cells.dtype != pl.Object:
        try:
            plain, _ = plain_columns(cells.to_frame().lazy())
            return read_typed(RawTable(plain), [kind], inputs).collect()[column.name]
        except (OwnproofError, pl.exceptions.PolarsError):
            pass
    details = as_json(column.details)
    values = [_one(inputs[column.kind], cell, details) for cell in cells.to_list()]
    scalars = {type(v) for v in values if v is not None} <= PLAIN
    return pl.Series(column.name, values, dtype=None if scalars else pl.Object, strict=not scalars)


def _one(kind: Input, cell: Any, details: Mapping[str, Any]) -> Any:
    try:
        return kind.read(cell, details)
    except ValueError:
        return None
