"""The columns side by side: what rules need that look at more than one of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Several
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ownproof.core.input import Input
from ownproof.core.policy import Policy
from ownproof.core.report import Chart, Finding
from ownproof.phases.audit.leaks.sequence import Sequence
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth
from ownproof.phases.audit.views import View, view
from ownproof.stats.hashing import Hashes
from ownproof.stats.weights import Floats, Ints

if TYPE_CHECKING:
    import polars as pl

FEW_ROWS, CLASS_ROWS = 2_000, 200  # rows on which pairs are looked for, and of each class at least


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """An accusation, or something to know, with the pictures that show why.

    made: what the columns come to in the sampled rows, float64 (n,), where a model of them would not find it by itself.
    """

    finding: Finding
    charts: tuple[Chart, ...] = ()
    made: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A column in all rows that are not sealed: its cells, their view, and their stable hashes."""

    cells: pl.Series
    kind: Input

    @property
    def view(self) -> View:
        """The cells as arrays."""
        return view(self.cells, lambda: self.keys)

    @property
    def keys(self) -> Hashes:
        """uint64 (n,)."""
        return self.kind.keys(self.cells)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What may be accused, and what it is held against.

    columns: that a model may look at, of which nothing is known yet and nothing was declared. holders: all columns
    that were looked at. truth: of all rows that
    are not sealed; some: int64, the sampled ones; few: the truth of these, in the order of `Seen.some`. probe: int64, some of those, with rows of
    every class; fetch: a column in all rows, by name. sequences: the orders of the rows, with the places of the rows that
    `Seen.anchored` is of: anchors, int64 (rows, 1 + steps) each.
    """

    columns: tuple[Seen, ...]
    holders: tuple[Seen, ...]
    truth: Truth
    some: Ints
    few: Truth
    probe: np.ndarray
    fetch: Callable[[str], Whole]
    sequences: tuple[Sequence, ...]
    anchors: tuple[Ints, ...]
    policy: Policy
    seed: int

    def without(self, names: set[str]) -> Table:
        """The table without the columns that are accused by now."""
        return replace(self, columns=tuple(c for c in self.columns if c.name not in names))

    def numbers(self, *, levels_least: int) -> list[Seen]:
        """Columns of magnitudes with so many different values, in the order of their names."""
        return sorted(
            (c for c in self.columns if c.some.numbers is not None and c.profile.distinct >= levels_least),
            key=lambda c: c.name,
        )

    def accusable(self, *names: str) -> tuple[str, ...]:
        """Those of some columns that can be left out: not the time or the group of the rows."""
        features = {c.name for c in self.columns if c.column.role == "feature"}
        return tuple(n for n in names if n in features)


def eligible(seen: Several[Seen], accused: set[str], available: Mapping[str, str]) -> tuple[Seen, ...]:
    """Columns that a model may look at, that nobody accuses yet and of which nothing was declared."""
    return tuple(s for s in seen if s.watched and s.name not in accused and available.get(s.name) != "before")


def known_strength(one: Seen) -> float:
    """What a column says alone, 0 where that is not known."""
    return 0.0 if math.isnan(one.strength) else one.strength


def probe_of(few: Truth) -> np.ndarray:
    """Some 2,000 of the sampled rows, int64 ascending: the first ones, and the first 200 of every class."""
    if len(few) <= FEW_ROWS:
        return np.arange(len(few))
    chosen = np.zeros(len(few), dtype=bool)
    chosen[:FEW_ROWS] = True
    if few.numbers is None:
        by_class = np.argsort(few.codes, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(few.codes[by_class]) != 0])
        place = np.arange(len(few)) - np.repeat(starts, np.diff(np.r_[starts, len(few)]))
        chosen[by_class[place < CLASS_ROWS]] = True
    return np.flatnonzero(chosen)
