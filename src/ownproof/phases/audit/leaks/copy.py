"""Whether a column is the target under another name: equal, re-coded, cut from it, or a monotone function of it."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from ownproof.phases.audit.chance import LIKELY, SURE, log10_arrangements, log10_factorial
from ownproof.phases.audit.leaks.cuts import MANY_PARTS, intervals
from ownproof.phases.audit.truth import Truth
from ownproof.phases.audit.views import View
from ownproof.stats.association import spearman
from ownproof.stats.weights import Floats, Ints

FEW_LEVELS, LEVEL_ROWS = 50, 10  # more levels, or fewer rows in each, and a column may name things
ALIKE = 0.95  # agreement beyond always saying the largest class that a copy with faults must have
MANY = 50  # different numbers from which a common order with faults means something
NEARLY = 0.99  # rank correlation below which nobody need look for a monotone copy with faults
SAMPLE = 2_000
TELLING = frozenset(("equal", "recoded", "missing", "monotone"))  # what says enough on few rows


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """How a column gives the target away.

    how: `equal`, `recoded`, `levels`, `missing`, `cut`, `bands`, `monotone`, or `names`: of things that come in many rows,
    all with the same answer; share of the known rows where it does;
    rows: that are known. log10_chance: of as much by chance. edges: where the one cuts the other.
    """

    how: str
    share: float
    rows: int
    log10_chance: float
    edges: tuple[tuple[float, float], ...] = ()
    falling: bool = False


def copied(view: View, truth: Truth, *, share: float, equal: np.ndarray, first: np.ndarray) -> Copy | None:
    """The copy that a column is, None where it is none.

    share: of rows that a copy with faults must get right (1 finds exact ones only). A few rows that are alike without
    an exception are a copy too, if a likely one: its `log10_chance` is above `SURE`. equal: bool (n,), the cell is
    the target's own. first: int64, some rows drawn by hash; a large table is looked at whole only when these allow it.
    """
    if len(view) > 4 * SAMPLE:
        some = first[:SAMPLE]
        loose = min(share, NEARLY)
        if _copied(view.take(some).numbered(), truth.take(some), loose, equal[some]) is None:
            return None
    found = _copied(view, truth, share, equal)
    return found if found is not None and found.log10_chance < (LIKELY if found.how in TELLING else SURE) else None


def _copied(view: View, truth: Truth, share: float, equal: np.ndarray) -> Copy | None:
    if truth.numbers is not None:
        return _of_numbers(view, truth.numbers, share)
    if truth.exact:
        return _of_codes(view, truth, share)
    return _same(view, truth, share, equal)


def _same(view: View, truth: Truth, share: float, equal: np.ndarray) -> Copy | None:
    """Cells that are the target's own, for truths of which nothing else is known."""
    known = ~view.missing
    right = float(equal[known].mean()) if known.any() else 0.0
    if right < share:
        return None
    counts = np.unique(truth.keys[known], return_counts=True)[1]
    return Copy("equal", right, int(known.sum()), -log10_arrangements(counts))


# ---------------------------------------------------------------- labels
def loyal(view: View, truth: Truth) -> Copy | None:
    """Names of things of which each has one class only, in two rows or more: whoever knows the thing knows the answer."""
    if not truth.exact:
        return None
    rows = np.bincount(view.codes[view.codes >= 0], minlength=view.levels)
    again = np.where((view.codes >= 0) & (rows[view.codes] > 1), view.codes, -1)
    found = Purity.of(again, truth.codes)
    whole = found.copy("names", 1.0) if found.levels > found.classes else None
    return whole if whole is not None and whole.log10_chance < SURE else None


def _of_codes(view: View, truth: Truth, share: float) -> Copy | None:
    bare = Purity.of(view.codes, truth.codes)
    if bare.levels == bare.classes and (found := bare.copy("recoded", share)):
        return found
    if view.numbers is not None and bare.classes > 1 and (cut := intervals(view.numbers, truth.codes)):
        return Copy("cut", 1.0, cut.rows, cut.log10_chance, cut.edges) if cut.cut else None
    if bare.few and (found := bare.copy("levels", share)):
        return found
    if bare.rows == len(view):
        return None
    gap = Purity.of(view.missing.astype(np.int64), truth.codes)
    if gap.levels == 2 and (found := gap.copy("missing", share)):
        return found
    whole = Purity.of(np.where(view.missing, view.levels, view.codes), truth.codes)
    return whole.copy("levels", share) if whole.few else None


