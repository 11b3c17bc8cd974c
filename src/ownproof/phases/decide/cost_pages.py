"""Money and time as chapters of a page: the two bills over volume, what moves them, prices, hours, weeks, data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from ownproof.core.report import Block, Chart, Grid, Note, Section, Series
from ownproof.phases.decide.assumptions import Assumptions
from ownproof.phases.decide.cost import Costs, Swing, Usage, own_costs
from ownproof.phases.decide.minima import MINIMA, OPTIONS, Weeks, minimum, weeks
from ownproof.phases.decide.prices import PriceTable
from ownproof.phases.decide.ranges import Range
from ownproof.phases.decide.tuning import Market, Training, tuning

POINTS = 41
SHOWN = 6  # inputs in the picture of what moves the answer
DIME = 0.1  # less is not worth a figure beside what people cost
NAMES = {
    "no-ml": "no machine learning",
    "api": "hosted API",
    "fine-tune": "fine-tune an open model",
    "small-model": "small model from scratch",
    "deep-from-scratch": "deep net from scratch",
}
INPUTS = {
    "engineer_weeks": ("weeks of building", "weeks"),
    "week_price": ("wage of a week", "$"),
    "labels": ("labels to buy", "labels"),
    "label_price": ("price of a label", "$"),
    "months": ("months in use", "months"),
    "serving": ("serving, a month", "$"),
    "capacity": ("calls a machine answers", "calls"),
    "upkeep_hours": ("hours of upkeep", "h"),
    "hour_price": ("wage of an hour", "$"),
    "retrains": ("retrainings a month", ""),
    "fresh_labels": ("labels a retraining", "labels"),
    "retrain_compute": ("machines a retraining", "$"),
    "price of a call": ("price of an API call", "$"),
}


def count(value: float) -> str:
    """A number of calls as people say it.

    >>> count(3_400_000), count(41_200_000), count(math.inf), count(800)
    ('3.4 M', '41 M', 'never', '800')
    """
    if not math.isfinite(value):
        return "never"
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size * 0.9995:
            shown = value / size
            return f"{shown:.1f}{letter}" if shown < 9.95 else f"{shown:,.0f}{letter}"
    return f"{value:,.0f}"


def dollars(value: float) -> str:
    """Dollars with the digits that matter.

    >>> dollars(2_684.3), dollars(0.000065), dollars(0.31), dollars(12.4)
    ('$2,680', '$0.000065', '$0.31', '$12')
    """
    if not math.isfinite(value):
        return "never"
    if value >= 100:
        return f"${float(f'{value:.3g}'):,.0f}"
    if value >= 10:
        return f"${value:.0f}"
    if value >= 0.095 or value == 0:
        return f"${value:.2f}"
    return "$" + f"{float(f'{value:.2g}'):.10f}".rstrip("0")


def span(found: Range | None, unit: str) -> str:
    """The median and in brackets p10 and p90; unit: `$`, `calls` or `h`.

    >>> span(Range(29.3e6, 41e6, 54.9e6), "calls"), span(None, "$")
    ('41 M (29 M – 55 M)', 'unknown')
    """
    if found is None:
        return "unknown"
    write = {"$": dollars, "h": seconds}.get(unit, count)
    low, middle, high = (write(v) for v in (found.p10, found.p50, found.p90))
    return middle if low == middle == high else f"{middle} ({low} – {high})"


def hours(value: float) -> str:
    """Hours of a clock as people say them.

    >>> hours(0.02), hours(0.53), hours(30), hours(400)
    ('1 min', '32 min', '30 h', '17 days')
    """
    if value < 1:
        return f"{max(1, round(value * 60))} min"
    return f"{value:.2g} h" if value < 48 else f"{value / 24:.0f} days"


def seconds(value: float) -> str:
    """Hours of a short training, as people say them.

    >>> seconds(0.0004), seconds(0.02), seconds(3)
    ('1.4 s', '1 min', '3 h')
    """
    return f"{value * 3600:.2g} s" if value * 60 < 1 else hours(value)


def bills(found: Costs, usage: Usage, calls: Sequence[float], own: Sequence[Range]) -> Chart | None:
    """Both bills over the volume; None where the price of a call is unknown. own: one range for each volume."""
    if found.call is None or found.break_even_calls is None:
        return None
    call, level = found.call, found.break_even_calls
    api = [(v * call.p50, v * call.p10, v * call.p90) for v in calls]
    series = (
        Series("hosted API", tuple(calls), *map(tuple, zip(*api, strict=True))),
        Series(
            "own model", tuple(calls), tuple(o.p50 for o in own), tuple(o.p10 for o in own), tuple(o.p90 for o in own)
        ),
    )
    marks = []
    if math.isfinite(level.p50):
        marks.append((level.p50, level.p50 * call.p50, f"equal at {count(level.p50)}"))
    if usage.calls_per_month:
        marks.append((usage.calls_per_month, usage.calls_per_month * call.p50, f"you: {count(usage.calls_per_month)}"))
    return Chart(
        "What a month costs, by volume",
        "line",
        series,
        x_label="calls a month",
        y_label="dollars a month",
        marks=tuple(marks),
        caption="Bands hold the middle eight draws in ten. Both axes rise by factors.",
        log="xy",
    )


def volumes(found: Costs, usage: Usage) -> tuple[float, ...]:
    """The volumes that a picture of both bills spans: a hundredth to a hundredfold of what matters."""
    level = found.break_even_calls
    matter = [v for v in (usage.calls_per_month, level and level.p50) if v and math.isfinite(v)] or [1e6]
    return tuple(float(v) for v in np.geomspace(min(matter) / 20, max(matter) * 20, POINTS))


def money(found: Costs, usage: Usage, own: Sequence[Range], by_option: Mapping[str, Range]) -> Section:
    """The chapter on money. own: of each volume of `volumes`; by_option: dollars a month of each kind of own model."""
    blocks: list[Block] = [Note(sentence(found, usage))]
    blocks += [Note(w[0].upper() + w[1:] + ".") for w in found.warnings]
    picture = bills(found, usage, volumes(found, usage), own)
    if picture is not None:
        blocks.append(picture)
    rows = [("hosted API, a month", span(found.api, "$")), ("one API call", span(found.call, "$"))]
    rows += [(f"{NAMES[option]}, a month", span(cost, "$")) for option, cost in by_option.items()]
    rows.append(("once it is built: serving, upkeep, retraining", span(found.running, "$")))
    rows.append(("equal at calls a month", span(found.break_even_calls, "calls")))
    blocks.append(Grid(("", "median (p10 – p90)"), tuple(rows)))
    blocks += swings(found.swings)
    return Section("Money", tuple(blocks), "money")


def sentence(found: Costs, usage: Usage) -> str:
    """The comparison in a sentence or two."""
    if found.break_even_calls is None:
        why = "; ".join(found.why_unknown)
        held = {
            "api": "below 1 M calls a month an API customarily costs less",
            "own": "from 5 M calls a month on a model of one's own customarily costs less",
            "open": "between 1 M and 5 M calls a month custom gives no answer",
        }.get(found.prior or "", "without a volume not even custom gives an answer")
        return f"What an API would cost is unknown: {why}. Only customary volumes are left: {held}."
    told = f"An API and a model of one's own cost the same at {span(found.break_even_calls, 'calls')} calls a month"
    if found.cheaper is None or usage.calls_per_month is None:
        return f"{told}. How many calls you will make is unknown."
    who = {
        "api": "the API costs less, in nine draws of ten",
        "own": "the own model costs less, in nine draws of ten",
        "open": "either may cost less: the ranges overlap",
    }[found.cheaper]
    return f"{told}. At your {count(usage.calls_per_month)} {who}."


def swings(found: Sequence[Swing]) -> tuple[Block, ...]:
    """What moves the answer most, each input alone: a picture of the widest, the figures of the two that matter."""
    if not found:
        return ()
    calls = found[0].of == "break_even_calls"
    of, told = ("equal at, calls a month", count) if calls else ("own model, a month", dollars)
    rows = []
    for each in found[:2]:
        name, unit = INPUTS.get(each.input, (each.input, ""))
        write = dollars if unit == "$" else lambda v: f"{v:,.3g}"
        rows.append((name, f"{write(each.low)} – {write(each.high)}", f"{told(each.at_low)} – {told(each.at_high)}"))
    caption = "The two inputs that matter most, each alone from its p10 to its p90."
    drawn = [s for s in found[:SHOWN] if math.isfinite(s.at_low + s.at_high)]
    picture = (_tornado(drawn, calls=calls),) if drawn else ()
    return *picture, Grid(("input", "from – to", of), tuple(rows), caption)


def _tornado(found: Sequence[Swing], *, calls: bool) -> Chart:
    ends = [tuple(sorted((s.at_low, s.at_high))) for s in found]
    scale = 1e6 if calls else 1.0
    series = Series(
        "",
        tuple(INPUTS.get(s.input, (s.input, ""))[0] for s in found),
        tuple((low * high) ** 0.5 / scale for low, high in ends),
        tuple(low / scale for low, _ in ends),
        tuple(high / scale for _, high in ends),
    )
    return Chart(
        "What moves break-even" if calls else "What moves the cost of an own model",
        "dots",
        (series,),
        x_label="million calls a month" if calls else "dollars a month",
        caption="Each input alone from its p10 to its p90, all others at their medians.",
    )


def price_list(table: PriceTable, usage: Usage, today: date) -> Section:
    """Every model's price, its bill at this shape of prompt, and when it ends."""
    tokens = (usage.tokens_in, usage.tokens_out)
    rows = []
    for price in table.models:
        rate = price.rate_on(today)
        one = None if None in tokens else price.call(tokens[0] or 0.0, tokens[1] or 0.0, today=today)
        bill = dollars(one.mode * usage.calls_per_month) if one and usage.calls_per_month else "–"
        ends = price.retires.isoformat() if price.retires else ""
        later = "; ".join(f"${r.input:g} / ${r.output:g} from {d}" for d, r in price.changes if d > today)
        other = f"elsewhere ${price.second.input:g} / ${price.second.output:g}" if price.second else ""
        rows.append((price.model, f"${rate.input:g} / ${rate.output:g}", bill, ends, later or other))
    columns = ("model", "in / out, per million tokens", "your month", "retires", "changes, or another source")
    caption = f"List prices of {table.as_of}, {table.source}. Discounts for batches and caches not counted."
    return Section("Prices", (Grid(columns, tuple(rows), caption),), "prices")


