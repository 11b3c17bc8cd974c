"""Rows of a journal as one Parquet file, counted and hashed; its name appears when it is whole and lasts."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ownproof.runtime.journal.files import Compacted, sync_names
from ownproof.runtime.journal.lines import columns

if TYPE_CHECKING:
    import polars as pl

NAMED_BY = {"decisions": "id", "cells": "sha256"}
"""What is there once, of the kinds where the same line may have been written twice."""


def write_parquet(folder: Path, kind: str, frames: Iterable[pl.DataFrame]) -> Compacted | None:
    """Write frames into one file of the folder; None where they hold no row. Rows that came before are left out.

    The rows are counted again in what was written. Raises OSError when the disk refuses, and leaves a draft behind at most.
    """
    draft = folder / f".{kind}-{os.getpid()}.parquet"
    rows, repeated, first, last = _written(draft, kind, frames)
    if not rows:
        draft.unlink(missing_ok=True)
        return None
    digest, size = _lasting(draft)
    begin = dt.datetime.fromtimestamp(first, dt.UTC)
    path = folder / f"{kind}-{begin:%Y%m%dT%H%M%S}-{digest[:16]}.parquet"
    os.replace(draft, path)
    sync_names(folder)
    return Compacted(
        file=path.name, kind=kind, rows=rows, sha256=digest, bytes=size, first=first, last=last, repeated=repeated
    )


def _written(draft: Path, kind: str, frames: Iterable[pl.DataFrame]) -> tuple[int, int, float, float]:
    """The rows that were written, those left out as repeated, and the earliest and latest moment."""
    import pyarrow.parquet as pq

    once = NAMED_BY.get(kind)
    seen: set[str] = set()
    rows = repeated = 0
    first, last = float("inf"), float("-inf")
    with pq.ParquetWriter(draft, _schema(kind), compression="zstd", compression_level=6) as file:
        for frame in frames:
            fresh = frame if once is None else _unseen(frame, once, seen)
            repeated += frame.height - fresh.height
            if not fresh.height:
                continue
            low, high = fresh["at"].min(), fresh["at"].max()
            first, last = min(first, low.timestamp()), max(last, high.timestamp())  # type: ignore[union-attr]
            rows += fresh.height
            file.write_table(fresh.to_arrow().cast(_schema(kind)))
    found = pq.read_metadata(draft).num_rows
    if found != rows:
        raise OSError(5, f"{rows} rows were written and {found} are there", str(draft))
    return rows, repeated, first, last


def _schema(kind: str) -> object:
    import polars as pl

    return pl.DataFrame(schema=columns(kind)).to_arrow().schema


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
