"""Outcomes that come as a file: read whole, then logged, then joined to what was decided."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.core import registry
from ownproof.core.reading import collected, read_table
from ownproof.errors import InputError, all_at_once
from ownproof.project.config import Config
from ownproof.project.journal import joined
from ownproof.runtime.journal.files import listing
from ownproof.runtime.journal.lines import decoded
from ownproof.runtime.journal.records import Outcome, line
from ownproof.runtime.journal.writer import open_journal

if TYPE_CHECKING:
    import polars as pl

NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
SECONDS = r"[0-9]{9,10}(?:\.[0-9]+)?"
"""Unix seconds as text; eight digits are a date."""
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a file of outcomes are which; None: looked for by their usual names."""

    outcome: str | None = None
    prediction_id: str | None = None
    id: str | None = None
    at: str | None = None
    part: str | None = None


def feedback(
    folder: Path, file: str, columns: Columns, *, config: Config | None = None, clock: Callable[[], float]
) -> dict[str, Any]:
    """Log every outcome of a table; an empty cell says nothing and is left out.

    Nothing is logged unless the whole file can be read. Raises InputError with every problem of it.
    """
    listing(folder, "decisions")  # says where there is no journal
    raw = read_table(file, readers=registry.shelf("readers"))
    table = collected(raw.frame, file)
    found = _named(table.columns, columns, config)
    nested = any(found["outcome"] in f.columns and "nested" in f.evidence for f in raw.findings)
    values = _nested(table[found["outcome"]]) if nested else _values(table[found["outcome"]])
    told, empty = _outcomes(table, found, values, file=file, now=clock())
    with open_journal(folder, clock=clock) as writer:
        for each in told:
            writer.append(each, "outcomes")
        lasts = writer.sync()
    if not lasts:
        raise InputError(
            "the outcomes were written, but the disk failed to keep them",
            expected="a disk that can be synced",
            hint="look after the disk, then hand the file in again: what is said twice counts once",
            where=str(folder),
            code="disk",
        )
    counts = joined(folder, decoded(told, "outcomes")[0])
    return {
        "journal": str(folder),
        "logged": len(told),
        "empty": empty,
        "matched": counts.logged - counts.unmatched,
        "unmatched": counts.unmatched,
        "several": counts.several,
    }


def _named(there: list[str], said: Columns, config: Config | None) -> dict[str, str]:
    """The columns that are there, by what they mean."""
    usual: Mapping[str, tuple[str | None, ...]] = {
        "outcome": ("outcome", config.target if config else None),
        "prediction_id": ("prediction_id",),
        "id": ("id", config.id if config else None),
        "at": ("at",),
        "part": ("part",),
    }
    found: dict[str, str] = {}
    problems = []
    for meaning, names in usual.items():
        told = getattr(said, meaning)
        if told is not None and told not in there:
            problems.append(InputError.no_column(told, there, role=meaning, where=f"--{meaning.replace('_', '-')}"))
        chosen = told or next((n for n in names if n in there), None)
        if chosen is not None:
            found[meaning] = chosen
    if problems:
        raise all_at_once(problems)
    lacking = [] if "outcome" in found else ["outcome"]
    lacking += [] if {"id", "prediction_id"} & set(found) else ["prediction_id or id"]
    if lacking:
        raise InputError(
            f"the file has no column {' and none '.join(lacking)}",
            expected="columns prediction_id or id, outcome, and where there are at (when it became known) and part",
            hint="name them: --outcome C, --id C or --prediction-id C",
            where=", ".join(there[:12]),
            code="no-column",
        )
    return found


def _outcomes(
    table: pl.DataFrame, found: Mapping[str, str], values: Sequence[Any], *, file: str, now: float
) -> tuple[list[bytes], int]:
    """The lines to log, and how many rows say nothing."""
    known = _moments(table[found["at"]], file) if "at" in found else [now] * table.height
    names = {n: _texts(table[found[n]]) for n in ("prediction_id", "id", "part") if n in found}
    told: list[bytes] = []
    nameless: list[int] = []
    for row, value in enumerate(values):
        if value is None:
            continue
        said = {n: cells[row] for n, cells in names.items() if cells[row] is not None}
        if not said.keys() & {"prediction_id", "id"}:
            nameless.append(row + 1)
            continue
        when = known[row]
        told.append(line(Outcome(at=now, known=now if when is None else when, outcome=value, **said)))
    if nameless:
        raise InputError(
            f"{len(nameless):,} rows name no decision (row {', '.join(map(str, nameless[:SHOWN]))})",
            expected="a prediction_id or an id in every row with an outcome",
            hint="fill it in, or remove those rows",
            where=file,
            code="nameless",
        )
    return told, len(values) - len(told)


def _values(column: pl.Series) -> list[Any]:
    """The outcomes as JSON values: texts that are all numbers become numbers; what is no number is nothing."""
    import polars as pl

    if column.dtype != pl.String:
        return [None if isinstance(v, float) and not math.isfinite(v) else _json(v) for v in column.to_list()]
    cells = [None if v is None or not v.strip() else v for v in column.to_list()]
    there = [v for v in cells if v is not None]
    if there and all(re.fullmatch(NUMBER, v.strip()) for v in there):
        return [None if v is None else _number(v) for v in cells]
    return cells


def _nested(column: pl.Series) -> list[Any]:
    """Outcomes that are lists or objects, which the reader hands on as JSON text."""
    return [None if v is None else json.loads(v) for v in column.to_list()]


def _number(text: str) -> int | float:
    value = float(text)
    return int(text) if re.fullmatch(r"\s*-?[0-9]+\s*", text) and abs(value) < 2**53 else value


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else value


def _texts(column: pl.Series) -> list[str | None]:
    import polars as pl

    return [None if v is None or not v.strip() else v for v in column.cast(pl.String).to_list()]


def _moments(column: pl.Series, file: str) -> list[float | None]:
    """Unix seconds: numbers as they are, texts and dates as the kind for moments reads them (UTC where none is said)."""
    if column.dtype.is_numeric():
        return [None if v is None else float(v) for v in column.to_list()]
    cells = _texts(column)
    if any(cells) and all(c is None or re.fullmatch(SECONDS, c) for c in cells):
        return [None if c is None else float(c) for c in cells]
    kind = registry.inputs()["moment"]
    seen = kind.recognise(column)
    details = dict(seen.details)
    try:
        read_as = column.to_frame().select(kind.cast(_col(column.name), details)).to_series()
    except ValueError as why:
        raise _no_moments(column.name, str(why), file) from None
    bad = (read_as.is_null() & column.is_not_null()).arg_true().to_list()
    if bad:
        shown = ", ".join(f"row {i + 1}: {str(column[i])[:40]!r}" for i in bad[:SHOWN])
        raise _no_moments(column.name, f"{len(bad):,} cells are none ({shown})", file)
    return [None if v is None else v.replace(tzinfo=dt.UTC).timestamp() for v in read_as.to_list()]


def _col(name: str) -> pl.Expr:
    import polars as pl

    return pl.col(name)


def _no_moments(name: str, why: str, file: str) -> InputError:
    return InputError(
        f"column {name!r} holds no moments: {why}",
        expected="when the outcome became known: 2026-11-24T12:00:00, or unix seconds",
        hint="mend those cells, or name another column with --at",
        where=file,
        code="wrong-kind",
    )
