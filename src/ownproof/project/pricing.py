"""Where prices come from: the table that comes along, or a newer one of the extra `prices`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from importlib.metadata import distribution, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from ownproof import optional
from ownproof.core.policy import Policy
from ownproof.phases.decide.prices import Price, PriceTable, Rate, age


def vendored() -> PriceTable:
    """The table of prices that comes along, dated; it is never looked up anywhere."""
    return PriceTable.from_json(json.loads(files("ownproof.project").joinpath("prices.json").read_text("utf-8")))


def table(today: date, *, live: bool = False, policy: Policy | None = None) -> PriceTable:
    """The prices to decide by.

    live: of the installed extra `prices` instead of the vendored file, without asking the network; MissingExtra when it
    is not installed. Where it is installed it also takes the place of a vendored file that is old. Models that it does
    not know keep the vendored price.
    """
    own = vendored()
    if live:
        return _renewed(own, today)
    if age(own.as_of, today, policy or Policy()) == "fresh" or not optional.there("genai_prices"):
        return own
    newer = _renewed(own, today)
    return newer if newer.as_of > own.as_of else own


def _renewed(own: PriceTable, today: date) -> PriceTable:
    there = optional.need("genai_prices.data", extra="prices", wanted_by="a newer table of prices").providers
    source = f"genai-prices {version('genai-prices')}"
    models = {(p.id, m.id): m for p in there for m in p.models}
    noon = datetime.combine(today, time(12), UTC)
    fresh = tuple(_fresh(price, models, noon, source) for price in own.models)
    if own.source.startswith(f"{source} "):
        return replace(own, models=fresh).named()  # the very same table: no newer than ours
    last = min(today, _installed())  # changes that are announced for later days are no sign of a later look
    seen = max((d for m in models.values() for d in _starts(m) if d <= last), default=own.as_of)
    return replace(own, models=fresh, as_of=seen, source=source).named()


def _installed() -> date:
    """The day on which the extra was installed: what it holds was seen no later."""
    files_ = distribution("genai-prices").files or ()
    days = [Path(str(f.locate())).stat().st_mtime for f in files_ if f.name == "METADATA"]
    return datetime.fromtimestamp(max(days, default=0.0), UTC).date()


def _fresh(price: Price, models: Mapping[tuple[str, str], Any], noon: datetime, source: str) -> Price:
    model = models.get((price.provider, price.model))
    if model is None:
        return price
    now = model.get_prices(noon)
    later = [(d, model.get_prices(datetime.combine(d, time(12), UTC))) for d in _starts(model) if d > noon.date()]
    return replace(price, rate=_rate(now), changes=tuple((d, _rate(p)) for d, p in later), source=source)


def _starts(model: Any) -> list[date]:
    """The days from which a model costs something else."""
    listed = model.prices if isinstance(model.prices, list) else []
    return sorted(c.constraint.start_date for c in listed if hasattr(c.constraint, "start_date"))


def _rate(prices: Any) -> Rate:
    """Dollars per million tokens of a short prompt."""
    return Rate(*(float(getattr(p, "base", p) or 0) for p in (prices.input_mtok, prices.output_mtok)))
