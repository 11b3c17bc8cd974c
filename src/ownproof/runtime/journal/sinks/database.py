"""Rows of the compacted files in tables of a database: PostgreSQL by COPY, SQLite by insertion."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.runtime.journal.files import NAMES, Compacted
from ownproof.runtime.journal.lines import JSON_CELLS, columns
from ownproof.runtime.journal.reading import Reading
from ownproof.runtime.journal.sinks.copies import JSON_TOO, address_of, tables
from ownproof.runtime.journal.sinks.deliver import refused

if TYPE_CHECKING:
    import sqlalchemy as sa

AT_ONCE = 5_000


class DatabaseSink:
    """Tables `ownproof_decisions`, `ownproof_refusals`, `ownproof_outcomes`, `ownproof_cells`, and `ownproof_files`, which
    says what is there: it changes in one transaction with the rows, so that each row is there once."""

    def __init__(self, folder: Path, url: str, identity: str) -> None:
        import sqlalchemy as sa

        self.folder, self._journal = folder, identity
        self._address = address_of(url, where="--to", refused=refused)
        self.shown, self._engine = self._address.shown, self._address.engine
        self._copies = self._engine.url.drivername == "postgresql+psycopg"
        self._tables = tables(sa.MetaData())

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

    def mark(self, until: float) -> None:
        """Say up to which moment the journal is all there."""
        import sqlalchemy as sa

        journals = self._tables["journals"]
        try:
            with self._engine.begin() as database:
                database.execute(journals.delete().where(journals.c.journal == self._journal))
                database.execute(journals.insert(), [{"journal": self._journal, "until": until}])
        except sa.exc.SQLAlchemyError as why:
            raise self._refused(why) from why

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _remove(self, database: sa.Connection, names: Sequence[str]) -> None:
        for kind in (*NAMES, "files") if names else ():
            table = self._tables[kind]
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
        return refused(self.shown, self._address.said(why))


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
