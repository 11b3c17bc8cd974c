"""What a rule is: one stated condition with what it speaks for, against, or rules out; and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ownproof.phases.decide.answers import Answers

Weight = Literal["veto", "strong", "weak"]
Status = Literal["FIRED", "NOT", "UNKNOWN"]
Tri = bool | None
POINTS: dict[str, int] = {"veto": 0, "strong": 3, "weak": 1}
"""What a rule that fired counts for and against options; a veto takes an option away instead."""


@dataclass(frozen=True, slots=True)
class Money:
    """Calls a month at which an API's bill is that of a model of one's own: p10, p50, p90."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition.

    key: the answer that it is about; when: true, false, or None where it cannot be said; bars: options that are vetoed;
    unfit: options that cannot do it, which is no veto of anybody's.
    """

    id: str
    key: str
    weight: Weight
    says: str
    when: Callable[[Answers, Money | None], Tri]
    favours: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A rule as it was found: with the value of its answer (None: unknown) and its status."""

    rule: Rule
    value: Any
    status: Status

    @property
    def fired(self) -> bool:
        """Whether its condition holds."""
        return self.status == "FIRED"

    @property
    def points(self) -> int:
        """What it counts for each option that it favours or speaks against."""
        return POINTS[self.rule.weight] if self.fired else 0


def ask(rules: Sequence[Rule], answers: Answers, money: Money | None) -> tuple[Seen, ...]:
    """Every rule's status by the answers."""
    found = []
    for rule in rules:
        holds = rule.when(answers, money)
        status: Status = "UNKNOWN" if holds is None else "FIRED" if holds else "NOT"
        found.append(Seen(rule, getattr(answers, rule.key), status))
    return tuple(found)


def all_of(*parts: Tri) -> Tri:
    """And, with unknown: false as soon as one is false, unknown where that is left open.

    >>> all_of(True, None), all_of(False, None)
    (None, False)
    """
    if any(p is False for p in parts):
        return False
    return None if any(p is None for p in parts) else True


def inverse(part: Tri) -> Tri:
    """Not, with unknown."""
    return None if part is None else not part


def among(value: Any, choices: Sequence[Any]) -> Tri:
    """Whether a value is one of some; unknown where it is not known."""
    return None if value is None else value in choices


def below(value: float | None, limit: float) -> Tri:
    """Whether a number is below a limit; unknown where it is not known."""
    return None if value is None else value < limit
