"""The files of one process, by kind: those it writes, those that are full, those that are no longer trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ownproof.runtime.journal.segment import Segment


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A segment whose turn it is to be synced: its size then, the lines that are not safe yet, whether it was retired."""

    segment: Segment
    size: int
    lines: list[bytes]
    retired: bool


class Segments:
    """What a writer appends to and what it has to sync. Not for two threads at a time: its owner holds a lock."""

    def __init__(self, folder: Path, *, worker: str, bytes_most: int, steady: Callable[[], float]) -> None:
        self.folder, self.worker, self.bytes_most = folder, worker, bytes_most
        self._steady = steady
        self.open: dict[str, Segment] = {}
        self._retired: list[Segment] = []  # full or old, to be synced and closed
        self._doubtful: list[Segment] = []  # a sync failed; cut back once their lines are safe elsewhere
        self._numbers: dict[str, int] = {}

    def append(self, line: bytes, kind: str) -> None:
        """Add a line to the file of its kind. Raises OSError when the disk refuses it."""
        segment = self.open.get(kind) or self.fresh(kind)
        if segment.size and segment.size >= self.bytes_most:
            segment = self._roll(segment)
        segment.append(line)

    def fresh(self, kind: str) -> Segment:
        """Begin a file. Raises OSError when the disk refuses."""
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        made = Segment(self.folder, kind=kind, worker=self.worker, number=number, opened=self._steady())
        self.open[kind] = made
        return made

    def _roll(self, old: Segment) -> Segment:
        try:
            fresh = self.fresh(old.kind)
        except OSError:  # no room for another name: the old one grows
            return old
        self._retired.append(old)
        return fresh

    def age(self, seconds: float) -> bool:
        """Retire files that were written for so long; whether there were any."""
        now = self._steady()
        old = [s for s in self.open.values() if s.size and now - s.opened >= seconds]
        for segment in old:
            del self.open[segment.kind]
        self._retired += old
        return bool(old)

    def taken(self) -> list[Work]:
        """What is to be synced."""
        retired, self._retired = self._retired, []
        work = [Work(s, s.size, s.take(), retired=True) for s in retired]
        return work + [Work(s, s.size, s.take(), retired=False) for s in self.open.values() if s.unsynced]

    def put_back(self, failed: Iterable[Work]) -> None:
        """Their turn comes again."""
        for each in failed:
            each.segment.unsynced = each.lines + each.segment.unsynced
            if each.retired:
                self._retired.append(each.segment)

    def moved(self, failed: list[Segment]) -> bool:
        """Whether the lines of segments that are no longer trusted were appended to new ones."""
        whole = True
        for old in failed:
            if old.forgot:
                whole = False
                self._give_up(old)
                continue
            before = current = self.open.get(old.kind)
            fresh = None
            try:
                if current is None or current.failed:
                    current = fresh = self.fresh(old.kind)
                for each in old.unsynced:
                    current.append(each)
            except OSError:
                if fresh is not None:
                    del self.open[old.kind]
                    self.open |= {} if before is None else {old.kind: before}
                    with suppress(OSError):
                        fresh.take_back()
                return False
            old.unsynced = []
            self._retired = [s for s in self._retired if s is not old]
            self._doubtful.append(old)
        return whole

    def _give_up(self, old: Segment) -> None:
        """Leave a file as it is: its lines are with the kernel, and not all of them are in memory."""
        self._retired = [s for s in self._retired if s is not old]
        if self.open.get(old.kind) is old:
            del self.open[old.kind]
        old.unsynced = []
        old.close()

    def take_back(self) -> None:
        """Cut off what is safe elsewhere by now from the files that are no longer trusted."""
        doubtful, self._doubtful = self._doubtful, []
        for segment in doubtful:
            with suppress(OSError):
                segment.take_back()

    def close(self) -> None:
        """Let go of every file."""
        for segment in (*self.open.values(), *self._retired, *self._doubtful):
            segment.close()
        self.open, self._retired, self._doubtful = {}, [], []
