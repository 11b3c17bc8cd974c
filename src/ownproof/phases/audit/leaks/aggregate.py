"""A column that is the mean of the target over the rows of a group, the row's own answer among them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ownproof.core.report import Chart, Finding, Level, Series
from ownproof.phases.audit.chance import LIKELY, SURE
from ownproof.phases.audit.leaks.table import Case, Table
from ownproof.phases.audit.names import drop
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth
from ownproof.stats.distributions import chi2_tail
from ownproof.stats.weights import Floats, Ints, ratio

LEVELS_LEAST, ROWS_LEAST = 8, 5  # levels that are compared, and rows in each
ALIKE = 0.9  # correlation with the means of the target
NOTICED = 4.0  # standard errors of a correlation from which all rows are looked at
UNLIKELY = -3.0  # log10 of the chance for a warning, where slope and offset are those of the mean itself
EXACT_ROWS = 30  # rows of a level up to which its law is summed out
TILTS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0)
CLASSES = 12
REPEATED = 0.5  # share of different values that a column of means has at most
PARENTS = 3
ADEQUATE, LARGE = 1.5, 80_000  # squared distances to a line through the sampled means; rows beyond which these decide
DRAWN = 300


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """The target by level: rows, mean, variance of one row, and the column's own value; (levels,) each."""

    rows: Floats
    mean: Floats
    variance: Floats
    value: Floats
    discrete: bool


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close a column is to the means of the target: log10 of the chance that a column which knows nothing of the
    rows comes so close; ratio of the squared distances to those that chance makes; whether unit and zero are the same."""

    log10_chance: float
    ratio: float
    plain: bool

    @property
    def limit(self) -> float:
        """Log10 of the chance that is worth a warning: a mean has the target's own unit, anything else has not."""
        return UNLIKELY if self.plain else LIKELY


def aggregates(table: Table) -> list[Case]:
    """`leak.aggregate`: one column each.

    An honest attribute of a level, even its true expectation, misses the mean of the level's own rows by what these
    rows have of chance: variance / rows. A mean over the rows does not, and the few sealed ones among them change it
    by a fraction of that.
    """
    found = []
    parents = [_Parent.of(c, table.probe) for c in table.holders if c.some.levels >= LEVELS_LEAST]
    for one in table.numbers(levels_least=LEVELS_LEAST):
        if one.profile.distinct > REPEATED * one.profile.rows:
            continue
        names = [name for name, aim in _aims(table.few) if _noticed(one, aim, discrete=table.few.numbers is None)]
        case = _looked(one, table, names, [p for p in parents if p.fixes(one)]) if names else None
        found += [case] if case is not None else []
    return found


def _aims(truth: Truth) -> Iterator[tuple[str, Floats]]:
    """What may have been averaged: the number, or whether a row is of a class."""
    if truth.numbers is not None:
        yield "", truth.numbers
    elif truth.exact and truth.k > 1:
        most = np.argsort(-np.bincount(truth.codes, minlength=truth.k), kind="stable")
        for code in most[:CLASSES]:
            yield truth.spell(int(code)), (truth.codes == code).astype(np.float64)


def _noticed(one: Seen, aim: Floats, *, discrete: bool) -> bool:
    """Whether a column runs with the target, in a straight line as far as the sample can tell."""
    assert one.some.numbers is not None  # noqa: S101 - chosen as a magnitude
    known = np.isfinite(one.some.numbers) & np.isfinite(aim)
    x, y = one.some.numbers[known], aim[known]
    if len(x) < LEVELS_LEAST or x.min() == x.max() or y.min() == y.max():
        return False
    if abs(float(np.corrcoef(x, y)[0, 1])) * math.sqrt(len(x)) < NOTICED:
        return False
    means = means_of(one.some.codes, one.some.numbers, aim, discrete=discrete) if one.profile.rows > LARGE else None
    close = _line(means) if means is not None else None
    return close is None or close.ratio <= ADEQUATE


