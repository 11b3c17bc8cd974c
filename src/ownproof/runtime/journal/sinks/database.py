"""Rows of the compacted files in tables of a database: PostgreSQL by COPY, SQLite by insertion."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.errors import MissingExtra
from ownproof.optional import need
from ownproof.runtime.journal.files import NAMES, Compacted
from ownproof.runtime.journal.lines import JSON_CELLS, MOMENTS, columns
from ownproof.runtime.journal.reading import Reading
from ownproof.runtime.journal.sinks.deliver import refused

if TYPE_CHECKING:
    import sqlalchemy as sa

DIALECTS = ("postgresql", "postgres", "sqlite")
PREFIX = "ownproof_"
JSON_TOO = ("flags", "redacted", "problems")
INDEXED = ("id", "at", "key", "prediction_id", "sha256")
AT_ONCE = 5_000


class DatabaseSink:
    """Tables `ownproof_decisions`, `ownproof_refusals`, `ownproof_outcomes`, `ownproof_cells`, and `ownproof_files`, which
    says what is there: it changes in one transaction with the rows, so that each row is there once."""

    def __init__(self, folder: Path, url: str, identity: str) -> None:
        import sqlalchemy as sa

        self.folder, self._journal = folder, identity
        try:
            address = sa.make_url(url.replace("postgres://", "postgresql://", 1))
        except sa.exc.ArgumentError as why:
            raise refused("the database", "its URL cannot be read") from why
        self.shown = address.render_as_string(hide_password=True)
        self._password = str(address.password or "")
        if address.drivername == "postgresql":
            need("psycopg", extra="postgres", wanted_by="--to postgresql://")
            address = address.set(drivername="postgresql+psycopg")
        try:
            self._engine = sa.create_engine(address)
        except (sa.exc.NoSuchModuleError, ImportError) as why:
            raise MissingExtra(
                f"the driver of {address.drivername} is not installed",
                expected="the database's Python driver",
                hint="install it beside ownproof",
                where="--to",
            ) from why
        self._copies = address.drivername == "postgresql+psycopg"
        self._tables = _tables(sa.MetaData())

    def held(self) -> set[str]:
        """The files whose rows are there."""
        import sqlalchemy as sa

        files = self._tables["files"]
        try:
            files.metadata.create_all(self._engine)
            with self._engine.connect() as database:
                found = database.execute(sa.select(files.c.file).where(files.c.journal == self._journal))
                return {row[0] for row in found}
        except sa.exc.SQLAlchemyError as why:
            raise self._refused(why) from why

    def change(self, added: Iterable[Compacted], removed: Iterable[str]) -> None:
        """Each new file in a transaction of its own; all in one when others make room for them."""
        import sqlalchemy as sa

        gone = list(removed)
        fresh = list(added)
        for together in [fresh] if gone else [[each] for each in fresh]:
            try:
                with self._engine.begin() as database:
                    self._remove(database, gone)
                    for each in together:
                        self._add(database, each)
            except sa.exc.SQLAlchemyError as why:
                raise self._refused(why) from why
            except Exception as why:  # the driver's own, while copying
                if type(why).__module__.partition(".")[0] != "psycopg":
                    raise
                raise self._refused(why) from why

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _remove(self, database: sa.Connection, names: Sequence[str]) -> None:
        for table in self._tables.values() if names else ():
            for name in names:
                database.execute(table.delete().where(table.c.journal == self._journal, table.c.file == name))

    def _add(self, database: sa.Connection, each: Compacted) -> None:
        table = self._tables[each.kind]
        rows = self._rows(each)
        if self._copies:
            self._copy(database, table, rows)
        else:
            for batch in _batches(rows):
                names = [c.name for c in table.columns]
                database.execute(table.insert(), [dict(zip(names, _read(names, row), strict=True)) for row in batch])
        said = {"kind": each.kind, "rows": each.rows, "sha256": each.sha256}
        database.execute(self._tables["files"].insert(), [{"journal": self._journal, "file": each.file, **said}])

    def _copy(self, database: sa.Connection, table: sa.Table, rows: Iterator[list[Any]]) -> None:
        names = ", ".join(f'"{c.name}"' for c in table.columns)
        driver: Any = database.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _rows(self, each: Compacted) -> Iterator[list[Any]]:
        """Cells in the order of the table's columns; JSON as text."""
        for frame in Reading(self.folder, each.kind, None, None).over([each], []):
            clean = [_cells(name, frame[name].to_list()) for name in columns(each.kind)]
            for row in zip(*clean, strict=True):
                yield [self._journal, each.file, *row]

    def _refused(self, why: Exception) -> Exception:
        text = (str(getattr(why, "orig", None) or why).splitlines() or [type(why).__name__])[0]
        return refused(self.shown, text.replace(self._password, "***") if self._password else text)


def _tables(metadata: sa.MetaData) -> dict[str, sa.Table]:
    import sqlalchemy as sa
    from sqlalchemy.dialects.postgresql import JSONB

    value = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    shapes: dict[str, Any] = {"us": sa.BigInteger(), "status": sa.Integer()}
    shapes |= dict.fromkeys((*JSON_CELLS, *JSON_TOO), value)
    shapes |= dict.fromkeys(MOMENTS, sa.DateTime(timezone=True))

    def own() -> list[sa.Column[Any]]:
        return [sa.Column("journal", sa.String(32)), sa.Column("file", sa.String(120), index=True)]

    made = {
        kind: sa.Table(
            PREFIX + kind,
            metadata,
            *own(),
            *(sa.Column(n, shapes.get(n, sa.Text()), index=n in INDEXED) for n in columns(kind)),
        )
        for kind in NAMES
    }
    counts = (sa.Column("kind", sa.String(20)), sa.Column("rows", sa.BigInteger()), sa.Column("sha256", sa.String(64)))
    made["files"] = sa.Table(PREFIX + "files", metadata, *own(), *counts)
    return made


def _cells(name: str, values: list[Any]) -> list[Any]:
    if name in JSON_CELLS:
        return [None if v is None else _sound(v) for v in values]
    if name in JSON_TOO:
        return [_sound(json.dumps(v, ensure_ascii=False)) for v in values]
    return [v.replace("\0", "\ufffd") if isinstance(v, str) and "\0" in v else v for v in values]


def _sound(text: str) -> str:
    """JSON without the characters that databases refuse: NUL and halves of surrogates become U+FFFD."""
    return json.dumps(_replaced(json.loads(text)), ensure_ascii=False) if "\\u" in text else text


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in value)
    if isinstance(value, dict):
        return {_replaced(k): _replaced(v) for k, v in value.items()}
    return [_replaced(v) for v in value] if isinstance(value, list) else value


def _read(names: Sequence[str], row: Sequence[Any]) -> list[Any]:
    """The cells for SQLAlchemy, which writes JSON itself."""
    jsons = {*JSON_CELLS, *JSON_TOO}
    return [json.loads(v) if n in jsons and v is not None else v for n, v in zip(names, row, strict=True)]


def _batches(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    batch: list[list[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
