"""A table written part by part, and seen by others whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".arrow", ".feather")


class Output:
    """A file in the form that its ending says. Parts wait beside it until `finish`; nothing is left half-written."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._parts = target.with_name(f".{target.name}.{os.getpid()}.parts")
        self._count = 0

    def __enter__(self) -> Self:
        self._parts.mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, where: TracebackType | None
    ) -> None:
        shutil.rmtree(self._parts, ignore_errors=True)

    def add(self, part: pl.DataFrame) -> None:
        """The next rows. All parts have the same columns of the same types."""
        part.write_ipc(self._parts / f"{self._count:08}.arrow", compression="uncompressed")
        self._count += 1

    def finish(self) -> None:
        """Put the parts together, sync, and rename: a reader sees the whole file or none."""
        import polars as pl

        table = pl.concat([pl.scan_ipc(self._parts / f"{n:08}.arrow") for n in range(self._count)])
        beside, ending = self._parts / "whole", self._target.suffix.lower()
        if ending in (".csv", ".tsv"):
            table.sink_csv(beside, separator="\t" if ending == ".tsv" else ",")
        elif ending == ".parquet":
            table.sink_parquet(beside)
        elif ending in (".jsonl", ".ndjson"):
            table.sink_ndjson(beside)
        else:
            table.sink_ipc(beside)
        with beside.open("rb") as handle:
            os.fsync(handle.fileno())
        beside.replace(self._target)
