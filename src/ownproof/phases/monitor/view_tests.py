"""Every test of one view of a column: two tallies in the same cells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.watch import Between, Tally, View
from ownproof.stats.distributions import chi2_tail, t_cdf
from ownproof.stats.drift import cells as whole
from ownproof.stats.drift import exact, scores

WEIGHTS: Final[Mapping[str, Mapping[str, float]]] = {
    "number": {
        "location": 0.30, "scale": 0.10, "upper tail": 0.05, "lower tail": 0.05, "distribution": 0.12,
        "missing": 0.11, "unreadable": 0.03, "infinite": 0.02, "constant": 0.02,
    },
    "levels": {"level": 0.24, "unseen": 0.11, "distribution": 0.28, "missing": 0.12, "unreadable": 0.03, "constant": 0.02},
}  # fmt: skip
"""How a column's share of false alarms is divided among its tests: most to the move that is hardest to see. A fifth of it
is kept back, for the far tails of the inexact ones are right to within a third."""


UNBOUNDED: Final = 1e300
"""The variance of what is another one in every window by nature."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test of one view. p: by itself; weight: its part of the column's false alarms; effect in the unit of limit,
    below which a move is shown and raises no alarm; said: what changed, in words.

    error: the effect's standard error by sampling; up: only a growth counts; df: of a statistic that is a sum of so many
    squares; rows: the rows that a difference of both samples is worth (half their harmonic mean)."""

    view: str
    name: str
    weight: float
    statistic: float
    p: float
    effect: float
    limit: float
    said: str
    error: float = 0.0
    up: bool = False
    df: int = 0
    rows: float = 0.0

    @property
    def matters(self) -> bool:
        """Whether the move is large enough to raise an alarm."""
        return abs(self.effect) >= self.limit


def examine(view: View, old: Tally, new: Tally, policy: Policy, *, between: Between | None = None) -> list[Test]:
    """All tests that the rows of both tallies allow. The weights of a view add up to less than 1.

    between: what ordinary windows differ by beyond sampling, where that is known.
    """
    if not old.rows or not new.rows:
        return []
    found = [*_rare(view, old, new, policy)]
    if old.rows > old.missing and new.rows > new.missing:
        more = _numbers(view, old, new, policy) if view.form == "number" else _levels(view, old, new, policy, between)
        found += more
    if between is None:
        return found
    known, centers = between.variance.get(view.name, {}), between.centers.get(view.name, {})
    return [
        dispersed(t, known.get(t.name, 0.0), between.windows, center=centers.get(t.name, 0.0))
        if t.name in known or t.name in centers
        else t
        for t in found
    ]


def dispersed(test: Test, variance: float, windows: int, *, center: float = 0.0) -> Test:
    """The same test where ordinary windows differ by more than sampling: its p is the larger one of both.

    The variance was estimated from so many windows, so that an effect has Student's law. A sum of squares grows with
    the rows and has the law of a multiple of chi-squared with its mean and variance, all of the excess in one direction
    (Satterthwaite 1946). center: where the effect of an ordinary window lies; what is left beyond it is what matters.
    """
    if variance >= UNBOUNDED:
        return replace(test, p=1.0)
    if not test.df and test.error**2 + variance <= 0:
        return test
    if test.df:
        excess = variance * test.rows
        mean, spread = test.df + excess, 2.0 * test.df + 4.0 * excess + 2.0 * excess**2
        p = chi2_tail(test.statistic * 2.0 * mean / spread, 2.0 * mean**2 / spread)
    else:
        test = replace(test, effect=test.effect - center)
        t = test.effect / math.sqrt(test.error**2 + variance)
        p = t_cdf(-t, windows - 1) if test.up else 2.0 * t_cdf(-abs(t), windows - 1)
    return replace(test, p=max(test.p, min(1.0, p)))


def index(view: View, old: Tally, new: Tally) -> tuple[float, float]:
    """PSI over the cells with the missing among them, and what it would be by chance."""
    a, b = (np.append(_main(view, t), [t.missing, _without_cell(t)]) for t in (old, new))
    there = (a + b) > 0
    return whole.psi(a[there], b[there]), whole.psi_by_chance(a, b)


def _without_cell(tally: Tally) -> int:
    return sum(tally.unseen.values()) + tally.others


def _main(view: View, tally: Tally) -> scores.Counts:
    """The cells that partition the rows: of a column of too many levels, its buckets."""
    return tally.cells[len(view.levels) :] if view.buckets else tally.cells


def _test(
    view: View, name: str, found: tuple[float, float], effect: tuple[float, float], said: str, **more: Any
) -> Test:
    return Test(view.name, name, WEIGHTS[view.form][name], *found, *effect, said, **more)


def _error(share: float, of_old: int, of_new: int) -> float:
    """The standard error of the difference of two shares that are the same."""
    return math.sqrt(max(0.0, share * (1.0 - share)) * (1 / of_old + 1 / of_new))


def _share(
    view: View, name: str, counts: tuple[int, int, int, int], limit: float, what: str, *, up: bool = False
) -> Test:
    """Whether a share changed: rows with it and rows in all, before and now. up: only whether it grew."""
    old, of_old, new, of_new = counts
    p = (exact.more if up else exact.changed)(old, of_old, new, of_new)
    before, now = old / of_old, new / of_new
    z = whole.as_z(p) * (1 if now >= before else -1)
    error = _error((old + new) / (of_old + of_new), of_old, of_new)
    said = f"{what} {_percent(before)} → {_percent(now)}"
    return _test(view, name, (z, p), (now - before, limit), said, error=error, up=up)


def _rare(view: View, old: Tally, new: Tally, policy: Policy) -> Iterator[Test]:
    limit = policy.drift_share
    yield _share(view, "missing", (old.missing, old.rows, new.missing, new.rows), limit, "missing")
    if old.unreadable or new.unreadable:
        counts = (old.unreadable, old.rows, new.unreadable, new.rows)
        yield _share(view, "unreadable", counts, limit, "cells that cannot be read", up=True)


def _numbers(view: View, old: Tally, new: Tally, policy: Policy) -> Iterator[Test]:
    rows = [t.rows - t.missing for t in (old, new)]
    endless = [int(t.cells[0] + t.cells[-1]) for t in (old, new)]
    if any(endless):
        yield _share(
            view, "infinite", (endless[0], rows[0], endless[1], rows[1]), policy.drift_share, "infinite", up=True
        )
    a, b = old.cells[1:-1], new.cells[1:-1]
    if not a.sum() or not b.sum():
        return
    place, spread = scores.location(a, b), scores.scale(a, b)
    before, now = _mean(view, old), _mean(view, new)
    said = f"mean {before:.4g} → {now:.4g} ({place.effect:+.2f} standard deviations of its ranks)"
    yield _test(view, "location", (place.z, place.p), (place.effect, policy.drift_location), said, error=place.error)
    said = f"spread × {np.exp(spread.effect):.2f}"
    yield _test(view, "scale", (spread.z, spread.p), (spread.effect, policy.drift_scale), said, error=spread.error)
    yield from _tails(view, a, b, policy)
    yield _distribution(view, old, new, policy)
    if old.low < old.high and new.low == new.high and b.sum() > 1:
        yield _constant(view, a, b, f"always {new.low:.6g}")


def _tails(view: View, a: scores.Counts, b: scores.Counts, policy: Policy) -> Iterator[Test]:
    """What lies beyond the reference's 0.1 %, at least beyond its outermost value."""
    if view.cells < 6:
        return
    least = max(1.0, 0.0015 * float(a.sum()))
    for name, old, new, sign in (("upper tail", a[::-1], b[::-1], ">"), ("lower tail", a, b, "<")):
        cells = max(1, int(np.searchsorted(np.cumsum(old), least, side="right")))
        edge = view.edges[-1 - cells] if sign == ">" else view.edges[cells]
        counts = (int(old[:cells].sum()), int(old.sum()), int(new[:cells].sum()), int(new.sum()))
        yield _share(view, name, counts, policy.drift_share, f"{sign} {edge:.4g}:", up=True)


