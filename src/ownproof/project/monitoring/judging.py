"""A window that has ended, held against everything before it; the result is kept with the window."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import Measure
from ownproof.core.watch import Between, Counts, Reference, Tally, merge
from ownproof.phases.monitor.answered import OF_OTHERS, settled, with_answers
from ownproof.phases.monitor.between import learn
from ownproof.phases.monitor.cohorts import Cohort, cohort, delays, ripe_age
from ownproof.phases.monitor.compare import Comparison, compare
from ownproof.phases.monitor.feeds import Traffic, broken, refusing, silent, with_outcomes, without_consequences
from ownproof.phases.monitor.incidents import Folded, Look, Sighting, folded, incidents
from ownproof.phases.monitor.inside import seen_inside
from ownproof.phases.monitor.losses import Matured, loss
from ownproof.phases.monitor.performance import expected, realised
from ownproof.phases.monitor.seasons import a_year_ago, as_a_year_ago, in_season
from ownproof.phases.monitor.sightings import drifted, follow, slowly
from ownproof.project.monitoring.segmented import Segmented
from ownproof.project.monitoring.watching import Watching
from ownproof.project.monitoring.windows import Window, Windows, sighting

SEASONAL = 7  # windows that are held against last year's season where a sum over all is past its limit
RELEARN = 10  # windows after which the spread of ordinary ones is learnt anew
LEARNT_MOST = 60
LEARNT_LEAST = 10  # calm windows, below which training's own spread is the better guess
PRUNED_AT_ONCE = 30
REACH_S = 400 * 86_400.0
"""How far back outcomes are still waited for."""


def judge_all(
    windows: Windows,
    watching: Watching,
    policy: Policy,
    *,
    usual: Usual,
    segmented: Segmented,
    label_delay_s: float | None,
) -> int:
    """Judge every window that has ended and was not judged yet, oldest first; how many that were."""
    done = 0
    ended = windows.ended
    for place, window in enumerate(ended):
        if window.judged is None:
            before = ended[: place + 1]
            _ripen(windows, watching, before, window.end, policy=policy, label_delay_s=label_delay_s)
            window.judged = _judged(windows, watching, before, usual=usual, segmented=segmented)
            windows.keep(window)
            done += 1
    return done


class Usual:
    """What ordinary windows differ by: learnt anew after every tenth window, from up to sixty that were part of no
    incident of drift or of a broken feed."""

    def __init__(
        self,
        reference: Reference | None,
        policy: Policy,
        *,
        after: Folded | None = None,
        answers: Mapping[str, Any] | None = None,
    ) -> None:
        """after: what came of windows that are kept no more; answers: those of the model's first ordinary windows, once
        they were enough (see `to_json`)."""
        self._reference, self.policy = reference, policy
        self._after = after or Folded()
        self._known: dict[int, Between | None] = {}
        self._settled: Reference | None = None
        self._looked = 0
        if reference is not None and answers is not None and answers["reference"] == reference.mark:
            own = {n: Tally.from_json(t) for n, t in answers["tallies"].items()}
            self._settled = with_answers(reference, own)

    def to_json(self) -> dict[str, Any] | None:
        """The model's own first answers; None while it has given too few."""
        if self._settled is None:
            return None
        views = [v.name for c in self._settled.columns if c.name in OF_OTHERS for v in c.views]
        own = {n: t.to_json() for n in views if (t := self._settled.counts.tallies.get(n)) is not None}
        return {"reference": self._settled.mark, "tallies": own}

    def between(self, before: Sequence[Window]) -> Between | None:
        """For the window after `before`; None until there are enough."""
        live = [w for w in before if w.rows]
        count = self._after.live + len(live)
        count -= count % RELEARN
        if self._reference is None or count < self.policy.drift_windows_least:
            return None
        if count not in self._known:
            self._known[count] = self._learnt(live[: count - self._after.live], before)
        return self._known[count]

    def reference(self, before: Sequence[Window]) -> tuple[Reference | None, Collection[str]]:
        """What the window after `before` is compared with, and which columns of it only roughly."""
        live = [w for w in before if w.rows and w.counts is not None]
        for count in range(max(self.policy.drift_windows_least, self._looked), len(live) + 1):
            if self._settled is not None or self._reference is None:
                break  # by the windows up to the first that were enough, however many have come since
            self._settled = settled(self._reference, self._calm(live[:count], before), self.policy)
            self._looked = count + 1
        return (self._reference, OF_OTHERS) if self._settled is None else (self._settled, ())

    def ordinary(self, before: Sequence[Window]) -> list[Window]:
        """Windows with rows, of those that are kept, that were part of no incident of drift or of a broken feed."""
        live = [w for w in before[-self.policy.windows_kept :] if w.rows and w.counts is not None]
        return self._calm_windows(live, before) if live and self._reference is not None else []

    def _learnt(self, live: Sequence[Window], before: Sequence[Window]) -> Between | None:
        reference, _ = self.reference(before)
        assert reference is not None  # noqa: S101 - `between` asked
        calm = self._calm(live[-self.policy.windows_kept :], before)[-LEARNT_MOST:]
        return learn(reference, calm, policy=self.policy) if len(calm) >= LEARNT_LEAST else None

    def _calm(self, live: Sequence[Window], before: Sequence[Window]) -> list[Counts]:
        return [w.counts for w in self._calm_windows(live, before) if w.counts is not None]

    def _calm_windows(self, live: Sequence[Window], before: Sequence[Window]) -> list[Window]:
        """Those that were part of no incident of drift or of a broken feed."""
        assert self._reference is not None  # noqa: S101 - who calls has asked
        looks = looks_of([w for w in before if w.end <= live[-1].end])
        found = incidents(looks, self.policy, after=self._after)
        shut = [(i.since, i.closed or math.inf) for i in found if i.kind != "loss"]
        mark = self._reference.mark
        return [
            w
            for w in live
            if w.counts is not None
            and w.counts.reference == mark
            and not any(since <= w.start < closed for since, closed in shut)
        ]


