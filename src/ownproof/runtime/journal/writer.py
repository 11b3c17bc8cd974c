"""Appends records to the segments of one process, and makes them last."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from ownproof.core.policy import Policy
from ownproof.errors import JournalFull, did_you_mean
from ownproof.runtime.journal.records import KINDS, Cell, Record, kept, line
from ownproof.runtime.journal.segments import Segments, Work

Durability = Literal["kernel", "commit", "closed"]
DURABILITIES = ("kernel", "commit", "closed")
FDATASYNC: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync
CELLS_REMEMBERED = 10_000
PAUSE_S = 1.0
"""Between two attempts to write elsewhere what a disk failed to sync."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What one writer has done. lag_s: the age of the oldest line that a power cut would lose; 0 when all is synced.

    trouble: what the disk last refused, empty since it took a line again.
    """

    lines: int
    bytes: int
    drops: int
    sync_failures: int
    lag_s: float
    trouble: str = ""


class Writer:
    """The journal of one process: `append` is one write(2) on the caller's thread; a thread of its own syncs.

    durability `kernel`: a line that was appended survives the process, and a power cut once the next sync is through;
    a full disk loses lines, which are counted. `commit`: `durable()` tells when the line survives a power cut.
    `closed`: as `commit`, and what cannot be kept raises JournalFull, so that it is not answered either.
    Open it after forking: a forked child has no thread that syncs.

    >>> import tempfile
    >>> from ownproof.runtime.journal.records import Outcome
    >>> folder = tempfile.TemporaryDirectory()
    >>> with open_journal(folder.name) as writer:
    ...     writer.write(Outcome(at=2.0, known=2.0, id="7", outcome="yes"))
    True
    >>> folder.cleanup()
    """

    def __init__(
        self,
        folder: Path,
        *,
        durability: Durability,
        sync_s: float,
        redact: frozenset[str],
        policy: Policy,
        clock: Callable[[], float],
        steady: Callable[[], float],
        sync: Callable[[int], None],
    ) -> None:
        self.folder = folder
        self.durability: Durability = durability
        self.worker = f"{int(clock()) & 0xFFFF_FFFF:08x}{os.urandom(4).hex()}"
        self.redact = redact
        self._policy, self._clock, self._steady, self._fdatasync = policy, clock, steady, sync
        self._sync_s = sync_s
        self._segment_s = policy.journal_segment_hours * 3600.0
        self._lock = threading.Lock()
        self._syncing = threading.Lock()
        self._wake, self._stop = threading.Event(), threading.Event()
        self._segments = Segments(folder, worker=self.worker, bytes_most=policy.journal_segment_mb << 20, steady=steady)
        self._cells: dict[str, None] = {}
        self._group: Future[bool] | None = None
        self._since: float | None = None  # when the oldest line that is not synced was appended
        self._before: float | None = None  # the same of the group that is being synced
        self._paused_until = 0.0
        self._lines = self._bytes = self._drops = self._sync_failures = 0
        self._refused_because = self._unsynced_because = ""
        self._running = _future()
        self._segments.fresh("decisions")  # says at once when the folder cannot be written
        self._thread = threading.Thread(target=self._run, name="ownproof-journal", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------ appending
    def append(self, record: bytes, kind: str = "decisions", *, lines: int = 1) -> bool:
        """Add one line (see `records.line`) before the answer goes out; False when the disk refused it, and counted.

        lines: how many there are, where several were joined: the disk takes them all or none.
        Raises JournalFull instead under durability `closed`.
        """
        with self._lock:
            try:
                self._segments.append(record, kind)
            except OSError as why:
                return self._dropped(why, lines)
            self._lines += lines
            self._refused_because = ""
            self._bytes += len(record)
            if self._since is None:
                self._since = self._steady()
                self._wake.set()
        return True

    def write(self, record: Record) -> bool:
        """Add one record to the file of its kind."""
        return self.append(line(record), KINDS[type(record)])

    def inputs(self, row: bytes | msgspec.Raw | Mapping[str, Any]) -> tuple[msgspec.Raw, tuple[str, ...]]:
        """A request's row as it is to be logged, and the names that were left out of it.

        Cells that are too large go by their hash and are kept once, in a file of their own.
        """
        made = kept(row, redact=self.redact, most=self._policy.journal_cell_bytes)
        for digest, cell in made.cells:
            if digest not in self._cells and self.write(Cell(sha256=digest, at=self._clock(), cell=cell)):
                if len(self._cells) >= CELLS_REMEMBERED:
                    self._cells.clear()
                self._cells[digest] = None
        return made.inputs, tuple(made.redacted)

    def durable(self) -> Future[bool]:
        """Done once everything appended before is synced: True, or False when the disk failed to.

        For asyncio: `await asyncio.wrap_future(writer.durable())`. Under `kernel` it is done at once. Everybody who
        asks while a sync is running shares the next one. Under `closed` a failure is the exception JournalFull.
        """
        with self._lock:
            if self.durability != "kernel" and self._since is not None:
                if self._group is None:
                    self._group = _future()
                return self._group
            if self.durability != "kernel" and self._before is not None:
                return self._running
        done = _future()
        done.set_result(True)
        return done

    def _dropped(self, why: OSError, lines: int) -> bool:
        self._drops += lines
        self._refused_because = (why.strerror or str(why)).lower()
        if self.durability == "closed":
            raise JournalFull.refused(self._refused_because, str(self.folder)) from why
        return False

    # ------------------------------------------------------------ syncing
    def _run(self) -> None:
        while not self._stop.is_set():
            woken = self._wake.wait(timeout=self._segment_s / 60)
            if woken and self.durability == "kernel":
                self._stop.wait(self._sync_s)
            self._wake.clear()
            if (woken or self._aged()) and not self.sync():
                self._stop.wait(self._sync_s)
                self._wake.set()  # what the disk did not take is tried again

    def _aged(self) -> bool:
        """Retire files that were written long enough; whether there were any."""
        with self._lock:
            return self._segments.age(self._segment_s)

    def sync(self) -> bool:
        """Make last what was appended; whether the disk did. Called by the writer's own thread, and by whoever cannot wait."""
        self._aged()
        with self._syncing:
            with self._lock:
                group, self._group = self._group, None
                self._before, self._since = self._since, None
                self._running = group or _future()
                work = self._segments.taken()
            failed = self._synced(work)
            safe = not failed or self._elsewhere(failed)
            with self._lock:
                if safe:
                    self._unsynced_because = ""
                else:
                    self._since = self._before or self._since
                self._before = None
            self._settle(self._running, ok=safe)
            return safe

    def _synced(self, work: Iterable[Work]) -> list[Work]:
        """Sync each segment, close those that were retired; the ones that failed."""
        failed: list[Work] = []
        for each in work:
            segment = each.segment
            try:
                if not segment.failed:
                    self._fdatasync(segment.fd)
                    if not segment.named:
                        self._name_lasts()
            except Exception as why:  # noqa: BLE001 - whatever it is, the thread goes on, and the lines go elsewhere
                segment.failed = True
                with self._lock:
                    self._sync_failures += 1
                    self._unsynced_because = (getattr(why, "strerror", None) or str(why)).lower()
            if segment.failed:
                failed.append(each)
                continue
            segment.named = True
            segment.synced = max(segment.synced, each.size)
            segment.forgot = segment.forgot and segment.size > each.size
            if each.retired:
                segment.close()
        return failed

    def _elsewhere(self, failed: list[Work]) -> bool:
        """Append to new segments what was not synced, sync those, and cut it off the old ones; whether it is safe now.

        A second try on the same file would prove nothing: after an error the system may take lost pages for written.
        """
        now = self._steady()
        with self._lock:
            self._segments.put_back(failed)
            if now < self._paused_until or not self._segments.moved([each.segment for each in failed]):
                return False
            self._paused_until = now + PAUSE_S
            work = self._segments.taken()
        again = self._synced(work)
        with self._lock:
            self._segments.put_back(again)
            if not again:
                self._segments.take_back()
        return not again

    def _name_lasts(self) -> None:
        fd = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def _settle(self, group: Future[bool], *, ok: bool) -> None:
        if ok or self.durability != "closed":
            group.set_result(ok)
        else:
            group.set_exception(JournalFull.refused(self._unsynced_because, str(self.folder)))

    # ------------------------------------------------------------ looking and leaving
    def counters(self) -> Counters:
        """What was done so far."""
        with self._lock:
            waiting = [t for t in (self._since, self._before) if t is not None]
            lag = max(0.0, self._steady() - min(waiting)) if waiting else 0.0
            trouble = self._refused_because or self._unsynced_because
            return Counters(self._lines, self._bytes, self._drops, self._sync_failures, lag, trouble)

    def close(self) -> bool:
        """Sync, and let go of the files, which may then be compacted; whether everything lasts. A second call is free."""
        if self._stop.is_set():
            return True
        self._stop.set()
        self._wake.set()
        self._thread.join()
        lasts = self.sync()
        with self._lock:
            self._segments.close()
        return lasts

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _future() -> Future[bool]:
    """One that nobody who waits for it can cancel for the others."""
    made: Future[bool] = Future()
    made.set_running_or_notify_cancel()
    return made


def open_journal(
    folder: str | Path,
    *,
    durability: Durability = "kernel",
    sync_ms: float | None = None,
    redact: Iterable[str] = (),
    policy: Policy | None = None,
    clock: Callable[[], float] = time.time,
    steady: Callable[[], float] = time.monotonic,
    sync: Callable[[int], None] = FDATASYNC,
) -> Writer:
    """A writer on a folder, which is made where it is missing; any number of processes may share one.

    sync_ms: how long lines gather before they are synced (default: policy, 50); redact: inputs that are never logged.
    clock gives unix seconds, steady seconds that never go back; sync makes a file descriptor's data last.
    Raises JournalFull when nothing can be written there, ValueError for an unknown durability.
    """
    if durability not in DURABILITIES:
        raise ValueError(f"durability {durability!r}: {did_you_mean(durability, DURABILITIES)}")
    numbers = policy or Policy()
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
        return Writer(
            place,
            durability=durability,
            sync_s=(numbers.journal_sync_ms if sync_ms is None else sync_ms) / 1000,
            redact=frozenset(redact),
            policy=numbers,
            clock=clock,
            steady=steady,
            sync=sync,
        )
    except OSError as why:
        raise JournalFull.refused((why.strerror or str(why)).lower(), str(place)) from why
