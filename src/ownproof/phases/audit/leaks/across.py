"""What lies on both sides of a split that somebody handed in: equal rows, groups, and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ownproof.core.moments import Times, missing, spell
from ownproof.core.report import Finding, Level
from ownproof.phases.audit.chance import binomial_tail
from ownproof.stats.hashing import Hashes
from ownproof.stats.ordered import distinct

CERTAIN, LIKELY = 1e-4, 1e-3  # chance of so many equal rows on both sides, for a block and for a warning
TWINS_LEAST = 5  # values on both sides beyond what is expected


@dataclass(frozen=True, slots=True)
class Twins:
    """Values of whole rows that come twice or more: how many, how many of them on both sides of the split, how many
    of those the sizes of the sides would give, the chance of as many, and the rows of the second side that have a twin."""

    repeated: int
    both: int
    expected: float
    chance: float
    rows: int


def twins(keys: Hashes, second: np.ndarray) -> Twins:
    """Equal rows across a split. keys: uint64 (n,), equal rows have equal keys; second: bool (n,).

    Repeats that fall on the sides as rows do (each with the chance of its side's share) are what repeats inside each
    side predict; a value is on both sides with 1 - a^m - b^m for m rows. The tail is that of the binomial with the
    mean of these, which is no smaller than the true one (Hoeffding 1956).
    """
    if len(distinct(keys)) == len(keys):
        return Twins(0, 0, 0.0, 1.0, 0)
    _, code, count = np.unique(keys, return_inverse=True, return_counts=True)
    there = np.bincount(code.reshape(-1), weights=second.astype(np.float64), minlength=len(count))
    again = count >= 2
    m, b = count[again].astype(np.float64), there[again]
    mixed = (b > 0) & (b < m)
    share = float(second.mean()) if len(second) else 0.0
    likely = 1.0 - share**m - (1.0 - share) ** m
    tail = binomial_tail(int(mixed.sum()), len(m), float(likely.mean())) if len(m) else 1.0
    return Twins(len(m), int(mixed.sum()), float(likely.sum()), tail, int(b[mixed].sum()))


def duplicates(found: Twins, rows: int) -> Finding | None:
    """`leak.duplicates`: more equal rows across the split than the repeats inside each side predict.

    rows: of the second side.
    """
    if not found.both:
        return None
    evidence = (
        f"{found.rows:,} of {rows:,} rows of the other side equal a training row in every feature; of {found.repeated:,} "
        f"values that come more than once {found.both:,} are on both sides, {found.expected:,.1f} were expected"
    )
    beyond = found.both - found.expected >= TWINS_LEAST
    level = "block" if beyond and found.chance < CERTAIN else "warn" if beyond and found.chance < LIKELY else "ok"
    advice = "" if level == "ok" else "take the rows of the test that are in the training data out of one of the two"
    return Finding("leak.duplicates", level, (), found.rows / max(rows, 1), evidence, advice)  # type: ignore[arg-type]


def groups(
    keys: Hashes, second: np.ndarray, lacking: np.ndarray, *, returning: bool, name: str
) -> tuple[int, Finding | None]:
    """`leak.group-overlap`: how many groups are on both sides, and what to say. lacking: bool (n,), rows of no group."""
    known = ~lacking
    both = np.intersect1d(distinct(keys[known & ~second]), distinct(keys[known & second]), assume_unique=True)
    if not len(both):
        return 0, None
    rows = int(np.isin(keys, both, kind="sort")[known & second].sum())
    of = len(distinct(keys[known & second]))
    evidence = (
        f"{len(both):,} of the {of:,} groups of the other side are in the training data too, with {rows:,} of its "
        f"{int(second.sum()):,} rows"
    )
    if returning:
        return len(both), Finding(
            "leak.group-overlap", "ok", (), len(both) / of, f"{evidence}; groups may return, as was said"
        )
    return len(both), Finding(
        "leak.group-overlap",
        "block",
        (),
        len(both) / of,
        evidence,
        f"keep every {name} on one side; if a known {name} comes back in production: --groups returning",
    )


def times(moments: Times, second: np.ndarray, *, apart: bool) -> tuple[int, Finding | None]:
    """`leak.time-overlap`: training rows at or after the start of the other side.

    apart: no group is on both sides, so that the split may be meant to be one of groups and not of time. Rows at the
    very start only (a day cut in two) are a warning.
    """
    known = ~missing(moments)
    first, other = moments[known & ~second], moments[known & second]
    if not len(first) or not len(other):
        return 0, None
    start: Any = other.min()
    late, same = int((first > start).sum()), int((first == start).sum())
    if not late + same:
        return 0, None
    evidence = (
        f"{late + same:,} of {len(first):,} training rows lie at or after {spell(start)}, where the other side begins "
        f"(training goes on to {spell(first.max())})"
    )
    level: Level = "warn" if apart or not late else "block"
    if apart:
        evidence += "; no group is on both sides"
    return late + same, Finding(
        "leak.time-overlap",
        level,
        (),
        (late + same) / len(first),
        evidence,
        f"train on rows before {spell(start)} only, or test on later ones",
    )
