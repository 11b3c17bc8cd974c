"""What a disk refuses, said so that a person can act on it; and how bytes are made to last."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ownproof.errors import ConfigError, system_error

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM}
REFUSALS = frozenset({*FULL, *FORBIDDEN, errno.EROFS, errno.EIO})


def refusal(error: OSError, what: str, path: Path) -> ConfigError:
    """The error of ours for one of the operating system's; `what` says what could not be done ("write the ledger")."""
    where = str(path)
    if error.errno in FULL:
        return ConfigError(
            f"cannot {what}: the disk is full",
            expected="free space beside the project",
            hint="free some space and run the same command again; what was finished is kept",
            where=where,
            code="disk-full",
        )
    if error.errno == errno.EROFS:
        return ConfigError(
            f"cannot {what}: the file system is read-only",
            expected="a folder that can be written",
            hint="name another folder with --out",
            where=where,
            code="read-only",
        )
    if error.errno in FORBIDDEN:
        return ConfigError(
            f"cannot {what}: permission denied",
            expected="a folder that this user may write",
            hint="change its permissions (chmod u+w), or name another folder with --out",
            where=where,
            code="unwritable",
        )
    if error.errno in {errno.ENOTDIR, errno.EISDIR, errno.EEXIST}:
        return ConfigError(
            f"cannot {what}: something else lies in its place",
            expected="a free name, or a folder",
            hint="move it away, or name another folder with --out",
            where=where,
            code="in-the-way",
        )
    reason = (error.strerror or type(error).__name__).lower()
    return ConfigError(
        f"cannot {what}: {reason}",
        expected="a disk that can be read and written",
        hint="look after the disk, then run the same command again",
        where=where,
        code="disk",
    )


@contextmanager
def disk(what: str, path: Path, *, only: frozenset[int] | None = None) -> Iterator[None]:
    """Turn every error of the system in the block (or those with some numbers) into a ConfigError that says what to do."""
    try:
        yield
    except Exception as error:
        known = system_error(error)
        if known is None or (only is not None and known.errno not in only):
            raise
        raise refusal(known, what, path) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last (a new file's name is lost in a power cut until its folder is synced)."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_tree(folder: Path) -> None:
    """Make every file and every name under a folder last."""
    for here, _, names in os.walk(folder):
        for name in names:
            path = Path(here) / name
            if path.is_symlink():
                continue
            fd = os.open(path, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
        sync_folder(Path(here))


def replaced(path: Path, data: bytes, *, beside: Path | None = None) -> None:
    """Write a file whole or not at all: beside its place, synced, then renamed. beside: where, if not in its folder."""
    part = beside or path.with_name(path.name + ".part")
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_all(fd: int, data: bytes) -> None:
    """Write every byte; one `write` unless the system takes less at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
