"""The decision as chapters of a page: what decides, what would change it, how the options stand, what to do next."""

from __future__ import annotations

from typing import Any

from ownproof.core.report import Block, Chart, Grid, Note, Section, Series
from ownproof.phases.decide.options import WORDS
from ownproof.phases.decide.steps import Step, weeks_in_words
from ownproof.phases.decide.weigh import Weighed

QUESTIONS_MOST = 5


def sections(made: Weighed) -> tuple[Section, ...]:
    """All chapters, the verdict's reasons first."""
    found = [_reasons(made), _options(made), _next(made), _questions(made), _label(made), _advice(made), _rules(made)]
    return tuple(s for s in found if s is not None)


def shown(value: Any) -> str:
    """An answer as a person writes it.

    >>> shown(3_000_000), shown(True), shown(None)
    ('3,000,000', 'yes', 'unknown')
    """
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.10g}" if isinstance(value, (int, float)) else str(value)


def turned(made: Weighed, key: str) -> str:
    """What would change the verdict, in words."""
    flip = made.flips.get(key)
    if flip is None:
        return ""
    return f"{flip.key} = {shown(flip.value)}: {flip.verdict or 'undecided'}"


def _reasons(made: Weighed) -> Section:
    fired = [s for s in made.found.seen if s.fired]
    rows = tuple(
        (
            s.rule.id,
            s.rule.says,
            shown(s.value),
            s.rule.weight,
            ", ".join(s.rule.favours) or "no: " + ", ".join((*s.rule.bars, *s.rule.unfit, *s.rule.against)),
            turned(made, s.rule.key),
        )
        for s in fired
    )
    caption = "The conditions that hold, and the nearest value of each answer that would change the verdict."
    grid = Grid(("rule", "says", "you", "weight", "favours", "flips at"), rows, caption)
    return Section("What decides", (grid,) if rows else (Note("Nothing that is known decides."),), "reasons")


def _options(made: Weighed) -> Section:
    ways = made.found.standings
    rows = tuple((s.option, WORDS[s.option], _status(s.by, s.unfit), s.points) for s in ways)
    grid = Grid(("option", "is", "status", "points"), rows, "Vetoes first, then what can be done, then points.")
    open_ = [s for s in ways if s.open and s.option != "no-ml"]
    blocks: list[Block] = [grid]
    if len(open_) > 1:
        bars = Series("points", tuple(s.option for s in open_), tuple(float(s.points) for s in open_))
        blocks.append(
            Chart(
                "What speaks for each open option",
                "bars",
                (bars,),
                x_label="points",
                caption="A strong rule counts three, a weak one one; on a tie the option that is cheaper to undo is taken.",
            )
        )
    return Section("The options", tuple(blocks), "options")


def _status(by: str | None, unfit: tuple[str, ...]) -> str:
    if by is not None:
        return f"vetoed by {by}"
    return f"cannot do it ({', '.join(unfit)})" if unfit else "open"


def _next(made: Weighed) -> Section:
    rows = tuple((s.do, _dollars(s), _time(s), s.command) for s in made.next)
    return Section("What to try next, cheapest first", (Grid(("do", "costs", "takes", "command"), rows),), "next")


def _dollars(step: Step) -> str:
    if not step.dollars:
        return "" if step.dollars is None else "nothing"
    return f"about ${step.dollars:,.0f}" if step.dollars >= 10 else f"about ${max(0.01, step.dollars):.2f}"


def _time(step: Step) -> str:
    minutes = step.minutes
    if minutes is None:
        return ""
    if minutes < 60:
        return f"{minutes:.0f} minutes"
    if minutes < 480:
        return f"{minutes / 60:.0f} hour{'' if minutes < 90 else 's'}"
    days = minutes / 480
    number, unit = (days, "day") if days < 5 else (days / 5, "week")
    return f"{number:.0f} {unit}{'' if round(number) == 1 else 's'}{' of work' if unit == 'day' else ''}"


def _questions(made: Weighed) -> Section | None:
    asked = made.outlook.questions[:QUESTIONS_MOST]
    if not asked:
        return None
    rows = tuple((q.key, q.asks, q.tells) for q in asked)
    grid = Grid(
        ("answer", "question", "tells"), rows, "Unknown answers, by how much each would tell of the verdict (0 to 1)."
    )
    stays = f"Over the usual ways in which unknown answers turn out, the verdict stays in {100 * made.outlook.stays:.0f} % of them."
    return Section("What is not known", (grid, *((Note(stays),) if made.found.verdict else ())), "questions")


def _label(made: Weighed) -> Section | None:
    if made.label is None:
        return None
    plan = made.label
    low, middle, high = plan.dollars
    weeks = "none come in" if plan.weeks is None else weeks_in_words(plan.weeks)
    text = (
        f"{plan.needed:,} labels are missing to begin ({plan.have:,} of {plan.begin:,}): {weeks}, about ${middle:,.0f} "
        f"(${low:,.0f} to ${high:,.0f}). Meanwhile: {WORDS[made.found.interim or 'no-ml']}."
    )
    return Section("Label first", (Note(text),), "label")


def _advice(made: Weighed) -> Section | None:
    return Section("Good to know", tuple(Note(a.says) for a in made.advice), "advice") if made.advice else None


def _rules(made: Weighed) -> Section:
    rows = tuple(
        (s.rule.id, s.status, s.rule.key, shown(s.value), s.rule.weight, turned(made, s.rule.key))
        for s in made.found.seen
    )
    return Section("Every rule", (Grid(("rule", "status", "answer", "you", "weight", "flips at"), rows),), "rules")
