"""Which bundle a path means: a bundle itself, or the one that a project ships."""

from __future__ import annotations

from pathlib import Path

from ownproof.errors import InputError
from ownproof.project.answer import latest
from ownproof.project.project import FILE, Project


def shipped(path: Path) -> Path:
    """The bundle that `path` means: of a project's folder the newest that a run or a proof let through, else `path`.

    Raises InputError for a project without one, Tampered for a changed ledger, answer or bundle.
    """
    if not (path / FILE).is_file():
        return path
    project = Project.open(path)
    for run in dict.fromkeys(str(e.data["run"]) for e in reversed(project.ledger.entries("run"))):
        answer = latest(project, run)
        if answer is not None and answer.get("bundle"):
            return Path(str(answer["bundle"]))
    raise InputError(
        f"the project {path} has no bundle",
        expected="a project with a run that passed its gates, or a bundle",
        hint=f"ownproof run -C {path}",
        where=str(path.resolve()),
        code="no-bundle",
    )
