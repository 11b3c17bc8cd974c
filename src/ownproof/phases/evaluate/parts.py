"""Classes and slices: who is held to a floor, and who fares much worse than the rest or than the baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import Finding, Gate, Measure
from ownproof.core.target import Metric, Part, Target, Terms
from ownproof.core.task import Task
from ownproof.errors import did_you_mean
from ownproof.phases.evaluate.contest import Ask, Figures, Rows, Sampled, Size, gained, unique
from ownproof.phases.evaluate.words import figure, share, spoken
from ownproof.stats.intervals import bonferroni


@dataclass(frozen=True, slots=True, eq=False)
class Fared:
    """How one part fared: its figure with interval, what it is compared with, and the gain over the baseline there."""

    part: Part
    units: int
    measure: Measure
    overall: float
    gain: Measure
    column: str

    @property
    def slice(self) -> bool:
        """Whether it is a slice of a column (and not a class of the target)."""
        return self.part.within


def all_parts(
    truth: np.ndarray, task: Task, target: Target, terms: Terms, *, slices: Mapping[str, np.ndarray]
) -> tuple[Part, ...]:
    """The target's own parts, then the slices by name (`column=value`), measured on their own rows."""
    held = target.part_metric(task)
    cut = [Part(name, np.asarray(rows, dtype=bool), held, held, terms.metric) for name, rows in slices.items()]
    return (*target.parts(truth, task), *cut)


def watched(parts: Sequence[Part], rows: Rows, task: Task, policy: Policy) -> list[tuple[Part, int]]:
    """The parts worth a figure, with their units: those with a floor, and those with enough units to say something."""
    sized = [(part, rows.units_where(part.rows)) for part in parts]
    return [(p, n) for p, n in sized if (p.name in task.floors and n) or n >= policy.slice_units_least]


def part_asks(
    parts: Sequence[tuple[Part, int]], model: np.ndarray, baseline: np.ndarray, own: np.ndarray
) -> dict[str, Ask]:
    """What to sample. model, baseline: tallies under the terms of the comparison; own: at the model's own point."""
    asks: dict[str, Ask] = {}
    whole = [part for part, _ in parts if not part.within]
    if whole:
        asks["part own"] = Ask(own, unique([p.metric for p in whole]))
        rivals = unique([p.rival for p in whole])
        asks["part model"], asks["part baseline"] = Ask(model, rivals), Ask(baseline, rivals)
    for part, _ in parts:
        if part.within:
            asks[f"own {part.name}"] = Ask(own, (part.metric,), part.rows)
            asks[f"model {part.name}"] = Ask(model, (part.rival,), part.rows)
            asks[f"baseline {part.name}"] = Ask(baseline, (part.rival,), part.rows)
    return asks


def fared(
    parts: Sequence[tuple[Part, int]],
    figures: Figures,
    rows: Rows,
    *,
    metric: Callable[[str], Metric],
    task: Task,
    level: float,
) -> list[Fared]:
    """Every watched part with its figures. Intervals of parts with a floor, and gains over the baseline, are widened
    so that all of them hold together. metric: a metric by name."""
    floored = sum(part.name in task.floors for part, _ in parts)
    found = []
    for part, units in parts:
        name = part.name if part.within else "part"
        own, model, baseline = (_of(figures, side, name) for side in ("own", "model", "baseline"))
        wide = bonferroni(level, floored) if part.name in task.floors else level
        held, rival = metric(part.metric), metric(part.rival)
        if part.within:
            own_size, gain_size = rows.size(held, part.rows), rows.size(rival, part.rows)
        else:
            own_size = gain_size = Size(rows.unit_count, float(units))
        gain = gained(rival, model[part.rival], baseline[part.rival])
        found.append(
            Fared(
                part,
                units,
                own[part.metric].measure(wide, own_size, held.scale),
                figures["model"][part.overall].point,
                gain.measure(bonferroni(level, len(parts)), gain_size, "plain"),
                part.name.partition("=")[0] if part.within else task.column,
            )
        )
    return found


def _of(figures: Figures, side: str, name: str) -> Mapping[str, Sampled]:
    return figures[f"part {side}"] if name == "part" else figures[f"{side} {name}"]


