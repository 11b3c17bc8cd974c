"""What one look at a column shows: its profile, its gaps, its extremes, its strength alone, and whether it is a copy."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core.input import Encodes, Input, Profile
from ownproof.core.moments import Times, missing
from ownproof.core.policy import Policy
from ownproof.core.schema import Column
from ownproof.phases.audit.leaks.copy import Copy, copied, loyal
from ownproof.phases.audit.leaks.order import Look, Numbering, numbering
from ownproof.phases.audit.leaks.sequence import Sequence
from ownproof.phases.audit.names import names_things
from ownproof.phases.audit.truth import Truth
from ownproof.phases.audit.views import NAMED, View, arranged, levels_of, view
from ownproof.stats.hashing import Hashes
from ownproof.stats.ordered import quantiles
from ownproof.stats.strength import MissingSignal, bin_codes, missing_signal, missing_signal_of_numbers
from ownproof.stats.weights import Floats, Ints

if TYPE_CHECKING:
    import polars as pl

PARTS_ROWS, PARTS_MOST, PARTS_TRIED = 5_000, 400, 4
FEW = 32  # numbers with no more levels are looked at level by level
APART = 3.0  # quartile ranges beyond the quartiles from which a number is an outlier (Tukey 1977, "far out")


@dataclass(frozen=True, slots=True)
class Extremes:
    """Numbers far from the rest: how many below and above, the fences, the lowest and the highest."""

    below: int
    above: int
    low: float
    high: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A column of the rows that are not sealed.

    some: the view of the sampled rows; names: of its codes, where they are few. watched: a model may look at it. strength: of the column alone on the truth's
    own scale, NaN where it cannot be told; part: what of it is that strong, empty for its plain values. after: share of
    its moments that lie after the row's own time, NaN for anything else. anchored: hashes of the cells in the rows of
    `Eye.anchors`.
    """

    column: Column
    profile: Profile
    some: View
    names: tuple[str, ...]
    watched: bool
    strength: float
    part: str
    gaps: MissingSignal | None
    extremes: Extremes | None
    copy: Copy | None
    example: str
    numbering: Numbering | None
    after: float
    anchored: Hashes

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def missing_share(self) -> float:
        """0 .. 1."""
        return self.profile.missing / max(1, self.profile.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Eye(Look):
    """A look at columns, under the rules of a project."""

    policy: Policy
    available: Mapping[str, str]
    seed: int
    sequences: tuple[Sequence, ...] = ()
    anchors: tuple[Ints, ...] = (np.zeros((0, 1), dtype=np.int64),)

    def look(self, column: Column, cells: pl.Series, kind: Input, *, watched: bool) -> Seen:
        """One column. cells: of the rows that are not sealed."""
        import polars as pl

        texts = cells.dtype == pl.String
        profile = kind.profile(cells) if texts else None
        whole = view(cells, lambda: kind.keys(cells), distinct=profile.distinct if profile else None)
        profile = profile or kind.profile(arranged(cells, whole))
        some = whole.take(self.some)
        truth = self.truth.take(self.some)
        strength, part = self._strength(column, cells, kind, some, truth) if kind.usable else (math.nan, "")
        declared = self.available.get(column.name) == "before"
        order = None if cells.dtype.is_temporal() else numbering(column, whole, self, watched=watched, seed=self.seed)
        copy = None
        if watched and column.role == "feature":
            if names_things(column.name) and not declared:
                copy = loyal(whole, self.truth)
            share = 1.0 if declared else self.policy.near_copy_share
            copy = copy or copied(whole, self.truth, share=share, equal=self._equal(cells, kind), first=self.some)
        return Seen(
            column,
            profile,
            some,
            _names(cells, whole),
            watched,
            strength,
            part,
            _gaps(some, truth),
            _extremes(whole),
            copy,
            _example(copy, cells, whole, self.truth) if copy else "",
            order,
            _after(cells, self.times),
            kind.keys(cells.gather(np.concatenate([a.ravel() % max(len(cells), 1) for a in self.anchors]))),
        )

    def _equal(self, cells: pl.Series, kind: Input) -> np.ndarray:
        """bool (n,), the cell is the target's own; where more is known of the target nobody asks."""
        if self.truth.exact or self.truth.numbers is not None:
            return np.broadcast_to(np.False_, len(cells))
        return np.asarray(kind.keys(cells) == self.truth.keys)

    def _strength(self, column: Column, cells: pl.Series, kind: Input, some: View, truth: Truth) -> tuple[float, str]:
        plain = truth.strength(coded(some), seed=self.seed)
        if not isinstance(kind, Encodes) or math.isnan(plain):
            return plain, ""
        rows = self.some[:PARTS_ROWS]
        best, part = _parts(cells.gather(rows), kind, column.details, self.truth.take(rows), self.seed)
        return (best, part) if best > plain else (plain, "")


def coded(some: View) -> np.ndarray:
    """A view as codes that strength is measured on: few levels as they are, more of them as bins."""
    return some.codes if some.numbers is None or some.levels <= FEW else bin_codes(some.numbers)


def _parts(cells: pl.Series, kind: Encodes, details: Mapping[str, Any], truth: Truth, seed: int) -> tuple[float, str]:
    """The strongest column of the encoded matrix, when there are several: a word of a text, the hour of a moment."""
    code = kind.fit_code(cells, details)
    features = kind.features(code, cells.name)
    if not 1 < len(features) <= PARTS_MOST:
        return -math.inf, ""
    matrix = np.asarray(kind.encode(code, cells), dtype=np.float64)
    promise = truth.promise(matrix)
    best, part = -math.inf, ""
    for i in np.argsort(-promise, kind="stable")[:PARTS_TRIED]:
        distinct = len(np.unique(matrix[:, i]))
        codes = bin_codes(matrix[:, i], None if distinct > FEW else FEW)
        strength = truth.strength(codes, seed=seed)
        if strength > best:
            best, part = strength, features[i].label or features[i].name
    return best, part


def _names(cells: pl.Series, whole: View) -> tuple[str, ...]:
    """The levels of a column by their codes; empty where they are many."""
    return () if whole.levels > NAMED else tuple(map(_text, levels_of(cells, whole)))


def _text(cell: object) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)[:40]


