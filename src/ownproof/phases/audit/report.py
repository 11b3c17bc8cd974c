"""The audit as a whole: every look at the rows, its findings, its gates and its chapters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.policy import Policy
from ownproof.core.report import Block, Chart, Finding, Grid, Note, Report, Section
from ownproof.core.target import Target
from ownproof.core.task import Task
from ownproof.phases.audit.about import About
from ownproof.phases.audit.explore import associations, columns, quality, repeats
from ownproof.phases.audit.explore import target as target_chapter
from ownproof.phases.audit.gates import gates
from ownproof.phases.audit.leaks import across, horizon, near, order
from ownproof.phases.audit.leaks import columns as leaks
from ownproof.phases.audit.leaks.population import population
from ownproof.phases.audit.leaks.preprocessing import preprocessing
from ownproof.phases.audit.leaks.search import searched
from ownproof.phases.audit.leaks.sequence import anchors, runs, sequences
from ownproof.phases.audit.leaks.worth import weighed
from ownproof.phases.audit.rows import Rows, hashed, sample
from ownproof.phases.audit.seen import Eye, Seen
from ownproof.phases.audit.truth import Truth, truth_of

UNSEEN = frozenset(("target", "drop", "weight"))
PICTURES = 12


def audit(
    dataset: Dataset,
    *,
    task: Task,
    target: Target,
    inputs: Mapping[str, Input],
    policy: Policy,
    about: About,
    seed: int = 0,
) -> Report:
    """Look at the rows that are not sealed, and across the seal by hash.

    The report has a finding for everything seen, a gate for every leak that stops when it is certain (`audit.copy`,
    `audit.duplicates` ...), and chapters for people. Copies and repeats are looked for in all rows, strengths in a
    sample of 20,000 drawn by hash; the order of columns makes no difference, that of rows only where it is the question.
    """
    rows = hashed(dataset, inputs, task.column)
    open_rows = dataset.take(~about.sealed)
    keys = Rows(rows.keys[~about.sealed], rows.truths[~about.sealed])
    truth = truth_of(open_rows, task, target, keys.truths)
    some = sample(keys, truth.codes)
    orders = sequences(about.sealed, times=about.times, groups=_runs(dataset, inputs, about))
    eye = Eye(
        truth=truth,
        some=some,
        times=None if about.times is None else about.times[~about.sealed],
        height=len(dataset),
        policy=policy,
        available=about.available,
        seed=seed,
        sequences=orders,
        anchors=tuple(anchors(o) for o in orders),
    )
    seen = _look(open_rows, inputs, eye)
    leaking, ran, drawn = _leaks(open_rows, inputs, seen, eye=eye, about=about)
    over, counted = _across(dataset, rows, inputs, about)
    over += preprocessing(dataset, about.sealed, supplied=about.supplied)
    if about.times is not None and not about.horizon_us and (hint := horizon.hinted(task.column, time=_time(dataset))):
        over.append(hint)
    sections, quality_findings = _explore(open_rows, task, target, inputs=inputs, seen=seen, eye=eye, keys=keys)
    findings = (*leaking, *over, *quality_findings)
    stops = gates(findings, {**ran, **counted})
    return Report("audit", findings, stops, (_told(findings, seen, truth.take(some), drawn), *sections))


def _runs(dataset: Dataset, inputs: Mapping[str, Input], about: About) -> dict[str, np.ndarray]:
    """What rows belong to: the group, or else what is named like one."""
    group = dataset.schema.role("group")
    return {group.name: about.groups} if group is not None and about.groups is not None else runs(dataset, inputs)


def _look(open_rows: Dataset, inputs: Mapping[str, Input], eye: Eye) -> list[Seen]:
    """One column after the other; only what was seen of it is kept."""
    watched = {c.name for c in open_rows.schema.features if inputs[c.kind].usable}
    return [
        eye.look(c, open_rows.column(c.name), inputs[c.kind], watched=c.name in watched)
        for c in open_rows.schema.columns
        if c.role not in UNSEEN
    ]


def _leaks(
    open_rows: Dataset, inputs: Mapping[str, Input], seen: list[Seen], *, eye: Eye, about: About
) -> tuple[list[Finding], dict[str, int | None], list[Chart]]:
    truth, strong = eye.truth, eye.policy.strong_auc
    names = [s for s in seen if s.numbering is not None and about.available.get(s.name) != "before"]
    ids = [f for s in names if (f := order.numbered(s.numbering, truth, strong)) is not None]
    numbered = {c for f in ids if f.level == "block" for c in f.columns}
    found = leaks.copies([s for s in seen if s.name not in numbered], truth, about.available) + leaks.declared(
        seen, about.available
    )
    copied = {c for f in found for c in f.columns}
    found += [f for f in ids if f.columns[0] not in copied]
    counters = [s.name for s in names if s.numbering is not None and s.numbering.hands_on]
    ordered = order.ordered(order.file_order(eye, seed=eye.seed), truth, counters, strong)
    found += [ordered] if ordered is not None else []
    accused = {c for f in found if f.level != "ok" for c in f.columns}
    cases = searched(open_rows, inputs, seen, eye=eye, accused=accused)
    found += [case.finding for case in cases]
    accused |= {c for case in cases if case.finding.level != "ok" for c in case.finding.columns}
    found += leaks.strong(seen, truth, eye.policy, available=about.available, accused=accused)
    made = {case.finding.columns: case.made for case in cases if case.made is not None}
    found = weighed(found, seen, truth.take(eye.some), made=made, seed=eye.seed)
    looked = dict.fromkeys(("copy", "id", "row-order", "derived", "aggregate", "later", "pair", "text"), 0)
    charts = [chart for case in cases for chart in case.charts]
    return found, {**looked, "availability": 0 if about.available else None}, charts


def _across(
    dataset: Dataset, rows: Rows, inputs: Mapping[str, Input], about: About
) -> tuple[list[Finding], dict[str, int | None]]:
    """What lies on both sides of a split that was handed in.

    What the tool seals itself it keeps apart by rule: groups that return, and rows that come later, are meant then, and
    are not accused.
    """
    sealed = about.sealed
    if not sealed.any() or sealed.all():
        return [], {}
    twins = across.twins(rows.keys, sealed)
    found = [across.duplicates(twins, int(sealed.sum()))]
    counted: dict[str, int | None] = {"duplicates": twins.rows}
    apart = False
    group = dataset.schema.role("group")
    if about.groups is not None and group is not None:
        lacking = _lacking(dataset, group.name, about)
        counted["group-overlap"], overlap = across.groups(
            about.groups, sealed, lacking, returning=about.returning, name=group.name
        )
        apart = counted["group-overlap"] == 0
        found.append(overlap)
    if about.times is not None:
        counted["time-overlap"], late = across.times(about.times, sealed, apart=apart)
        found.append(late)
        if about.horizon_us:
            counted["horizon"], reaching = horizon.reaching(about.times, sealed, about.horizon_us)
            found.append(reaching)
    if not about.supplied:
        return [], {what: count if count == 0 else None for what, count in counted.items()}
    later = about.times is not None and counted.get("time-overlap") == 0
    strangers = population(dataset, inputs, rows, sealed, later=later)
    if len(dataset) <= near.ACROSS_MOST:
        returning = later or bool(counted.get("group-overlap"))
        alike = near.across(rows.keys, near.like(dataset, inputs), sealed)
        found.append(near.duplicates(alike, int(sealed.sum()), returning=returning))
    return [*(f for f in found if f is not None), *strangers], counted


def _time(dataset: Dataset) -> str:
    column = dataset.schema.role("time")
    return column.name if column is not None else "its time"


def _lacking(dataset: Dataset, name: str, about: About) -> np.ndarray:
    """bool (n,): rows without a group, known by the key that missing cells of the open rows have."""
    assert about.groups is not None  # noqa: S101 - the caller asked
    gaps = dataset.take(~about.sealed).column(name).is_null().to_numpy()
    nobody = about.groups[~about.sealed][gaps][:1]
    return np.isin(about.groups, nobody)


def _explore(
    open_rows: Dataset,
    task: Task,
    target: Target,
    *,
    inputs: Mapping[str, Input],
    seen: list[Seen],
    eye: Eye,
    keys: Rows,
) -> tuple[list[Section], list[Finding]]:
    truth = eye.truth
    few = truth.take(eye.some)
    about_target, balance = target_chapter.chapter(open_rows, task, target, truth=truth, policy=eye.policy)
    gaps, missing = quality.missing(seen, truth)
    far, outliers = quality.outliers(seen)
    twice, repeated = repeats.chapter(keys.keys, truth)
    if len(open_rows) <= near.WITHIN_MOST and (alike := near.within(keys.keys, near.like(open_rows, inputs))):
        repeated.append(alike)
        twice = replace(twice, blocks=(*twice.blocks, Note(f"{alike.evidence[:1].upper()}{alike.evidence[1:]}.")))
    together, same = associations.chapter(seen, few)
    table, idle = columns.table(seen, open_rows.schema)
    chapters = (
        about_target,
        columns.strengths(seen, few),
        columns.distributions(seen, few),
        together,
        gaps,
        far,
        twice,
        table,
    )
    return [c for c in chapters if c is not None], [*balance, *missing, *outliers, *repeated, *same, *idle]


def _told(findings: tuple[Finding, ...], seen: list[Seen], few: Truth, drawn: list[Chart]) -> Section:
    """What leaks were found, with a picture of each culprit."""
    found = [f for f in findings if f.rule.startswith("leak.")]
    accusing = [f for f in found if f.level != "ok"]
    said: list[Block] = [] if accusing else [Note("Nothing was found that gives the outcome away.")]
    if found:
        words = {"block": "stops", "warn": "warns", "ok": "harmless"}
        order = sorted(found, key=lambda f: list(words).index(f.level))
        rows = tuple((f.rule, ", ".join(f.columns), words[f.level], f.evidence, f.advice) for f in order)
        said.append(Grid(("leak", "columns", "found", "evidence", "what mends it"), rows))
    culprits = {c for f in accusing for c in f.columns}
    return Section("Leaks", (*said, *drawn[:PICTURES], *_pictures(seen, few, culprits)), "leaks")


def _pictures(seen: list[Seen], few: Truth, culprits: set[str]) -> list[Chart]:
    """Each accused column against the target; for those that cannot be drawn so, what they say alone beside the rest."""
    charts = [(s.name, columns.picture(s, few)) for s in seen if s.name in culprits][:PICTURES]
    strengths = [(s.name, s.strength) for s in seen if s.watched and not math.isnan(s.strength)]
    if strengths and any(chart is None for _, chart in charts):
        title = f"What each column says of {few.column} alone"
        middle = 0.0 if few.numbers is not None else 0.5
        charts.append(("", target_chapter.strength_bars(strengths, title, few.measure, middle=middle)))
    return [chart for _, chart in charts if chart is not None]
