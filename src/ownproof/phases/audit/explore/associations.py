"""The chapter on how columns hang together, and which of them say the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.report import Block, Chart, Finding, Note, Section, Series
from ownproof.phases.audit.names import drop
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth
from ownproof.stats.association import correlation_ratio, cramers_v, mutual_match, ranks
from ownproof.stats.weights import Floats, Ints

ROWS, COLUMNS, LEVELS_MOST = 5_000, 20, 60
FEW = 2
SAME = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """A column to be compared: ranks of its numbers (NaN where missing), or codes of its levels."""

    name: str
    places: Floats | None
    codes: Ints
    levels: int


def chapter(seen: Sequence[Seen], truth: Truth) -> tuple[Section | None, list[Finding]]:
    """A map of the most telling columns and the target; pairs that say the same as findings.

    truth: of the sampled rows that every `Seen` holds.
    """
    rows = np.arange(min(ROWS, len(truth)))
    fit = [
        s
        for s in seen
        if s.watched and s.profile.distinct > 1 and (s.some.numbers is not None or s.some.levels <= LEVELS_MOST)
    ]
    fit.sort(key=lambda s: (-s.strength if not math.isnan(s.strength) else math.inf, s.name))
    sides = [_side(s.name, s.some.take(rows).numbers, s.some.codes[rows]) for s in fit[:COLUMNS]]
    sides = [s for s in sides if s.levels > 1]
    if len(sides) < 2:
        return None, []
    answer = _side(truth.column, truth.numbers[rows] if truth.numbers is not None else None, truth.codes[rows])
    grid = _table([*sides, answer])
    names = [*(s.name for s in sides), truth.column]
    series = tuple(Series(n, tuple(names), tuple(float(v) for v in line)) for n, line in zip(names, grid, strict=True))
    heat = Chart(
        "Association of each pair",
        "heat",
        series,
        caption="Rank correlation of numbers (-1 to 1); for categories, how far one fixes the other (0 to 1)",
    )
    found = _same(sides, grid)
    notes: list[Block] = [heat, *(Note(f.evidence[:1].upper() + f.evidence[1:] + ".") for f in found)]
    return Section("How columns hang together", tuple(notes), "associations"), found


def _side(name: str, numbers: Floats | None, codes: Ints) -> _Side:
    known = codes >= 0
    levels = len(np.unique(codes[known]))
    if numbers is None or levels <= FEW:
        return _Side(name, None, codes, levels)
    places = np.full(len(codes), np.nan)
    there = ~np.isnan(numbers)
    places[there] = ranks(numbers[there])
    return _Side(name, places, codes, levels)


def _table(sides: Sequence[_Side]) -> Floats:
    """Every pair, (p, p), symmetric, with ones on the diagonal."""
    out = np.eye(len(sides))
    for i, one in enumerate(sides):
        for j in range(i):
            out[i, j] = out[j, i] = _pair(one, sides[j])
    return np.nan_to_num(out)


def _pair(a: _Side, b: _Side) -> float:
    if a.places is not None and b.places is not None:
        known = ~np.isnan(a.places) & ~np.isnan(b.places)
        x, y = a.places[known], b.places[known]
        if len(x) < 3:
            return math.nan
        x, y = x - x.mean(), y - y.mean()
        under = math.sqrt(float(x @ x) * float(y @ y))
        return float(x @ y) / under if under > 0 else math.nan
    if a.places is None and b.places is None:
        return cramers_v(a.codes, b.codes)
    number, level = (a, b) if a.places is not None else (b, a)
    assert number.places is not None  # noqa: S101 - one of them is a number
    return correlation_ratio(level.codes, number.places)


def _same(sides: Sequence[_Side], grid: Floats) -> list[Finding]:
    found = []
    for i, one in enumerate(sides):
        for j in range(i):
            other = sides[j]
            both_numbers = one.places is not None and other.places is not None
            if abs(grid[i, j]) < SAME or not (both_numbers or _recoded(one, other)):
                continue
            first, second = sorted((one.name, other.name))
            found.append(
                Finding(
                    "quality.redundant",
                    "ok",
                    (first, second),
                    abs(float(grid[i, j])),
                    f"{first} and {second} say the same",
                    f"one of them is enough: {drop(second)}",
                )
            )
    return found


def _recoded(a: _Side, b: _Side) -> bool:
    return mutual_match(a.codes, b.codes).share >= SAME
