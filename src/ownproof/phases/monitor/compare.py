"""One decision about a window of rows: every column and every pair, under one limit for false alarms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ownproof.core.policy import Policy
from ownproof.core.report import plain
from ownproof.core.watch import Between, Counts, Reference, Watched
from ownproof.phases.monitor.answered import roughly
from ownproof.phases.monitor.between import learn
from ownproof.phases.monitor.correlation import Joint, correlations, joint_of
from ownproof.phases.monitor.view_tests import Test, examine, index


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """What became of one column.

    p: over all tests of the column; drift: that it changed, surely and by enough to matter; sure: that it changed at
    all. view, test, statistic, effect, limit and change: of the test that says most. psi: shown, it decides nothing.
    """

    column: str
    drift: bool
    sure: bool
    p: float
    psi: float | None
    psi_chance: float | None
    statistic: float | None
    view: str
    test: str
    effect: float | None
    limit: float | None
    change: str
    weight: float | None
    tests: tuple[Test, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """An object of `columns` in the JSON answer."""
        said = {n: getattr(self, n) for n in self.__slots__ if n != "tests"}
        tests = [{"view": t.view, "test": t.name, "p": t.p, "effect": t.effect} for t in self.tests]
        return dict(plain({**said, "tests": tests}))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A window beside its reference. rows: of the window; alarm: whether a column or a pair drifted."""

    columns: tuple[ColumnDrift, ...]
    joint: Joint | None
    alarm: bool
    rows: int
    reference_rows: int
    alpha: float

    def to_json(self) -> dict[str, Any]:
        """The JSON answer's own keys."""
        return {
            "alarm": self.alarm,
            "columns": [c.to_json() for c in self.columns],
            "joint": plain(self.joint),
            "rows": self.rows,
            "reference_rows": self.reference_rows,
            "alpha": self.alpha,
        }


def compare(
    reference: Reference,
    now: Counts,
    *,
    history: Sequence[Counts] = (),
    between: Between | None = None,
    rough: Collection[str] = (),
    alpha: float | None = None,
    policy: Policy | None = None,
) -> Comparison:
    """Compare a window with its reference, as two independent samples of whatever sizes.

    Each column's tests are joined by weighted Bonferroni, columns and the pairs between them by Holm's steps, so that
    the chance of any alarm without a change is at most `alpha` (by default the policy's), whatever depends on what.
    history: ordinary windows of the same length; from the policy's `drift_windows_least` on what they differ by is
    allowed for. between: the same as `learn` makes it, for whoever compares with one history often. rough: columns that
    the reference has of other models (`answered.OF_OTHERS`).
    Raises ValueError for a window of another reference.
    """
    policy = policy or Policy()
    level = policy.drift_alpha if alpha is None else alpha
    if now.reference != reference.mark:
        raise ValueError(f"the window was counted in the cells of {now.reference}, not of {reference.mark}")
    if between is None and len(history) >= policy.drift_windows_least:
        between = learn(reference, history, policy=policy)
    found = {c.name: _column(c, reference, now, policy, between) for c in reference.columns}
    found = {name: roughly(tests, policy) if name in rough else tests for name, tests in found.items()}
    found = {name: tests for name, tests in found.items() if tests}
    shares = {c.name: sum(v.name in now.tallies for v in c.views) for c in reference.columns}
    ps = {name: min(1.0, *(t.p * shares[name] / t.weight for t in tests)) for name, tests in found.items()}
    limits = _holm(ps, level, further=1)
    sure = {name for name in ps if ps[name] <= limits[name]}
    pairs = correlations(reference, now, without=sure, between=between)
    joint = joint_of(reference, pairs, level / (len(ps) + 1 - len(sure)), policy)
    columns = tuple(
        _said(c, found[c.name], ps[c.name], limits[c.name], reference, now)
        for c in reference.columns
        if c.name in found
    )
    alarm = any(c.drift for c in columns) or (joint is not None and joint.drift)
    return Comparison(columns, joint, alarm, now.rows, reference.counts.rows, level)


def _column(column: Watched, reference: Reference, now: Counts, policy: Policy, between: Between | None) -> list[Test]:
    """The tests of all its views; what is missing is missing in each of them and tested once."""
    views = [v for v in column.views if v.name in now.tallies]
    found = [examine(v, reference.counts.tallies[v.name], now.tallies[v.name], policy, between=between) for v in views]
    return [t for i, tests in enumerate(found) for t in tests if not i or t.name not in ("missing", "unreadable")]


def _holm(ps: dict[str, float], level: float, *, further: int) -> dict[str, float]:
    """The limit of each p in Holm's (1979) steps, with so many further tests in the family."""
    limits, left, going = {}, len(ps) + further, True
    for name in sorted(ps, key=lambda n: ps[n]):
        limits[name] = level / left
        going = going and ps[name] <= limits[name]
        left -= going
    return limits


def _said(column: Watched, tests: list[Test], p: float, limit: float, reference: Reference, now: Counts) -> ColumnDrift:
    shares = sum(v.name in now.tallies for v in column.views)
    ranked = sorted(tests, key=lambda t: t.p / t.weight)
    sure = [t for t in ranked if t.p * shares / t.weight <= limit]
    telling = [t for t in sure if t.matters]
    best = (telling or ranked)[0]
    view = next(v for v in column.views if v.name in now.tallies)
    psi, chance = index(view, reference.counts.tallies[view.name], now.tallies[view.name])
    return ColumnDrift(
        column=column.name,
        drift=bool(telling),
        sure=bool(sure),
        p=p,
        psi=psi,
        psi_chance=chance,
        statistic=best.statistic,
        view=best.view,
        test=best.name,
        effect=best.effect,
        limit=best.limit,
        change=best.said if best.view == column.name else f"{best.view.removeprefix(column.name + ': ')}: {best.said}",
        weight=column.weight,
        tests=tuple(ranked),
    )
