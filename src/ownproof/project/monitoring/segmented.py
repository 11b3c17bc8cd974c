"""What drifted inside declared segments, window by window, beside what drifted in the whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ownproof.core.policy import Policy
from ownproof.core.watch import Between, Counts, Reference
from ownproof.phases.monitor.between import learn
from ownproof.phases.monitor.inside import ROWS_LEAST, Inside, first_of, inside
from ownproof.project.monitoring.groups import Groups
from ownproof.project.monitoring.windows import Window

RELEARN = 10  # windows of a segment after which the spread of ordinary ones is learnt anew
LEARNT_MOST = 60


class Segmented:
    """The segments' own references, each from its first ordinary windows once they are enough."""

    def __init__(
        self, groups: Groups, reference: Reference | None, policy: Policy, *, said: Sequence[Any] | None = None
    ) -> None:
        """said: what `to_json` told before."""
        self._groups, self._reference, self._policy = groups, reference, policy
        self._first: dict[tuple[str, str], Counts] = {}
        self._known: dict[tuple[tuple[str, str], int], Between | None] = {}
        self._references: dict[tuple[str, str], Reference] = {}
        for column, level, counts in said or ():
            first = Counts.from_json(counts)
            if reference is not None and first.reference == reference.mark:
                self._keep((column, level), [first])

    def to_json(self) -> list[Any]:
        """What is compared with, by segment column and level."""
        return [[*group, counts.to_json()] for group, counts in self._first.items()]

    @property
    def alpha(self) -> float:
        """The part of the false alarms of a window that the segments may have: half, once there is one to compare."""
        return 0.5 * self._policy.drift_alpha if self._references else 0.0

    def settle(self, ordinary: Sequence[Window]) -> None:
        """Make the references of segments that have been in enough ordinary windows, oldest first, by now."""
        least = self._policy.drift_windows_least
        if self._reference is None or len(ordinary) < least:
            return
        parts: dict[tuple[str, str], list[Counts]] = {}
        for window in ordinary:
            for group, counts in self._of(window).items():
                if group not in self._references and counts.rows >= ROWS_LEAST:
                    parts.setdefault(group, []).append(counts)
        for group, several in parts.items():
            if len(several) >= least:
                self._keep(group, several[:least])

    def seen(self, window: Window, ordinary: Sequence[Window], *, without: Collection[str]) -> list[Inside]:
        """What drifted inside the segments of a window. without: columns that are told already."""
        if not self._references:
            return []
        now = {g: _without(c, window.withheld, self._references.get(g)) for g, c in self._of(window).items()}
        spread = {group: self._between(group, ordinary) for group in self._references if group in now}
        known = {group: self._references[group] for group in spread}
        return inside(known, now, spread, policy=self._policy, alpha=self.alpha, without=without)

    def _of(self, window: Window) -> Mapping[tuple[str, str], Counts]:
        mark = self._reference.mark if self._reference is not None else ""
        return {g: c for g, c in self._groups.get(window.start).items() if c.reference == mark}

    def _keep(self, group: tuple[str, str], windows: Sequence[Counts]) -> None:
        assert self._reference is not None  # noqa: S101 - whoever calls has asked
        self._references[group] = first_of(self._reference, group[0], windows)
        self._first[group] = self._references[group].counts

    def _between(self, group: tuple[str, str], ordinary: Sequence[Window]) -> Between | None:
        count = len(ordinary) - len(ordinary) % RELEARN
        if (group, count) not in self._known:
            several = [
                c for w in ordinary[:count][-LEARNT_MOST:] if (c := self._of(w).get(group)) and c.rows >= ROWS_LEAST
            ]
            enough = len(several) >= RELEARN
            learnt = learn(self._references[group], several, policy=self._policy) if enough else None
            self._known[group, count] = learnt
        return self._known[group, count]


def _without(counts: Counts, withheld: Collection[str], reference: Reference | None) -> Counts:
    """Counts that say nothing of columns that were redacted."""
    if reference is None or not withheld:
        return counts
    gone = {v.name for c in reference.columns if c.name in withheld for v in c.views}
    return Counts(counts.reference, counts.rows, {n: t for n, t in counts.tallies.items() if n not in gone})
