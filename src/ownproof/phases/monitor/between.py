"""What ordinary windows differ by beyond sampling: day effects, by the method of moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.watch import Between, Counts, Reference, View
from ownproof.phases.monitor.correlation import apart_of
from ownproof.phases.monitor.view_tests import UNBOUNDED, Test, examine

TOLD = 0.004
"""Share from which a level's own variance is kept."""
STUCK = 0.8
ALWAYS = ("missing", "unreadable", "infinite")


def learn(reference: Reference, windows: Sequence[Counts], *, policy: Policy | None = None) -> Between:
    """The variance between windows of each test's effect less the sampling variance, where that is positive.

    The windows should be as long as those that are compared later, and nothing but ordinary. Raises ValueError for fewer
    than two windows.
    """
    if len(windows) < 2:
        raise ValueError("at least two windows are needed")
    policy = policy or Policy()
    variance, levels, centers = {}, {}, {}
    for view in (v for c in reference.columns for v in c.views):
        mine = [w for w in windows if view.name in w.tallies and w.tallies[view.name].rows]
        if len(mine) < 2:
            continue
        old = reference.counts.tallies[view.name]
        made = [{t.name: t for t in examine(view, old, w.tallies[view.name], policy)} for w in mine]
        variance[view.name] = _excess(made) | _calendar(made)
        narrow = float(np.mean([w["scale"].effect for w in made if "scale" in w] or [0.0]))
        centers[view.name] = {"scale": narrow} if narrow < 0 else {}
        if view.form == "levels":
            levels[view.name] = _of_levels(view, mine)
    return Between(
        len(windows),
        {name: found for name, found in variance.items() if found},
        {name: found for name, found in levels.items() if found},
        _of_pairs(reference, windows),
        {name: found for name, found in centers.items() if found},
    )


def _excess(made: Sequence[Mapping[str, Test]]) -> dict[str, float]:
    """By test; the reference's own sampling error is the same in every window and no part of the variance."""
    found = {}
    for name in dict.fromkeys(n for window in made for n in window):
        tests = [window[name] for window in made if name in window]
        if len(tests) < 2:
            continue
        if tests[0].df:
            per_row = float(np.mean([(t.statistic - t.df) / max(1.0, t.rows) for t in tests]))
            found[name] = per_row
        elif any(t.error for t in tests):
            effects = np.array([t.effect for t in tests])
            found[name] = float(np.var(effects, ddof=1) - np.mean([t.error**2 for t in tests]))
    return {name: value for name, value in found.items() if value > 0}


def _calendar(made: Sequence[Mapping[str, Test]]) -> dict[str, float]:
    """A view that is constant in nearly every window though not in the reference follows the calendar (a month, a
    batch): it is another one in the next window by nature, and only its gaps can be tested."""
    if sum("constant" in window for window in made) < STUCK * len(made):
        return {}
    return {name: UNBOUNDED for window in made for name in window if name not in ALWAYS}


def _of_levels(view: View, windows: Sequence[Counts]) -> dict[str, float]:
    """The variance of each frequent level's share beyond a binomial one; under "" what it is on average, in p (1 - p)."""
    tallies = [w.tallies[view.name] for w in windows]
    cells = np.array([t.cells[: len(view.levels)] for t in tallies], dtype=np.float64)
    rows = np.array([max(1, t.rows - t.missing) for t in tallies], dtype=np.float64)
    shares = cells / rows[:, None]
    mean = cells.sum(axis=0) / rows.sum()
    usual = mean * (1.0 - mean)
    excess = shares.var(axis=0, ddof=1) - usual * np.mean(1.0 / rows)
    told = (mean >= TOLD) & (excess > 0)
    found = {view.levels[i]: float(excess[i]) for i in np.flatnonzero(told)}
    common = mean >= TOLD
    average = float(excess[common].sum() / usual[common].sum()) if usual[common].sum() > 0 else 0.0
    return {**found, **({"": average} if average > 0 else {})}


def _of_pairs(reference: Reference, windows: Sequence[Counts]) -> np.ndarray:
    found = [a for a in (apart_of(reference, w) for w in windows) if a is not None]
    if len(found) < 2:
        return np.zeros((0, 0))
    gaps = np.var(np.stack([f.gap for f in found]), axis=0, ddof=1)
    own = np.mean(np.stack([f.variance for f in found]), axis=0)
    return np.asarray(np.maximum(gaps - own, 0.0))


def larger(first: Between | None, second: Between | None) -> Between | None:
    """What either of two histories says that windows differ by: training days have seen a whole year, say, and live
    ones how it is today. The fewer windows of both count."""
    if first is None or second is None:
        return first or second
    width = max(len(first.pairs), len(second.pairs))
    pairs = np.zeros((width, width))
    for each in (first.pairs, second.pairs):
        pairs = np.maximum(pairs, each) if len(each) == width else pairs
    return Between(
        min(first.windows, second.windows),
        _most(first.variance, second.variance),
        _most(first.levels, second.levels),
        pairs,
        {
            name: min(first.centers.get(name, {}), second.centers.get(name, {}), key=lambda c: c.get("scale", 0.0))
            for name in {**first.centers, **second.centers}
        },
    )


def _most(
    first: Mapping[str, Mapping[str, float]], second: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    return {
        view: {
            name: max(first.get(view, {}).get(name, 0.0), second.get(view, {}).get(name, 0.0))
            for name in {**first.get(view, {}), **second.get(view, {})}
        }
        for view in {**first, **second}
    }