def _constant(view: View, a: scores.Counts, b: scores.Counts, said: str) -> Test:
    """The chance that all rows but the first fall where they all did, its share known from the reference."""
    cell = int(np.argmax(b))
    share = (int(a[cell]) + 1) / (int(a.sum()) + 1)
    p = min(1.0, share ** (int(b.sum()) - 1))
    return _test(view, "constant", (whole.as_z(p), p), (1.0 - share, 0.1), said)


def _mean(view: View, tally: Tally) -> float:
    rows = int(tally.cells[1:-1].sum())
    return view.center + view.scale * tally.sums[0] / rows if rows else float("nan")


def _distribution(view: View, old: Tally, new: Tally, policy: Policy) -> Test:
    a, b = _main(view, old), _main(view, new)
    if view.form == "number":
        joined = whole.neighbours(a[1:-1], b[1:-1])
    elif view.buckets:
        joined = whole.common(a, b)
    else:
        names = sorted(set(old.unseen) | set(new.unseen))
        fresh = [np.array([t.unseen.get(n, 0) for n in names], dtype=np.int64) for t in (old, new)]
        rest = (old.others, new.others)
        joined = whole.common(np.concatenate((a, fresh[0])), np.concatenate((b, fresh[1])), rest=rest)
    statistic, df, p = whole.homogeneity(*joined)
    rows = 1.0 / (1.0 / max(1, int(joined[0].sum())) + 1.0 / max(1, int(joined[1].sum())))
    gain = max(0.0, whole.psi(*joined) - whole.psi_by_chance(*joined))
    said = f"its distribution (PSI {gain:.3f} beyond chance)"
    return _test(view, "distribution", (statistic, p), (gain, policy.drift_psi), said, df=df, rows=rows)


