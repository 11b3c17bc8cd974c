"""Rows of a journal as one Parquet file, counted and hashed; its name appears when it is whole and lasts."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ownproof.errors import system_error
from ownproof.runtime.journal.files import Compacted, sync_names
from ownproof.runtime.journal.lines import columns

if TYPE_CHECKING:
    import polars as pl

NAMED_BY = {"decisions": "id", "cells": "sha256"}
"""What is there once, of the kinds where the same line may have been written twice."""


def write_parquet(folder: Path, kind: str, frames: Iterable[pl.DataFrame]) -> Compacted | None:
    """Write frames into one file of the folder; None where they hold no row. Rows that came before are left out.

    The rows are counted again in what was written. Raises OSError when the disk refuses, and leaves nothing behind.
    """
    draft = folder / f".{kind}-{os.getpid()}.parquet"
    try:
        made = _written(draft, kind, frames)
        digest, size = _lasting(draft)
    except BaseException:
        with suppress(OSError):  # a full disk needs its room
            draft.unlink(missing_ok=True)
        raise
    if not made.rows:
        draft.unlink(missing_ok=True)
        return None
    begin = dt.datetime.fromtimestamp(made.first, dt.UTC)
    path = folder / f"{kind}-{begin:%Y%m%dT%H%M%S}-{digest[:16]}.parquet"
    os.replace(draft, path)
    sync_names(folder)
    entry = Compacted(file=path.name, kind=kind, rows=made.rows, sha256=digest, bytes=size, repeated=made.repeated)
    return msgspec.structs.replace(entry, first=made.first, last=made.last)


@dataclass(slots=True)
class _Tally:
    """What went through: rows, those left out as repeated, the earliest and latest moment; and what stopped it."""

    rows: int = 0
    repeated: int = 0
    first: float = float("inf")
    last: float = float("-inf")
    stopped: BaseException | None = None


def _written(draft: Path, kind: str, frames: Iterable[pl.DataFrame]) -> _Tally:
    import polars as pl
    from polars.io.plugins import register_io_source

    tally = _Tally()
    os.close(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    )  # as private as the lines were

    def source(*_: Any) -> Iterator[pl.DataFrame]:
        try:
            yield from _counted(kind, frames, tally)
        except BaseException as why:  # polars would tell of it in its own words
            tally.stopped = why
            raise

    try:
        lazy = register_io_source(source, schema=pl.Schema(columns(kind)), is_pure=False)
        lazy.sink_parquet(draft, compression="zstd", compression_level=6, maintain_order=True)
    except Exception as why:
        known = tally.stopped or system_error(why)
        if known is None:
            raise
        raise known from why
    found = pl.scan_parquet(draft).select(pl.len()).collect().item()
    if found != tally.rows:
        raise OSError(errno.EIO, f"{tally.rows} rows were written and {found} are there", str(draft))
    return tally


def _counted(kind: str, frames: Iterable[pl.DataFrame], tally: _Tally) -> Iterator[pl.DataFrame]:
    once = NAMED_BY.get(kind)
    seen: set[str] = set()
    for frame in frames:
        fresh = frame if once is None else _unseen(frame, once, seen)
        tally.repeated += frame.height - fresh.height
        if fresh.height:
            low: Any = fresh["at"].min()
            high: Any = fresh["at"].max()
            tally.first = min(tally.first, low.timestamp())
            tally.last = max(tally.last, high.timestamp())
            tally.rows += fresh.height
            yield fresh


def _unseen(frame: pl.DataFrame, name: str, seen: set[str]) -> pl.DataFrame:
    import polars as pl

    fresh = frame.unique(name, keep="first", maintain_order=True)
    names = fresh[name].to_list()
    again = [n in seen for n in names]
    seen.update(names)
    return fresh.filter(~pl.Series(again)) if any(again) else fresh


def _lasting(path: Path) -> tuple[str, int]:
    """Sync a file; its SHA-256 and size, read back from it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()
