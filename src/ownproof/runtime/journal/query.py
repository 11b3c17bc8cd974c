"""SQL over a journal by DuckDB: segments and compacted files as one view for each kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.errors import UsageError
from ownproof.runtime.journal.files import NAMES, Compacted, listing, shared

if TYPE_CHECKING:
    import duckdb
    import polars as pl

LINES = {
    "decisions": {
        "id": "VARCHAR",
        "at": "DOUBLE",
        "model": "VARCHAR",
        "inputs": "JSON",
        "answer": "JSON",
        "flags": "VARCHAR[]",
        "us": "BIGINT",
        "key": "VARCHAR",
        "request": "VARCHAR",
        "role": "VARCHAR",
        "redacted": "VARCHAR[]",
    },
    "refusals": {
        "at": "DOUBLE",
        "model": "VARCHAR",
        "status": "BIGINT",
        "problems": "STRUCT(field VARCHAR, reason VARCHAR)[]",
        "request": "VARCHAR",
    },
    "outcomes": {
        "at": "DOUBLE",
        "known": "DOUBLE",
        "outcome": "JSON",
        "prediction_id": "VARCHAR",
        "id": "VARCHAR",
        "part": "VARCHAR",
    },
    "cells": {"sha256": "VARCHAR", "at": "DOUBLE", "cell": "JSON"},
}
"""The fields of a line as DuckDB reads them."""
LEFT_OUT = {"flags": "[]", "redacted": "[]", "problems": "[]", "us": "0", "role": "'live'"}
"""What a line does not say when it is so."""
ALWAYS = {
    "decisions": ("id", "at", "model", "inputs", "answer"),
    "refusals": ("at", "model", "status"),
    "outcomes": ("at", "known"),
    "cells": ("sha256", "at", "cell"),
}
"""What every whole line has: DuckDB makes a torn one a row of nulls."""
SQL_NAMES = {"at": "time"}
"""`at` is a word of DuckDB's own."""
MOMENTS = ("at", "known")
MADE = {"decisions": ", answer->>'prediction' AS prediction"}


def query(folder: str | Path, sql: str, **parameters: Any) -> pl.DataFrame:
    """Answer SQL over the views `decisions` (with `prediction` beside `answer`), `refusals`, `outcomes` and `cells`.

    `at` is called `time` there. inputs, answer, outcome and cell are JSON (`inputs->>'age'`), moments timestamps in UTC; $name in the SQL stands for a
    parameter. While it runs no file is deleted. Raises InputError where there is no journal, UsageError for wrong SQL.
    """
    import duckdb

    place = Path(folder)
    with shared(place), duckdb.connect(config={"autoinstall_known_extensions": "false"}) as database:
        database.execute("SET TimeZone = 'UTC'")
        for kind in NAMES:
            found = listing(place, kind)
            database.execute(_view(place, kind, [str(p) for p in found.segments], found.compacted))
        return _answered(database, sql, parameters)


def _answered(database: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any]) -> pl.DataFrame:
    import duckdb
    import polars as pl

    try:
        found = database.sql(sql, params=parameters or None)
        return pl.DataFrame() if found is None else pl.DataFrame(found.to_arrow_table())
    except duckdb.Error as why:
        kind, _, text = str(why).partition(": ")
        raise _wrong(text.splitlines()[0] if text else kind) from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as why:  # an interval, a name that comes twice
        raise _wrong(f"the answer fits no table ({str(why).splitlines()[0]}); cast the column to VARCHAR") from None


def _wrong(why: str) -> UsageError:
    return UsageError(
        f"the query failed: {why}"[:400],
        expected="SQL of DuckDB over the views decisions, refusals, outcomes and cells",
        hint="try: SELECT model, count(*) FROM decisions GROUP BY model",
        where="SQL",
        code="query",
    )


def _view(folder: Path, kind: str, segments: list[str], compacted: tuple[Compacted, ...]) -> str:
    fields = LINES[kind]
    typed = ", ".join(_stored(n, t) for n, t in fields.items())
    parts = [f"SELECT {typed} FROM (SELECT {_nothing(fields)} WHERE false)"]  # noqa: S608 - our own words; paths are quoted
    files = [str(folder / c.file) for c in compacted if c.rows]
    if files:
        parts.append(f"SELECT {typed} FROM read_parquet({_list(files)})")  # noqa: S608 - our own words; paths are quoted
    if segments:
        shape = ", ".join(f"{_name(n)}: '{t}'" for n, t in fields.items())
        read = (
            f"read_json({_list(segments)}, format = 'newline_delimited', columns = {{{shape}}}, ignore_errors = true)"
        )
        whole = " AND ".join(f"{_name(n)} IS NOT NULL" for n in ALWAYS[kind])
        parts.append(f"SELECT {', '.join(_line(n) for n in fields)} FROM {read} WHERE {whole}")  # noqa: S608 - our own words; paths are quoted
    return f"CREATE VIEW {kind} AS SELECT *{MADE.get(kind, '')} FROM ({' UNION ALL '.join(parts)})"  # noqa: S608 - our own words; paths are quoted


def _stored(name: str, kind: str) -> str:
    """A column of a compacted file, where JSON is text."""
    return f"{_name(name)}::JSON AS {_name(name)}" if kind == "JSON" else _named(name)


def _line(name: str) -> str:
    if name in MOMENTS:
        return f"to_timestamp({_name(name)}) AS {_name(SQL_NAMES.get(name, name))}"
    return f"coalesce({_name(name)}, {LEFT_OUT[name]}) AS {_name(name)}" if name in LEFT_OUT else _name(name)


def _named(name: str) -> str:
    return f"{_name(name)} AS {_name(SQL_NAMES[name])}" if name in SQL_NAMES else _name(name)


def _nothing(fields: dict[str, str]) -> str:
    return ", ".join(f"NULL::{'TIMESTAMPTZ' if n in MOMENTS else t} AS {_name(n)}" for n, t in fields.items())


def _name(name: str) -> str:
    return f'"{name}"'


def _list(texts: list[str]) -> str:
    quoted = ("'" + t.replace("'", "''") + "'" for t in texts)
    return f"[{', '.join(quoted)}]"
