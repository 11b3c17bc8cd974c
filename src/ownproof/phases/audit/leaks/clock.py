"""Moments whose clock gives the outcome away: one class was written by a batch, or at the full second."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ownproof.core.report import Chart, Finding
from ownproof.phases.audit.chance import binomial_tail
from ownproof.phases.audit.explore import pictures
from ownproof.phases.audit.leaks.table import Case, Table
from ownproof.phases.audit.names import drop
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth
from ownproof.stats.strength import bin_codes
from ownproof.stats.weights import Floats

SECOND, MINUTE, HOUR, DAY = 1e6, 6e7, 3.6e9, 8.64e10  # in microseconds
TELLS_NUMBER = 0.5  # share of the variance of ranks that no honest clock explains
ROWS_LEAST, KNOWN = 30, 0.5
PURE, COVERED, COMMON = (
    0.96,
    0.3,
    0.5,
)  # one class at one second of the day; its share that lies there; its share of all
TIMES_LEAST = 50  # seconds of the day that the other rows lie on
SURPRISING = 1e-6


def clocks(table: Table) -> list[Case]:
    """`leak.timestamp`: one column each. The minute, the second and what is finer say nothing of an honest outcome;
    the hour and the weekday may, and are judged as any strong column is."""
    found = []
    for one in sorted(table.columns, key=lambda c: c.name):
        if (
            one.column.kind == "moment"
            and one.some.numbers is not None
            and not one.some.numbers[~one.some.missing].size < ROWS_LEAST
        ):
            case = _part(one, table) or _spike(one, table)
            found += [case] if case is not None else []
    return found


def _parts(at: Floats) -> Iterator[tuple[str, Floats]]:
    yield "minute", np.floor(at % HOUR / MINUTE)
    yield "second", np.floor(at % MINUTE / SECOND)
    fraction = at % SECOND
    yield "fraction of the second", np.where(fraction == 0, -1.0, fraction)


def _part(one: Seen, table: Table) -> Case | None:
    at, few = one.some.numbers, table.few
    assert at is not None  # noqa: S101 - the caller chose
    least = table.policy.clock_auc if few.numbers is None else TELLS_NUMBER
    best, name, values = -math.inf, "", at
    for part, made in _parts(at):
        known = np.isfinite(made)
        if made[known].min() == made[known].max():
            continue
        strength = few.strength(bin_codes(made, 64), seed=table.seed)
        if strength > best:
            best, name, values = strength, part, made
    if not best >= least:
        return None
    said = f"the {name} of {one.name} alone tells {few.column} with {few.measure} {best:.3f} (cross-fitted)"
    return Case(_finding(one, table, best, said), (_chart(f"{name} of {one.name}", values, few),), values)


def _chart(title: str, values: Floats, few: Truth) -> Chart:
    if few.numbers is not None:
        return pictures.mean_by_bin(title, values, few.numbers, few.column)
    codes, names = pictures.classes(few)
    known = values[np.isfinite(values)]
    return pictures.by_class(
        title, np.linspace(known.min(), known.max() + 1.0, pictures.BINS + 1), values, codes=codes, names=names
    )


def _spike(one: Seen, table: Table) -> Case | None:
    """A class of which a good part lies on one second of the day, where hardly anything else does."""
    at, few = one.some.numbers, table.few
    assert at is not None  # noqa: S101 - the caller chose
    if few.numbers is not None or not few.exact:
        return None
    second = np.floor(at % DAY / SECOND)
    seconds, counts = np.unique(second[np.isfinite(second)], return_counts=True)
    if len(seconds) < TIMES_LEAST:
        return None
    spike = second == seconds[counts.argmax()]
    hits = np.bincount(few.codes[spike], minlength=few.k)
    code = int(hits.argmax())
    own, rows = float((few.codes == code).mean()), int(spike.sum())
    pure, covered = hits[code] / rows, hits[code] / max(int((few.codes == code).sum()), 1)
    surprising = binomial_tail(int(hits[code]), rows, min(1.0, own)) < SURPRISING
    if hits[code] < ROWS_LEAST or own > COMMON or pure < PURE or covered < COVERED or not surprising:
        return None
    clock = str(np.timedelta64(0, "s") + np.datetime64("2000-01-01T00:00:00", "s") + int(seconds[counts.argmax()]))[11:]
    said = (
        f"{rows:,} of {len(second):,} sampled rows of {one.name} lie at {clock} exactly, and {pure:.1%} of them are "
        f"{few.column} = {few.spell(code)}, {covered:.0%} of all such rows"
    )
    return Case(
        _finding(one, table, float(pure), said),
        (_chart(f"hour of the day of {one.name}", at % DAY / HOUR, few),),
        spike * 1.0,
    )


def _finding(one: Seen, table: Table, value: float, said: str) -> Finding:
    advice = (
        f"keep the day only, or leave it out: {drop(one.name)}; if that time is known before the outcome, write "
        f'{one.name} = "before" into a file for --available'
    )
    return Finding("leak.timestamp", "warn", table.accusable(one.name), value, said, advice)
