"""Rows that must go, of one caller's id or too old, and fields that must: files are written anew without them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ownproof.runtime.journal.compact import clear, compact, compacting, rewritten
from ownproof.runtime.journal.files import NAMES, Compacted, listing, manifest
from ownproof.runtime.journal.reading import Reading, read

if TYPE_CHECKING:
    import polars as pl

_Row = dict[str, msgspec.Raw]
HASH = re.compile(r'"sha256":"([0-9a-f]{64})"')
Gone = Callable[["pl.DataFrame"], "pl.Expr"]
"""An expression that is true for the rows of a frame that go."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows of each kind are gone; left: rows that should be and lie in files that are still written (call
    again when these are closed, an hour later at most); waiting: old files that are deleted when nobody reads any more."""

    decisions: int
    outcomes: int
    refusals: int
    cells: int
    left: int
    waiting: int


def forget(folder: Path, key: str) -> Forgotten:
    """Delete every decision with a caller's id, its outcomes, and the cells that no other decision holds.

    Segments that nobody writes are compacted first. Raises what `compact` raises; after a crash call it again.
    """
    import polars as pl

    compact(folder)
    ids = [i for f in read(folder) for i in f.filter(pl.col("key") == key)["id"].to_list()]
    gone: dict[str, Gone] = {
        "decisions": lambda _: pl.col("key") == key,
        "outcomes": lambda _: (pl.col("id") == key) | pl.col("prediction_id").is_in(ids),
    }
    return _without(folder, gone)


def expire(folder: Path, before: float) -> Forgotten:
    """Delete every row from before a moment (unix seconds), and the cells that no decision holds any more."""
    import datetime as dt

    import polars as pl

    compact(folder)
    moment = dt.datetime.fromtimestamp(before, dt.UTC)
    old: Gone = lambda _: pl.col("at") < moment  # noqa: E731
    return _without(folder, {kind: old for kind in NAMES if kind != "cells"})


def redact(folder: Path, names: Sequence[str]) -> Forgotten:
    """Take fields out of the inputs of every decision, which says so in `redacted`; decisions counts those changed."""
    import polars as pl

    compact(folder)
    left = changed = 0
    with compacting(folder):
        held = _hashes(folder, None)
        for each in [c for c in manifest(folder) if c.kind == "decisions" and c.rows]:
            found = _count(folder, each, lambda _: _holding(names))
            if found:
                rewritten(folder, "decisions", files=[each], keep=lambda frame: _bare(frame, names))
                changed += found
        left += _still(folder, "decisions", lambda _: _holding(names))
        unheld = held - _hashes(folder, None)
        cells = _rewrite(folder, "cells", _among(unheld)) if unheld else 0
        left += _still(folder, "cells", lambda _: pl.col("sha256").is_in(sorted(unheld))) if unheld else 0
        waiting = clear(folder)
    return Forgotten(changed, 0, 0, cells, left, waiting)


def _holding(names: Sequence[str]) -> pl.Expr:
    """Whether the inputs have one of the fields."""
    import polars as pl

    def has(texts: pl.Series) -> pl.Series:
        return pl.Series(
            [not set(names).isdisjoint(msgspec.json.decode(t, type=_Row)) for t in texts], dtype=pl.Boolean
        )

    return pl.col("inputs").map_batches(has, return_dtype=pl.Boolean)


def _bare(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    import polars as pl

    inputs, redacted = [], []
    for text, before in zip(frame["inputs"].to_list(), frame["redacted"].to_list(), strict=True):
        row = msgspec.json.decode(text, type=_Row)
        gone = [n for n in names if row.pop(n, None) is not None]
        inputs.append(msgspec.json.encode(row).decode() if gone else text)
        redacted.append([*before, *(n for n in gone if n not in before)])
    return frame.with_columns(pl.Series("inputs", inputs), pl.Series("redacted", redacted, dtype=pl.List(pl.String)))


def _without(folder: Path, gone: dict[str, Gone]) -> Forgotten:
    counts = dict.fromkeys(NAMES, 0)
    left = 0
    with compacting(folder):
        dropped = _hashes(folder, gone.get("decisions"))
        for kind, rows in gone.items():
            counts[kind] = _rewrite(folder, kind, rows)
            left += _still(folder, kind, rows)
        if dropped:
            unheld = dropped - _hashes(folder, None)
            counts["cells"] = _rewrite(folder, "cells", _among(unheld))
            left += _still(folder, "cells", _among(unheld))
        waiting = clear(folder)
    return Forgotten(counts["decisions"], counts["outcomes"], counts["refusals"], counts["cells"], left, waiting)


def _among(hashes: set[str]) -> Gone:
    import polars as pl

    return lambda _: pl.col("sha256").is_in(sorted(hashes))


def _rewrite(folder: Path, kind: str, gone: Gone) -> int:
    """Write anew the files that hold such rows; how many rows went."""
    count = 0
    for each in [c for c in manifest(folder) if c.kind == kind and c.rows]:
        found = _count(folder, each, gone)
        if found:
            rewritten(folder, kind, files=[each], keep=lambda frame: frame.filter(~gone(frame).fill_null(value=False)))
            count += found
    return count


def _count(folder: Path, each: Compacted, gone: Gone) -> int:
    return sum(f.filter(gone(f)).height for f in Reading(folder, each.kind, None, None).over([each], []))


def _still(folder: Path, kind: str, gone: Gone) -> int:
    """Such rows in files that are being written."""
    segments = listing(folder, kind).segments
    return sum(f.filter(gone(f)).height for f in Reading(folder, kind, None, None).over([], segments))


def _hashes(folder: Path, gone: Gone | None) -> set[str]:
    """The cells that decisions hold: those that go, or (None) all that are there."""
    import polars as pl

    found: set[str] = set()
    for frame in read(folder):
        some = frame.filter(pl.col("inputs").str.contains('"sha256":"', literal=True))
        for text in (some if gone is None else some.filter(gone(some)))["inputs"].to_list():
            found.update(HASH.findall(text))
    return found
