"""One command at a time on a project: a lock that dies with the process that holds it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ownproof.errors import Locked
from ownproof.project.disk import disk

BUSY = {errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK}


@dataclass(slots=True)
class Held:
    """A lock file that this process has open and locked, and how many times it was entered."""

    fd: int
    times: int


# A lock belongs to a process, so what this process holds is known once for all of it, by device and inode.
_held: dict[tuple[int, int], Held] = {}
_guard = threading.RLock()


def _forget() -> None:
    """A forked child holds nothing: closing its copies leaves the parent's lock as it is."""
    global _guard  # noqa: PLW0603 - another thread of the parent may have held it at the moment of the fork
    _guard = threading.RLock()
    for held in _held.values():
        with suppress(OSError):
            os.close(held.fd)
    _held.clear()


os.register_at_fork(after_in_child=_forget)


class Lock:
    """`with Lock(path, command="ownproof run ..."):` holds the project; a second entry in the same process is free.

    Raises Locked (exit 6) with the process id and the command of the holder, ConfigError when the file cannot be made.
    The file stays behind: only the lock on it means anything.
    """

    def __init__(self, path: Path, *, command: str) -> None:
        self.path = path
        self.command = command
        self._keys: list[tuple[int, int]] = []

    def __enter__(self) -> Self:
        with _guard:
            self._keys.append(self._take())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _guard:
            key = self._keys.pop()
            held = _held.get(key)
            if held is None:  # entered before a fork, left in the child
                return
            held.times -= 1
            if not held.times:
                del _held[key]
                os.close(held.fd)

    def _take(self) -> tuple[int, int]:
        with disk("lock the project", self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        status = os.fstat(fd)
        key = (status.st_dev, status.st_ino)
        if key in _held:
            os.close(fd)  # (unlike fcntl's record locks, a flock outlives the closing of another descriptor)
            _held[key].times += 1
            return key
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read(fd)
            os.close(fd)
            if error.errno in BUSY:
                raise self._locked(holder) from None
            with disk("lock the project", self.path):
                raise
        with suppress(OSError):  # the note is a courtesy to whoever is refused; the lock holds without it
            note = json.dumps({"pid": os.getpid(), "command": self.command}).encode()
            os.ftruncate(fd, 0)
            os.pwrite(fd, note, 0)
        _held[key] = Held(fd, 1)
        return key

    def _locked(self, holder: dict[str, object]) -> Locked:
        pid, command = holder.get("pid", "unknown"), holder.get("command", "an unknown command")
        return Locked(
            f"another command works on this project: process {pid}, {command}",
            expected="one command at a time on a project",
            hint=f"wait for it to end, or end it (kill {pid}); the lock goes with it"
            if "pid" in holder
            else "wait for it to end",
            where=str(self.path),
        )


def _read(fd: int) -> dict[str, object]:
    """What the holder says of itself; empty while it has not said it yet."""
    with suppress(OSError, ValueError):
        found = json.loads(os.pread(fd, 65536, 0))
        if isinstance(found, dict):
            return found
    return {}
