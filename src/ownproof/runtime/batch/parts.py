"""A table written part by part beside its place: what is there survives the process, and others see the whole or none."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.errors import Locked

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".arrow", ".feather")
GROUP = 100_000
"""Rows of one row group or record batch of the whole: fixed, so that parts of other sizes make the same bytes."""


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """Hold an output for this process. Raises Locked (exit 6) when another one writes it.

    The lock dies with the process; its file goes when it is let go.
    """
    path = target.with_name(f".{target.name}.lock")
    fd = _locked(path, target)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: whoever opened it meanwhile sees that it is gone
        os.close(fd)


def _locked(path: Path, target: Path) -> int:
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(fd).st_ino == path.stat().st_ino:
                os.ftruncate(fd, 0)
                os.pwrite(fd, str(os.getpid()).encode(), 0)
                return fd
        except FileNotFoundError:
            pass  # it was let go between the two
        except OSError as why:
            if why.errno not in {errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK}:
                raise
            holder = os.pread(fd, 20, 0).decode("ascii", "replace") or "unknown"
            os.close(fd)
            raise Locked(
                f"another command writes {target.name}: process {holder}",
                expected="one command at a time for an output",
                hint="wait for it to end; the same command then answers at once if nothing has changed",
                where=str(target),
            ) from None
        os.close(fd)


class Parts:
    """The parts of one output. `start` tells how far an earlier process with the same key came.

    key: what decides the bytes (model, data, form); empty for data that may be other data the next time. `add` makes
    the next rows last, `finish` puts all together; `drop` removes everything.
    """

    def __init__(self, target: Path, key: str) -> None:
        self._target, self._key = target, key
        self.folder = target.with_name(f".{target.name}.parts")
        self.start = self.quarantined = 0
        self._parts: list[Path] = []

    def open(self) -> None:
        """Take over what is there, or begin anew."""
        if not self._key or self._said() != self._key:
            self.drop()
            self.folder.mkdir()
            self.made("key.json", json.dumps({"key": self._key}).encode())
        there = {int(p.name.split("-")[0]): p for p in self.folder.glob("*-*.arrow")}
        while part := there.get(self.start):
            self._parts.append(part)
            self.start += int(part.stem.split("-")[1])
            self.quarantined += part.with_suffix(".jsonl").read_bytes().count(b"\n")

    def add(self, answers: pl.DataFrame, problems: list[dict[str, Any]]) -> None:
        """The next rows, and what is wrong with those of them that are quarantined. All parts have the same columns."""
        name = f"{self.start:012}-{answers.height}"
        lines = "".join(json.dumps(p, ensure_ascii=False) + "\n" for p in problems)
        self.made(f"{name}.jsonl", lines.encode("utf-8", "replace"))
        draft = self.folder / "draft"
        answers.write_ipc(draft, compression="uncompressed")
        _sync(draft)
        self._parts.append(draft.replace(self.folder / f"{name}.arrow"))
        self.start += answers.height
        self.quarantined += len(problems)

    def finish(self) -> Path:
        """The whole as a file in the parts' folder, synced."""
        import polars as pl

        table = pl.concat([pl.scan_ipc(part, glob=False) for part in self._parts])
        whole, ending = self.folder / "whole", self._target.suffix.lower()
        if ending in (".csv", ".tsv"):
            table.sink_csv(whole, separator="\t" if ending == ".tsv" else ",")
        elif ending == ".parquet":
            table.sink_parquet(whole, row_group_size=GROUP)
        elif ending in (".jsonl", ".ndjson"):
            table.sink_ndjson(whole)
        else:
            table.sink_ipc(whole, record_batch_size=GROUP)
        _sync(whole)
        return whole

    def reasons(self) -> Path:
        """What is wrong with all rows that are quarantined so far, as one file in the parts' folder."""
        path = self.folder / "quarantine"
        with path.open("wb") as out:
            for part in self._parts:
                out.write(part.with_suffix(".jsonl").read_bytes())
            out.flush()
            os.fsync(out.fileno())
        return path

    def drop(self) -> None:
        """Remove the parts."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _said(self) -> str:
        with suppress(OSError, ValueError):
            said: Mapping[str, Any] = json.loads((self.folder / "key.json").read_bytes())
            return str(said["key"])
        return ""

    def made(self, name: str, content: bytes) -> Path:
        """A file in the parts' folder, whole and synced."""
        draft = self.folder / "draft"
        draft.write_bytes(content)
        _sync(draft)
        return draft.replace(self.folder / name)


def publish(made: Path, target: Path) -> None:
    """Rename a finished file into its place, and make the name last."""
    made.replace(target)
    _sync(target.parent)


def withdraw(*paths: Path) -> None:
    """Remove files of an earlier answer that would not describe the new one."""
    for path in paths:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
