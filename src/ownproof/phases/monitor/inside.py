"""Drift inside declared segments: each is compared with what it was like in its own first ordinary windows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ownproof.core.policy import Policy
from ownproof.core.watch import Between, Counts, Pairs, Reference, merge
from ownproof.phases.monitor.compare import compare
from ownproof.phases.monitor.incidents import Sighting
from ownproof.phases.monitor.sightings import named

ROWS_LEAST: Final = 20
"""Rows of a segment in a window, below which nothing is said of it there."""
SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class Inside:
    """What drifted in one level of a segment column: (column, what changed) each."""

    segment: str
    level: str
    rows: int
    columns: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        told = [{"column": name, "change": change} for name, change in self.columns]
        return {"segment": self.segment, "level": self.level, "rows": self.rows, "columns": told}


def first_of(reference: Reference, segment: str, windows: Sequence[Counts]) -> Reference:
    """A segment's own reference: its rows in ordinary windows, in the cells of the whole; without its own column, whose
    level is given, and without pairs."""
    whole = merge([_alone(w) for w in windows])
    columns = tuple(c for c in reference.columns if c.name != segment)
    names = {v.name for c in columns for v in c.views}
    kept = {n: t for n, t in whole.tallies.items() if n in names and t.rows}
    columns = tuple(replace(c, views=tuple(v for v in c.views if v.name in kept)) for c in columns)
    there = tuple(c for c in columns if c.views)
    return replace(reference, columns=there, counts=replace(whole, tallies=kept), pairs=Pairs(), between=None)


def inside(
    references: Mapping[tuple[str, str], Reference],
    now: Mapping[tuple[str, str], Counts],
    between: Mapping[tuple[str, str], Between | None],
    *,
    policy: Policy,
    alpha: float,
    without: Collection[str] = (),
) -> list[Inside]:
    """The segments of a window in which something drifted that is not told of the whole.

    alpha: the chance of any alarm over all segments when nothing changed, divided among them. without: columns that are
    told already.
    """
    known = [g for g in references if g in now and now[g].rows >= ROWS_LEAST]
    found = []
    for group in known:
        rows = _alone(now[group])
        result = compare(references[group], rows, between=between[group], alpha=alpha / len(known), policy=policy)
        moved = tuple((named(c.column), c.change) for c in result.columns if c.drift and c.column not in without)
        if moved:
            found.append(Inside(*group, rows.rows, moved))
    return found


def _alone(counts: Counts) -> Counts:
    return Counts(counts.reference, counts.rows, counts.tallies)


def seen_inside(found: Sequence[Inside]) -> list[Sighting]:
    """One sighting for all segments; its culprits are the columns."""
    if not found:
        return []
    columns = dict.fromkeys(name for each in found for name, _ in each.columns)
    parts = [f"{name} where {i.segment} is {i.level}: {change}" for i in found for name, change in i.columns]
    more = f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    advice = "find out what changed for these rows; train again with recent ones if it lasts"
    return [Sighting("drift", tuple(columns), "; ".join(parts[:SHOWN]) + more, advice)]
