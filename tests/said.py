"""What one command said, and what may be done to the files that it works on."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.tables import loans

FAST = ("--trials", "0", "--learners", "linear")
CSV = loans(60).write_csv().encode()
RUN = ("run", "d.csv", "--target", "bad", *FAST)
AUDIT = ("audit", "d.csv", "--target", "bad")


def no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def strict(text: str) -> dict:
    return json.loads(text, parse_constant=no_constant)


@dataclass(frozen=True)
class Said:
    """What one command said: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict:
        return strict(self.out.splitlines()[-1])


def files_of(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


@contextmanager
def changed(path: Path, at: int = 40) -> Iterator[None]:
    """A file with one bit turned, for as long as the block lasts."""
    whole = path.read_bytes()
    at %= len(whole)
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    try:
        yield
    finally:
        path.write_bytes(whole)


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, as on a disk that is full: the system itself refuses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
