"""Closed segments become Parquet files, a quarter of their size, with counts and hashes; a crash loses nothing.

The manifest is the only thing that says what counts, and it is replaced in one step. Before it, the segments count and
the new file is no part of the journal; after it, the new file counts and the segments are mere left-overs, which are deleted
then or at the next call. So each row counts once at every moment.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ownproof.core.policy import Policy
from ownproof.errors import Locked
from ownproof.runtime.journal.files import (
    NAMES,
    SEGMENT,
    Compacted,
    alone,
    in_use,
    listing,
    manifest,
    replace_manifest,
    sync_names,
)
from ownproof.runtime.journal.parquet import write_parquet
from ownproof.runtime.journal.reading import Reading

if TYPE_CHECKING:
    import polars as pl

LOCK = ".compacting"
ABANDONED_S = 3600.0
Keep = Callable[["pl.DataFrame"], "pl.DataFrame"]
"""The rows of a frame that stay."""


@dataclass(frozen=True, slots=True)
class Done:
    """What one call did. files: made anew; segments: closed ones that went into them; in_use: left, since they are still
    written; rows, torn and repeated: of the new files; merged: small files that became part of a larger one;
    waiting: left-overs that are deleted when nobody reads any more."""

    files: tuple[Compacted, ...]
    segments: int
    in_use: int
    rows: int
    torn: int
    repeated: int
    merged: int
    waiting: int


def compact(folder: Path, *, policy: Policy | None = None) -> Done:
    """Turn every closed segment into Parquet, and many small files into one.

    Raises Locked while another process compacts, InputError where there is no journal, Tampered when a file does
    not match the manifest, OSError when the disk refuses: then the journal is as it was.
    """
    numbers = policy or Policy()
    with compacting(folder):
        clear(folder)
        made: list[Compacted] = []
        segments = merged = busy = 0
        for kind in NAMES:
            found = listing(folder, kind)
            closed = [p for p in found.segments if not in_use(p)]
            busy += len(found.segments) - len(closed)
            small, due = _small(found.compacted, numbers)
            for batch in _batches(closed, numbers.journal_batch_mb << 20) or ([[]] if due else []):
                made.append(rewritten(folder, kind, segments=batch, files=small))
                merged += len(small)
                small = []
            segments += len(closed)
        waiting = clear(folder)
    return Done(
        tuple(c for c in made if c.file),
        segments,
        busy,
        sum(c.rows for c in made),
        sum(c.torn for c in made),
        sum(c.repeated for c in made),
        merged,
        waiting,
    )


def rewritten(
    folder: Path, kind: str, *, segments: Sequence[Path] = (), files: Sequence[Compacted] = (), keep: Keep | None = None
) -> Compacted:
    """One new file for segments and files, of which the manifest says so from then on; without a name where no row stays.

    keep: which rows stay. Called within `compacting`; what was replaced is deleted by `clear`.
    """
    reading = Reading(folder, kind, None, None)

    def frames() -> Iterator[pl.DataFrame]:
        for frame in reading.over(files, segments):
            yield frame if keep is None else keep(frame)

    made = write_parquet(folder, kind, frames())
    there = [n for c in files for n in c.sources if (folder / n).exists()]
    entry = msgspec.structs.replace(
        made or Compacted(file="", kind=kind, rows=0, sha256="", bytes=0),
        torn=reading.torn,
        repeated=sum(c.repeated for c in files) + (made.repeated if made else 0),
        segments=sum(c.segments for c in files) + len(segments),
        sources=(*there, *(p.name for p in segments)),
    )
    replace_manifest(folder, [*(c for c in manifest(folder) if c not in files), entry])
    return entry


@contextmanager
def compacting(folder: Path) -> Iterator[None]:
    """Hold the lock of those who replace files. Raises Locked while somebody else does."""
    listing(folder, NAMES[0])  # says where there is no journal
    fd = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Locked(
                "another process compacts this journal",
                expected="one at a time",
                hint="wait for it to end; its lock goes with it",
                where=str(folder),
            ) from None
        yield
    finally:
        os.close(fd)


def clear(folder: Path) -> int:
    """Delete what counts no more, unless somebody reads; how many files are left to be deleted."""
    entries = manifest(folder)
    count = {c.file for c in entries}
    done = {n for c in entries for n in c.sources}
    left = [
        path
        for path in folder.iterdir()
        if path.name in done
        or (path.suffix == ".parquet" and path.name.lstrip(".").startswith(NAMES) and path.name not in count)
        or (path.name.startswith(".") and SEGMENT.fullmatch(path.name[1:]) and _abandoned(path))
    ]
    if not left:
        return 0
    with alone(folder) as free:
        if not free:
            return len(left)
        for path in left:
            with suppress(FileNotFoundError):
                path.unlink()
        sync_names(folder)
    return 0


def _abandoned(path: Path) -> bool:
    """Whether a segment never got its name: a fresh one gets it within moments."""
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > ABANDONED_S and not in_use(path)
    return False


def _small(files: Sequence[Compacted], numbers: Policy) -> tuple[list[Compacted], bool]:
    """The files that go into the next one, and whether they are enough to make one of their own.

    Those without a row go with whatever comes.
    """
    few = [c for c in files if not c.rows]
    small = [c for c in files if c.rows and c.bytes < numbers.journal_small_mb << 20]
    return (few + small, True) if len(small) >= numbers.journal_small_files else (few, False)


def _batches(paths: Sequence[Path], most: int) -> list[list[Path]]:
    """Runs of files that together are not much larger than `most` bytes."""
    batches: list[list[Path]] = []
    size = most
    for path in paths:
        if size >= most:
            batches.append([])
            size = 0
        batches[-1].append(path)
        size += path.stat().st_size
    return batches
