"""Reads the answer of a database to a query, through SQLAlchemy."""

from __future__ import annotations

import datetime as dt
import decimal
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote_plus

from ownproof.core.plain import clean_names, plain_columns
from ownproof.core.reader import RawTable
from ownproof.core.reading import no_rows
from ownproof.errors import InputError, MissingExtra, did_you_mean, near

if TYPE_CHECKING:
    import polars as pl
    from sqlalchemy import Connection, Engine

BATCH = 50_000
READS = re.compile(r"(?is)(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with|values|table|show|from|describe)\b")
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}
DATABASES = (
    "sqlite",
    "postgresql",
    "postgres",
    "mysql",
    "mariadb",
    "oracle",
    "mssql",
    "duckdb",
    "snowflake",
    "bigquery",
    "redshift",
    "trino",
    "databricks",
    "clickhouse",
)


class SqlReader:
    """A SQLAlchemy URL that ends in `?query=select ...`; nothing is ever written: only reading statements are sent, on a
    connection that is told to be read-only."""

    name: ClassVar[str] = "sql"

    def recognise(self, where: str, head: bytes) -> float:
        """By the URL's scheme."""
        scheme = re.match(r"^([a-z0-9]+)(\+[a-z0-9_]+)?://", where.lower())
        if head or not scheme:
            return 0.0
        return 1.0 if scheme.group(1) in DATABASES else 0.3 if re.search(r"[?&]query=", where) else 0.0

    def read(self, where: str, *, query: str | None = None, scratch: Path | None = None) -> RawTable:
        """The rows of the answer. Raises InputError, in which no password appears."""
        import sqlalchemy as sa

        del scratch
        address, asked = _parted(where)
        query = query or asked
        engine, shown = _engine(address)
        try:
            with engine.connect() as connection:
                if not query:
                    raise _no_query(connection, shown)
                frame = _answer(connection, query, shown)
        except (sa.exc.SQLAlchemyError, ValueError, OverflowError) as why:
            raise InputError(
                f"the database refused: {_first_line(why, address)}",
                expected="a query that this database can answer",
                hint=_hint(engine, query or "", why),
                where=shown,
                code="sql",
            ) from None
        finally:
            engine.dispose()
        plain, findings = plain_columns(frame.lazy())
        return RawTable(plain, findings, shown)


def _parted(where: str) -> tuple[str, str | None]:
    """The URL without the query, and the query; everything after `query=` belongs to it."""
    found = re.search(r"[?&]query=", where)
    if not found:
        return where, None
    query = where[found.end() :]
    return where[: found.start()], query if re.search(r"\s", query) else unquote_plus(query)


def _engine(address: str) -> tuple[Engine, str]:
    import sqlalchemy as sa

    try:
        url = sa.make_url(address)
        shown = url.render_as_string(hide_password=True)
        if url.get_backend_name() == "sqlite":
            _sqlite_there(url.database, shown)
        return sa.create_engine(url), shown
    except sa.exc.NoSuchModuleError:
        raise InputError(
            f"SQLAlchemy knows no database {address.partition('://')[0]!r}",
            expected="a database URL it knows",
            hint="install the package that brings this dialect",
            where="DATA",
            code="sql",
        ) from None
    except sa.exc.ArgumentError:
        raise InputError(
            "the database URL cannot be read",
            expected="dialect://user:password@host/name?query=select ...",
            hint="write special characters of the password as %XX",
            where="DATA",
            code="sql",
        ) from None
    except ImportError as why:
        raise MissingExtra(
            f"the driver for {address.partition('://')[0]} cannot be imported ({why})",
            expected="the Python driver of this database",
            hint=f"pip install {why.name or 'the driver'}",
            where="DATA",
        ) from None


def _sqlite_there(database: str | None, shown: str) -> None:
    """SQLite would make an empty database of a name that is not there."""
    if not database or database == ":memory:" or database.startswith("file:"):
        return
    path = Path(database)
    if not path.is_file():
        names = sorted(p.name for p in path.parent.iterdir()) if path.parent.is_dir() else []
        raise InputError(
            f"there is no database {path.name!r} in {str(path.parent)!r}",
            expected="a SQLite file that is there",
            hint=did_you_mean(path.name, names)
            if near(path.name, names)
            else "check the path: sqlite:///relative, sqlite:////absolute",
            where=shown,
            code="no-file",
        )
    with path.open("rb") as stream:
        start = stream.read(16)
    if start and start != b"SQLite format 3\x00":
        raise InputError(
            f"{path.name} is no SQLite database",
            expected="a SQLite file",
            hint="name the file itself, if it is a table",
            where=shown,
            code="not-a-table",
        )