def _levels(view: View, old: Tally, new: Tally, policy: Policy, between: Between | None) -> Iterator[Test]:
    names = [*view.levels, *sorted((set(old.unseen) | set(new.unseen)) - set(view.levels))]
    known = len(view.levels)
    a, b = (
        np.array([*t.cells[:known].tolist(), *(t.unseen.get(n, 0) for n in names[known:])], dtype=np.int64)
        for t in (old, new)
    )
    rows = (old.rows - old.missing, new.rows - new.missing)
    if names:
        yield _level(view, names, (a, b), rows, policy, between)
    if not view.buckets and not old.others and not new.others:
        yield _unseen(view, (a, b), rows, policy)
    yield _distribution(view, old, new, policy)
    if np.count_nonzero(a) > 1 and b.max(initial=0) == rows[1] > 1:
        yield _constant(view, a, b, f"always {names[int(np.argmax(b))]!r}")


def _dispersion(view: View, names: list[str], shares: np.ndarray, between: Between) -> np.ndarray:
    """What each level's share varies by between windows: as learnt, of a rare one as much as levels do on average."""
    known = between.levels.get(view.name, {})
    usual = known.get("", 0.0)
    return np.array([known.get(n, usual * s * (1.0 - s)) for n, s in zip(names, shares.tolist(), strict=True)])


def _level(
    view: View,
    names: list[str],
    counts: tuple[scores.Counts, scores.Counts],
    rows: tuple[int, int],
    policy: Policy,
    between: Between | None,
) -> Test:
    """The level whose share changed most surely: exact tests of all levels, those that could show nothing not counted."""
    a, b = counts
    both, total = a + b, sum(rows)
    spread = np.zeros(len(names)) if between is None else _dispersion(view, names, both / total, between)
    expected = both * (rows[1] / total)
    far = np.abs(b - expected) / np.sqrt(np.maximum(expected * (rows[0] / total), 0.25) + spread * rows[1] ** 2)
    near = np.argsort(-far, kind="stable")[:50]
    ps = []
    for i in near:
        p = exact.changed(int(a[i]), rows[0], int(b[i]), rows[1])
        if spread[i] and between is not None:
            error = _error(both[i] / total, *rows)
            t = (b[i] / rows[1] - a[i] / rows[0]) / math.sqrt(error**2 + float(spread[i]))
            p = max(p, 2.0 * t_cdf(-abs(t), between.windows - 1))
        ps.append(p)
    at = near[int(np.argmin(ps))]
    floors = [exact.attainable(int(m), *rows) for m in both[both > 0]]
    p = exact.least_of(ps, floors)
    before, now = a[at] / rows[0], b[at] / rows[1]
    z = whole.as_z(p) * (1 if now >= before else -1)
    fresh = a[at] == 0
    said = f"{'new ' if fresh else ''}level {names[at]!r} {_percent(before)} → {_percent(now)}"
    limit = policy.drift_share if fresh else policy.drift_level
    return _test(view, "level", (z, p), (now - before, limit), said)


def _unseen(view: View, counts: tuple[scores.Counts, scores.Counts], rows: tuple[int, int], policy: Policy) -> Test:
    """Whether more new levels came than rare levels do by nature.

    Of levels that came once in both samples together, each came in the new one with the chance that a row is new: what
    was never seen before is compared with what was seen once, as in Good and Turing's estimate.
    """
    a, b = counts
    single = (a + b) == 1
    new, marked = int((single & (b == 1)).sum()), int(single.sum())
    p = exact.at_least(new, marked, rows[1], rows[0] + rows[1])
    before = min(1.0, int((a == 1).sum()) / rows[0])
    now = float(b[a == 0].sum()) / rows[1]
    said = f"levels never seen before: {_percent(now)} of the rows, {_percent(before)} were to be expected"
    error = _error(max(before, 1 / rows[0]), *rows)
    return _test(view, "unseen", (whole.as_z(p), p), (now - before, policy.drift_share), said, error=error, up=True)


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 or not share else f"{share:.3%}"