def _gaps(some: View, truth: Truth) -> MissingSignal | None:
    gaps = some.missing
    if not gaps.any() or gaps.all():
        return None
    return (
        missing_signal_of_numbers(gaps, truth.numbers)
        if truth.numbers is not None
        else missing_signal(gaps, truth.codes)
    )


def _extremes(whole: View) -> Extremes | None:
    if whole.numbers is None or whole.levels <= FEW:
        return None
    ordered = whole.ordered
    known = ordered[slice(*np.searchsorted(ordered, [-sys.float_info.max, math.inf]))]
    if not len(known):
        return None
    low, high = (float(q) for q in quantiles(known, [0.25, 0.75]))
    if not high > low:
        return None
    fences = low - APART * (high - low), high + APART * (high - low)
    below, above = np.searchsorted(known, fences[0]), len(known) - np.searchsorted(known, fences[1], side="right")
    return Extremes(int(below), int(above), *fences, float(known[0]), float(known[-1]))


def _after(cells: pl.Series, times: Times | None) -> float:
    """Share of the moments of a column that lie after the row's own; NaN for a column of anything else."""
    if times is None or times.dtype.kind != "M" or not cells.dtype.is_temporal():
        return math.nan
    import polars as pl

    if cells.dtype not in (pl.Date, pl.Datetime):
        return math.nan
    own = cells.cast(pl.Datetime("us")).to_numpy().astype("datetime64[us]")
    known = ~np.isnat(own) & ~missing(times)
    return float((own[known] > times[known]).mean()) if known.any() else math.nan


def _example(copy: Copy, cells: pl.Series, whole: View, truth: Truth) -> str:
    """Some pairs of values that a person can look up."""
    codes = (
        whole.missing.astype(np.int64) if copy.how == "missing" else np.where(whole.missing, whole.levels, whole.codes)
    )
    first = np.unique(codes, return_index=True)[1][:4] if copy.how != "monotone" else _spread(whole.order)
    said = []
    for row in first.tolist():
        cell = cells[row]
        shown = "empty" if cell is None else "filled" if copy.how == "missing" else _text(cell)
        answer = f"{truth.numbers[row]:.6g}" if truth.numbers is not None else truth.spell(int(truth.codes[row]))
        said.append(f"{shown} is {answer}")
    return "; ".join(said)


def _spread(order: Floats) -> np.ndarray:
    """The rows of the lowest, the middle and the highest value."""
    known = np.flatnonzero(np.isfinite(order))
    places = known[np.argsort(order[known], kind="stable")]
    return np.unique(places[[0, len(places) // 2, -1]])
