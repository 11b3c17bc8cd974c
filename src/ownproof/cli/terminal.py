"""What the commands share: the terminal as it is, and the project they stand in."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ownproof.errors import UsageError

Answer = dict[str, Any]


def color() -> bool:
    """Whether to colour what is printed."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    """How wide the terminal is, at most 120."""
    import shutil

    return min(120, shutil.get_terminal_size((100, 24)).columns)


def told(answer: Mapping[str, Any]) -> str:
    """An answer as a terminal shows it."""
    from ownproof.render.text import summary

    return summary(dict(answer), color=color(), width=width())


class Watch:
    """Progress on a terminal; silence in a pipe."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._phase = ""

    def __call__(self, phase: str, done: int, total: int, words: str) -> None:
        """What goes on: so many of so many steps of a phase are done."""
        if self._progress is not None:
            if phase != self._phase:
                self._progress.phase(phase, total=total or None)
                self._phase = phase
            self._progress.advance(done, words=words)

    def close(self) -> None:
        """Clear what was shown."""
        if self._progress is not None:
            self._progress.close()


def watch(arguments: argparse.Namespace) -> Watch:
    """Who is told what a command does; to be closed when it is over."""
    if arguments.quiet or not sys.stderr.isatty():
        return Watch(None)
    from ownproof.render.progress import Progress

    def write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

    return Watch(Progress(write, time.monotonic))


def here() -> Any:
    """The project that the command was started in. Raises UsageError where there is none."""
    from ownproof.project.project import Project, find

    folder = find(Path.cwd())
    if folder is None:
        raise UsageError(
            "this is no project",
            expected="a folder with a project.toml, here or above",
            hint="cd into the project or give -C PROJECT",
            where=str(Path.cwd()),
            code="no-project",
        )
    return Project.open(folder)
