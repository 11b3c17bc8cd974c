"""The audit as a whole: every look at the rows, its findings, its gates and its chapters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.policy import Policy
from ownproof.core.report import Finding, Grid, Report, Section
from ownproof.core.target import Target
from ownproof.core.task import Task
from ownproof.phases.audit.about import About
from ownproof.phases.audit.explore import associations, columns, quality, repeats
from ownproof.phases.audit.explore import target as target_chapter
from ownproof.phases.audit.gates import RULES, gates
from ownproof.phases.audit.leaks import across, order
from ownproof.phases.audit.leaks import columns as leaks
from ownproof.phases.audit.rows import Rows, hashed, sample
from ownproof.phases.audit.seen import Eye, Seen
from ownproof.phases.audit.truth import truth_of

UNSEEN = frozenset(("target", "drop", "weight"))


def audit(dataset: Dataset, *, task: Task, target: Target, inputs: Mapping[str, Input], policy: Policy, about: About,
          seed: int = 0) -> Report:
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
    eye = Eye(truth=truth, some=some, times=None if about.times is None else about.times[~about.sealed],
              height=len(dataset), policy=policy, available=about.available, seed=seed)
    seen = _look(open_rows, inputs, eye)
    leaking, ran = _leaks(seen, eye, about)
    over, counted = _across(dataset, rows, about)
    sections, quality_findings = _explore(open_rows, task, target, seen=seen, eye=eye, keys=keys)
    findings = (*leaking, *over, *quality_findings)
    stops = gates(findings, {**ran, **counted})
    return Report("audit", findings, stops, (_looked_for(findings), *sections))


def _look(open_rows: Dataset, inputs: Mapping[str, Input], eye: Eye) -> list[Seen]:
    """One column after the other; only what was seen of it is kept."""
    watched = {c.name for c in open_rows.schema.features}
    return [eye.look(c, open_rows.column(c.name), inputs[c.kind], watched=c.name in watched)
            for c in open_rows.schema.columns if c.role not in UNSEEN]


def _leaks(seen: list[Seen], eye: Eye, about: About) -> tuple[list[Finding], dict[str, int | None]]:
    truth, strong = eye.truth, eye.truth.strong(eye.policy.strong_auc)
    found = leaks.copies(seen, truth) + leaks.declared(seen, about.available)
    accused = {name for f in found for name in f.columns}
    numberings = [(s, order.numbered(s.column, s.numbering, truth, strong)) for s in seen
                  if s.numbering is not None and s.name not in accused and about.available.get(s.name) != "before"]
    ids = [f for _, f in numberings if f is not None]
    found += ids
    accused |= {name for f in ids if f.level != "ok" for name in f.columns}
    in_file = order.file_order(eye, seed=eye.seed)
    counters = [s.name for s, _ in numberings if s.watched and s.numbering is not None and s.numbering.counts
                and s.numbering.follows >= order.BESIDE and not s.numbering.by_time]
    ordered = order.ordered(in_file, truth, counters, strong)
    found += [ordered] if ordered is not None else []
    found += leaks.strong(seen, truth, eye.policy, available=about.available, accused=accused)
    declared = 0 if about.available else None
    return found, {"copy": 0, "id": 0, "row-order": 0, "availability": declared}


def _across(dataset: Dataset, rows: Rows, about: About) -> tuple[list[Finding], dict[str, int | None]]:
    """What lies on both sides of a split that was handed in. What the tool seals itself, it keeps apart by rule."""
    sealed = about.sealed
    if not about.supplied or not sealed.any() or sealed.all():
        return [], {}
    twins = across.twins(rows.keys, sealed)
    found = [across.duplicates(twins, int(sealed.sum()))]
    counted: dict[str, int | None] = {"duplicates": twins.rows}
    apart = False
    group = dataset.schema.role("group")
    if about.groups is not None and group is not None:
        lacking = _lacking(dataset, group.name, about)
        counted["group-overlap"], overlap = across.groups(about.groups, sealed, lacking, returning=about.returning, name=group.name)
        apart = counted["group-overlap"] == 0
        found.append(overlap)
    if about.times is not None:
        counted["time-overlap"], late = across.times(about.times, sealed, apart=apart)
        found.append(late)
    return [f for f in found if f is not None], counted


def _lacking(dataset: Dataset, name: str, about: About) -> np.ndarray:
    """bool (n,): rows without a group, known by the key that missing cells of the open rows have."""
    assert about.groups is not None  # noqa: S101 - the caller asked
    gaps = dataset.take(~about.sealed).column(name).is_null().to_numpy()
    nobody = about.groups[~about.sealed][gaps][:1]
    return np.isin(about.groups, nobody)


def _explore(open_rows: Dataset, task: Task, target: Target, *, seen: list[Seen], eye: Eye,
             keys: Rows) -> tuple[list[Section], list[Finding]]:
    truth = eye.truth
    few = truth.take(eye.some)
    about_target, balance = target_chapter.chapter(open_rows, task, target, truth=truth, policy=eye.policy)
    gaps, missing = quality.missing(seen, truth)
    far, outliers = quality.outliers(seen)
    twice, repeated = repeats.chapter(keys.keys, truth)
    together, same = associations.chapter(seen, few)
    table, idle = columns.table(seen, open_rows.schema)
    chapters = (about_target, columns.strengths(seen, few), columns.distributions(seen, few), together, gaps, far, twice, table)
    return [c for c in chapters if c is not None], [*balance, *missing, *outliers, *repeated, *same, *idle]


def _looked_for(findings: tuple[Finding, ...]) -> Section:
    """What leaks were looked for, and what was found."""
    rows = []
    for what, rule in {**RULES, "proxy": "no column tells the outcome so well, and apart from all others, that it asks for a reason"}.items():
        of = [f for f in findings if f.rule == f"leak.{what}"]
        said = "; ".join(dict.fromkeys(f"{', '.join(f.columns)}: {f.evidence}" if f.columns else f.evidence for f in of))
        worst = "stops" if any(f.level == "block" for f in of) else "warns" if any(f.level == "warn" for f in of) else "nothing"
        rows.append((f"leak.{what}", rule, worst, said))
    return Section("Leaks", (Grid(("leak", "rule", "found", "evidence"), tuple(rows), "What was looked for"),), "leaks")
