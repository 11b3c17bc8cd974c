"""What it takes to have the labels that come first: how many, how many weeks, how many dollars."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.options import begin

PER_WEEK: Final = (250.0, 500.0, 1_000.0)
"""Labels that one person makes in a week beside other work, where it is not said: least, likeliest, most."""
PRICE: Final = (0.05, 0.20, 0.80)
"""Dollars a label: a labelling service for plain cases, an own expert for hard ones."""
OVERLAP: Final = 0.10
"""The share of examples that two people label, so that one sees whether they agree."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Labels still to be made before an option can begin. weeks and dollars: p10, p50 and p90; weeks are None where none
    are made."""

    option: str
    have: int
    begin: int
    weeks: tuple[float, float, float] | None
    dollars: tuple[float, float, float]

    @property
    def needed(self) -> int:
        """How many are missing."""
        return max(0, self.begin - self.have)

    def to_json(self) -> dict[str, Any]:
        """The object `label` of the JSON answer."""
        names = ("p10", "p50", "p90")
        return {
            "option": self.option,
            "have": self.have,
            "begin": self.begin,
            "needed": self.needed,
            "weeks": None if self.weeks is None else dict(zip(names, self.weeks, strict=True)),
            "dollars": dict(zip(names, self.dollars, strict=True)),
        }


def plan(option: str, answers: Answers) -> Plan:
    """The labels that an option asks for, by the answers.

    >>> plan("small-model", Answers(task="tabular", labels=0, labels_per_week=500)).weeks
    (2.0, 2.0, 2.0)
    """
    have, asked = answers.labels or 0, begin(option, answers)
    if option == "fine-tune" and answers.labels_in_smallest_class is not None and answers.classes:
        have = min(have, answers.labels_in_smallest_class * answers.classes) if answers.labels is not None else have
    needed = max(0, asked - have)
    rate = answers.labels_per_week
    if rate is None:
        slow, usual, fast = quantiles(PER_WEEK)
        weeks: tuple[float, float, float] | None = (needed / fast, needed / usual, needed / slow)
    else:
        weeks = (needed / rate,) * 3 if rate else None
    low, middle, high = (needed * (1 + OVERLAP) * price for price in quantiles(PRICE))
    return Plan(option, have, asked, weeks, (low, middle, high))


def quantiles(triangle: tuple[float, float, float]) -> tuple[float, float, float]:
    """p10, p50 and p90 of a triangular distribution from its least, likeliest and most.

    >>> quantiles((0.0, 1.0, 2.0))[1]
    1.0
    """
    least, mode, most = triangle
    at_mode = (mode - least) / (most - least)

    def at(share: float) -> float:
        if share <= at_mode:
            return least + math.sqrt(share * (most - least) * (mode - least))
        return most - math.sqrt((1 - share) * (most - least) * (most - mode))

    return at(0.1), at(0.5), at(0.9)
