"""Feeds that broke: columns that no longer arrive or stand still, requests that are refused, decisions that stop."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.watch import TRUTH, Counts, Reference, Tally
from ownproof.phases.monitor.incidents import Sighting
from ownproof.phases.monitor.sightings import ANSWERS
from ownproof.phases.monitor.words import percent

ROWS_LEAST = 20
SURE = math.log(1e-9)
WEEK_S = 7 * 86_400.0
USUAL = 7  # windows with requests, after which their absence is telling
REASONS = 3


@dataclass(frozen=True, slots=True)
class Traffic:
    """A window's requests: when it began, how many were answered, how many refused, and for which reasons."""

    start: float
    rows: int
    refused: int
    reasons: Mapping[str, int]


def broken(reference: Reference, now: Counts, policy: Policy, *, withheld: Collection[str] = ()) -> Iterator[Sighting]:
    """Columns that no longer arrive, or that say the same in every row though they never did; those that were withheld
    from the journal on purpose are neither."""
    if now.rows < ROWS_LEAST:
        return
    gone, stuck = [], []
    for column in reference.columns:
        if column.name in ANSWERS or column.name in withheld or not column.views:
            continue
        view = column.views[0]
        old, new = reference.counts.tallies.get(view.name), now.tallies.get(view.name)
        if old is None or not old.rows:
            continue
        before = old.missing / old.rows
        if new is None or (new.missing / new.rows >= policy.feed_missing > 1.0 - policy.feed_missing >= before):
            gone.append((column.name, 1.0 if new is None else new.missing / new.rows, before))
        elif _stuck(old, new):
            stuck.append(column.name)
    if gone:
        words = "; ".join(f"{n} is missing in {percent(s)} of the rows, {percent(b)} before" for n, s, b in gone[:4])
        yield Sighting("feed", tuple(n for n, *_ in gone), words, "mend the feed of this column", sure=True)
    if stuck:
        words = f"{', '.join(stuck[:4])}: the same in every row"
        yield Sighting("feed", tuple(stuck), words, "mend the feed of this column: it stands still", sure=True)


def _stuck(old: Tally, new: Tally) -> bool:
    """One value in all rows, which chance does not bring about."""
    rows, known = new.rows - new.missing, old.rows - old.missing
    if rows < ROWS_LEAST or not known:
        return False
    if new.low <= new.high and new.low < new.high:  # numbers that differ
        return False
    filled = np.concatenate([new.cells, np.array([*new.unseen.values(), new.others])])
    if np.count_nonzero(filled) != 1 or int(filled.max()) < rows:
        return False
    place = int(filled.argmax())
    share = float(old.cells[place]) / known if place < len(old.cells) else 0.0
    return rows * math.log(max(share, 1.0 / (known + 1))) < SURE


def silent(windows: Sequence[Traffic]) -> Sighting | None:
    """No decision at all in the last window after windows that had some, unless the same weekday had none before."""
    last = windows[-1]
    filled = [place for place, w in enumerate(windows) if w.rows]
    if last.rows or last.refused or len(filled) < USUAL:
        return None
    usual = float(np.median([windows[place].rows for place in filled[-USUAL:]]))
    rows = {w.start: w.rows for w in windows}
    quiet = len(windows) - 1 - filled[-1]
    if usual < ROWS_LEAST or (quiet <= 2 and rows.get(last.start - WEEK_S) == 0):
        return None
    words = f"no decision in {quiet} window{'s' if quiet > 1 else ''}, {usual:,.0f} in one before"
    return Sighting("feed", ("decisions",), words, "see whether the server still gets requests", sure=True)


def refusing(windows: Sequence[Traffic], policy: Policy) -> Sighting | None:
    """Many requests of the last window were refused, and hardly any before: who sends them has changed something."""
    last, before = windows[-1], [w for w in windows[:-1] if w.rows + w.refused >= ROWS_LEAST][-USUAL:]
    asked = last.rows + last.refused
    if asked < ROWS_LEAST or not before:
        return None
    share = last.refused / asked
    usual = float(np.median([w.refused / (w.rows + w.refused) for w in before]))
    if share < policy.feed_refused or share < 4.0 * usual:
        return None
    reasons = sorted(last.reasons, key=lambda r: (-last.reasons[r], r))[:REASONS]
    fields = tuple(dict.fromkeys(r.partition(":")[0] for r in reasons)) or ("requests",)
    told = f": {'; '.join(reasons)}" if reasons else ""
    words = f"{percent(share)} of the requests were refused, {percent(usual)} before{told}"
    return Sighting("feed", fields, words, "tell whoever sends these requests", sure=True)


def without_consequences(feed: Sequence[Sighting], drift: Sequence[Sighting]) -> list[Sighting]:
    """Both together: what a broken feed brings about in its own columns and in the answers is no drift of its own."""
    stopped = {name for s in feed for name in s.what}
    if not stopped:
        return [*feed, *drift]
    moved = [n for n in ANSWERS.values() if any(n in s.what for s in drift)]
    said = f"the {' and '.join(moved)} moved with it" if moved else ""
    expected = stopped | set(ANSWERS.values())
    left = [
        s if s.kind != "drift" else replace(s, what=tuple(n for n in s.what if n not in expected))
        for s in drift
        if s.kind != "drift" or not set(s.what) <= expected
    ]
    return [*(replace(s, matters=s.matters or said) for s in feed), *left]


def with_outcomes(lost: Sighting | None, drift: Sequence[Sighting]) -> list[Sighting]:
    """Both together: outcomes that moved while the model got worse are evidence of the loss, and no drift of their own."""
    if lost is None:
        return list(drift)
    outcomes = ANSWERS[TRUTH]
    moved = [s for s in drift if s.what == (outcomes,)]
    words = "; ".join([lost.words, *(s.words for s in moved)])
    return [*(s for s in drift if s.what != (outcomes,)), replace(lost, words=words)]