@dataclass(frozen=True, slots=True)
class Purity:
    """How far the levels of a column fix the class: rows of each level's own class, against those of the largest."""

    rows: int
    levels: int
    classes: int
    right: int
    largest: int
    log10_dealt: float

    @classmethod
    def of(cls, codes: Ints, truth: Ints) -> Purity:
        """codes, truth: (n,); -1 is left out."""
        known = codes >= 0
        level, true = codes[known], truth[known]
        if not len(level):
            return cls(0, 0, 0, 0, 0, 0.0)
        wide = int(true.max()) + 1
        sizes = np.bincount(true)
        modes = _modes(level * wide + true, wide)
        return cls(
            len(level),
            len(modes),
            int((sizes > 0).sum()),
            int(modes.sum()),
            int(sizes.max()),
            log10_arrangements(sizes),
        )

    @property
    def few(self) -> bool:
        """Whether its levels are kinds of rows and not names of things."""
        return self.levels <= FEW_LEVELS and self.rows >= LEVEL_ROWS * self.levels

    @property
    def log10_chance(self) -> float:
        """At most: every level may get any class, and every fault may lie anywhere."""
        faults = self.rows - self.right
        anywhere = log10_arrangements([faults, self.right])
        return (self.levels + faults) * math.log10(max(self.classes, 2)) + anywhere - self.log10_dealt

    def copy(self, how: str, share: float) -> Copy | None:
        """The copy it is, where the levels fix the class in such a share of the rows."""
        if self.classes < 2 or self.right < share * self.rows:
            return None
        beyond = (self.right - self.largest) / (self.rows - self.largest)
        return Copy(how, self.right / self.rows, self.rows, self.log10_chance) if beyond >= ALIKE else None


def _modes(pairs: Ints, wide: int) -> Ints:
    """Rows of the most frequent class of each level that occurs."""
    most = int(pairs.max()) + 1
    if most <= 4 * len(pairs) + 1024:
        table = np.bincount(pairs, minlength=-(-most // wide) * wide).reshape(-1, wide)
        modes = table.max(axis=1)
        return np.asarray(modes[modes > 0], dtype=np.int64)
    cells, counts = np.unique(pairs, return_counts=True)
    starts = np.flatnonzero(np.r_[True, np.diff(cells // wide) != 0])
    return np.maximum.reduceat(counts, starts).astype(np.int64)


# ---------------------------------------------------------------- numbers
def _of_numbers(view: View, truth: Floats, share: float) -> Copy | None:
    if view.numbers is None:
        bands = intervals(truth, view.codes) if 2 <= view.levels <= FEW_LEVELS else None
        return Copy("bands", 1.0, bands.rows, bands.log10_chance, bands.edges) if bands and bands.cut else None
    known = np.isfinite(view.numbers) & np.isfinite(truth)
    x, y = view.numbers[known], truth[known]
    if len(x) < 3 or x.min() == x.max() or y.min() == y.max():
        return None
    for falling in (False, True):
        values = -y if falling else y
        if (ordered := _ordered(x, values)) == 1.0:
            return _monotone(x, values, falling=falling)
        if share < 1.0 and ordered >= 0.5 and _run(x, values, share) >= share:
            return Copy("monotone", _run(x, values, share), len(x), -math.log10(2.0) * len(x), falling=falling)
    return None


def _ordered(x: Floats, y: Floats) -> float:
    """1 where y never falls while x rises; otherwise a rough measure, the share of neighbours in order."""
    order = np.lexsort((y, x))
    return float((np.diff(y[order]) >= 0).mean())


def _monotone(x: Floats, y: Floats, *, falling: bool) -> Copy | None:
    """A common order. Where one of the two has few values it must cut the other, and not follow its gaps.

    By chance: the ways to deal the values of y within ties of x, against all ways to deal them.
    """
    x_ties, y_ties = (np.unique(v, return_inverse=True, return_counts=True) for v in (x, y))
    cells = np.unique(
        x_ties[1].reshape(-1).astype(np.int64) * len(y_ties[0]) + y_ties[1].reshape(-1), return_counts=True
    )[1]
    chance = _log10_orders(x_ties[2]) + _log10_orders(y_ties[2]) - _log10_orders(cells) - log10_factorial(len(x))
    if len(x_ties[0]) != len(y_ties[0]) and min(len(x_ties[0]), len(y_ties[0])) < MANY_PARTS:
        few, many = (x_ties, y) if len(x_ties[0]) < len(y_ties[0]) else (y_ties, x)
        bands = intervals(many, few[1].reshape(-1).astype(np.int64))
        if bands is None or not bands.cut:
            return None
        return Copy("bands" if few is x_ties else "cut", 1.0, len(x), chance, bands.edges, falling)
    return Copy("monotone", 1.0, len(x), chance, falling=falling)


def _log10_orders(counts: Ints) -> float:
    return float(sum(map(math.lgamma, (counts + 1.0).tolist()))) / math.log(10.0)


def _run(x: Floats, y: Floats, share: float) -> float:
    """Share of rows on the longest run along which y never falls while x rises; 0 where it cannot be long enough."""
    if min(len(np.unique(x)), len(np.unique(y))) <= MANY:
        return 0.0
    if not spearman(x, y) >= NEARLY:
        return 0.0
    tails: list[float] = []
    missed, most = 0, math.floor((1.0 - share) * len(x))
    for value in y[np.lexsort((y, x))].tolist():
        place = bisect_right(tails, value)
        if place == len(tails):
            tails.append(value)
        else:
            tails[place] = value
            missed += 1
            if missed > 50 * (most + 10):
                return 0.0
    return len(tails) / len(x)
