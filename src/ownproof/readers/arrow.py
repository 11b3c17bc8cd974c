"""Reads Arrow files: IPC (Feather version 2) and IPC streams."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from ownproof.core.plain import plain_columns
from ownproof.core.reader import RawTable
from ownproof.core.reading import no_rows
from ownproof.errors import InputError

FILE, STREAM, OLD = b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"
ENDINGS = (".arrow", ".feather", ".ipc", ".arrows")


class ArrowReader:
    """An Arrow file, scanned lazily; a stream of batches is read at once."""

    name: ClassVar[str] = "arrow"

    def recognise(self, where: str, head: bytes) -> float:
        """By its first bytes, else by its ending."""
        ours = head and where.lower().endswith(ENDINGS)
        if head.startswith(FILE):
            return 1.0
        if head.startswith((STREAM, OLD)):
            return 1.0 if ours else 0.4
        return 0.6 if ours else 0.0

    def read(self, where: str, *, query: str | None = None, scratch: Path | None = None) -> RawTable:
        """The raw table. Raises InputError for a file that is cut off, damaged, or has no row."""
        import polars as pl

        del query, scratch
        path = Path(where)
        with path.open("rb") as stream:
            start = stream.read(8)
        if start.startswith(OLD):
            raise InputError(
                f"{path.name} is Feather version 1, which nothing writes any more",
                expected="Feather version 2",
                hint="read it with an older pandas and write it as Parquet",
                where=where,
                code="not-a-table",
            )
        if start.startswith(FILE):
            _whole(path)
        try:
            frame = pl.scan_ipc(where, glob=False) if start.startswith(FILE) else pl.read_ipc_stream(where).lazy()
            height = frame.select(pl.len()).collect().item()
            plain, findings = plain_columns(frame)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as why:
            raise InputError(
                f"{path.name} is no readable Arrow file ({(str(why).splitlines() or [type(why).__name__])[0][:160]})",
                expected="an Arrow IPC (Feather) file",
                where=where,
                code="damaged",
                hint="write it again; or, if it is of another format, give it that format's ending",
            ) from None
        if height == 0:
            raise no_rows(where, len(plain.collect_schema()))
        return RawTable(plain, findings, where)


def _whole(path: Path) -> None:
    with path.open("rb") as stream:
        stream.seek(0, 2)
        size = stream.tell()
        stream.seek(max(0, size - 6))
        end = stream.read(6)
    if end != FILE:
        raise InputError(
            f"{path.name} breaks off: an Arrow file ends in ARROW1, this one does not",
            expected="a whole file",
            hint="copy or write it again, then compare its size with the source's",
            where=str(path),
            code="truncated",
        )
