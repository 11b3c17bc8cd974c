"""Reads Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from ownproof.core.plain import plain_columns
from ownproof.core.reader import RawTable
from ownproof.core.reading import no_rows
from ownproof.errors import InputError

MAGIC = b"PAR1"


class ParquetReader:
    """A Parquet file, scanned lazily with the types it brings."""

    name: ClassVar[str] = "parquet"

    def recognise(self, where: str, head: bytes) -> float:
        """By its first four bytes, else by its ending."""
        if head.startswith(MAGIC):
            return 1.0
        return 0.6 if head and where.lower().endswith((".parquet", ".pq")) else 0.0

    def read(self, where: str, *, query: str | None = None, scratch: Path | None = None) -> RawTable:
        """The raw table. Raises InputError for a file that is cut off, damaged, or has no row."""
        import polars as pl

        del query, scratch
        _whole(Path(where))
        try:
            frame = pl.scan_parquet(where, glob=False)
            height = frame.select(pl.len()).collect().item()
            plain, findings = plain_columns(frame)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as why:
            raise _broken(where, str(why).splitlines()[0][:160] if str(why) else type(why).__name__) from None
        if height == 0:
            raise no_rows(where, len(plain.collect_schema()))
        return RawTable(plain, findings, where)


def _whole(path: Path) -> None:
    with path.open("rb") as stream:
        start = stream.read(4)
        stream.seek(0, 2)
        size = stream.tell()
        stream.seek(max(0, size - 4))
        end = stream.read(4)
    if start != MAGIC:
        raise _broken(str(path), "it does not begin with PAR1")
    if end != MAGIC or size < 12:
        raise InputError(
            f"{path.name} breaks off: a Parquet file ends in PAR1, this one does not",
            expected="a whole file",
            hint="copy or write it again, then compare its size with the source's",
            where=str(path),
            code="truncated",
        )


def _broken(where: str, why: str) -> InputError:
    return InputError(
        f"{Path(where).name} is no readable Parquet file ({why})",
        expected="a Parquet file",
        hint="write it again; or, if it is of another format, give it that format's ending",
        where=where,
        code="damaged",
    )
