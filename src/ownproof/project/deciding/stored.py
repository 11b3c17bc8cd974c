"""Decisions that a project remembers in its ledger, and what has changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ownproof.errors import UsageError
from ownproof.phases.decide.answers import KEYS, Answers
from ownproof.project.ledger import Ledger
from ownproof.project.project import FILE, find

EVENT = "decide"


@dataclass(frozen=True, slots=True)
class Before:
    """A decision of before: when, by which answers, from which file (None: from the terminal), and with whose prices."""

    at: str
    verdict: str | None
    first: str | None
    answers: Answers
    file: str | None
    prices_as_of: str | None
    data: str | None
    target: str | None


def place(start: Path) -> Path | None:
    """The folder whose ledger a decision belongs to: the project around, or a folder that has a ledger of its own."""
    inside = find(start)
    if inside is None and (start / "ledger.jsonl").is_file():
        return start
    return inside


def last(folder: Path | None) -> Before:
    """The last decision of a folder. Raises UsageError where there is none."""
    entries = Ledger(folder / "ledger.jsonl").entries(EVENT) if folder is not None else ()
    if not entries:
        raise UsageError(
            "no decision is stored here" if folder is not None else "this is no project, so no decision is stored",
            expected="a project in which `ownproof decide ANSWERS.toml` was run",
            hint="run `ownproof decide ANSWERS.toml` in the project (or with --out DIR) first",
            where=str(folder or FILE),
            code="no-decision",
        )
    said = entries[-1].data
    answers = Answers.read({k: v for k, v in said["answers"].items() if v is not None}, where="the ledger")
    names = ("verdict", "first", "file", "prices_as_of", "data", "target")
    return Before(at=entries[-1].at, answers=answers, **{n: said.get(n) for n in names})


def changes(before: Answers, now: Answers) -> list[dict[str, Any]]:
    """The answers that are others than they were."""
    pairs = ((k, getattr(before, k), getattr(now, k)) for k in KEYS)
    return [{"key": k, "then": a, "now": b} for k, a, b in pairs if a != b]


def causes(before: Before, now: Answers, judge: Callable[[Answers], str | None]) -> list[str]:
    """Why a verdict is another one than it was: prices, or the answers that by themselves bring another verdict."""
    changed = changes(before.answers, now)
    if judge(before.answers) != before.verdict:
        return ["prices"]
    alone = [c["key"] for c in changed if judge(replace(before.answers, **{c["key"]: c["now"]})) != before.verdict]
    return alone or [c["key"] for c in changed]


def entry(answer: Mapping[str, Any], *, file: str | None, data: str | None, target: str | None) -> dict[str, Any]:
    """What the ledger keeps of a decision."""
    prices = answer["cost"].get("prices_of") or {}
    kept = {n: answer[n] for n in ("verdict", "first", "interim", "why", "answers", "sovereignty")}
    return {**kept, "file": file, "data": data, "target": target, "prices_as_of": prices.get("as_of")}