def _looked(one: Seen, table: Table, names: list[str], parents: list[_Parent]) -> Case | None:
    view = table.fetch(one.name).view
    assert view.numbers is not None  # noqa: S101 - chosen as a magnitude
    groups = [("", view.codes)]
    for parent in sorted(parents, key=lambda p: (p.seen.some.levels, p.seen.name))[:PARENTS]:
        codes = table.fetch(parent.seen.name).view.codes
        if _fixed(codes, view.codes):
            groups.append((parent.seen.name, codes))
    best: tuple[tuple[bool, bool, bool, float], Closeness, Means, str, str] | None = None
    for name, aim in _aims(table.truth):
        if name not in names:
            continue
        for group, codes in groups:
            means = means_of(codes, view.numbers, aim, discrete=table.truth.numbers is None)
            close = closeness(means) if means is not None else None
            if means is not None and close is not None and close.log10_chance <= close.limit:
                rank = (close.log10_chance >= SURE, not close.plain, group == "", close.log10_chance)
                if best is None or rank < best[0]:
                    best = rank, close, means, group, name
    return _said(one, table, *best[1:]) if best is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class _Parent:
    """A column of groups: the probed rows in the order of its codes, and which neighbours are of one group."""

    seen: Seen
    rows: Ints
    same: np.ndarray

    @classmethod
    def of(cls, seen: Seen, probe: Ints) -> _Parent:
        rows = probe[np.argsort(seen.some.codes[probe], kind="stable")]
        codes = seen.some.codes[rows]
        return cls(seen, rows, (codes[1:] == codes[:-1]) & (codes[1:] >= 0))

    def fixes(self, other: Seen) -> bool:
        """Whether each of its groups has one value of the other column, as far as was looked."""
        codes = other.some.codes[self.rows]
        return (
            other.name != self.seen.name
            and int(self.same.sum()) >= LEVELS_LEAST
            and bool((codes[1:] == codes[:-1])[self.same].all())
        )


def _fixed(parent: Ints, child: Ints) -> bool:
    """Whether equal codes of the one have equal codes of the other, in a good number of rows."""
    known = parent >= 0
    order = np.argsort(parent[known], kind="stable")
    above, below = parent[known][order], child[known][order]
    same = above[1:] == above[:-1]
    return int(same.sum()) >= LEVELS_LEAST and bool((below[1:] == below[:-1])[same].all())


def means_of(codes: Ints, values: Floats, aim: Floats, *, discrete: bool) -> Means | None:
    """The target by level, of levels with enough rows; None where these are too few."""
    known = (codes >= 0) & np.isfinite(values) & np.isfinite(aim)
    level, y = codes[known], aim[known]
    if not len(level):
        return None
    n = np.bincount(level).astype(np.float64)
    mean = ratio(np.bincount(level, y).astype(np.float64), n)
    square = ratio(np.bincount(level, (y - mean[level]) ** 2).astype(np.float64), np.maximum(n - 1.0, 1.0))
    value = np.full(len(n), np.nan)
    value[level] = values[known]
    fit = (n >= (2 if discrete else ROWS_LEAST)) & (discrete | (square > 0))
    if int(fit.sum()) < LEVELS_LEAST:
        return None
    return Means(n[fit], mean[fit], square[fit], value[fit], discrete)


def closeness(means: Means) -> Closeness | None:
    """How close the values are to the means, as they stand and with a slope and an offset; None where they are not alike."""
    heavy = means.rows / means.rows.sum()
    x, y = means.value - heavy @ means.value, means.mean - heavy @ means.mean
    under = math.sqrt(float(heavy @ x**2) * float(heavy @ y**2))
    if under <= 0 or abs(float(heavy @ (x * y))) < ALIKE * under:
        return None
    both = (_close(means, means.value, free=0), _line(means))
    return min((c for c in both if c is not None), key=lambda c: c.log10_chance, default=None)


