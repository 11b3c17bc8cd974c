"""Leaks for a part of the rows: ranges of a column that are one class, or equal to the target, amid noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ownproof.core.report import Finding, Level
from ownproof.phases.audit.chance import binomial_tail
from ownproof.phases.audit.explore import pictures
from ownproof.phases.audit.leaks.laws import law
from ownproof.phases.audit.leaks.table import Case, Table, known_strength
from ownproof.phases.audit.names import drop
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth
from ownproof.stats.association import spearman
from ownproof.stats.one_tree import tree_edges
from ownproof.stats.strength import bin_codes
from ownproof.stats.weights import Floats, Ints

LEVELS_LEAST = 33  # different numbers: fewer are levels, of which each may honestly have its own answer
LEAVES, LEAF_ROWS, LEAF_SHARE = 12, 8, 0.01  # ranges that are cut, and rows of the smallest
PURE, LIFT, SLACK = 0.92, 0.12, 0.03  # share of one class in a range; what may be left of what it leaves open elsewhere
COMMON = 0.5  # share of all rows beyond which a class is too common to be told
COVERED, ROWS_LEAST = 0.25, 40  # share of a class that lies in its ranges; rows there
NOISE = 0.65  # AUC of the other rows up to which they are noise
EDGE = 0.02  # share of the rows in the ranges that may lie outside of them
BESIDE = 0.05  # share of the other rows that must lie on each side of the ranges
SURPRISING = 1e-6
RARE, RARE_ROWS, EQUAL_LEAST, CHANCE = 2, 50, 0.2, 0.05
EQUAL_WARNS, EQUAL_STOPS = 0.9, 0.99
UNRELATED = 0.3  # rank correlation of the other rows up to which they are noise


def regions(table: Table) -> list[Case]:
    """`leak.region` for ranges that are one class, `leak.copy` for numbers that equal the target in a part of the rows.

    A strong column is pure at its ends and goes over into its middle; ranges with noise on both sides of them, and
    nothing to be told from the rest, were made from the answer.
    """
    look = _equal if table.truth.numbers is not None else _pure if table.truth.exact else None
    if look is None:
        return []
    cases = (look(one, table) for one in table.numbers(levels_least=LEVELS_LEAST))
    return [case for case in cases if case is not None]


# ---------------------------------------------------------------- ranges of one class
@dataclass(frozen=True, slots=True, eq=False)
class _Ranges:
    inside: np.ndarray
    classes: tuple[int, ...]
    rows: int
    right: int
    covered: float


def _pure(one: Seen, table: Table) -> Case | None:
    few, values = table.few, one.some.numbers
    assert values is not None  # noqa: S101 - chosen as a magnitude
    if known_strength(one) < 0.5 + 0.25 * COVERED:
        return None
    found = _ranges(values, few)
    if found is None or not _amid(values, found.inside):
        return None
    rest = few.take(np.flatnonzero(~found.inside & np.isfinite(values)))
    left = rest.strength(bin_codes(values[~found.inside & np.isfinite(values)]), seed=table.seed)
    if not left <= NOISE:
        return None
    names = ", ".join(few.spell(c) for c in found.classes)
    said = (
        f"{found.right:,} of {found.rows:,} sampled rows in some ranges of {one.name} are of one class ({names}), "
        f"{found.covered:.0%} of all rows of it; in the other rows {one.name} says nothing ({few.measure} {left:.3f})"
    )
    advice = (
        f'if it is known before the outcome, write {one.name} = "before" into a file for --available; '
        f"else: {drop(one.name)}"
    )
    codes, classes = pictures.classes(few)
    chart = pictures.by_class(
        f"{one.name}: ranges of one class", pictures.edges_of(values), values, codes=codes, names=classes
    )
    share = found.right / found.rows
    return Case(Finding("leak.region", "warn", table.accusable(one.name), share, said, advice), (chart,))


def _ranges(values: Floats, few: Truth) -> _Ranges | None:
    """Ranges of one class, cut by a small tree on one half of the rows and counted on the other, which must bear them
    out. None where none of them holds a good part of a class that is not the largest."""
    known = np.isfinite(values)
    first = np.arange(len(values)) % 2 == 0
    if int((first & known).sum()) < 2 * ROWS_LEAST:
        return None
    leaf = _leaves(values, few.codes, first & known)
    inside, told = np.zeros(len(values), dtype=bool), []
    rows = right = 0
    covered = 0.0
    for c in np.flatnonzero(np.bincount(few.codes, minlength=few.k) >= ROWS_LEAST).tolist():
        own = few.codes == c
        least = max(PURE, 1.0 - LIFT * (1.0 - float(own.mean())))
        there = np.isin(leaf, _one_class(leaf, own, first & known, least)) & known
        hits, of = int((own & there & ~first).sum()), int((there & ~first).sum())
        if not of or hits < (least - SLACK) * of or binomial_tail(hits, of, float(own.mean())) > SURPRISING:
            continue
        inside |= there
        share = hits / max(int((own & ~first).sum()), 1)
        if of >= ROWS_LEAST // 2 and share >= COVERED and own.mean() <= COMMON:
            told.append(c)
            rows, right, covered = rows + of, right + hits, max(covered, share)
    return _Ranges(inside, tuple(told), rows, right, covered) if told else None


def _leaves(values: Floats, codes: Ints, rows: np.ndarray) -> Ints:
    """The range of each row, int64 (n,), -1 where the value is missing."""
    least = max(LEAF_ROWS, int(LEAF_SHARE * rows.sum()))
    edges = tree_edges(values[rows], codes[rows], most=LEAVES, least=least)
    return np.where(np.isfinite(values), np.searchsorted(edges, values), -1)


def _one_class(leaf: Ints, own: np.ndarray, rows: np.ndarray, least: float) -> Ints:
    """The ranges that are of one class on some rows."""
    every = np.bincount(leaf[rows])
    hits = np.bincount(leaf[rows & own], minlength=len(every))
    return np.flatnonzero((every > 0) & (hits >= least * every))


def _amid(values: Floats, inside: np.ndarray) -> bool:
    """Whether other rows lie on both sides of the ranges."""
    known = np.isfinite(values)
    ranges, others = values[inside & known], values[~inside & known]
    if len(others) < ROWS_LEAST or not len(ranges):
        return False
    below, above = (
        float((others < np.quantile(ranges, EDGE)).mean()),
        float((others > np.quantile(ranges, 1.0 - EDGE)).mean()),
    )
    return min(below, above) >= BESIDE


# ---------------------------------------------------------------- a copy in a part of the rows
def _equal(one: Seen, table: Table) -> Case | None:
    values, y = one.some.numbers, table.few.numbers
    assert values is not None and y is not None  # noqa: S101, PT018 - chosen as magnitudes
    if _share(values[table.probe], y[table.probe])[0] < EQUAL_LEAST - 0.05:
        return None
    whole = table.fetch(one.name).view.numbers
    assert whole is not None and table.truth.numbers is not None  # noqa: S101, PT018
    share, rows, rest = _share(whole, table.truth.numbers)
    if share < EQUAL_LEAST or (share < EQUAL_WARNS and abs(rest) > UNRELATED):
        return None
    level: Level = "block" if share >= EQUAL_STOPS else "warn"
    said = (
        f"{one.name} is {table.truth.column} itself, or a multiple of it, in {share:.2%} of the {rows:,} rows whose "
        f"{table.truth.column} hardly any other row has; the rank correlation of the other rows is {rest:.2f}"
    )
    finding = Finding("leak.copy", level, table.accusable(one.name), share, said, f"leave it out: {drop(one.name)}")
    return Case(finding)


def _share(values: Floats, y: Floats) -> tuple[float, int, float]:
    """Of the rows whose answer hardly any other has: the share that lies on one line of the values, how many these
    are, and the rank correlation of the others. An earlier answer of a series that stands still is equal elsewhere."""
    _, place, counts = np.unique(y, return_inverse=True, return_counts=True)
    rare = (counts[place.reshape(-1)] <= RARE) & np.isfinite(values) & np.isfinite(y)
    if int(rare.sum()) < RARE_ROWS:
        return 0.0, 0, math.nan
    x, z = values[rare], y[rare]
    found = law("{a} + {b}", x, np.zeros_like(x), z)
    if found is None or found.chance > CHANCE:
        return 0.0, 0, math.nan
    off = np.abs(z - found.slope * x - found.offset) > np.quantile(
        np.abs(z - found.slope * x - found.offset), min(found.share, 1.0)
    )
    rest = spearman(x[off], z[off]) if int(off.sum()) >= ROWS_LEAST else 0.0
    return found.share, len(x), 0.0 if math.isnan(rest) else rest
