"""What a copy of a journal looks like elsewhere: tables of a database, and the mark that says how far it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ownproof.errors import MissingExtra
from ownproof.optional import need
from ownproof.runtime.journal.files import NAMES
from ownproof.runtime.journal.lines import JSON_CELLS, MOMENTS, columns

if TYPE_CHECKING:
    import sqlalchemy as sa

DIALECTS = ("postgresql", "postgres", "sqlite")
PREFIX = "ownproof_"
JSON_TOO = ("flags", "redacted", "problems")
INDEXED = ("id", "at", "key", "prediction_id", "sha256")
UNTIL = "until.json"
"""Beside a copied manifest: the moment up to which every row of the journal has been delivered."""


@dataclass(frozen=True, slots=True, eq=False)
class Address:
    """A database: its engine, and its URL without the password."""

    engine: sa.Engine
    shown: str
    password: str

    def said(self, why: Exception) -> str:
        """An error of the driver in one line, without the password."""
        text = (str(getattr(why, "orig", None) or why).splitlines() or [type(why).__name__])[0]
        return text.replace(self.password, "***") if self.password else text


def address_of(url: str, *, where: str, refused: Callable[[str, str], Exception]) -> Address:
    """Open the engine of a database. Raises MissingExtra for a driver that is not installed, what `refused` makes of a
    URL that cannot be read."""
    import sqlalchemy as sa

    try:
        address = sa.make_url(url.replace("postgres://", "postgresql://", 1))
    except sa.exc.ArgumentError as why:
        raise refused("the database", "its URL cannot be read") from why
    shown = address.render_as_string(hide_password=True)
    if address.drivername == "postgresql":
        need("psycopg", extra="postgres", wanted_by=f"{where} postgresql://")
        address = address.set(drivername="postgresql+psycopg")
    try:
        return Address(sa.create_engine(address), shown, str(address.password or ""))
    except (sa.exc.NoSuchModuleError, ImportError) as why:
        raise MissingExtra(
            f"the driver of {address.drivername} is not installed",
            expected="the database's Python driver",
            hint="install it beside ownproof",
            where=where,
        ) from why


def tables(metadata: sa.MetaData) -> dict[str, sa.Table]:
    """By kind; `files` says which files are there, `journals` up to which moment each journal is."""
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
    until = (sa.Column("journal", sa.String(32), primary_key=True), sa.Column("until", sa.Float()))
    made["journals"] = sa.Table(PREFIX + "journals", metadata, *until)
    return made
