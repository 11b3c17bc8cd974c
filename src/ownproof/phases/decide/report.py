"""The decision as a Report: the JSON answer's own part, and the chapters of a page."""

from __future__ import annotations

from typing import Any, Final

from ownproof.core.report import Finding, Report
from ownproof.phases.decide.flips import Flip
from ownproof.phases.decide.minima import short
from ownproof.phases.decide.pages import sections
from ownproof.phases.decide.rules import Seen
from ownproof.phases.decide.weigh import Weighed

UNDECIDED: Final = 3


def facts(made: Weighed) -> dict[str, Any]:
    """The JSON answer's own part."""
    found = made.found
    return {
        "verdict": found.verdict,
        "first": found.first,
        "interim": found.interim,
        "why": found.why or None,
        "confidence": made.confidence,
        "stays": made.outlook.stays,
        "options": [
            {
                "option": s.option,
                "status": "open" if s.by is None else "vetoed",
                "by": s.by,
                "unfit": list(s.unfit),
                "points": s.points,
            }
            for s in found.standings
        ],
        "rules": [_rule(s, made.flips[s.rule.key]) for s in found.seen],
        "cost": dict(made.bill.facts),
        "label": made.label and made.label.to_json(),
        "questions": [q.to_json() for q in made.outlook.questions],
        "advice": [a.to_json() for a in made.advice],
        "next": [s.to_json() for s in made.next],
        "answers": made.answers.to_json(),
        "exit": 0 if found.verdict else UNDECIDED,
    }


def _rule(seen: Seen, turned: Flip | None) -> dict[str, Any]:
    rule = seen.rule
    return {
        "id": rule.id,
        "key": rule.key,
        "says": rule.says,
        "value": seen.value,
        "status": seen.status,
        "weight": rule.weight,
        "favours": list(rule.favours),
        "against": [*rule.bars, *rule.unfit, *rule.against],
        "flip": turned and turned.to_json(),
    }


def report(made: Weighed, *, findings: tuple[Finding, ...] = ()) -> Report:
    """What the phase returns."""
    *first, rules = sections(made)
    told = (*findings, *made.bill.findings, *_short(made))
    return Report("decide", told, (), (*first, *made.bill.chapters(), rules), facts(made))


def _short(made: Weighed) -> tuple[Finding, ...]:
    """Labels that suffice to begin with what is advised, but are fewer than is customary."""
    said, found = made.answers, made.found
    if found.verdict is None or found.first:
        return ()
    told = short(
        found.verdict,
        said.task,
        labels=said.labels,
        in_smallest_class=said.labels_in_smallest_class,
        per_week=said.labels_per_week,
    )
    planned = said.task in {"tabular", "text-label"}
    advice = (
        "what more labels would bring: `ownproof plan DATA --target C`"
        if planned
        else "begin with these, and label more of the rarest class meanwhile"
    )
    return (Finding("decide.data", "warn", (), None, told, advice),) if told else ()
