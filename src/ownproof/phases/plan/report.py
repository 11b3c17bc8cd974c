"""The plan as facts for machines and as chapters for people."""

from __future__ import annotations

from typing import Any

import numpy as np

from ownproof.core.report import Block, Chart, Finding, Grid, Level, Note, Report, Section, Series
from ownproof.phases.plan.asked import Asked, Rows, figure, span
from ownproof.phases.plan.forecast import Refusal
from ownproof.phases.plan.measure import Curve
from ownproof.phases.plan.outlook import TIMES
from ownproof.phases.plan.planned import Planned, planned
from ownproof.phases.plan.words import Told, brief, gain_in_words, told

CANNOT_TELL = 3
POINTS = 25


def plan(curve: Curve | None, asked: Asked, rows: Rows, *, refused: Refusal | None = None, seed: int = 0) -> Report:
    """The answer to "is our data enough". curve: None with the reason (`refused`) why there is none.

    facts: the JSON answer without the envelope; `words` in it are the sentences of a terminal.
    """
    found = planned(curve, asked, rows, refused=refused, seed=seed)
    said = told(found)
    level: Level = "ok" if not found.refused or found.enough == "yes" else "warn"
    findings = (Finding(f"plan.{found.refused}", level, (), None, said.why, said.do),) if found.refused else ()
    return Report("plan", findings, sections=_sections(found, said), facts=_facts(found, said))


def _facts(found: Planned, said: Told) -> dict[str, Any]:
    asked, rows, curve = found.asked, found.rows, found.curve
    now = found.now
    return {
        "exit": found.exit,
        "enough": found.enough,
        "why": said.why,
        "words": list(said.lines),
        "metric": asked.metric.name,
        "greater": asked.metric.greater,
        "worthwhile": asked.worthwhile,
        "learner": asked.recipe,
        "rows": rows.labelled,
        "training_rows": rows.training,
        "sealed_rows": rows.sealed,
        "now": None if now is None else {"value": now.value, "low": now.low, "high": now.high},
        "ahead": [a.to_json() for a in found.ahead],
        "reach": found.reach.to_json() if found.reach else None,
        "next": found.next.to_json() if found.next else None,
        "stop": list(said.stop),
        "test_rows": found.test.to_json() if found.test else None,
        "curve": [] if curve is None else _points(curve, asked),
        "refused": f"plan.{found.refused}" if found.refused else None,
        "labelling": asked.labelling.to_json(),
    }


def _points(curve: Curve, asked: Asked) -> list[dict[str, Any]]:
    made = []
    for i, size in enumerate(curve.sizes):
        score = asked.scores(asked.range(curve.draws[:, i]))
        made.append(
            {
                "training_rows": round(float(size)),
                "value": asked.score(float(curve.mean[i])),
                "low": score.low,
                "high": score.high,
                "repeats": len(curve.errors),
            }
        )
    return made


def _sections(found: Planned, said: Told) -> tuple[Section, ...]:
    chapters = [Section("Is our data enough", tuple(Note(line) for line in said.lines[1:]), "enough")]
    if found.curve is not None:
        chapters.append(Section("The curve", _curve(found), "curve"))
    if found.ahead:
        chapters.append(Section("What more labels would bring", (_ahead_grid(found),), "ahead"))
    if said.stop:
        chapters.append(Section("When to stop", tuple(Note(line) for line in said.stop), "stop"))
    chapters.append(Section("How this was measured", tuple(Note(line) for line in said.how), "how"))
    return tuple(chapters)


def _ahead_grid(found: Planned) -> Grid:
    rows = tuple(
        (
            f"{a.times:g} times",
            a.labelled,
            a.more,
            f"{figure(a.score.value)} ({span(a.score)})",
            gain_in_words(a.gain, found.asked),
            brief(a.weeks),
            brief(a.cost),
        )
        for a in found.ahead
    )
    return Grid(
        ("rows", "labelled rows", "more", found.asked.metric.label or found.asked.metric.name, "gain", "weeks", "cost"),
        rows,
        f"Intervals hold {found.asked.held}; weeks and cost are p10 to p90.",
    )


def _curve(found: Planned) -> tuple[Block, ...]:
    curve, asked = found.curve, found.asked
    assert curve is not None  # noqa: S101 - asked for before
    ranges = [asked.scores(asked.range(curve.draws[:, i])) for i in range(len(curve.sizes))]
    series = [
        Series(
            "measured",
            tuple(float(s) for s in curve.sizes),
            tuple(asked.score(float(e)) for e in curve.mean),
            tuple(r.low for r in ranges),
            tuple(r.high for r in ranges),
        )
    ]
    if found.forecast is not None:
        sizes = np.geomspace(curve.sizes[-1], TIMES[-1] * found.rows.training, POINTS)
        further = [asked.scores(asked.range(found.forecast.errors(float(s)))) for s in sizes]
        series.append(
            Series(
                "carried on",
                tuple(float(s) for s in sizes),
                tuple(r.value for r in further),
                tuple(r.low for r in further),
                tuple(r.high for r in further),
            )
        )
    reference = f"y={asked.reach!r}" if asked.reach is not None else ""
    name = asked.metric.label or asked.metric.name
    chart = Chart(
        "Learning curve",
        "line",
        tuple(series),
        x_label="training rows",
        y_label=name,
        log="x",
        reference=reference,
        caption=f"Bands hold {asked.held}. Nothing is said beyond {asked.policy.curve_times_most} times today's rows."
        + (" The line is the score to reach." if reference else ""),
    )
    return (chart,)
