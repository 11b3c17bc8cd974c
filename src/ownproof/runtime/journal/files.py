"""What lies in a journal's folder: segments, compacted files, and the manifest that says which of them count."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ownproof.errors import InputError, OwnproofError, Tampered, all_at_once
from ownproof.runtime.journal.records import KINDS

NAMES = tuple(KINDS.values())
SEGMENT = re.compile(rf"({'|'.join(NAMES)})-[0-9a-f]{{16}}-[0-9]{{6,}}\.jsonl")
MANIFEST = "manifest.jsonl"
READERS = ".readers"
"""The lock that readers share; while one holds it nothing is deleted."""


class Compacted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Parquet file of the manifest: what it holds and what it was made from.

    first and last: unix seconds of the earliest and the latest row (0 without rows); torn: lines that could not be
    read; repeated: rows that came twice; segments: how many it was made from; sources: those of them that may still lie
    there. file is empty where no row was left.
    """

    file: str
    kind: str
    rows: int
    sha256: str
    bytes: int
    first: float = 0.0
    last: float = 0.0
    torn: int = 0
    repeated: int = 0
    segments: int = 0
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What counts of one kind: compacted files, and the segments that are in none of them, oldest writer first."""

    compacted: tuple[Compacted, ...]
    segments: tuple[Path, ...]


def manifest(folder: Path) -> tuple[Compacted, ...]:
    """The compacted files. Raises Tampered when the manifest cannot be read."""
    try:
        raw = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        return ()
    try:
        return tuple(msgspec.json.decode(line, type=Compacted) for line in raw.splitlines())
    except (msgspec.DecodeError, UnicodeDecodeError) as why:
        raise Tampered(
            f"the journal's manifest cannot be read: {why}",
            expected="one JSON line for each compacted file, as it was written",
            hint=f"put {MANIFEST} back from a backup; the Parquet files beside it are whole",
            where=str(folder / MANIFEST),
            code="journal-manifest",
        ) from None


def listing(folder: Path, kind: str) -> Listing:
    """What a reader has to read. Raises InputError when the folder is not there, Tampered for a damaged manifest."""
    try:
        names = sorted(n.name for n in folder.iterdir() if (m := SEGMENT.fullmatch(n.name)) and m[1] == kind)
    except OSError as why:
        raise InputError(
            f"there is no journal at {folder} ({why.strerror})",
            expected="the folder that the server writes its journal to",
            hint="name it with --journal, or start in the project",
            where=str(folder),
            code="no-journal",
        ) from None
    compacted = tuple(c for c in manifest(folder) if c.kind == kind)
    done = {name for c in compacted for name in c.sources}
    return Listing(compacted, tuple(folder / n for n in names if n not in done))


def check(folder: Path) -> int:
    """Compare every compacted file with the hash in the manifest; how many there are. Raises Tampered naming each that is
    gone or changed."""
    problems: list[OwnproofError] = []
    entries = [c for c in manifest(folder) if c.file]
    for each in entries:
        try:
            with (folder / each.file).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as why:
            found = f"nothing ({why.strerror})"
        if found != each.sha256:
            problems.append(
                Tampered(
                    f"{each.file} of the journal is not what was written",
                    expected=f"{each.rows:,} rows with SHA-256 {each.sha256[:12]}…, found {found[:40]}",
                    hint="put the file back from a backup or from where the journal was delivered to",
                    where=each.file,
                    code="journal-file",
                )
            )
    if problems:
        raise all_at_once(problems)
    return len(entries)


def in_use(path: Path) -> bool:
    """Whether a process still writes a segment, or takes it away; True too where the file system cannot tell."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """While it lasts no file of the journal is deleted; a folder that cannot be written is read without that."""
    fd = _readers(folder, os.O_RDWR | os.O_CREAT)
    try:
        if fd is not None:
            fcntl.flock(fd, fcntl.LOCK_SH)
        yield
    finally:
        if fd is not None:
            os.close(fd)


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Whether nobody reads, and nobody begins to while it lasts; never waits."""
    fd = _readers(folder, os.O_RDWR | os.O_CREAT)
    free = fd is not None
    try:
        if fd is not None:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                free = False
        yield free
    finally:
        if fd is not None:
            os.close(fd)


def _readers(folder: Path, flags: int) -> int | None:
    try:
        return os.open(folder / READERS, flags | os.O_CLOEXEC, 0o640)
    except OSError as why:
        if why.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT}:
            try:
                return os.open(folder / READERS, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return None
        if why.errno in {errno.ENOENT, errno.ENOTDIR}:
            return None
        raise


def replace_manifest(folder: Path, entries: Sequence[Compacted]) -> None:
    """Write the manifest anew, whole or not at all; when this returns it lasts. Raises OSError."""
    draft = folder / f".{MANIFEST}"
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    try:
        view = memoryview(b"".join(msgspec.json.encode(e) + b"\n" for e in entries))
        while view:
            view = view[os.write(fd, view) :]
        os.fsync(fd)
    finally:
        os.close(fd)
    os.replace(draft, folder / MANIFEST)
    sync_names(folder)


def sync_names(folder: Path) -> None:
    """Make the names in a folder last."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
