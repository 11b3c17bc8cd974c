"""Rows in the tables of a database, as `journal compact --to postgresql://...` delivers them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ownproof.runtime.journal.lines import JSON_CELLS, MOMENTS, columns
from ownproof.runtime.journal.reading import ROWS
from ownproof.runtime.journal.sinks.copies import Address, address_of, tables
from ownproof.runtime.journal.sources.source import complete_of, unreadable

if TYPE_CHECKING:
    import polars as pl
    import sqlalchemy as sa


class DatabaseSource:
    """All journals that share a database."""

    def __init__(self, url: str) -> None:
        """Raises InputError where it cannot be reached or has no such tables, MissingExtra for a driver that is not there."""
        import sqlalchemy as sa

        self._address: Address = address_of(url, where="--journal", refused=unreadable)
        self.shown = self._address.shown
        self._tables = tables(sa.MetaData())
        journals = self._tables["journals"]
        with self._asked() as database:
            self._untils = [float(u) for (u,) in database.execute(sa.select(journals.c.until))]
        if not self._untils:
            raise unreadable(self.shown, "nothing was delivered there yet")

    def read(self, kind: str, since: float | None, until: float | None) -> _Rows:
        """The rows of all journals there, in the order of time."""
        return _Rows(self, kind, since, until)

    def complete(self, at: float) -> float:
        """As the deliveries say."""
        return complete_of(self._untils, at)

    def cells(self) -> dict[str, str]:
        """All of them."""
        found: dict[str, str] = {}
        for frame in self.read("cells", None, None):
            found.update(zip(frame["sha256"].to_list(), frame["cell"].to_list(), strict=True))
        return found

    def close(self) -> None:
        """Close the connections."""
        self._address.engine.dispose()

    def frames(self, kind: str, since: float | None, until: float | None) -> Iterator[pl.DataFrame]:
        """Some rows at a time."""
        import sqlalchemy as sa

        table, names = self._tables[kind], list(columns(kind))
        query = sa.select(*(table.c[n] for n in names)).order_by(table.c.at)
        query = query if since is None else query.where(table.c.at >= _utc(since))
        query = query if until is None else query.where(table.c.at < _utc(until))
        with self._asked() as database:
            for rows in database.execution_options(yield_per=ROWS).execute(query).partitions():
                yield _frame(kind, [tuple(row) for row in rows])

    @contextmanager
    def _asked(self) -> Iterator[sa.Connection]:
        """A connection whose errors name the place, without a password."""
        import sqlalchemy as sa

        try:
            with self._address.engine.connect() as database:
                yield database
        except sa.exc.SQLAlchemyError as why:
            raise unreadable(self._address.shown, self._address.said(why)) from why


class _Rows:
    """Frames of a database, in which nothing is torn."""

    torn = 0

    def __init__(self, source: DatabaseSource, kind: str, since: float | None, until: float | None) -> None:
        self._ask = (source, kind, since, until)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        source, kind, since, until = self._ask
        yield from source.frames(kind, since, until)


def _frame(kind: str, rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    import polars as pl

    wanted = columns(kind)
    parts = {}
    for (name, dtype), cells in zip(wanted.items(), zip(*rows, strict=True), strict=True):
        if name in JSON_CELLS:
            values: list[Any] = [json.dumps(c, ensure_ascii=False) for c in cells]
        elif name in MOMENTS:
            values = [c if c is None or c.tzinfo else c.replace(tzinfo=dt.UTC) for c in cells]
        else:
            values = list(cells)
        parts[name] = pl.Series(name, values, dtype=dtype)
    return pl.DataFrame(parts)


def _utc(seconds: float) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
