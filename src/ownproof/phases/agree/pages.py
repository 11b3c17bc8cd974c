"""The page of agreement: what decides, where it is lost, and what to talk about."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any, Final

from ownproof.core.policy import Policy
from ownproof.core.report import Block, Chart, Grid, Note, Section, Series
from ownproof.phases.agree import apart
from ownproof.phases.agree.evidence import SHORT
from ownproof.phases.agree.measured import Measured
from ownproof.stats.agreement.resample import Spread

SHOWN: Final = 25
TEXT_MOST: Final = 300


def percent(share: float, decimals: int = 0) -> str:
    """A share as people write it.

    >>> percent(0.95), percent(0.304, 1)
    ('95 %', '30.4 %')
    """
    return f"{100.0 * share:.{decimals}f} %"


def sections(found: Measured, policy: Policy, texts: Mapping[str, str]) -> tuple[Section, ...]:
    """The chapters, without those that have nothing to show. texts: of items, where they are known."""
    chapters = (
        _coefficients(found, policy),
        _classes(found),
        _raters(found, policy),
        _confusions(found),
        _time(found, policy),
        _slices(found, policy),
        _disputes(found, texts),
    )
    return tuple(c for c in chapters if c.blocks)


def _coefficients(found: Measured, policy: Policy) -> Section:
    known = [c for c in found.coefficients.values() if not c.undefined]
    blocks: list[Block] = [Note(_how(found, policy))]
    if known:
        blocks.append(
            _dots(
                "Agreement" if found.seen.marked is not None else "Agreement beyond chance",
                [(SHORT[c.name] + (" *" if c.name == found.seen.decides else ""), c.spread) for c in known],
                f"Points with their {percent(found.deciding.spread.level)} intervals over items; the line is what is asked "
                "of the one that decides (*).",
                policy.kappa,
            )
        )
    rows = tuple(
        (
            c.title,
            "undefined" if c.undefined else c.spread.value,
            "" if c.undefined else _between(c.spread),
            c.spread.items,
            "decides" if c.name == found.seen.decides else c.undefined,
        )
        for c in found.coefficients.values()
    )
    blocks.append(Grid(("coefficient", "value", "interval", "items", ""), rows))
    return Section("How far the raters agree", tuple(blocks), "agreement")


def _how(found: Measured, policy: Policy) -> str:
    made = found.deciding
    text = f"{made.title} decides: {found.seen.why}."
    if made.undefined:
        return f"{text} It is undefined: {made.undefined}."
    if math.isfinite(made.spread.floor):
        text += (
            f" The interval shown has two sides ({percent(made.spread.level)}). Going on asks for more than the point: the lower "
            f"end of the one-sided {percent(made.spread.level)} interval, here {made.spread.floor:.3f}, is held against "
            f"{policy.kappa_low:g}. Stopping asks that the upper end of the interval shown is below {policy.kappa:g}."
        )
    return text + f" From {policy.kappa_point_decides_from} items rated twice on the point alone decides."


def _between(found: Spread) -> str:
    return f"{found.low:.3f} to {found.high:.3f}" if math.isfinite(found.low) else ""


def _dots(title: str, rows: list[tuple[str, Spread]], caption: str, line: float | None) -> Chart:
    known = [(n, s) for n, s in rows if math.isfinite(s.value) and math.isfinite(s.low)]
    series = Series(
        "agreement",
        tuple(n for n, _ in known),
        tuple(s.value for _, s in known),
        tuple(s.low for _, s in known),
        tuple(s.high for _, s in known),
    )
    return Chart(title, "dots", (series,), reference="" if line is None else f"y={line:g}", caption=caption)


def _classes(found: Measured) -> Section:
    if not found.classes:
        return Section("By class")
    kind = "F1 of its spans" if found.seen.marked is not None else "kappa of this class against all others"
    what = "spans" if found.seen.marked is not None else "ratings"
    rows = tuple((p.name, p.ratings, percent(p.share, 1), p.spread.value, _between(p.spread)) for p in found.classes)
    blocks: tuple[Block, ...] = (
        _dots("Agreement by class", [(p.name, p.spread) for p in found.classes[:SHOWN]], f"Each class: {kind}.", None),
        Grid(
            ("class", what, "share", "agreement", "interval"),
            rows,
            "How common each class is, and how far raters see it.",
        ),
    )
    return Section("By class", blocks, "classes")


def _raters(found: Measured, policy: Policy) -> Section:
    if not found.raters:
        return Section("By rater")
    blocks: list[Block] = [
        _dots(
            "Agreement of each rater with the others",
            [(p.name, p.spread) for p in found.raters[:SHOWN]],
            "Kappa against another rater of the same item, drawn by chance.",
            policy.kappa,
        ),
        Grid(
            ("rater", "ratings", "agreement", "interval"),
            tuple((p.name, p.ratings, p.spread.value, _between(p.spread)) for p in found.raters),
        ),
    ]
    if len(found.pairs) >= 3:
        blocks.append(_heat(found))
    return Section("By rater", tuple(blocks), "raters")


def _heat(found: Measured) -> Chart:
    names = sorted({p.name for p in found.pairs} | {p.of for p in found.pairs})
    by = {(p.name, p.of): p.spread.value for p in found.pairs}
    by |= {(b, a): v for (a, b), v in by.items()}
    series = tuple(Series(a, tuple(names), tuple(by.get((a, b), math.nan) for b in names)) for a in names)
    return Chart(
        "Agreement of each two raters", "heat", series, caption="On the items that both rated (five or more of them)."
    )


def _confusions(found: Measured) -> Section:
    if not found.confused:
        return Section("What is confused")
    some = found.confused[:12]
    bars = Series("share", tuple(f"{c.first} / {c.second}" for c in some), tuple(100 * c.share for c in some))
    rows = tuple((c.first, c.second, percent(c.share, 1), c.items) for c in found.confused)
    return Section(
        "What is confused",
        (
            Chart("Pairs of classes that make up the disagreement", "bars", (bars,), x_label="% of all disagreement"),
            Grid(("one says", "another says", "of all disagreement", "items"), rows),
        ),
        "confusions",
    )


def _time(found: Measured, policy: Policy) -> Section:
    blocks: list[Block] = []
    if found.windows:
        x = tuple(float(p.name) for p in found.windows)
        line = Series(
            found.deciding.title,
            x,
            tuple(p.spread.value for p in found.windows),
            tuple(p.spread.low for p in found.windows),
            tuple(p.spread.high for p in found.windows),
        )
        blocks.append(
            Chart(
                "Agreement over time",
                "line",
                (line,),
                x_label="window of items, in the order of their last rating",
                reference=f"y={policy.kappa:g}",
            )
        )
        rows = tuple(
            (int(p.name), _day(p.of), p.spread.items, p.spread.value, _between(p.spread)) for p in found.windows
        )
        blocks.append(Grid(("window", "since", "items", "agreement", "interval"), rows))
    if found.changes:
        changed = tuple(
            (c.name, c.earlier.value, c.later.value, c.change.value, _between(c.change)) for c in found.changes
        )
        blocks.append(
            Grid(
                ("rater", "earlier half", "later half", "change", "interval"),
                changed,
                "Each rater's agreement with the others, in the earlier and the later half of the rater's answers.",
            )
        )
    return Section("Over time", tuple(blocks), "time")


def _day(seconds: str) -> str:
    return dt.datetime.fromtimestamp(float(seconds), tz=dt.UTC).strftime("%Y-%m-%d %H:%M")


def _slices(found: Measured, policy: Policy) -> Section:
    blocks: list[Block] = []
    for name in dict.fromkeys(p.of for p in found.slices):
        parts = [p for p in found.slices if p.of == name]
        if sum(math.isfinite(p.spread.low) for p in parts) > 1:
            blocks.append(_dots(f"By {name}", [(p.name, p.spread) for p in parts], "", policy.kappa))
        rows = tuple((p.name, p.spread.items, _value(p), _between(p.spread)) for p in parts)
        blocks.append(Grid((name, "items", "agreement", "interval"), rows))
    return Section("By slice", tuple(blocks), "slices")


def _value(part: apart.Part) -> Any:
    return part.spread.value if math.isfinite(part.spread.value) else "undefined"


def _disputes(found: Measured, texts: Mapping[str, str]) -> Section:
    if not found.disputes:
        return Section("Items to talk about")
    shown = any(d.item in texts for d in found.disputes)
    rows = tuple(
        (
            d.item,
            *([cut(texts.get(d.item, ""))] if shown else []),
            "; ".join(f"{rater}: {_answer(said, texts.get(d.item))}" for rater, said in d.answers),
            d.disagreement,
        )
        for d in found.disputes
    )
    columns = ("item", *(["text"] if shown else []), "answers", "disagreement")
    caption = (
        f"On {found.disputed:,} of {found.items:,} items not all raters say the same; here are the {len(rows)} on which they "
        "are furthest apart. Settle each, and write into the guide what settled it."
    )
    return Section("Items to talk about", (Grid(columns, rows, caption),), "disputes")


def cut(text: str) -> str:
    """A text as a table of items shows it: on one line, not too long."""
    whole = " ".join(text.split())
    return whole if len(whole) <= TEXT_MOST else whole[: TEXT_MOST - 1] + "…"


def _answer(said: Any, text: str | None) -> str:
    """An answer in words; of spans what they hold, or where they lie where the text is not known."""
    if not isinstance(said, tuple):
        return str(said)
    parts = (
        f"{label} {start}-{end}" if text is None else f"{label} “{cut(text[start:end])}”" for start, end, label in said
    )
    return ", ".join(parts) or "nothing"
