"""The page of a command that works beside the steps of a run: written where the user named it, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ownproof.core.report import Section, plain
from ownproof.errors import UsageError
from ownproof.project.disk import disk, replaced
from ownproof.render.head import Head


def write_page(
    path: str | Path, answer: Mapping[str, Any], sections: Sequence[Section], *, title: str, head: Head
) -> Path:
    """Write the page of an answer, and say where it lies. Raises UsageError for a folder, ConfigError for a disk that
    refuses."""
    from ownproof.render.html import page

    place = Path(path).resolve()
    if place.is_dir():
        raise UsageError(
            f"{path} is a folder",
            expected="a file for the page",
            hint=f"--report {Path(path) / 'report.html'}",
            where="--report",
        )
    text = page(dict(plain(answer)), sections, title=title, head=head)
    with disk("write the page", place):
        place.parent.mkdir(parents=True, exist_ok=True)
        replaced(place, text.encode())
    return place
