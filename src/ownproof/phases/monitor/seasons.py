"""What comes with the season: a move against the training rows that is as it was a year ago is no drift."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from ownproof.core.policy import Policy
from ownproof.core.watch import Counts, Pairs, Reference, merge
from ownproof.phases.monitor.between import learn
from ownproof.phases.monitor.compare import Comparison, compare

YEAR_S: Final = 364 * 86_400.0
"""The same weekday a year ago."""
SEASON_S: Final = 10.5 * 86_400.0
"""So long before and after that moment is the same season."""
WINDOWS_LEAST: Final = 10


def a_year_ago(start: float, windows: Sequence[tuple[float, Counts]]) -> list[Counts]:
    """The windows of the same season of last year; empty for fewer than ten. windows: start and counts, unix seconds.

    >>> a_year_ago(400 * 86_400.0, [])
    []
    """
    found = [c for at, c in windows if abs(at - (start - YEAR_S)) <= SEASON_S and c.rows]
    return found if len(found) >= WINDOWS_LEAST else []


def as_a_year_ago(
    reference: Reference, now: Counts, before: Sequence[Counts], *, columns: Collection[str], policy: Policy
) -> set[str]:
    """Those of the columns that do not differ, by more than days do, from the windows of the same season of last year."""
    if not before or not columns:
        return set()
    whole = merge([Counts(w.reference, w.rows, w.tallies) for w in before])
    kept = {n: t for n, t in whole.tallies.items() if t.rows and n in reference.counts.tallies}
    mine = [replace(c, views=tuple(v for v in c.views if v.name in kept)) for c in reference.columns]
    last = replace(
        reference,
        columns=tuple(c for c in mine if c.views and c.name in columns),
        counts=Counts(whole.reference, whole.rows, kept),
        pairs=Pairs(),
        between=None,
    )
    rows = Counts(now.reference, now.rows, now.tallies)
    found = compare(last, rows, between=learn(last, before, policy=policy), policy=policy)
    return {c.column for c in found.columns if not c.drift}


def in_season(found: Comparison, same: Collection[str]) -> Comparison:
    """The comparison, in which columns that are as a year ago did not drift."""
    if not same:
        return found
    columns = tuple(
        replace(c, drift=False, change=f"{c.change}, as in the same season last year") if c.column in same else c
        for c in found.columns
    )
    alarm = any(c.drift for c in columns) or (found.joint is not None and found.joint.drift)
    return replace(found, columns=columns, alarm=alarm)
