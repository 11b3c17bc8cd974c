"""Prices with a source and a date: what a call of a hosted model and an hour of a GPU cost, and when that ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from ownproof.core.policy import Policy
from ownproof.errors import ConfigError, near
from ownproof.phases.decide.ranges import Triangle

MILLION = 1_000_000
Age = Literal["fresh", "old", "stale"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Dollars per million tokens, going in and coming out."""

    input: float
    output: float

    def call(self, tokens_in: float, tokens_out: float) -> float:
        """Dollars of one call.

        >>> Rate(2.5, 10.0).call(300, 5)
        0.0008
        """
        return (tokens_in * self.input + tokens_out * self.output) / MILLION


@dataclass(frozen=True, slots=True)
class Price:
    """What one hosted model costs.

    size: `small` for the cheap models that label and extract, `large` for the rest. also: other names it goes by.
    batch: what a call costs when the answer may wait a day, as a share of the price; cached: what a prompt token
    costs that the provider has cached, as a share; None where it is not offered.
    above, long: prompts of more than so many tokens cost this rate, every token of them. changes: rates that start on
    a later day. retires: the last day it answers. second: what another source says where the two differ.
    """

    provider: str
    model: str
    size: Literal["small", "large"]
    rate: Rate
    also: tuple[str, ...] = ()
    batch: float | None = None
    cached: float | None = None
    above: int | None = None
    long: Rate | None = None
    changes: tuple[tuple[date, Rate], ...] = ()
    retires: date | None = None
    second: Rate | None = None
    source: str = ""

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Price:
        """From a row of the file of prices. Raises KeyError or ValueError on a damaged one."""

        def rate(cell: Any) -> Rate | None:
            return None if cell is None else Rate(float(cell["input"]), float(cell["output"]))

        changes = ((date.fromisoformat(c["from"]), Rate(float(c["input"]), float(c["output"]))) for c in row["changes"])
        return cls(
            provider=row["provider"],
            model=row["model"],
            size=row["size"],
            rate=Rate(float(row["input"]), float(row["output"])),
            also=tuple(row["also"]),
            batch=row["batch"],
            cached=row["cached"],
            above=row["above"] and int(row["above"]["tokens"]),
            long=rate(row["above"]),
            changes=tuple(sorted(changes, key=lambda c: c[0])),
            retires=date.fromisoformat(row["retires"]) if row["retires"] else None,
            second=rate(row["second"]),
            source=row["source"],
        )

    def rate_on(self, today: date) -> Rate:
        """The rate of a day: that of the file until a later one starts."""
        started = [rate for start, rate in self.changes if start <= today]
        return started[-1] if started else self.rate

    def call(self, tokens_in: float, tokens_out: float, *, today: date) -> Triangle:
        """Dollars of one call at the full price; a span where two sources differ by more than a fifth."""
        first = self.rate_on(today)
        if self.above is not None and self.long is not None and tokens_in > self.above:
            first = self.long
        one = first.call(tokens_in, tokens_out)
        if self.second is None or self.second == self.rate or first is not self.rate:
            return Triangle.exactly(one)
        other = self.second.call(tokens_in, tokens_out)
        low, high = sorted((one, other))
        return Triangle(low, (low + high) / 2, high) if high > low * (1 + DIFFER) else Triangle.exactly(one)

    def retired(self, today: date) -> bool:
        """Whether it no longer answers."""
        return self.retires is not None and self.retires < today


DIFFER = 0.2  # two sources further apart than this share widen the price to both


@dataclass(frozen=True, slots=True)
class Gpu:
    """What an hour of one GPU costs on demand: the cheapest, the middle and the dearest of the offers seen.

    memory_gb: of one GPU; offers: (cloud, name of the machine, dollars an hour and GPU)."""

    name: str
    memory_gb: int
    offers: tuple[tuple[str, str, float], ...]
    as_of: date
    source: str = ""

    @property
    def hourly(self) -> Triangle:
        """Dollars an hour."""
        prices = sorted(price for _, _, price in self.offers)
        return Triangle(prices[0], prices[len(prices) // 2], prices[-1])

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Gpu:
        """From a row of the file of prices."""
        offers = tuple((o["cloud"], o["machine"], float(o["hourly"])) for o in row["offers"])
        return cls(row["name"], int(row["memory_gb"]), offers, date.fromisoformat(row["as_of"]), row["source"])


@dataclass(frozen=True, slots=True)
class PriceTable:
    """All prices of one day. as_of: the day they were seen; source: where."""

    as_of: date
    models: tuple[Price, ...]
    gpus: tuple[Gpu, ...] = ()
    source: str = ""
    names: Mapping[str, Price] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PriceTable:
        """From the file of prices. Raises ConfigError on a damaged one."""
        try:
            return cls(
                date.fromisoformat(data["as_of"]),
                tuple(map(Price.from_json, data["models"])),
                tuple(map(Gpu.from_json, data["gpus"])),
                data["source"],
            ).named()
        except (KeyError, TypeError, ValueError) as why:
            raise ConfigError(
                f"the table of prices cannot be read: {why!r}",
                expected="as_of, source, models and gpus as in the file that comes along",
                hint="install ownproof again",
                where="prices.json",
            ) from why

    def named(self) -> PriceTable:
        """The same, with every name a model goes by."""
        return replace(self, names={name.casefold(): p for p in self.models for name in (p.model, *p.also)})

    def find(self, name: str) -> Price:
        """The price of a model by any of its names. Raises ConfigError with near misses."""
        price = self.names.get(name.casefold())
        if price is not None:
            return price
        close = near(name, list(self.names))
        raise ConfigError(
            f"no price is known for the model {name!r}",
            expected="a model of the table of prices, or price_in and price_out under [cost]",
            hint="did you mean " + " or ".join(map(repr, close)) + "?" if close else f"models: {', '.join(self.names)}",
            where="api_model",
            code="no-price",
        )

    def gpu(self, name: str) -> Gpu | None:
        """A GPU by name, None where no price is known."""
        return next((g for g in self.gpus if g.name == name), None)

    def small(self, today: date) -> tuple[Price, ...]:
        """The small models that still answer: what is asked when nobody said which."""
        return tuple(p for p in self.models if p.size == "small" and not p.retired(today))


def own_price(rate: Rate, *, name: str, today: date) -> PriceTable:
    """A table of one price that the user said, with the customary discounts: half for batches, nine tenths for what is
    cached of a prompt."""
    price = Price("said", name, "small", rate, batch=0.5, cached=0.1, source="the answers")
    return PriceTable(today, (price,), source="the answers").named()


def age(as_of: date, today: date, policy: Policy) -> Age:
    """`fresh`, `old` (a warning is due) or `stale` (no longer used) by the days since prices were seen.

    >>> age(date(2026, 1, 1), date(2026, 4, 1), Policy())
    'old'
    """
    days = (today - as_of).days
    if days >= policy.prices_unknown_days:
        return "stale"
    return "old" if days >= policy.prices_warn_days else "fresh"
