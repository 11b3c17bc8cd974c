"""Where a journal is read from: the folder that servers write to, or a place that copies of it were delivered to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ownproof.errors import InputError
from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.sinks.copies import DIALECTS
from ownproof.runtime.journal.typed import large_cells

if TYPE_CHECKING:
    import polars as pl

LEFT_BEHIND_S = 3 * 86_400.0
"""A journal whose last delivery is so much older than the newest one's is waited for no more."""


class Frames(Protocol):
    """The rows of one kind, frame by frame. torn: lines that could not be read, once it was walked through."""

    @property
    def torn(self) -> int:
        """Lines of the last walk that could not be read."""

    def __iter__(self) -> Iterator[pl.DataFrame]: ...


class Source(Protocol):
    """A journal to be read. shown: its place, without a password."""

    @property
    def shown(self) -> str:
        """Its place, for people: without a password."""

    def read(self, kind: str, since: float | None, until: float | None) -> Frames:
        """The rows with since <= at < until, unix seconds; the columns are those of `lines.columns`."""

    def complete(self, at: float) -> float:
        """The moment, `at` at the latest, up to which every row is there by now."""

    def cells(self) -> dict[str, str]:
        """The cells that went by their hash: SHA-256 to JSON text."""

    def close(self) -> None:
        """Let go of it."""


class Folder:
    """The folder that servers write to: what is written is there at once."""

    def __init__(self, folder: Path) -> None:
        """Raises InputError where there is none."""
        if not folder.is_dir():
            raise InputError(
                f"there is no journal {folder}",
                expected="the folder that ownproof serve writes its decisions to",
                hint="ownproof serve --journal FOLDER, or name it: --journal FOLDER",
                where="--journal",
                code="no-journal",
            )
        self.folder, self.shown = folder, str(folder.resolve())

    def read(self, kind: str, since: float | None, until: float | None) -> Frames:
        """Segments and compacted files alike."""
        return read(self.folder, kind, since=since, until=until)

    def complete(self, at: float) -> float:
        """At once."""
        return at

    def cells(self) -> dict[str, str]:
        """All of them."""
        return large_cells(self.folder)

    def close(self) -> None:
        """Nothing is held."""


def is_url(said: str) -> bool:
    """Whether this names a place elsewhere and no folder.

    >>> is_url("s3://bucket/journals"), is_url("C:/journal"), is_url("journal")
    (True, False, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:(//|:)", said) is not None


def open_source(said: str | Path) -> Source:
    """A folder, or a URL that copies were delivered to (`journal compact --to`).

    Raises InputError where nothing is or nothing can be read, MissingExtra for a driver that is not installed.
    """
    from ownproof.runtime.journal.sources.database import DatabaseSource
    from ownproof.runtime.journal.sources.files import FilesSource, copies_in

    if isinstance(said, Path) or not is_url(said):
        folder = Path(said)
        return FilesSource(str(folder)) if copies_in(folder) else Folder(folder)
    if said.partition("://")[0].partition("+")[0] in DIALECTS:
        return DatabaseSource(said)
    return FilesSource(said)


def complete_of(untils: list[float], at: float) -> float:
    """The moment up to which the copies of several journals are all complete; one that was left behind is not waited for.

    >>> complete_of([1000.0, 990.0], 2000.0), complete_of([400_000.0, 5.0], 500_000.0)
    (990.0, 400000.0)
    """
    newest = max(untils)
    return min(at, *(u for u in untils if u >= newest - LEFT_BEHIND_S))


def unreadable(shown: str, why: str) -> InputError:
    """The error for a place that cannot be read."""
    return InputError(
        f"the journal at {shown} cannot be read: {why}"[:400],
        expected="a place that ownproof journal compact --to delivers to",
        hint="see whether it can be reached from here, and whether something was delivered there",
        where="--journal",
        code="no-journal",
    )
