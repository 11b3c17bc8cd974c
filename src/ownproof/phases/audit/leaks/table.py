"""The columns side by side: what rules need that look at more than one of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import Chart, Finding
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth
from ownproof.phases.audit.views import View
from ownproof.stats.hashing import Hashes

if TYPE_CHECKING:
    import polars as pl

FEW_ROWS, CLASS_ROWS = 2_000, 200  # rows on which pairs are looked for, and of each class at least


@dataclass(frozen=True, slots=True)
class Case:
    """An accusation, or something to know, with the pictures that show why."""

    finding: Finding
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A column in all rows that are not sealed: its cells, its view, and the stable hashes of its cells."""

    cells: pl.Series
    view: View
    keys: Hashes


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What may be accused, and what it is held against.

    columns: that a model may look at, of which nothing is known yet and nothing was declared. truth: of all rows that
    are not sealed; few: of the sampled ones, in the order of `Seen.some`. probe: int64, some of those, with rows of
    every class; fetch: a column in all rows, by name.
    """

    columns: tuple[Seen, ...]
    truth: Truth
    few: Truth
    probe: np.ndarray
    fetch: Callable[[str], Whole]
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


def eligible(seen: Sequence[Seen], accused: set[str], available: Mapping[str, str]) -> tuple[Seen, ...]:
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