def floor_gates(
    found: Sequence[Fared], task: Task, metrics: Mapping[str, Metric], *, known: Sequence[str], level: float
) -> list[Gate]:
    """One gate per declared floor: refused only when even the good end of the interval misses it."""
    by_name = {f.part.name: f for f in found}
    gates = []
    for name, floor in task.floors.items():
        one = by_name.get(name)
        if one is None or not math.isfinite(one.measure.value):
            hint = "it has no rows here" if name in known else did_you_mean(name, known, what="classes and slices")
            gates.append(
                Gate(
                    f"floor.{name}",
                    "inconclusive",
                    None,
                    floor,
                    None,
                    f"{name} must reach {floor:g}",
                    advice=f"nothing is known of {name!r}: {hint}",
                )
            )
            continue
        gates.append(
            _floor_gate(
                one,
                floor,
                metrics.get(one.part.metric, Metric(one.part.metric)),
                level=bonferroni(level, len(task.floors)),
            )
        )
    return gates


def _floor_gate(one: Fared, floor: float, metric: Metric, *, level: float) -> Gate:
    value, low, high = one.measure.value, one.measure.low, one.measure.high
    best = high if metric.greater else low
    best = value if best is None else best
    missed = best < floor if metric.greater else best > floor
    short = value < floor if metric.greater else value > floor
    word = "at least" if metric.greater else "at most"
    rule = (
        f"{spoken(one.part.metric)} of {one.part.name} must be {word} {floor:g}; it is missed when the whole "
        f"{share(level)} interval is on the wrong side"
    )
    advice = ""
    if missed:
        advice = f"collect more rows of {one.part.name}, give its errors a cost, or set another floor"
    elif short:
        advice = "the figure misses the floor but its interval reaches it: more rows would tell"
    ends = None if low is None or high is None else (low, high)
    return Gate(
        f"floor.{one.part.name}", "refused" if missed else "pass", value, floor, ends, rule, (one.column,), advice
    )


def weak_findings(found: Sequence[Fared], task: Task, metrics: Mapping[str, Metric], policy: Policy) -> list[Finding]:
    """A warning for each undeclared part far under the overall figure, or surely worse than the baseline there."""
    findings = []
    for one in found:
        if one.part.name in task.floors:
            continue
        metric = metrics.get(one.part.metric, Metric(one.part.metric))
        gap = one.overall - one.measure.value if metric.greater and metric.share else math.nan
        worse = one.gain.high is not None and one.gain.high < 0.0
        if not gap > policy.slice_gap and not worse:
            continue
        what = "slice" if one.slice else "class"
        said = []
        if gap > policy.slice_gap:
            said.append(
                f"{spoken(one.part.metric)} {figure(one.measure.value)} is {100 * gap:.0f} points under the "
                f"overall {spoken(one.part.overall)} of {figure(one.overall)}"
            )
        if worse:
            said.append(f"{spoken(one.part.rival)} is {figure(-one.gain.value)} worse than the baseline's")
        evidence = f"{what} {one.part.name} ({one.units:,} units): " + "; ".join(said)
        findings.append(Finding("slice.weak", "warn", (one.column,), one.measure.value, evidence, _mend(one, task)))
    return _one_of_two(findings, found, task)


def _one_of_two(findings: list[Finding], found: Sequence[Fared], task: Task) -> list[Finding]:
    """Of two classes that the threshold trades against each other the weaker one only."""
    mine = [f for f in findings if f.columns == (task.column,)]
    if len(task.classes) != 2 or len(mine) < 2 or sum(not f.slice for f in found) != 2:
        return findings
    weaker = min(mine, key=lambda f: f.value if f.value is not None else math.inf)
    return [f for f in findings if f not in mine or f is weaker]


def unwatched(parts: Sequence[Part], rows: Rows, task: Task, policy: Policy) -> list[tuple[str, int]]:
    """The parts that are too small for a figure, with their units, the largest first."""
    sized = [(part.name, rows.units_where(part.rows)) for part in parts if part.name not in task.floors]
    return sorted(((n, u) for n, u in sized if u < policy.slice_units_least), key=lambda s: (-s[1], s[0]))


def _mend(one: Fared, task: Task) -> str:
    flag = f'--floor "{one.part.name}=0.7"'
    if one.slice:
        return f"look at these rows, add some, or hold the slice to a floor ({flag})"
    if task.costs:
        return f"weigh missing it higher in --cost, add rows of it, or hold it to a floor ({flag})"
    return f"set --cost fp=,fn= so that missing it counts, add rows of it, or hold it to a floor ({flag})"
