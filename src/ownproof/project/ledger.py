"""The memory of a project: an append-only file of JSON lines, each holding the hash of the one before it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownproof.core.report import plain
from ownproof.errors import Tampered
from ownproof.project.disk import disk, sync_folder, write_all

GENESIS = hashlib.sha256(b"ownproof/ledger/1").hexdigest()
START = b'{"at":"'
FIELDS = ("at", "data", "event", "hash", "n", "previous")


def canonical(value: Any) -> bytes:
    """A JSON value in the one spelling that is hashed: keys sorted, no spaces, UTF-8, never NaN.

    >>> canonical({"b": 1.5, "a": "é"}).decode()
    '{"a":"é","b":1.5}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its number from 1, the time it was told, what happened, and the hashes that chain it."""

    n: int
    at: str
    event: str
    data: Mapping[str, Any]
    previous: str
    hash: str

    def line(self) -> bytes:
        """The bytes in the file, newline included."""
        return (
            canonical(
                {
                    "n": self.n,
                    "at": self.at,
                    "event": self.event,
                    "data": self.data,
                    "previous": self.previous,
                    "hash": self.hash,
                }
            )
            + b"\n"
        )

    @classmethod
    def make(cls, n: int, event: str, data: Mapping[str, Any], *, at: str, previous: str) -> Entry:
        """An entry with its hash, which is over everything else in it. Data that is no JSON is spelled as text."""
        body = {"n": n, "at": at, "event": event, "data": plain(data), "previous": previous}
        return cls(n, at, event, body["data"], previous, hashlib.sha256(canonical(body)).hexdigest())


class Ledger:
    """A ledger on disk. Opening it reads the file and checks the whole chain; a missing file is an empty ledger.

    What the chain cannot show is a tail cut off at the end of a line: commit the file, or note `head` elsewhere.
    A last line that a crash cut short is no tampering: it is left alone until the next append, which moves its bytes
    to `ledger.torn` and records that. Raises Tampered naming the line, ConfigError when the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: list[Entry] = []
        self._end = 0  # bytes of the file that are whole entries
        self._size = 0  # bytes of the file when it was read
        self._load()

    @property
    def head(self) -> str:
        """The hash that the whole ledger hangs on: that of the last entry."""
        return self._entries[-1].hash if self._entries else GENESIS

    @property
    def torn(self) -> bool:
        """Whether the last line was cut short."""
        return self._size > self._end

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self, event: str | None = None) -> tuple[Entry, ...]:
        """All entries, or those of one event, oldest first."""
        return tuple(e for e in self._entries if event is None or e.event == event)

    def append(self, event: str, data: Mapping[str, Any], *, at: str) -> Entry:
        """Add one entry; when this returns, it is on the disk. at: the time of it, as text (a clock is not read here).

        Raises ConfigError when the disk refuses (nothing half-written is left), Tampered when the file changed
        in a way that an append does not change it.
        """
        with disk("write the ledger", self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                return self._append(fd, event, data, at=at)
            finally:
                os.close(fd)

    def _append(self, fd: int, event: str, data: Mapping[str, Any], *, at: str) -> Entry:
        if os.fstat(fd).st_size != self._size:  # somebody else appended, or crashed, since it was read
            known = self.entries()
            self._load()
            if self.entries()[: len(known)] != known:
                raise self._tampered(len(self) + 1, "lines that were there are gone")
        fresh = not self._entries
        new: list[Entry] = []
        torn = self._set_aside(fd)
        if torn is not None:
            new.append(Entry.make(len(self) + 1, "ledger.torn", torn, at=at, previous=self.head))
        previous = new[-1].hash if new else self.head
        new.append(Entry.make(len(self) + len(new) + 1, event, data, at=at, previous=previous))
        lines = (b"" if self._newline_ended(fd) else b"\n") + b"".join(e.line() for e in new)
        start = os.fstat(fd).st_size
        try:
            write_all(fd, lines)
            os.fsync(fd)
        except OSError:
            with suppress(OSError):
                os.ftruncate(fd, start)  # our own half line, under the lock
            raise
        if fresh:
            sync_folder(self.path.parent)
        self._entries += new
        self._end = self._size = start + len(lines)
        return new[-1]

    def _newline_ended(self, fd: int) -> bool:
        size = os.fstat(fd).st_size
        return size == 0 or os.pread(fd, 1, size - 1) == b"\n"

    def _set_aside(self, fd: int) -> dict[str, Any] | None:
        """Move the bytes of a torn line beside the ledger; what to record of it, None for nothing.

        A crash between the steps loses nothing: the copy comes first, and what `ledger.torn` holds beyond the last
        record of it is recorded by whoever appends next.
        """
        beside = self.path.with_suffix(".torn")
        if self.torn:
            tail = os.pread(fd, self._size - self._end, self._end)
            out = os.open(beside, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                write_all(out, tail + b"\n")
                os.fsync(out)
            finally:
                os.close(out)
            sync_folder(self.path.parent)
            os.ftruncate(fd, self._end)
            self._size = self._end
        if not beside.exists():
            return None
        held = beside.read_bytes()
        said = self.entries("ledger.torn")
        if said and said[-1].data.get("size") == len(held):
            return None
        return {"file": beside.name, "size": len(held), "sha256": hashlib.sha256(held).hexdigest()}

    def _load(self) -> None:
        raw = b""
        if self.path.exists():
            with disk("read the ledger", self.path):
                raw = self.path.read_bytes()
        entries: list[Entry] = []
        at = 0
        while at < len(raw):
            stop = raw.find(b"\n", at)
            line = raw[at:] if stop < 0 else raw[at:stop]
            entry = self._read(line, entries, last=stop < 0)
            if entry is None:
                break
            entries.append(entry)
            at = len(raw) if stop < 0 else stop + 1
        self._entries, self._end, self._size = entries, at, len(raw)

    def _read(self, line: bytes, before: list[Entry], *, last: bool) -> Entry | None:
        """One line as an entry; None for a torn one. last: nothing follows it, not even a newline."""
        n = len(before) + 1
        previous = before[-1].hash if before else GENESIS
        try:
            found = json.loads(line.decode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError) as error:
            if last and _cut_short(line):
                return None
            raise self._tampered(n, "it is no JSON") from error
        if not isinstance(found, dict) or tuple(sorted(found)) != FIELDS or not isinstance(found["data"], dict):
            raise self._tampered(n, "its fields are not those of an entry")
        try:
            entry = Entry.make(n, found["event"], found["data"], at=found["at"], previous=previous)
            same = entry.line() == line + b"\n"
        except (TypeError, ValueError):
            same = False
        if found["previous"] != previous:
            raise self._tampered(n, "it does not follow the line before it")
        if not same:
            raise self._tampered(n, "its content does not match its hash")
        return entry

    def _tampered(self, n: int, why: str) -> Tampered:
        return Tampered(
            f"line {n} of the ledger was changed: {why}",
            expected="the line as it was written",
            hint="put the file back as it was (git checkout, a backup); what stands in it after "
            f"line {n - 1} proves nothing now",
            where=f"{self.path.name}:{n}",
            code="ledger",
        )


def _cut_short(line: bytes) -> bool:
    """Whether a last line that is no JSON is the beginning of one, as a crash leaves it; anything else was put there.

    After a power cut some file systems show zeros where bytes were to come.
    """
    written = line.rstrip(b"\0")
    if not written.startswith(START[: len(written)]):
        return False
    try:
        json.JSONDecoder().raw_decode(written.decode("utf-8", "replace"))
    except ValueError:
        return True
    return False  # a whole entry, and something after it
