"""What a person reads of an evaluation: the comparison, the metrics, the evidence, the parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ownproof.core.report import Block, Chart, Grid, Measure, Note, Section, Series
from ownproof.core.target import Operating
from ownproof.phases.evaluate.compare import Comparison
from ownproof.phases.evaluate.contest import Contender
from ownproof.phases.evaluate.setting import Setting
from ownproof.phases.evaluate.words import figure, ranged, share, spoken, told
from ownproof.phases.evaluate.worth import worth_blocks

PARTS_MOST = 40
NAMED_MOST = 12


def sections(setting: Setting, model: Contender, found: Comparison) -> tuple[Section, ...]:
    """The chapters, the comparison first."""
    evidence = setting.target.evidence(
        setting.rows.truth, model.predictions, setting.task, shown_point(model, found), before=model.before
    )
    chapters = [
        Section("Against the baseline", against(found), "baseline"),
        Section("Metrics", (metric_grid(setting, model, found),), "metrics"),
        Section(
            "What it is worth",
            worth_blocks(found.worth, model, found.rivals[0].contender, str(setting.task.positive)),
            "worth",
        ),
        Section("What the answers look like", evidence, "evidence"),
    ]
    if found.parts or found.left_out:
        chapters.append(Section("Classes and slices", parts_blocks(found), "parts"))
    return tuple(c for c in chapters if c.blocks)


def shown_point(model: Contender, found: Comparison) -> Operating:
    """The operating point with the interval of its threshold, for the picture."""
    point, between = model.operating, found.worth.between
    return point if between is None else replace(point, details={**point.details, "between": list(between)})


def against(found: Comparison) -> tuple[Block, ...]:
    """The comparison in words, the gain over everybody as dots with intervals, the same as a table."""
    first = found.rivals[0]
    notes: list[Block] = [Note(told(first.verdict))]
    if first.terms.why:
        notes.append(Note(f"On what terms: {first.terms.why}."))
    alike = [r for r in found.rivals if r.verdict.metric == first.verdict.metric]
    dots = Series(
        "gain",
        tuple(r.contender.name for r in alike),
        tuple(r.verdict.gain for r in alike),
        tuple(r.verdict.low for r in alike),
        tuple(r.verdict.high for r in alike),
    )
    chart = Chart(
        f"Gain in {spoken(first.verdict.metric)} over each",
        "dots",
        (dots,),
        y_label="gain of the model",
        reference="zero",
        caption=f"Right of 0 the model is better; {figure(first.verdict.worthwhile)} is worth having.",
    )
    grid = Grid(
        ("against", "metric", "model", "theirs", "gain", "interval", "units answered differently", "word"),
        tuple(
            (
                r.contender.name,
                spoken(r.verdict.metric),
                r.verdict.model,
                r.verdict.value,
                r.verdict.gain,
                f"{figure(r.verdict.low)} to {figure(r.verdict.high)}",
                r.verdict.different,
                r.verdict.word,
            )
            for r in found.rivals
        ),
        "The model against the baseline (first) and the other models, on the same rows.",
    )
    return (*notes, chart, grid)


def metric_grid(setting: Setting, model: Contender, found: Comparison) -> Grid:
    """Every metric of the model with its interval, the baseline's beside it."""
    lines = tuple(
        (spoken(name), figure(m.value), _ends(m), figure(found.baseline.get(name))) for name, m in found.metrics.items()
    )
    point = model.operating
    at = f" Decisions at a threshold of {figure(point.threshold)} ({point.why})." if point.threshold is not None else ""
    return Grid(
        ("metric", model.name, f"{share(setting.level)} interval", found.rivals[0].contender.name),
        lines,
        f"On {len(setting.rows.truth):,} rows, {setting.rows.unit_count:,} units.{at}",
    )


def _ends(measure: Measure) -> str:
    return "" if measure.low is None or measure.high is None else f"{figure(measure.low)} to {figure(measure.high)}"


def parts_blocks(found: Comparison) -> tuple[Block, ...]:
    """How each class and slice fared."""
    shown = sorted(found.parts, key=lambda f: (f.slice, -f.units))[:PARTS_MOST]
    lines = tuple(
        (
            "slice" if f.slice else "class",
            f.part.name,
            f.units,
            spoken(f.part.metric),
            ranged(f.measure),
            f.overall,
            f.gain.value,
        )
        for f in shown
    )
    left = len(found.parts) - len(shown)
    caption = "Overall is the same figure on all rows; the gain is over the baseline, there." + (
        f" {left} smaller ones are left out." if left else ""
    )
    grid = Grid(("what", "name", "units", "metric", "value", "overall", "gain over the baseline"), lines, caption)
    known = [f for f in shown if f.measure.low is not None and f.measure.high is not None]
    charts = []
    for title, wanted in (("Classes", False), ("Slices", True)):
        mine = [f for f in known if f.slice == wanted]
        if mine:
            charts.append(
                Chart(
                    f"{title}: {spoken(mine[0].part.metric)}",
                    "dots",
                    (
                        Series(
                            spoken(mine[0].part.metric),
                            tuple(f.part.name for f in mine),
                            tuple(f.measure.value for f in mine),
                            tuple(f.measure.low or 0.0 for f in mine),
                            tuple(f.measure.high or 0.0 for f in mine),
                        ),
                    ),
                    reference=f"y={mine[0].overall!r}",
                    caption="The line is the overall figure.",
                )
            )
    small = [Note(silent(found.left_out))] if found.left_out else []
    return (*charts, grid, *small) if lines else tuple(small)


def silent(left_out: Sequence[tuple[str, int]]) -> str:
    """What is too small for a figure of its own, by name."""
    named = ", ".join(f"{name} ({units:,})" for name, units in left_out[:NAMED_MOST])
    more = f" and {len(left_out) - NAMED_MOST:,} more" if len(left_out) > NAMED_MOST else ""
    return f"Too few units for a figure of their own, so nothing is said of: {named}{more}."
