"""An API's bill against a model of one's own, month by month, and the volume at which the two are equal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import plain
from ownproof.phases.decide.assumptions import Assumptions
from ownproof.phases.decide.prices import Price, PriceTable, age
from ownproof.phases.decide.ranges import Range, Triangle

Draws = Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Usage:
    """What would be asked of a hosted API. None is unknown.

    model: a name of the table of prices. repeats: share of calls answered from one's own cache, 0..1;
    cached_prompt: share of the prompt's tokens that the provider has cached; batch: answers may wait a day.
    labels: how many there are already (they are not bought again).
    """

    tokens_in: float | None = None
    tokens_out: float | None = None
    calls_per_month: float | None = None
    model: str | None = None
    repeats: float = 0.0
    cached_prompt: float = 0.0
    batch: bool = False
    labels: int | None = None


@dataclass(frozen=True, slots=True)
class Swing:
    """How far one input alone, from its p10 to its p90 with all others at their medians, moves the answer.

    of: `break_even_calls` or `own`; at_low and at_high: the answer at the two ends."""

    input: str
    low: float
    high: float
    at_low: float
    at_high: float
    of: str

    @property
    def factor(self) -> float:
        """The larger answer over the smaller one, at least 1."""
        low, high = sorted((self.at_low, self.at_high))
        return high / low if low > 0 and math.isfinite(high) else math.inf if high > low else 1.0

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return dict(plain({f.name: getattr(self, f.name) for f in fields(self)} | {"factor": self.factor}))


@dataclass(frozen=True, slots=True)
class Costs:
    """Dollars a month and calls a month, each as p10, p50 and p90; None where it is unknown.

    call: dollars of one API call. why_unknown: what is missing, in words. warnings: what may be wrong with the prices.
    prior: what the customary volumes alone would say (`api`, `own`, `open`), only where money is unknown.
    swings: of every guess, the widest first.
    prices_of: {"model", "provider", "as_of", "source"}; model is None where a span of small models was taken.
    """

    own: Range
    api: Range | None = None
    call: Range | None = None
    break_even_calls: Range | None = None
    swings: tuple[Swing, ...] = ()
    prices_of: Mapping[str, Any] | None = None
    why_unknown: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    prior: str | None = None
    running: Range | None = None

    @property
    def cheaper(self) -> str | None:
        """`api` or `own` where nine draws in ten agree; `open` where they do not; None where it is unknown."""
        if self.api is None or self.break_even_calls is None or self.call is None:
            return None
        if self.api.p90 <= self.own.p10:
            return "api"
        return "own" if self.own.p90 <= self.api.p10 else "open"

    def to_json(self) -> dict[str, Any]:
        """The object `cost` of the JSON answer."""
        return {
            "api": self.api and self.api.to_json(),
            "own": self.own.to_json(),
            "break_even_calls": self.break_even_calls and self.break_even_calls.to_json(),
            "prices_of": plain(self.prices_of),
            "call": self.call and self.call.to_json(),
            "running": self.running and self.running.to_json(),
            "swings": [s.to_json() for s in self.swings[:2]],
            "unknown": list(self.why_unknown),
            "warnings": list(self.warnings),
            "prior": self.prior,
            "cheaper": self.cheaper,
        }


def costs(
    usage: Usage,
    table: PriceTable | None,
    *,
    today: date,
    assumptions: Assumptions | None = None,
    policy: Policy | None = None,
    seed: int = 0,
    draws: int = 20_000,
) -> Costs:
    """Both bills and their break-even from dated prices, by `draws` draws of everything that is a guess.

    API: calls x (tokens in x price in + tokens out x price out) x (1 - repeats) x (batch share). Own: build and labels
    over the months of use, serving, upkeep, retraining. Break-even: own costs over the price of a call.
    Raises ConfigError for a model without a price.

    >>> from ownproof.phases.decide.ranges import Range
    >>> costs(Usage(), None, today=date(2026, 1, 1)).why_unknown[0]
    'tokens_in and tokens_out are not said'
    """
    chosen, rules = assumptions or Assumptions(), policy or Policy()
    rng = np.random.default_rng(seed)
    drawn = {f.name: getattr(chosen, f.name).draw(rng, draws) for f in fields(chosen)}
    there = float(usage.labels or 0)
    unknown, warnings = _gaps(usage, table, today, rules)
    fixed, serving = _fixed(drawn, there), drawn["serving"]
    if unknown or table is None:
        own = Range.of(_own(fixed, serving, drawn["capacity"], usage.calls_per_month))
        prior = volume_prior(usage.calls_per_month, rules)
        swings = _swings(chosen, None, usage)
        return Costs(own, why_unknown=unknown, warnings=warnings, prior=prior, swings=swings, running=running(drawn))
    prices = [table.find(usage.model)] if usage.model else list(table.small(today))
    spans = [_call(price, usage, today) for price in prices]
    call = np.stack([s.draw(rng, draws) for s in spans])[rng.integers(0, len(spans), draws), np.arange(draws)]
    level = break_even(fixed, serving, drawn["capacity"], call)
    calls = usage.calls_per_month
    return Costs(
        Range.of(_own(fixed, serving, drawn["capacity"], calls)),
        api=None if calls is None else Range.of(call).times(calls),
        call=Range.of(call),
        break_even_calls=Range.of(level),
        swings=_swings(chosen, _middle(spans), usage),
        prices_of=_prices_of(usage, table, prices),
        warnings=warnings,
        running=running(drawn),
    )


def own_costs(
    volumes: Sequence[float | None],
    assumptions: Assumptions,
    *,
    labels: int | None = None,
    seed: int = 0,
    draws: int = 20_000,
) -> tuple[Range, ...]:
    """Dollars a month of a model of one's own at each volume (calls a month; None: within one machine's capacity)."""
    rng = np.random.default_rng(seed)
    drawn = {f.name: getattr(assumptions, f.name).draw(rng, draws) for f in fields(assumptions)}
    fixed = _fixed(drawn, float(labels or 0))
    return tuple(Range.of(_own(fixed, drawn["serving"], drawn["capacity"], v)) for v in volumes)


def _gaps(
    usage: Usage, table: PriceTable | None, today: date, policy: Policy
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(Why money is unknown, what may be wrong with it all the same.)"""
    unknown, warnings = [], []
    missing = [name for name in ("tokens_in", "tokens_out") if getattr(usage, name) is None]
    if missing:
        unknown.append(f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not said")
    if table is None:
        return (*unknown, "there is no table of prices"), ()
    days = (today - table.as_of).days
    match age(table.as_of, today, policy):
        case "stale":
            unknown.append(f"the prices are of {table.as_of} ({days} days old)")
        case "old":
            warnings.append(f"the prices are of {table.as_of} ({days} days old): look them up before you rely on them")
        case _:
            pass
    if usage.model:
        price = table.find(usage.model)
        gone, soon = _endings(price, today, policy)
        unknown += gone
        warnings += soon
    return tuple(unknown), tuple(warnings)


def _endings(price: Price, today: date, policy: Policy) -> tuple[list[str], list[str]]:
    """(Why this model's price no longer counts, what is about to end or to change.)"""
    gone, soon = [], []
    if price.retires is not None:
        days = (price.retires - today).days
        if days < 0:
            gone.append(f"{price.model} was retired on {price.retires}")
        elif days <= policy.retires_warn_days:
            soon.append(f"{price.model} retires on {price.retires}, in {days} days: plan with another model")
    for start, rate in price.changes:
        if start > today:
            soon.append(
                f"from {start} on {price.model} costs ${rate.input:g} in and ${rate.output:g} out per million tokens"
            )
    if price.second is not None:
        soon.append(
            f"another source has ${price.second.input:g} in and ${price.second.output:g} out per million tokens for "
            f"{price.model}: the price is taken as a span"
        )
    return gone, soon


def _call(price: Price, usage: Usage, today: date) -> Triangle:
    """Dollars of one call as it is used: own cache, the provider's cache, batches."""
    share = 1.0 - usage.repeats
    if usage.batch and price.batch is not None:
        share *= price.batch
    prompt = usage.tokens_in or 0.0
    if usage.cached_prompt and price.cached is not None:
        prompt *= 1 - usage.cached_prompt * (1 - price.cached)
    long = price.above is not None and (usage.tokens_in or 0.0) > price.above
    span = price.call(usage.tokens_in or 0.0, usage.tokens_out or 0.0, today=today)
    if prompt != usage.tokens_in:
        rate = price.long if long and price.long else price.rate_on(today)
        less = rate.call((usage.tokens_in or 0.0) - prompt, 0.0)
        span = Triangle(*(max(0.0, v - less) for v in span.to_json()))
    return Triangle(span.low * share, span.mode * share, span.high * share)


def _fixed(drawn: Draws, there: float) -> np.ndarray:
    """Dollars a month that no volume changes, without serving."""
    bought = np.maximum(drawn["labels"] - there, 0.0)
    build = drawn["engineer_weeks"] * drawn["week_price"] + bought * drawn["label_price"]
    retrain = drawn["retrains"] * (drawn["retrain_compute"] + drawn["fresh_labels"] * drawn["label_price"])
    return np.asarray(build / drawn["months"] + drawn["upkeep_hours"] * drawn["hour_price"] + retrain)


def running(drawn: Draws) -> Range:
    """Dollars a month once it is built: serving, upkeep and retraining."""
    retrain = drawn["retrains"] * (drawn["retrain_compute"] + drawn["fresh_labels"] * drawn["label_price"])
    return Range.of(drawn["serving"] + drawn["upkeep_hours"] * drawn["hour_price"] + retrain)


def _own(fixed: np.ndarray, serving: np.ndarray, capacity: np.ndarray, calls: float | None) -> np.ndarray:
    """Dollars a month at a volume: beyond one machine's capacity more of them, in parts."""
    if calls is None:
        return np.asarray(fixed + serving)
    full = np.where(capacity > 0, capacity, math.inf)
    return np.asarray(fixed + serving * np.maximum(1.0, calls / full))


def break_even(fixed: np.ndarray, serving: np.ndarray, capacity: np.ndarray, call: np.ndarray) -> np.ndarray:
    """Calls a month at which API and own model cost the same, float64 (n,); infinite where they never do.

    All arguments float64 (n,): dollars a month without serving, dollars of a machine, its calls a month (0: any
    number), dollars of a call. Beyond one machine each call also costs a part of the next one.

    >>> one = np.ones(1)
    >>> break_even(2_000 * one, 100 * one, 0 * one, 0.001 * one)
    array([2100000.])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        one = np.where(call > 0, (fixed + serving) / call, math.inf)
        share = np.where(capacity > 0, serving / np.where(capacity > 0, capacity, 1.0), 0.0)
        more = np.where(call > share, fixed / np.maximum(call - share, 1e-300), math.inf)
    return np.asarray(np.where((capacity > 0) & (one > capacity), more, one))


def _middle(spans: list[Triangle]) -> Triangle:
    """All spans as one: from the cheapest to the dearest, most likely the one in the middle."""
    modes = sorted(s.mode for s in spans)
    return Triangle(min(s.low for s in spans), modes[len(modes) // 2], max(s.high for s in spans))


def _swings(chosen: Assumptions, call: Triangle | None, usage: Usage) -> tuple[Swing, ...]:
    """Every input alone between its p10 and p90, what moves the answer most first."""
    guesses = {f.name: getattr(chosen, f.name) for f in fields(chosen)}
    if call is not None:
        guesses["price of a call"] = call
    middle = {name: guess.quantile(0.5) for name, guess in guesses.items()}

    def answer(name: str, value: float) -> float:
        at = {k: np.array([v]) for k, v in (middle | {name: value}).items()}
        fixed = _fixed(at, float(usage.labels or 0))
        if call is None:
            return float(_own(fixed, at["serving"], at["capacity"], usage.calls_per_month)[0])
        return float(break_even(fixed, at["serving"], at["capacity"], at["price of a call"])[0])

    found = []
    for name, guess in guesses.items():
        if not guess.known:
            low, high = guess.quantile(0.1), guess.quantile(0.9)
            of = "own" if call is None else "break_even_calls"
            found.append(Swing(name, low, high, answer(name, low), answer(name, high), of))
    return tuple(sorted(found, key=lambda s: -s.factor))


def _prices_of(usage: Usage, table: PriceTable, prices: list[Price]) -> dict[str, Any]:
    one = prices[0] if usage.model else None
    return {
        "model": one and one.model,
        "provider": one and one.provider,
        "models": [p.model for p in prices],
        "as_of": table.as_of.isoformat(),
        "source": one.source if one else table.source,
        "retires": one.retires.isoformat() if one and one.retires else None,
    }


def volume_prior(calls: float | None, policy: Policy) -> str | None:
    """What customary volumes say when prices or tokens are unknown: `api`, `own`, `open` between them, None without a volume.

    >>> [volume_prior(v, Policy()) for v in (500_000, 2_000_000, 8_000_000)]
    ['api', 'open', 'own']
    """
    if calls is None:
        return None
    if calls < policy.api_calls_most:
        return "api"
    return "own" if calls >= policy.own_calls_least else "open"
