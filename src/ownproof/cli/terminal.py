"""What the commands share: the terminal as it is, and the project they stand in."""

from __future__ import annotations

import os
import sys
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
