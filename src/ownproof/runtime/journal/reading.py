"""Reads a journal: segments and compacted files alike, each row once, a few at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ownproof.errors import Tampered
from ownproof.runtime.journal.files import Compacted, listing, shared
from ownproof.runtime.journal.lines import columns, decoded

if TYPE_CHECKING:
    import polars as pl

BLOCK = 4 << 20
"""Bytes of a segment that become one frame."""
ROWS = 25_000
"""Rows of a compacted file that become one frame."""
Moment = dt.datetime | float
"""A moment: aware, or unix seconds."""


class Reading:
    """The rows of one kind, frame by frame, those in compacted files first; it may be walked through again.

    torn: the lines of the last walk that could not be read (cut short by a crash, or damaged), and rows: those that
    were. While it is walked through no file is deleted under it. Raises InputError where there is no journal,
    Tampered for a compacted file that is gone or cannot be read.
    """

    def __init__(self, folder: Path, kind: str, since: float | None, until: float | None) -> None:
        self.folder, self.kind = folder, kind
        self._since, self._until = since, until
        self.torn = self.rows = 0

    def __iter__(self) -> Iterator[pl.DataFrame]:
        with shared(self.folder):
            found = listing(self.folder, self.kind)
            yield from self.over(found.compacted, found.segments)

    def over(self, compacted: Sequence[Compacted], segments: Sequence[Path]) -> Iterator[pl.DataFrame]:
        """Walk through some files only."""
        self.torn = self.rows = 0
        for each in compacted:
            self.torn += each.torn
            if each.rows and self._wanted(each):
                yield from self._counted(self._parquet(each))
        for path in segments:
            yield from self._counted(self._segment(path))

    def frame(self) -> pl.DataFrame:
        """Everything at once."""
        import polars as pl

        frames: list[pl.DataFrame] = [pl.DataFrame(schema=columns(self.kind)), *self]
        return pl.concat(frames)

    def _counted(self, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        for frame in frames:
            inside = frame.filter(window(self._since, self._until))
            self.rows += inside.height
            if inside.height:
                yield inside

    def _wanted(self, each: Compacted) -> bool:
        return not (
            (self._since is not None and each.last < self._since)
            or (self._until is not None and each.first >= self._until)
        )

    def _segment(self, path: Path) -> Iterator[pl.DataFrame]:
        held = b""
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                *whole, held = (held + block).split(b"\n")
                frame, bad = decoded(whole, self.kind)
                self.torn += bad
                yield frame
        self.torn += bool(held)

    def _parquet(self, each: Compacted) -> Iterator[pl.DataFrame]:
        import polars as pl

        try:
            rows = pl.scan_parquet(self.folder / each.file).filter(window(self._since, self._until))
            yield from rows.collect_batches(chunk_size=ROWS, maintain_order=True)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as why:
            raise Tampered(
                f"{each.file} of the journal cannot be read: {str(why).splitlines()[0][:160]}",
                expected=f"{each.rows:,} rows with SHA-256 {each.sha256[:12]}…",
                hint="put the file back from a backup or from where the journal was delivered to",
                where=str(self.folder / each.file),
                code="journal-file",
            ) from None


def read(
    folder: str | Path, kind: str = "decisions", *, since: Moment | None = None, until: Moment | None = None
) -> Reading:
    """The rows of a journal with since <= at < until.

    kind: decisions, refusals, outcomes or cells; the columns are those of `lines.columns`. Rows of one segment come in
    the order in which they were written, which is that of `at` unless a clock was set back.
    """
    return Reading(Path(folder), kind, _seconds(since), _seconds(until))


def window(since: float | None, until: float | None) -> pl.Expr:
    """Rows with since <= at < until."""
    import polars as pl

    after = pl.lit(value=True) if since is None else pl.col("at") >= _utc(since)
    return after if until is None else after & (pl.col("at") < _utc(until))


def _seconds(moment: Moment | None) -> float | None:
    return moment.timestamp() if isinstance(moment, dt.datetime) else moment


def _utc(seconds: float) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
