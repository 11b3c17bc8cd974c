"""A copy of the compacted files elsewhere, kept equal: what is new is delivered, what was deleted here is deleted there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from ownproof.errors import ConfigError
from ownproof.runtime.journal.compact import compacting
from ownproof.runtime.journal.files import NAMES, Compacted, listing, manifest, sync_names

IDENTITY = ".identity"


class Sink(Protocol):
    """One place, for one journal."""

    shown: str
    """Its URL, without a password."""

    def held(self) -> set[str]:
        """The names of the files that lie there, whole."""

    def change(self, added: Iterable[Compacted], removed: Iterable[str]) -> None:
        """Deliver files and remove others; a call that was cut short may be made again."""

    def mark(self, until: float) -> None:
        """Say up to which moment every row of the journal is there."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one call changed at a place."""

    to: str
    files: int
    rows: int
    removed: int


def deliver(folder: Path, url: str, *, at: float | None = None) -> Delivered:
    """Bring a place up to date with the manifest. Any number of journals may share a place.

    at: unix seconds now, with which the place is told how far its copy goes.
    url: a database of SQLAlchemy (postgresql://...), or a folder or URL of fsspec (s3://bucket/path, /mnt/copy).
    Raises ConfigError when the place cannot be reached or refuses, MissingExtra for a driver that is not installed.
    The journal itself is never changed by it; the next call goes on.
    """
    with compacting(folder):
        until = None if at is None else _delivered_until(folder, at)
        sink = _opened(folder, url)
        try:
            entries = {c.file: c for c in manifest(folder) if c.rows}
            held = sink.held()
            fresh = [c for name, c in entries.items() if name not in held]
            gone = sorted(held - entries.keys())
            if fresh or gone:
                sink.change(fresh, gone)
            if until is not None:
                sink.mark(until)
            return Delivered(sink.shown, len(fresh), sum(c.rows for c in fresh), len(gone))
        finally:
            sink.close()


def _opened(folder: Path, url: str) -> Sink:
    from ownproof.runtime.journal.sinks.copies import DIALECTS
    from ownproof.runtime.journal.sinks.database import DatabaseSink
    from ownproof.runtime.journal.sinks.files import FileSink

    who = identity(folder)
    if url.partition("://")[0].partition("+")[0] in DIALECTS:
        return DatabaseSink(folder, url, who)
    return FileSink(folder, url, who)


def _delivered_until(folder: Path, at: float) -> float:
    """The moment of the earliest row that is in no compacted file yet; now, where there is none."""
    firsts = [first for kind in NAMES for path in listing(folder, kind).segments if (first := _first(path)) is not None]
    return min([at, *firsts])


def _first(path: Path) -> float | None:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.readline(), type=_Moment).at
    except (OSError, msgspec.DecodeError):
        return None


class _Moment(msgspec.Struct):
    at: float


def identity(folder: Path) -> str:
    """What tells this journal from others at a shared place: made once, kept in the folder."""
    path = folder / IDENTITY
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        made = os.urandom(8).hex()
        draft = path.with_name(f"{IDENTITY}-{made}")
        draft.write_text(made + "\n", encoding="ascii")
        os.replace(draft, path)
        sync_names(folder)
        return made


def refused(shown: str, why: str) -> ConfigError:
    """The error for a place that cannot be reached or refuses."""
    return ConfigError(
        f"the journal cannot be delivered to {shown}: {why}"[:400],
        expected="a database or a folder that can be written",
        hint="mend it and call again: what was not delivered yet is delivered then",
        where="--to",
        code="sink",
    )
