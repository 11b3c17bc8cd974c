"""What a reader answers: whether a place is its own, and the raw table that lies there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from ownproof.core.report import Finding

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class RawTable:
    """Cells as they were stored, before anybody types them.

    frame: lazy; a file is scanned, not held. findings: what reading it showed (encoding, column names ...).
    source: where it came from, without passwords. raw_text: every cell is text (CSV), so that leading zeros and
    words for missing survive.
    """

    frame: pl.LazyFrame
    findings: tuple[Finding, ...] = ()
    source: str = ""
    raw_text: bool = False


@runtime_checkable
class Reader(Protocol):
    """One format."""

    name: ClassVar[str]

    def recognise(self, where: str, head: bytes) -> float:
        """How sure (0..1) the place is of this format.

        where: a path or URL; head: the first bytes of the file, empty for a URL.
        """

    def read(self, where: str, *, query: str | None = None, scratch: Path | None = None) -> RawTable:
        """The raw table. Raises InputError when it cannot be read.

        query: what to ask a database. scratch: a folder that outlives the table, for files that must be decoded
        first; without it they are decoded in memory.
        """
