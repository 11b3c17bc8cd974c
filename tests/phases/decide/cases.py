"""The worked cases as the docs tell them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ownproof.phases.decide.answers import Answers

PAGE = Path(__file__).resolve().parents[3] / "docs/phases/decide.md"


@dataclass(frozen=True)
class Case:
    """A row of the table: the answers, and what must come out."""

    number: int
    answers: Answers
    vetoed: tuple[str, ...]
    verdict: str | None
    first: str | None
    interim: str | None


def cases() -> list[Case]:
    """Every row of the table of worked cases."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if len(cells) != 8 or not cells[0].isdigit():
            continue
        number, _, said, vetoed, verdict, first, interim, _ = cells
        answers = Answers.read(tomllib.loads("\n".join(re.findall(r"`([^`]+)`", said))))
        names = tuple(vetoed.split(", ")) if vetoed else ()
        known = None if verdict == "undecided" else verdict
        found.append(Case(int(number), answers, names, known, first or None, interim or None))
    return found