def _judged(
    windows: Windows, watching: Watching, before: Sequence[Window], *, usual: Usual, segmented: Segmented
) -> dict[str, Any]:
    """What the last of the windows shows, held against those before it."""
    window, policy = before[-1], usual.policy
    recent = before[-policy.windows_kept :]
    feed: list[Sighting] = []
    drift: list[Sighting] = []
    compared, parts = None, []
    reference, rough = usual.reference(before[:-1])
    if reference is not None and window.counts is not None and window.counts.rows:
        feed = list(broken(reference, window.counts, policy, withheld=window.withheld))
        ordinary = usual.ordinary(before[:-1]) if watching.levels else []
        segmented.settle(ordinary)
        between = usual.between(before[:-1]) or reference.between
        alpha = policy.drift_alpha - segmented.alpha
        found = compare(reference, window.counts, between=between, rough=rough, alpha=alpha, policy=policy)
        found = _in_season(found, reference, window, recent, policy=policy)
        compared = found.to_json()
        told = {c.column for c in found.columns if c.drift} | {name for s in feed for name in s.what}
        parts = segmented.seen(window, ordinary, without=told)
        drift = [*drifted(found), *_slow(reference, recent, policy, rough=rough), *seen_inside(parts)]
    if reference is not None:
        came = [c for w in recent if (c := truths_of(w, reference)) is not None]
        drift += slowly(follow(reference, came, policy), reference, policy)
    traffic = [Traffic(w.start, w.rows, w.refused, w.reasons) for w in before]
    feed += [s for s in (silent(traffic), refusing(traffic, policy)) if s is not None]
    lost = loss(matured_of(before), watching.watched, policy)
    sightings = without_consequences(feed, with_outcomes(lost, drift))
    sample = windows.sample(window.start)
    foretold = (
        expected(watching.watched, sample.raw, sample.foreseen, policy=policy, seed=int(window.start))
        if sample is not None
        else {}
    )
    return {
        "compared": compared,
        "inside": [i.to_json() for i in parts],
        "sightings": [asdict(s) for s in sightings],
        "expected": {name: m.to_json() for name, m in foretold.items()},
    }


def _counted(windows: Sequence[Window], reference: Reference) -> list[tuple[float, Counts]]:
    """The windows that are counted in a reference's cells: start and counts."""
    return [(w.start, w.counts) for w in windows if w.counts is not None and w.counts.reference == reference.mark]


def _in_season(
    found: Comparison, reference: Reference, window: Window, recent: Sequence[Window], *, policy: Policy
) -> Comparison:
    """The comparison without drift of columns that are as they were in the same season of last year."""
    moved = {c.column for c in found.columns if c.drift}
    if not moved or window.counts is None:
        return found
    before = a_year_ago(window.start, _counted(recent, reference))
    same = as_a_year_ago(reference, window.counts, before, columns=moved, policy=policy)
    return in_season(found, same)


def _slow(
    reference: Reference, recent: Sequence[Window], policy: Policy, *, rough: Collection[str]
) -> Iterator[Sighting]:
    """What moved slowly, but for columns that lately are as they were in the same season of last year."""
    counted = _counted(recent, reference)
    followed = follow(reference, [c for _, c in counted], policy, rough=rough)
    moved = {f.column for f in followed if f.sums[-1] >= 1.0}
    if moved and counted:
        before = a_year_ago(counted[-1][0], counted)
        now = merge([c for _, c in counted[-SEASONAL:]])
        same = as_a_year_ago(reference, now, before, columns=moved, policy=policy)
        followed = [f for f in followed if f.column not in same]
    return slowly(followed, reference, policy)


