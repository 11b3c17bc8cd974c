"""A decision with everything that is told about it: money, what would flip it, what to ask, what to try, what to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ownproof.phases.decide.advice import Advice, advice
from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.bill import Bill, Pricing
from ownproof.phases.decide.flips import Flip, flip
from ownproof.phases.decide.labelling import Plan, plan
from ownproof.phases.decide.questions import Outlook, outlook
from ownproof.phases.decide.rules import Money
from ownproof.phases.decide.steps import Step, steps
from ownproof.phases.decide.verdict import Decision, decide

SURE: Final = 0.75
LIKELY: Final = 0.5
"""Shares of the ways in which unknown answers may turn out that leave the verdict: above, confidence is high, or medium."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A decision with everything that is told about it."""

    answers: Answers
    found: Decision
    bill: Bill
    flips: Mapping[str, Flip | None]
    outlook: Outlook
    label: Plan | None
    next: tuple[Step, ...]
    advice: tuple[Advice, ...]

    @property
    def confidence(self) -> str | None:
        """`high`, `medium` or `low`; None where there is no verdict."""
        if self.found.verdict is None:
            return None
        return "high" if self.outlook.stays >= SURE else "medium" if self.outlook.stays >= LIKELY else "low"


def weigh(
    answers: Answers, *, price: Pricing = lambda _: Bill(), seed: int = 0, data: str = "DATA", target: str = "TARGET"
) -> Weighed:
    """Decide, and find out what would change it. price: the money of any answers; data and target: as commands name them."""
    bill = price(answers)
    memo: dict[str, Bill] = {}

    def money(each: Answers) -> Money | None:
        asked = repr([getattr(each, n) for n in ("task", "tokens_in", "tokens_out", "api_model", "cost")])
        if asked not in memo:
            memo[asked] = price(each)
        return memo[asked].money

    def judge(each: Answers) -> str | None:
        return decide(each, money(each)).verdict

    found = decide(answers, bill.money)
    keys = dict.fromkeys(s.rule.key for s in found.seen)
    flips = {key: flip(answers, key, judge, money=bill.money) for key in keys}
    ahead = outlook(answers, judge, seed=seed)
    label = plan(found.verdict or "", answers) if found.first else None
    following = steps(answers, found, questions=ahead.questions, label=label, call=bill.call, data=data, target=target)
    return Weighed(answers, found, bill, flips, ahead, label, following, advice(answers, found, bill.money))
