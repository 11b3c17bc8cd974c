"""Questions one by one: what is asked, what may be answered, and the file that the answers become."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ownproof.errors import OwnproofError, UsageError
from ownproof.phases.decide.answers import CHOICES, FLAGS, Answers
from ownproof.phases.decide.options import KNOWN_KINDS
from ownproof.phases.decide.questions import WORDS
from ownproof.project.disk import disk, replaced

ORDER: Final = (
    "task", "rule_good_enough", "labels", "labels_per_week", "classes", "labels_in_smallest_class", "rows", "standard_task",
    "proprietary_data", "domain", "pretrained_equivalent", "sovereignty", "edge", "latency_ms", "calls_per_month",
    "tokens_in", "tokens_out", "api_model", "weeks_to_first_result",
)  # fmt: skip
"""From what decides most to what decides least."""
ONLY_KNOWN_KINDS: Final = ("tokens_in", "tokens_out", "api_model", "pretrained_equivalent", "standard_task")
YES: Final = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}


def ask(read: Callable[[str], str], say: Callable[[str], None]) -> dict[str, Any]:
    """Ask every question that can matter; an empty answer is unknown. read: shows a prompt and returns a line."""
    say('Enter is "unknown"; what is unknown is never taken for no.\n')
    said: dict[str, Any] = {}
    for key in ORDER:
        task = said.get("task")
        if task is not None and task not in (*KNOWN_KINDS, "sensor") and key in ONLY_KNOWN_KINDS:
            continue
        if said.get("labels") == 0 and key == "labels_in_smallest_class":
            continue
        value = _one(key, read, say)
        if value is not None:
            said[key] = value
    return said


def _one(key: str, read: Callable[[str], str], say: Callable[[str], None]) -> Any:
    """One question until its answer can be read."""
    while True:
        line = read(f"{WORDS[key]} {_choices(key)} ").strip()
        if not line or line.casefold() in ("unknown", "?"):
            return None
        try:
            value = _value(key, line)
            Answers.read({key: value}, where="your answer")
        except OwnproofError as error:
            say(f"  {error.message}: expected {error.expected}")
        else:
            return value


def _choices(key: str) -> str:
    if key in CHOICES:
        return f"({', '.join(f'{i} {c}' for i, c in enumerate(CHOICES[key], start=1))})"
    return "(y/n)" if key in FLAGS else "(a name)" if key == "api_model" else "(a number)"


def _value(key: str, line: str) -> Any:
    """An answer as it was typed: the number or beginning of a choice, y or n, a number with separators or k and M."""
    if key in CHOICES:
        choices = CHOICES[key]
        if line.isdigit() and 1 <= int(line) <= len(choices):
            return choices[int(line) - 1]
        begun = [c for c in choices if c.startswith(line.casefold())]
        return begun[0] if len(begun) == 1 else line
    if key in FLAGS:
        return YES.get(line.casefold(), line)
    return line if key == "api_model" else _number(line)


def _number(line: str) -> float | int | str:
    """A number as people type it.

    >>> _number("3M"), _number("6,200"), _number("0.5")
    (3000000, 6200, 0.5)
    """
    bare = line.replace(",", "").replace("_", "").replace(" ", "")
    factor = {"k": 1_000, "m": 1_000_000}.get(bare[-1:].casefold(), 1)
    try:
        value = float(bare[:-1] if factor > 1 else bare) * factor
    except ValueError:
        return line
    return int(value) if value == int(value) else value


def text(said: Mapping[str, Any]) -> str:
    """The answers as a file, each with its question; what is unknown stands there too, to be filled in later."""
    lines = ["# What is known before anything is trained. Run: ownproof decide ANSWERS.toml\n"]
    for key in ORDER:
        lines.append(f"\n# {WORDS[key]}\n{key} = {json.dumps(said.get(key, 'unknown'), ensure_ascii=False)}\n")
    return "".join(lines)


def keep(path: Path, said: Mapping[str, Any]) -> None:
    """Write the answers to a file that is not there yet. Raises UsageError where it is."""
    if path.exists():
        raise UsageError(
            f"{path.name} is there already",
            expected="a file that is not there yet",
            hint=f"ownproof decide {path.name} decides by it; name another file to be asked anew",
            where=str(path),
        )
    with disk("write the answers", path):
        replaced(path, text(said).encode("utf-8"))