def _answer(connection: Connection, query: str, shown: str) -> pl.DataFrame:
    import polars as pl
    import sqlalchemy as sa

    if not READS.match(query):
        raise InputError(
            "the query does not begin as one that reads",
            expected="a select",
            hint="ask for the rows to learn from",
            where=shown,
            code="sql",
        )
    if wish := READ_ONLY.get(connection.dialect.name):
        connection.execute(sa.text(wish))
    result = connection.execution_options(stream_results=True).execute(sa.text(query.replace(":", r"\:")))
    if not result.returns_rows:
        raise InputError(
            "the query gives no rows: it is no select",
            expected="a select",
            hint="ask for the rows to learn from",
            where=shown,
            code="sql",
        )
    names, findings = clean_names(list(result.keys()))
    del findings  # a query names its columns; what it leaves unnamed is its own affair
    frames = [_batch(rows, names) for rows in _batches(result)]
    connection.rollback()
    if not frames:
        raise no_rows(shown, len(names))
    wanted = {name: _common([f[name].dtype for f in frames]) for name in names}
    return pl.concat([_as(f, wanted) for f in frames])


def _batches(result: Any) -> Iterator[Sequence[Any]]:
    while rows := result.fetchmany(BATCH):
        yield rows


def _batch(rows: Sequence[Any], names: Sequence[str]) -> pl.DataFrame:
    import polars as pl

    columns = list(zip(*rows, strict=True))
    return pl.DataFrame([_column(name, list(cells)) for name, cells in zip(names, columns, strict=True)])


def _column(name: str, cells: list[Any]) -> pl.Series:
    """One type a column; SQLite may mix them, then all cells become text."""
    import polars as pl

    types = {type(c) for c in cells} - {type(None)}
    if types <= {int, float, decimal.Decimal} and types != {int}:
        return pl.Series(name, [None if c is None else float(c) for c in cells], dtype=pl.Float64)
    if len(types) == 1 and types <= {int, bool, str, bytes, dt.date, dt.datetime}:
        try:
            return pl.Series(name, cells)
        except (OverflowError, pl.exceptions.PolarsError, TypeError):
            pass
    if types == {memoryview}:
        return pl.Series(name, [None if c is None else bytes(c) for c in cells], dtype=pl.Binary)
    return pl.Series(name, [None if c is None else _text(c) for c in cells], dtype=pl.String)


def _text(cell: Any) -> str:
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell.isoformat()
    if isinstance(cell, (bytes, memoryview)):
        return bytes(cell).hex()
    return str(cell)


def _common(types: Sequence[pl.DataType]) -> pl.DataType:
    import polars as pl

    known = {t for t in types if t != pl.Null}
    if len(known) == 1:
        return known.pop()
    return pl.Float64() if known and all(t.is_numeric() for t in known) else pl.String()


def _as(frame: pl.DataFrame, wanted: dict[str, pl.DataType]) -> pl.DataFrame:
    import polars as pl

    return frame.with_columns(pl.col(name).cast(dtype) for name, dtype in wanted.items() if frame[name].dtype != dtype)


def _no_query(connection: Connection, shown: str) -> InputError:
    import sqlalchemy as sa

    tables = sorted(sa.inspect(connection).get_table_names())
    return InputError(
        "the URL names a database, but not what to ask it",
        expected="?query=select ... at the end of the URL",
        hint=f"ask for one of its tables: {', '.join(tables[:12]) or 'it has none'}",
        where=shown,
        code="sql",
    )


def _first_line(why: BaseException, address: str) -> str:
    """What the database said, without the password."""
    import sqlalchemy as sa

    text = str(getattr(why, "orig", None) or why)
    line = (text.splitlines() or [type(why).__name__])[0]
    password = sa.make_url(address).password
    for secret in (str(password), re.escape(str(password))) if password else ():
        line = line.replace(secret, "***")
    return line[:300]


def _hint(engine: Engine, query: str, why: BaseException) -> str:
    """The near miss, when a table is not there; no question is put to a database that cannot be reached."""
    import sqlalchemy as sa

    missing = re.search(r"no such table: (?:\w+\.)?(\w+)|relation \"(?:\w+\.)?(\w+)\" does not exist", str(why))
    if not missing:
        return "try the query in the database's own client" if query else "check host, name and password"
    try:
        tables = sorted(sa.inspect(engine).get_table_names())
    except sa.exc.SQLAlchemyError:
        return "check the name of the table"
    return did_you_mean(missing.group(1) or missing.group(2), tables, what="tables")
