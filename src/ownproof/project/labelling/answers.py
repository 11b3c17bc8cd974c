"""The raters' answers on disk: every one is an append that is synced before it is acknowledged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from ownproof.core.labelling import Answer
from ownproof.project.disk import disk, sync_folder, write_all
from ownproof.project.labelling.folder import LabelFolder, dumped, parsed


@dataclass(frozen=True, slots=True)
class Answered:
    """All answers of a folder, oldest first; torn: lines that a crash cut short, left out."""

    answers: tuple[Answer, ...]
    torn: int = 0

    def current(self) -> dict[tuple[str, str], Answer]:
        """What holds, by item and rater: the last line of each, where it is no undo. Skips are among them."""
        last = {(a.item, a.rater): a for a in self.answers}
        return {key: a for key, a in last.items() if not a.undo}

    def values(self) -> list[Answer]:
        """The answers that hold and have a value, in the order they were given."""
        return sorted((a for a in self.current().values() if a.counts), key=lambda a: a.at)


def read(folder: LabelFolder) -> Answered:
    """Every answer that was ever given. One that was sent twice (same rater and id) counts once.

    Ordered by time; answers of one file never change places where their times are equal.
    """
    found: list[Answer] = []
    torn = 0
    for path in sorted(folder.labels.glob("answers-*.jsonl")):
        lines, broken = parsed(path.read_bytes())
        torn += broken
        for line in lines:
            try:
                found.append(Answer.from_json(line))
            except (KeyError, TypeError, ValueError):
                torn += 1
    found.sort(key=lambda a: a.at)
    seen: set[tuple[str, str]] = set()
    once = []
    for answer in found:
        if answer.id and (answer.rater, answer.id) in seen:
            continue
        seen.add((answer.rater, answer.id))
        once.append(answer)
    return Answered(tuple(once), torn)


class AnswerFile:
    """The file that one writer appends one rater's answers to: `answers-RATER-WRITER.jsonl`.

    writer: a name that no other process uses at the same time, such as a process id and a start time. Usable as a
    context manager.
    """

    def __init__(self, folder: LabelFolder, rater: str, writer: str) -> None:
        self.path = folder.labels / f"answers-{quote(rater, safe='@ ')}-{quote(writer, safe='')}.jsonl"
        self.rater = rater
        with disk("write the answers", self.path):
            folder.labels.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            size = os.fstat(self._fd).st_size
            if size and os.pread(self._fd, 1, size - 1) != b"\n":  # a crash cut the last line short: begin a new one
                write_all(self._fd, b"\n")
            sync_folder(folder.labels)

    def append(self, *answers: Answer) -> None:
        """Add answers; when this returns, they are on the disk. Raises ConfigError when the disk refuses."""
        for answer in answers:
            if answer.rater != self.rater:
                raise ValueError(f"an answer of {answer.rater!r} in the file of {self.rater!r}")
        with disk("write the answers", self.path):
            write_all(self._fd, b"".join(dumped(a.to_json()) for a in answers))
            os.fdatasync(self._fd)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def append_all(folder: LabelFolder, answers: Iterable[Answer], *, writer: str) -> int:
    """Write answers of any raters, such as those of an import; how many there were."""
    by_rater: dict[str, list[Answer]] = {}
    for answer in answers:
        by_rater.setdefault(answer.rater, []).append(answer)
    for rater, some in by_rater.items():
        with AnswerFile(folder, rater, writer) as file:
            file.append(*some)
    return sum(map(len, by_rater.values()))


def append_line(path: Path, line: Mapping[str, Any]) -> None:
    """Add one JSON line to a file of a label folder; when this returns, it is on the disk."""
    with disk("write the labels", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            size = os.fstat(fd).st_size
            torn = size and os.pread(fd, 1, size - 1) != b"\n"
            write_all(fd, (b"\n" if torn else b"") + dumped(line))
            os.fsync(fd)
        finally:
            os.close(fd)
        sync_folder(path.parent)


def raters_of(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Who answered, in order of their names."""
    return tuple(sorted({a.rater for a in answers}))
