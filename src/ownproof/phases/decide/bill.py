"""Money as the rules need it: break-even from dated prices, or unknown with the reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from ownproof.core.policy import Policy
from ownproof.core.report import Finding, Section
from ownproof.errors import ConfigError
from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.assumptions import Assumptions
from ownproof.phases.decide.cost import Costs, Usage, costs
from ownproof.phases.decide.cost_pages import Plan, chapters
from ownproof.phases.decide.figures import figures
from ownproof.phases.decide.options import first_way
from ownproof.phases.decide.prices import PriceTable, own_price
from ownproof.phases.decide.rules import Money
from ownproof.phases.decide.tuning import Training

NO_MONEY: Final[Mapping[str, Any]] = {"api": None, "own": None, "break_even_calls": None, "prices_of": None}
NO_RANGE: Final = {"p10": None, "p50": None, "p90": None}


@dataclass(frozen=True, slots=True)
class Bill:
    """What is known of money. money: break-even, None where it is unknown; call: dollars of one call; facts: the object
    `cost`; costs: all of it; chapters: its pages, drawn when they are asked for."""

    money: Money | None = None
    call: float | None = None
    facts: Mapping[str, Any] = field(default_factory=lambda: dict(NO_MONEY))
    costs: Costs | None = None
    chapters: Callable[[], tuple[Section, ...]] = tuple
    findings: tuple[Finding, ...] = ()


Pricing = Callable[[Answers], Bill]


def pricing(
    table: PriceTable | None,
    *,
    today: date,
    policy: Policy | None = None,
    seed: int = 0,
    timed: tuple[Training, ...] = (),
) -> Pricing:
    """The money of any answers, by a table of prices and the day it is asked for.

    Labels that are there already do not make a model of one's own cheaper here: they were paid for. A hosted model that
    has no price makes money unknown and is told as a warning. timed: trainings whose steps were timed on this machine.
    """

    def price(answers: Answers) -> Bill:
        said, own = figures(answers.cost, Assumptions.of(first_way(answers.task), answers.task))
        name = answers.api_model or (None if said.rate is None else "your price")
        usage = Usage(
            answers.tokens_in,
            answers.tokens_out,
            answers.calls_per_month,
            name,
            repeats=said.repeats,
            cached_prompt=said.cached_prompt,
            batch=said.batch,
        )
        prices = table if said.rate is None else own_price(said.rate, name=name or "", today=today)
        plan = Plan(
            usage,
            answers.task,
            table,
            today,
            said=said.guesses,
            labels=answers.labels,
            per_week=answers.labels_per_week,
            classes=answers.classes,
            timed=timed,
        )

        def cost(prices: PriceTable | None) -> Costs:
            return costs(usage, prices, today=today, assumptions=own, policy=policy, seed=seed)

        findings: tuple[Finding, ...] = ()
        try:
            found = cost(prices)
        except ConfigError as why:
            if why.name != "no-price":
                raise
            hint = f"{why.hint}; or leave api_model out for a span of small models"
            findings = (Finding("decide.no-price", "warn", (), None, why.message, hint),)
            found = replace(cost(None), why_unknown=(why.message,))
        return _bill(found, findings, lambda: chapters(found, plan, assumptions=own))

    return price


def _bill(found: Costs, findings: tuple[Finding, ...], drawn: Callable[[], tuple[Section, ...]]) -> Bill:
    level = found.break_even_calls
    money = None if level is None or math.isnan(level.p50) else Money(level.p10, level.p50, level.p90)
    facts = found.to_json()
    facts = {**facts, **{n: facts[n] or dict(NO_RANGE) for n in ("api", "own", "break_even_calls")}}
    told = tuple(
        Finding(
            "decide.prices",
            "warn",
            (),
            None,
            said,
            "look the price up before you rely on it; with the extra `prices` installed: `ownproof decide --again --live`",
        )
        for said in found.warnings
    )
    return Bill(money, found.call.p50 if found.call else None, facts, found, drawn, (*findings, *told))