def _line(means: Means) -> Closeness | None:
    """How close the means are to a line of the values."""
    heavy = means.rows / means.rows.sum()
    x = means.value - heavy @ means.value
    slope = float(heavy @ (x * means.mean)) / max(float(heavy @ x**2), 1e-300)
    line = heavy @ means.mean + slope * x
    return _close(means, np.clip(line, 0.0, 1.0) if means.discrete else line, free=2)


def _close(means: Means, promised: Floats, *, free: int) -> Closeness | None:
    """The chance, by Chernoff's bound on the sum of squared distances, each in its own standard errors."""
    variance = promised * (1.0 - promised) if means.discrete else means.variance
    fair = (variance > 1e-9) & (promised > 0.0) & (promised < 1.0) if means.discrete else variance > 0
    if int(fair.sum()) - free < LEVELS_LEAST:
        return None
    n, p = means.rows[fair], promised[fair]
    squared = n * (means.mean[fair] - p) ** 2 / variance[fair]
    total, levels = float(squared.sum()), len(n) - free
    share = total / levels
    if share >= 1.0:
        return Closeness(0.0, share, free == 0)
    if not means.discrete or n.min() > EXACT_ROWS:
        chance = math.log10(max(1.0 - chi2_tail(total, levels), 1e-12))
        chernoff = 0.5 * levels * (math.log10(max(share, 1e-12)) + (1.0 - share) / math.log(10.0))
        return Closeness(min(chernoff, chance if chance > -10 else chernoff), share, free == 0)
    log = min(t * total + _tilted(n, p, t) for t in TILTS) * levels / len(n)
    return Closeness(min(0.0, log / math.log(10.0)), share, free == 0)


def _tilted(n: Floats, p: Floats, t: float) -> float:
    """Sum over levels of the log of E exp(-t z²): exact for small binomials, of a squared normal for large ones."""
    small = n <= EXACT_ROWS
    whole = -0.5 * math.log1p(2.0 * t) * int((~small).sum())
    for size in np.unique(n[small]):
        share = p[small & (n == size)]
        k = np.arange(int(size) + 1.0)
        ways = np.array([math.lgamma(size + 1) - math.lgamma(i + 1) - math.lgamma(size - i + 1) for i in k])
        chance = np.exp(ways + np.outer(np.log(share), k) + np.outer(np.log1p(-share), size - k))
        z2 = (k / size - share[:, None]) ** 2 * size / (share * (1.0 - share))[:, None]
        whole += float(np.log(np.maximum((chance * np.exp(-t * z2)).sum(axis=1), 1e-300)).sum())
    return whole


def _said(one: Seen, table: Table, close: Closeness, means: Means, group: str, name: str) -> Case:
    target = table.truth.column
    what = f"the mean of {target}" if not name else f"the share of {target} = {name}"
    of = f"each {group}" if group else "the rows that have its value"
    certain = close.log10_chance < SURE
    evidence = (
        f"{one.name} is {what} over {of}{'' if close.plain else ', in another unit'}: in {len(means.rows):,} groups it "
        f"misses the mean of their rows by {close.ratio:.2f} of what a value made without these rows would (squared; "
        f"by chance one time in 10^{max(1, math.floor(-close.log10_chance)):,}), so each row's own answer is in it"
    )
    level: Level = "block" if certain else "warn"
    advice = f"compute it from earlier rows or inside the training folds, or leave it out: {drop(one.name)}"
    finding = Finding("leak.aggregate", level, table.accusable(one.name), close.ratio, evidence, advice)
    drawn = np.argsort(-means.rows, kind="stable")[:DRAWN]
    points = Series("groups", tuple(means.value[drawn].tolist()), tuple(means.mean[drawn].tolist()))
    chart = Chart(
        f"{one.name} against {what} by group",
        "points",
        (points,),
        one.name,
        what,
        reference="diagonal" if close.plain else "",
    )
    return Case(finding, (chart,))
