"""Sovereignty becomes policy: one line of `project.toml`, put in without touching what a person wrote there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from ownproof.core.report import Finding
from ownproof.errors import ConfigError
from ownproof.project.disk import disk, replaced

STRICTER: Final = ("none", "private", "isolated")
KEY: Final = "sovereignty"
_LINE = re.compile(r"(?m)^([ \t]*(?:sovereignty|\"sovereignty\")[ \t]*=[ \t]*)(\"[^\"\n]*\"|'[^'\n]*')")
_HEAD = re.compile(r"(?m)^[ \t]*\[")


def write(path: Path, answer: str) -> tuple[str | None, tuple[Finding, ...]]:
    """Make an answer the policy of a project: (what now holds, what to tell). A policy is made stricter here, never
    looser: that is done by hand. Raises ConfigError for a file that cannot be read or written."""
    text = _text(path)
    said = tomllib.loads(text).get(KEY)
    if said == answer:
        return answer, ()
    if said in STRICTER and STRICTER.index(said) > STRICTER.index(answer):
        evidence = f"{path.name} says {KEY} = {said!r}, the answers say {answer!r}; the stricter one stays"
        advice = f'if it may be looser now, write {KEY} = "{answer}" into {path.name} yourself'
        return str(said), (Finding("decide.policy", "warn", (), None, evidence, advice),)
    changed = edited(text, answer)
    with disk("write the policy", path):
        replaced(path, changed.encode("utf-8"))
    return answer, ()


def edited(text: str, answer: str) -> str:
    """The text of a `project.toml` with `sovereignty` as its answer; every other byte stays.

    >>> edited('data = "d.csv"  # mine\\n\\n[policy]\\nkappa = 0.8\\n', "private")
    'data = "d.csv"  # mine\\nsovereignty = "private"\\n\\n[policy]\\nkappa = 0.8\\n'
    """
    wanted = {**tomllib.loads(text), KEY: answer}
    line = f'{KEY} = "{answer}"'
    places = [m.start() for m in _HEAD.finditer(text)] or [len(text)]
    ways = [
        _LINE.sub(rf'\g<1>"{answer}"', text, count=1),
        *(_before(text, at, line) for at in places),
        f"{line}\n{text}",
    ]
    found = next((changed for changed in ways if _is(changed, wanted)), None)
    if found is not None:
        return found
    raise ConfigError(
        f"{KEY} cannot be written into project.toml",
        expected="a file in which the line can be put",
        hint=f"write {line} above its first table",
        where="project.toml",
    )


def _before(text: str, at: int, line: str) -> str:
    """The line at the end of what stands above a place, before the comments that belong to what follows."""
    above, below = text[:at], text[at:]
    lines = above.splitlines(keepends=True)
    kept = len(lines)
    while kept and (not lines[kept - 1].strip() or (below and lines[kept - 1].lstrip().startswith("#"))):
        kept -= 1
    before = "".join(lines[:kept])
    joint = "" if not before or before.endswith("\n") else "\n"
    return f"{before}{joint}{line}\n{''.join(lines[kept:])}{below}"


def _is(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _text(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8")
        tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        raise ConfigError(
            f"{path.name} cannot be read: {why}", expected="TOML", hint="mend the line that is named", where=str(path)
        ) from why
    return text
