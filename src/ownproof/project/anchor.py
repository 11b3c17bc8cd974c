"""An anchor outside the project: a git commit that holds the ledger as it was after sealing and before the opening."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ownproof.project.ledger import Ledger

SECONDS_MOST = 10


def commit_of(ledger: Ledger, generation: int) -> str | None:
    """The commit (its full name) that first held the sealing line of a generation; None where there is none.

    What was committed must be the beginning of the ledger as it is now, and no opening of that generation may stand in
    it: such a commit shows that the seal is older than its opening, as far as nobody can rewrite the commit. Git is only
    asked, never told; without git, outside a repository and when it takes too long there is no anchor.
    """
    sealed = [e for e in ledger.entries("seal") if e.data["generation"] == generation]
    if not sealed:
        return None
    folder, name = ledger.path.parent, ledger.path.name
    first = _git(folder, "log", "--format=%H", f"-S{sealed[0].hash}", "--reverse", "--", name)
    if not first:
        return None
    commit = first.split()[0].decode()
    held = _git(folder, "show", f"{commit}:./{name}")
    if not held or not ledger.path.read_bytes().startswith(held):
        return None
    opened = [e for e in ledger.entries("prove.opened") if e.data["generation"] == generation]
    return None if opened and opened[0].hash.encode() in held else commit


def _git(folder: Path, *asked: str) -> bytes | None:
    """What git answers, None when it has no answer."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "--no-pager", "-C", str(folder), *asked],
            capture_output=True,
            check=False,
            timeout=SECONDS_MOST,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