def time(found: Sequence[Training], plans: Mapping[str, Weeks], *, examples: int, note: str = "") -> Section:
    """The chapter on time: weeks to a first result of every option, hours and dollars of training."""
    rows = []
    for option in OPTIONS:
        if option in plans:
            plan = plans[option]
            labels = "unknown" if plan.labelling is None else f"{plan.labelling:,.3g}" if plan.labelling else "none"
            rows.append((NAMES[option], f"{plan.low:g} – {plan.high:g}", labels))
    blocks: list[Block] = [Grid(("option", "weeks to a first result", "weeks of labelling before"), tuple(rows))]
    if found:
        cells = tuple(
            (t.what, f"{t.gpus} × {t.device}" if t.gpus else t.device, span(t.hours, "h"), _bill(t), t.by)
            for t in found
        )
        blocks.append(
            Grid(
                ("training", "on", "hours", "dollars", "by"),
                cells,
                f"One training on {examples:,} examples: median (p10 – p90).{note}",
            )
        )
    return Section("Time", tuple(blocks), "time")


def _bill(found: Training) -> str:
    if not found.gpus:
        return "own machine"
    return "under a dime" if found.dollars and found.dollars.p90 < DIME else span(found.dollars, "$")


def data(task: str | None) -> Section:
    """The chapter on data: what each kind of model asks for on this task."""
    rows = tuple((NAMES[m.option], f"{m.low:,}", f"{m.enough:,}", m.unit, m.source) for m in MINIMA if m.task == task)
    if not rows:
        return Section("Data", (Note("What data is enough depends on the task, which is not said."),), "data")
    return Section("Data", (Grid(("option", "not below", "surely enough", "counted in", "after"), rows),), "data")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the chapters on money, time and data are written from. examples: that would be trained on (None: the least
    that the task asks for); timed: trainings whose steps were timed on this machine."""

    usage: Usage
    task: str | None
    table: PriceTable | None
    today: date
    said: Mapping[str, Any] = field(default_factory=dict)
    labels: int | None = None
    per_week: float | None = None
    classes: int | None = None
    cores: int = 2
    timed: tuple[Training, ...] = ()


def chapters(found: Costs, plan: Plan, *, assumptions: Assumptions) -> tuple[Section, ...]:
    """Money, prices, time and data, in this order. found: as `costs` gave it by these assumptions."""
    own = own_costs(volumes(found, plan.usage), assumptions, labels=plan.usage.labels, draws=4_000)
    made = {option: Assumptions.of(option, plan.task).read(plan.said) for option in OWN if possible(option, plan.task)}
    volume = [plan.usage.calls_per_month]
    by_option = {option: own_costs(volume, each, labels=plan.usage.labels)[0] for option, each in made.items()}
    plans = {
        option: weeks(option, plan.task, labels=plan.labels, per_week=plan.per_week, classes=plan.classes)
        for option in OPTIONS
        if option in {"no-ml", "api"} or option in made
    }
    asked = minimum("fine-tune", plan.task)
    examples = plan.labels or (asked.low * (max(2, plan.classes or 2) if asked.by_class else 1) if asked else 1_000)
    tokens = (
        None
        if None in (plan.usage.tokens_in, plan.usage.tokens_out)
        else (plan.usage.tokens_in or 0) + (plan.usage.tokens_out or 0)
    )
    trained = tuning(
        plan.task, examples=examples, tokens=tokens, market=Market(plan.table, plan.today), cores=plan.cores
    )
    parts = [money(found, plan.usage, own, by_option)]
    parts += [price_list(plan.table, plan.usage, plan.today)] if plan.table else []
    return (*parts, time((*plan.timed, *trained), plans, examples=examples, note=_gpus_of(plan)), data(plan.task))


def _gpus_of(plan: Plan) -> str:
    """Of when the prices of GPUs are."""
    seen = min((g.as_of for g in plan.table.gpus), default=None) if plan.table else None
    if seen is None:
        return ""
    return f" GPU prices of {seen}, {(plan.today - seen).days} days old."


OWN = ("small-model", "fine-tune", "deep-from-scratch")


def possible(option: str, task: str | None) -> bool:
    """Whether an option is a way to do a task at all; every one of a task that is not said."""
    return task is None or minimum(option, task) is not None
