"""Columns that hold a later value of another column, or of the target."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Sequence as Several
from dataclasses import dataclass

import numpy as np

from ownproof.core.cells import NO_CELL
from ownproof.core.report import Chart, Finding, Level, Series
from ownproof.phases.audit.leaks.sequence import STEPS
from ownproof.phases.audit.leaks.table import Case, Table
from ownproof.phases.audit.names import BEFOREHAND, drop, words_of
from ownproof.stats.hashing import Hashes, number_hash
from ownproof.stats.weights import Floats

FUTURE = frozenset(
    (
        "next",
        "lead",
        "future",
        "ahead",
        "forward",
        "fwd",
        "tomorrow",
        "following",
        "later",
        "upcoming",
        "subsequent",
        "nxt",
    )
)
PAST = BEFOREHAND | frozenset(("yesterday", "old", "delayed", "minus", "trailing", "rolling", "preceding", "prv"))
MISSING = np.array([number_hash(np.nan)[0], NO_CELL], dtype=np.uint64)
COLUMNS = 400
ALIKE = 0.97  # share of equal pairs among the rows looked at first
CHANGES_FIRST, CHANGES = 12, 40  # pairs in which the other column changed, so that equality says something
EMPTY, FILLED = 0.9, 0.5  # share of gaps at the ends of the runs that makes them the ends of a shift; and elsewhere
DIGITS = re.compile(r"\d+")
DRAWN = 60


@dataclass(frozen=True, slots=True)
class _Shift:
    """`column` now is `source` so many steps later."""

    column: str
    source: str
    step: int
    sequence: int


@dataclass(frozen=True, slots=True)
class _Proof:
    """What all rows say: pairs that are known, those that are equal, those in which the source changed, and where the
    gaps are: share of empty cells at the last rows of runs (of the column) and at the first rows (of the source)."""

    pairs: int
    equal: int
    changes: int
    column_gaps: tuple[float, float]
    source_gaps: tuple[float, float]
    ends: int


def later(table: Table) -> list[Case]:
    """`leak.later`: one column each.

    That a column is a later value of another, and that the other is an earlier value of it, look the same but for the
    ends: a lag has gaps where a run begins, a lead where it ends. Names decide too; where nothing does, it is a warning
    at most, and chains of columns that are each other's lags accuse nobody.
    """
    shifts = _shifts(table)
    middle = {s.column for s in shifts} & {s.source for s in shifts}
    chained = {name for s in shifts if middle & {s.column, s.source} for name in (s.column, s.source)}
    found: list[Case] = []
    named: set[str] = set()
    for shift in shifts:
        if shift.column in named:
            continue
        proof = _proof(shift, table)
        level = _level(shift, proof, table, chained=shift.column in chained) if proof else None
        if proof is not None and level is not None and (names := table.accusable(shift.column)):
            found.append(_case(shift, proof, level, names, table))
            named.add(shift.column)
    return found


# ---------------------------------------------------------------- some rows first
def _shifts(table: Table) -> list[_Shift]:
    accusable = sorted(c.name for c in table.columns)[:COLUMNS]
    keys: Mapping[str, Hashes] = {c.name: c.anchored for c in table.holders if c.watched}
    sources = [*sorted(keys)[:COLUMNS], table.truth.column]
    found = []
    for number, places in enumerate(table.anchors):
        start = sum(a.size for a in table.anchors[:number])
        cut = slice(start, start + places.size)
        grids = {name: keys[name][cut].reshape(places.shape) for name in keys}
        grids[table.truth.column] = table.truth.keys[places.ravel()].reshape(places.shape)
        for step in range(1, places.shape[1]):
            there = places[:, step] >= 0
            found += _equal(grids, accusable, sources, there=there, step=step, number=number)
    return found


def _equal(
    grids: Mapping[str, Hashes],
    accusable: Several[str],
    sources: Several[str],
    *,
    there: np.ndarray,
    step: int,
    number: int,
) -> list[_Shift]:
    if int(there.sum()) < CHANGES_FIRST or not accusable:
        return []
    now = np.stack([grids[name][there, 0] for name in accusable])
    known = ~np.isin(now, MISSING)
    found = []
    for source in sources:
        then, before = grids[source][there, step], grids[source][there, 0]
        same = (now == then) & known
        changed = known & (then != before)
        enough = (changed.sum(axis=1) >= CHANGES_FIRST) & ((same & changed).sum(axis=1) >= ALIKE * changed.sum(axis=1))
        enough &= same.sum(axis=1) >= ALIKE * known.sum(axis=1)
        found += [
            _Shift(accusable[i], source, STEPS[step - 1], number)
            for i in np.flatnonzero(enough).tolist()
            if accusable[i] != source
        ]
    return found


# ---------------------------------------------------------------- all rows
def _proof(shift: _Shift, table: Table) -> _Proof | None:
    sequence = table.sequences[shift.sequence]
    column, source = _keys(shift.column, table), _keys(shift.source, table)
    now, then = sequence.pairs(shift.step)
    known = ~np.isin(column[now], MISSING)
    now, then = now[known], then[known]
    equal = column[now] == source[then]
    changes = source[now] != source[then]
    if not len(now) or equal.mean() < table.policy.near_copy_share or int((equal & changes).sum()) < CHANGES:
        return None
    if float(equal[changes].mean()) < table.policy.near_copy_share:
        return None
    first, last = sequence.ends(shift.step)
    gaps = tuple(_gaps(keys, ends) for keys, ends in ((column, last), (source, first)))
    return _Proof(len(now), int(equal.sum()), int(changes.sum()), gaps[0], gaps[1], len(last))


def _keys(name: str, table: Table) -> Hashes:
    return table.truth.keys if name == table.truth.column else table.fetch(name).keys


def _gaps(keys: Hashes, ends: np.ndarray) -> tuple[float, float]:
    """Share of rows at the ends, and of the others, that are empty or hold one value that stands for nothing."""
    at = np.zeros(len(keys), dtype=bool)
    at[ends] = True
    if not at.any() or at.all():
        return 0.0, 0.0
    values, counts = np.unique(keys[at], return_counts=True)
    most = values[counts.argmax()] if int(counts.max()) > 1 else MISSING[0]
    void = np.isin(keys, np.r_[MISSING, most])
    return float(void[at].mean()), float(void[~at].mean())


def _level(shift: _Shift, proof: _Proof, table: Table, *, chained: bool) -> Level | None:
    """How sure it is that the column is the one that was shifted, and that later in this order is later in time."""
    timed = table.sequences[shift.sequence].timed
    if shift.source == table.truth.column:
        return "block" if timed else "warn"
    mine, other = set(words_of(shift.column)), set(words_of(shift.source))
    ahead = bool(FUTURE & mine)
    behind = bool(PAST & other) or mine < other
    shifted = proof.column_gaps[0] >= EMPTY and proof.column_gaps[1] <= FILLED * proof.column_gaps[0]
    lagged = proof.source_gaps[0] >= EMPTY and proof.source_gaps[1] <= FILLED * proof.source_gaps[0]
    if not ahead and (behind or (lagged and not shifted)):
        return None
    if ahead or other < mine or shifted:
        return "block" if timed else "warn"
    alike = DIGITS.sub("", shift.column) == DIGITS.sub("", shift.source)
    return "warn" if timed and not chained and not alike else None


def _case(shift: _Shift, proof: _Proof, level: Level, names: tuple[str, ...], table: Table) -> Case:
    sequence = table.sequences[shift.sequence]
    steps = "the next row" if shift.step == 1 else f"{shift.step} rows later"
    evidence = (
        f"{shift.column} is the value that {shift.source} has {'in ' if shift.step == 1 else ''}{steps} "
        f"{sequence.said}: equal in {proof.equal:,} of {proof.pairs:,} pairs of rows, in {proof.changes:,} of which "
        f"{shift.source} changed"
    )
    if proof.column_gaps[0] >= EMPTY and proof.ends:
        evidence += f"; it is empty in {proof.column_gaps[0]:.0%} of the {proof.ends:,} rows after which none comes"
    if level == "warn":
        evidence += (
            "; which of the two was shifted cannot be told" if sequence.timed else "; the file may not run with time"
        )
    finding = Finding(
        "leak.later", level, names, proof.equal / proof.pairs, evidence, f"leave it out: {drop(shift.column)}"
    )
    chart = _chart(shift, table)
    return Case(finding, (chart,) if chart is not None else ())


def _chart(shift: _Shift, table: Table) -> Chart | None:
    """Both columns along the first rows of the longest run."""
    sequence = table.sequences[shift.sequence]
    column = table.fetch(shift.column).view.numbers
    source = table.truth.numbers if shift.source == table.truth.column else table.fetch(shift.source).view.numbers
    if column is None or source is None:
        return None
    runs = sequence.run[sequence.open_of >= 0]
    rows = sequence.open_of[sequence.open_of >= 0][runs == np.bincount(runs).argmax()][:DRAWN]

    def line(name: str, values: Floats) -> Series:
        known = np.isfinite(values[rows])
        return Series(name, tuple(np.flatnonzero(known).astype(float).tolist()), tuple(values[rows][known].tolist()))

    return Chart(
        f"{shift.column} and {shift.source}, row by row",
        "line",
        (line(shift.source, source), line(shift.column, column)),
        f"rows {sequence.said}",
    )
