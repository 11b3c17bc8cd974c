"""What one window shows: columns that moved, feeds that broke, and slow change that no single window shows."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.watch import PREDICTION, SCORE, TRUTH, Counts, Reference, Tally, View
from ownproof.phases.monitor.compare import ColumnDrift, Comparison
from ownproof.phases.monitor.incidents import Sighting
from ownproof.phases.monitor.words import percent
from ownproof.stats.drift.scores import normal_scores
from ownproof.stats.sequential import Cusum, begun, limit_for, limit_z

ANSWERS: Mapping[str, str] = {PREDICTION: "predictions", SCORE: "scores", TRUTH: "outcomes"}
LEVELS = 5  # of a column, whose shares are followed over time
ROWS_LEAST = 20
SURE = math.log(1e-9)
ROBUST = 0.9539  # the median of |difference| of two normal draws, in their standard deviations
RARE_GAP = 0.02  # a column that was never missing is held against one row in fifty: rarer gaps are no drift
HISTORY = 10  # windows from which neighbours tell how far apart ordinary ones are


def named(column: str) -> str:
    """A watched column's name for people."""
    return ANSWERS.get(column, column)


def drifted(found: Comparison) -> Iterator[Sighting]:
    """One sighting for all columns that drifted, and one for the pairs."""
    moved = sorted((c for c in found.columns if c.drift), key=lambda c: (-(c.weight or 0.0), c.p))
    if moved:
        words = "; ".join(f"{named(c.column)}: {c.change}" for c in moved[:4])
        more = f" and {len(moved) - 4} more" if len(moved) > 4 else ""
        advice = "find out why; train again with recent rows if it lasts"
        yield Sighting("drift", tuple(named(c.column) for c in moved), words + more, advice, _weighed(moved))
    if found.joint is not None and found.joint.drift:
        pairs = [f"{a} and {b} {before:+.2f} → {now:+.2f}" for a, b, before, now, *_ in found.joint.pairs[:3]]
        names = tuple(dict.fromkeys(n for pair in found.joint.pairs for n in pair[:2]))
        advice = "look at how these columns are made; train again with recent rows if it lasts"
        yield Sighting("drift", names, "correlation of " + "; ".join(pairs), advice)


def _weighed(moved: Sequence[ColumnDrift]) -> str:
    weights = [c.weight for c in moved if c.weight is not None and c.column not in ANSWERS]
    answers = [named(c.column) for c in moved if c.column in ANSWERS]
    parts = [f"the columns carry {percent(sum(weights))} of the model's weight"] if weights else []
    parts += (
        [f"the {' and '.join(answers)} moved with them" if weights else f"the {' and '.join(answers)} moved"]
        if answers
        else []
    )
    return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Followed:
    """One number of a column over the windows: how far it is from the reference, in the reference's standard deviations.

    column, what: of which column, and which number. values, rows: one for each window. since: for how many windows it
    has been moving. sums: by window, as a share of the limit: 1 is an alarm. extent: the mean of `values` since then.
    """

    column: str
    what: str
    values: tuple[float, ...]
    rows: tuple[int, ...]
    since: int
    sums: tuple[float, ...]
    extent: float


def follow(
    reference: Reference, windows: Sequence[Counts], policy: Policy, *, rough: Collection[str] = ()
) -> list[Followed]:
    """Every number that is followed, over all windows so far, oldest first; none of the rough columns, whose offset would
    add up.

    A sum (Page 1954) of steps in standard errors, of which half a standard error, or half the smallest move that would
    matter and what the reference itself may be off by, is let pass. A window's standard error has its sampling, and what
    ordinary windows differ by.
    The limit is passed once in `budget_windows / slow_alpha` windows over all numbers together when nothing happens.
    """
    used = [w for w in windows if w.rows >= ROWS_LEAST]
    streams = [s for s in _streams(reference) if s[0] not in rough]
    if not used or not streams:
        return []
    limit = limit_for(2.0 * len(streams) * policy.budget_windows / policy.slow_alpha, policy.cusum_allowance)
    # The reference's own error is the same in every window and would add up: what it may be is let pass in all of them.
    unsure = limit_z(policy.slow_alpha / (2.0 * len(streams))) / math.sqrt(max(1, reference.counts.rows))
    passed = (0.5 * policy.slow_gate + unsure, policy.cusum_allowance)
    found = []
    for column, what, measure in streams:
        pairs = [measure(w) for w in used]
        kept = [(v, n) for v, n in pairs if n >= ROWS_LEAST and math.isfinite(v)]
        if kept:
            found.append(_followed(column, what, kept, limit=limit, passed=passed))
    return found


