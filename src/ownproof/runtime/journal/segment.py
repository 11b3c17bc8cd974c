"""One file that one process appends to, locked for as long as it is written."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

REMEMBERED_BYTES = 32 << 20
"""Lines that are kept in memory while a disk does not answer, to be written elsewhere should it fail."""
NAME = "{kind}-{worker}-{number:06d}.jsonl"


class Segment:
    """An append-only file of lines. While it is open its process holds a lock on it, which dies with the process.

    The file appears under its name already locked, so that nobody takes a fresh one for one that was left behind.
    Raises OSError when the system refuses.
    """

    def __init__(self, folder: Path, *, kind: str, worker: str, number: int, opened: float) -> None:
        self.kind = kind
        self.opened = opened
        self.size = 0  # bytes of whole lines
        self.synced = 0  # of them, those that a power cut leaves
        self.unsynced: list[bytes] = []
        self.forgot = False  # a disk hung for so long that not every line that is not synced is remembered
        self._remembered_from = 0  # the size when the lines that are remembered begin
        self.named = False  # whether the folder's entry was synced, too
        self.failed = False  # a sync failed: what it held since the last good one is written elsewhere
        self._torn = False
        self.path = folder / NAME.format(kind=kind, worker=worker, number=number)
        draft = folder / f".{self.path.name}"
        self.fd = os.open(draft, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            with suppress(OSError):  # a file system without locks: nothing may be compacted while this is written
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.replace(draft, self.path)
        except OSError:
            os.close(self.fd)
            with suppress(OSError):
                draft.unlink()
            raise

    def append(self, line: bytes) -> None:
        """Add one line by one write(2). Raises OSError when the disk refuses; no half line is left then."""
        data = b"\n" + line if self._torn else line
        wrote = os.write(self.fd, data)
        if wrote != len(data):
            self._rest(memoryview(data)[wrote:])
        self.size += len(data)
        self._torn = False
        if self.size - self._remembered_from > REMEMBERED_BYTES:
            self.forgot = True
            self.unsynced = []
        self.unsynced.append(line)

    def take(self) -> list[bytes]:
        """The lines that are not safe yet; what is appended from now on waits for the next turn."""
        lines, self.unsynced = self.unsynced, []
        self._remembered_from = self.size
        return lines

    def _rest(self, view: memoryview) -> None:
        """What the system did not take at once; takes back the beginning when it takes no more (a full disk)."""
        try:
            while view:
                view = view[os.write(self.fd, view) :]
        except OSError:
            try:
                os.ftruncate(self.fd, self.size)
            except OSError:
                self._torn = True  # readers skip the half line; the next line starts on one of its own
                self.size = os.fstat(self.fd).st_size
            raise

    def take_back(self) -> None:
        """Cut off what was never synced, after it was written elsewhere; nothing is left of an empty file."""
        if self.fd < 0:
            return
        os.ftruncate(self.fd, self.synced)
        self.size = self.synced
        self.unsynced = []
        self.close()

    def close(self) -> None:
        """Let go of the file; an empty one is removed."""
        if self.fd < 0:
            return
        if not self.size:
            with suppress(OSError):
                self.path.unlink()
        os.close(self.fd)
        self.fd = -1
