"""Correlations between columns, from the sums of products that every window keeps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.watch import Between, Counts, Reference
from ownproof.stats.drift.pairs import Apart, Pair, apart, pairs

VARIED: Final = 30
"""Rows outside of its most frequent score that a view must have in the smaller sample to be correlated."""


@dataclass(frozen=True, slots=True)
class Joint:
    """What changed between columns that did not change by themselves. p: over all pairs. pairs: the surest first."""

    drift: bool
    p: float
    statistic: float
    pairs: tuple[tuple[str, str, float, float, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The object `joint` of the JSON answer."""
        shown = [{"columns": [a, b], "before": before, "now": now, "p": p} for a, b, before, now, p in self.pairs]
        return {"drift": self.drift, "statistic": self.statistic, "p": self.p, "pairs": shown}


def correlations(
    reference: Reference, now: Counts, *, without: Collection[str] = (), between: Between | None = None
) -> list[Pair]:
    """All pairs of watched views, the most changed first; those of the columns named in `without` are left out."""
    old, names = reference.counts, reference.pairs.views
    owner = {v.name: c.name for c in reference.columns for v in c.views}
    found = apart_of(reference, now)
    if found is None:
        return []
    usable, skews = np.zeros(len(names), dtype=bool), np.zeros(len(names))
    for i, name in enumerate(names):
        if name not in now.tallies or owner[name] in without:
            continue
        scores = np.array(reference.pairs.scores[i], dtype=np.float64)
        both = old.tallies[name].cells + now.tallies[name].cells
        varied = min(_varied(scores, t.tallies[name].cells, t.tallies[name].missing) for t in (old, now))
        mean = scores @ both / max(1, both.sum())
        spread = ((scores - mean) ** 2 @ both / max(1, both.sum())) ** 0.5
        usable[i] = varied >= VARIED and spread > 0
        skews[i] = (scores - mean) ** 3 @ both / max(1, both.sum()) / spread**3 if spread > 0 else 0.0
    known = (between.pairs, between.windows) if between is not None else (None, 0)
    return pairs(found, (old.rows, now.rows), skews=skews, usable=usable, between=known[0], windows=known[1])


def apart_of(reference: Reference, now: Counts) -> Apart | None:
    """Fisher's z of all pairs of views in reference and window; None where fewer than two are paired."""
    old = reference.counts
    if len(reference.pairs.views) < 2 or len(now.crossed) != len(reference.pairs.views) or not now.rows:
        return None
    sums = old.crossed.astype(np.float64), now.crossed.astype(np.float64)
    return apart(*sums, (old.rows, now.rows), reference.pairs.variance)


def _varied(scores: np.ndarray, cells: np.ndarray, missing: int) -> int:
    """Rows whose score is not the most frequent one."""
    by_score: dict[float, int] = {0.0: missing}
    for score, rows in zip(scores.tolist(), cells.tolist(), strict=True):
        by_score[score] = by_score.get(score, 0) + rows
    return sum(by_score.values()) - max(by_score.values())


def joint_of(reference: Reference, found: list[Pair], limit: float, policy: Policy) -> Joint | None:
    """The pairs as one test; it drifts when its p is at most `limit` and a pair so sure changed enough to matter."""
    if not found:
        return None
    names = reference.pairs.views
    p = min(1.0, found[0].p * len(found))
    sure = [f for f in found if f.p * len(found) <= limit and abs(f.now - f.before) >= policy.drift_correlation]
    shown = tuple((names[f.first], names[f.second], f.before, f.now, f.p) for f in (sure or found)[:5])
    return Joint(bool(sure), p, found[0].z, shown)