def _streams(reference: Reference) -> Iterator[tuple[str, str, Measure]]:
    for column in reference.columns:
        calendar = column.kind == "moment"
        for view in column.views:
            tally = reference.counts.tallies.get(view.name)
            if tally is None or tally.rows < ROWS_LEAST or calendar:
                continue
            if view.form == "number":
                yield column.name, "location", _location(view, tally)
            else:
                top = np.argsort(-tally.cells[: len(view.levels)], kind="stable")[:LEVELS]
                for place in top.tolist():
                    yield column.name, f"share of {view.levels[place]}", _share_of(view.name, place, tally)
        if column.views and column.name not in ANSWERS:
            first = reference.counts.tallies.get(column.views[0].name)
            if first is not None and first.rows:
                yield column.name, "missing", _missing(column.views[0].name, first)


class Measure:
    """A number of a window in the reference's standard deviations, and the rows that it is from."""

    def __init__(self, view: str, take: object) -> None:
        self.view = view
        self._take = take

    def __call__(self, window: Counts) -> tuple[float, int]:
        """The number and its rows; NaN where the window lacks the column."""
        tally = window.tallies.get(self.view)
        if tally is None:
            return math.nan, 0
        return self._take(tally)  # type: ignore[operator,no-any-return]


def _location(view: View, reference: Tally) -> Measure:
    scores = normal_scores(reference.cells)[0]
    known = max(1, int(reference.cells.sum()))
    mean = float(scores @ reference.cells) / known
    spread = math.sqrt(max(float(scores**2 @ reference.cells) / known - mean * mean, 1e-12))
    empty = reference.cells == 0  # cells beyond the reference's values are as far out as its last ones
    scores = np.where(
        empty,
        np.interp(np.arange(len(scores)), np.flatnonzero(~empty), scores[~empty]) if (~empty).any() else 0.0,
        scores,
    )

    def take(tally: Tally) -> tuple[float, int]:
        rows = int(tally.cells.sum())
        return (float(scores @ tally.cells) / rows - mean) / spread if rows else math.nan, rows

    return Measure(view.name, take)


def _share_of(view: str, place: int, reference: Tally) -> Measure:
    known = max(1, reference.rows - reference.missing)
    share = min(max(float(reference.cells[place]) / known, 1.0 / known), 1.0 - 1.0 / known)
    spread = math.sqrt(share * (1.0 - share))

    def take(tally: Tally) -> tuple[float, int]:
        rows = tally.rows - tally.missing
        return (float(tally.cells[place]) / rows - share) / spread if rows else math.nan, rows

    return Measure(view, take)


def _missing(view: str, reference: Tally) -> Measure:
    share = reference.missing / reference.rows
    spread = math.sqrt(max(share * (1.0 - share), RARE_GAP * (1.0 - RARE_GAP)))

    def take(tally: Tally) -> tuple[float, int]:
        return (tally.missing / tally.rows - share) / spread if tally.rows else math.nan, tally.rows

    return Measure(view, take)


def _followed(
    column: str, what: str, kept: Sequence[tuple[float, int]], *, limit: float, passed: tuple[float, float]
) -> Followed:
    """passed: the move that is let pass, and the least in standard errors of a window."""
    values = np.array([v for v, _ in kept])
    rows = np.array([n for _, n in kept])
    between = _between(values, rows)
    cusum, sums = Cusum(), []
    for value, n in kept:
        error = math.sqrt(1.0 / n + between)
        cusum = cusum.add(value / error, max(passed[1], passed[0] / error))
        cusum = cusum.capped(2.0 * limit)
        sums.append(cusum.largest / limit)
    since = begun(sums, 1.0)
    extent = float(np.average(values[-since:], weights=rows[-since:]))
    return Followed(column, what, tuple(values.tolist()), tuple(rows.tolist()), since, tuple(sums), extent)


def _between(values: np.ndarray, rows: np.ndarray) -> float:
    """The variance between ordinary windows beyond sampling, from neighbours' differences; as large as sampling itself
    while there are too few windows to tell."""
    chance = float(np.mean(1.0 / rows))
    if len(values) < HISTORY:
        return chance
    apart = float(np.median(np.abs(np.diff(values)))) / ROBUST
    return max(0.0, apart * apart - chance)


def slowly(followed: Sequence[Followed], reference: Reference, policy: Policy) -> Iterator[Sighting]:
    """One sighting for all slow changes that are past their limit and large enough to matter."""
    past = [f for f in followed if f.sums[-1] >= 1.0 and abs(f.extent) >= 0.5 * policy.slow_gate]
    if not past:
        return
    past.sort(key=lambda f: -abs(f.extent))
    weights = {c.name: c.weight for c in reference.columns}
    words = "; ".join(
        f"{named(f.column)}: {f.what} has moved by {f.extent:+.2f} standard deviations over {f.since} windows"
        for f in past[:4]
    )
    names = tuple(dict.fromkeys(named(f.column) for f in past))
    carried = [w for n in dict.fromkeys(f.column for f in past) if (w := weights.get(n)) is not None]
    matters = f"the columns carry {percent(sum(carried))} of the model's weight" if carried else ""
    back = max(f.since for f in past) - 1
    advice = "find out why; train again with recent rows if it lasts"
    yield Sighting("drift", names, words, advice, matters, sure=True, back=back)