def truths_of(window: Window, reference: Reference) -> Counts | None:
    """The outcomes of a window as counts, once they were there."""
    said = (window.matured or {}).get("truths")
    found = Counts.from_json(said) if said else None
    return found if found is not None and found.reference == reference.mark else None


def _ripen(
    windows: Windows,
    watching: Watching,
    before: Sequence[Window],
    when: float,
    *,
    policy: Policy,
    label_delay_s: float | None,
) -> None:
    """Measure the windows whose labels are there at a moment, each once."""
    waiting = [w for w in before if w.matured is None and w.rows and w.start >= when - REACH_S]
    if not waiting:
        return
    there = [w.start for w in before if w.rows and w.start >= when - REACH_S]
    most = max(1, policy.delay_rows_most // len(there))
    waits = [windows.samples.waits(start, most) for start in there]
    if not any(np.isfinite(first).any() for _, first in waits):
        return
    ripe = ripe_age(delays(waits, when), policy, label_delay_s)
    for window in waiting:
        if ripe is None or window.end + ripe > when or not _labelled(windows, window, when, policy):
            continue
        window.matured = measured(windows, watching, window, when=when, policy=policy)
        if window.matured is not None:
            windows.keep(window)


def _labelled(windows: Windows, window: Window, when: float, policy: Policy) -> bool:
    """Whether a window may have enough labels, as far as can be told without opening it."""
    _, first = windows.samples.waits(window.start, policy.watch_sample)
    return int((first <= when).sum()) >= policy.mature_rows_least


def measured(
    windows: Windows, watching: Watching, window: Window, *, when: float, policy: Policy
) -> dict[str, Any] | None:
    """The performance of a window by the truths that were there at a moment; None for too few of them."""
    sample = windows.sample(window.start)
    if sample is None:
        return None
    known = sample.known(when)
    places = np.array(sorted(known), dtype=np.int64)
    truth, read = watching.truth([known[p] for p in places.tolist()])
    places = places[read]
    if len(places) < policy.mature_rows_least:
        return None
    raw, seed = sample.raw[places], int(window.start)
    came = realised(watching.watched, raw, truth, policy=policy, seed=seed)
    foretold = expected(watching.watched, raw, sample.foreseen[places], policy=policy, seed=seed)
    truths = watching.count_truth(truth)
    return {
        "judged": when,
        "realised": {name: m.to_json() for name, m in came.items()},
        "expected": {name: m.to_json() for name, m in foretold.items()},
        "cohort": cohort(sample, places, when).to_json(),
        "reliability": watching.reliability(raw, truth),
        "truths": truths.to_json() if truths is not None else None,
    }


def matured_of(windows: Sequence[Window]) -> list[Matured]:
    """The windows whose labels were there, as the phase wants them."""
    found = []
    for window in windows:
        said = window.matured
        if said is None or not said["realised"]:
            continue
        name = next(iter(said["realised"]))
        expected_ = said["expected"].get(name)
        c = said["cohort"]
        found.append(
            Matured(
                window.start,
                window.end,
                said["judged"],
                _measure(said["realised"][name]),
                _measure(expected_) if expected_ else None,
                Cohort(c["rows"], c["labelled"], c["corrected"], c["delay_s"], c["apart"], c["p"]),
            )
        )
    return found


def _measure(said: Mapping[str, Any]) -> Measure:
    value = said["value"]
    return Measure(float("nan") if value is None else value, said["low"], said["high"])


def looks_of(windows: Sequence[Window]) -> list[Look]:
    """The judged windows as the fold of incidents wants them."""
    found = []
    for window in windows:
        if window.judged is not None:
            seen = tuple(sighting(s) for s in window.judged["sightings"])
            found.append(Look(window.start, window.end, seen, window.rows))
    return found


def prune(windows: Windows, policy: Policy) -> None:
    """Let go of what no later window is held against: counts of all but the newest windows, of the oldest ones everything
    but the incidents that they came to, and decisions that no outcome is awaited for any more."""
    whole = windows.whole
    if not whole:
        return
    if len(whole) > policy.windows_kept + PRUNED_AT_ONCE:
        kept = whole[-policy.windows_kept :]
        old = [w.little() for w in windows.ended if w.start < kept[0].start]
        gone, old = old[: -policy.windows_told], old[-policy.windows_told :]
        windows.put_away(old, folded(looks_of(gone), policy, after=windows.folded), before=kept[0].start)
    windows.groups.prune()
    oldest = max(whole[-1].end - REACH_S, min(windows.all))
    for start in windows.samples.there():
        if start < oldest:
            windows.samples.drop(start)
