"""How good the answers are: expected before truth is known, realised once it is, and how well the first foretold the second."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.foresight import Foresees, Outlook
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.report import Measure
from ownproof.core.target import Metric, Operating, Target
from ownproof.core.task import Task
from ownproof.stats.distributions import two_sided
from ownproof.stats.intervals import bootstrap, interval

DRAWN_MOST = 2000
"""Answers whose truths are drawn for an interval; more of them only make it cheaper to scale."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A bundle as it is watched. foresight: what its profile says of the outlook of answers, empty for nothing;
    promised: metrics with intervals that its card shows; worthwhile: the smallest difference worth having, in the
    metric's unit; None where the card says none. alone: the task's own metric is enough."""

    target: Target
    task: Task
    operating: Operating
    foresight: Mapping[str, object]
    promised: Mapping[str, Measure]
    worthwhile: float | None = None
    alone: bool = False

    @property
    def metric(self) -> Metric:
        """What the verdict was about, and what a loss is measured by."""
        return self.target.metrics(self.task)[self.task.metric]

    @property
    def names(self) -> list[str]:
        """The metrics shown: the task's own first, then up to three others that judge."""
        if self.alone:
            return [self.task.metric]
        others = [m.name for m in self.target.metrics(self.task).values() if m.judges and m.name != self.task.metric]
        return [self.task.metric, *others[:3]]

    def margin(self, policy: Policy) -> float:
        """How much worse than promised counts as a loss: a share of what is worth having."""
        if self.worthwhile is not None and math.isfinite(self.worthwhile):
            return policy.loss_margin * abs(self.worthwhile)
        said = self.promised.get(self.task.metric)
        if said is None:
            return 0.0
        left = 1.0 - said.value if self.metric.share else said.value
        worth = policy.worthwhile_share if self.metric.share else policy.worthwhile_error
        return policy.loss_margin * worth * abs(left)


def error_of(measure: Measure, level: float) -> float:
    """The standard error that an interval at `level` stands for; NaN where there is none."""
    if measure.low is None or measure.high is None:
        return math.nan
    return (measure.high - measure.low) / (2.0 * two_sided(level))


def expected(
    watched: Watched, raw: np.ndarray, foreseen: np.ndarray, *, policy: Policy, seed: int
) -> dict[str, Measure]:
    """The metrics that the answers foretell, with the interval that chance leaves when their truths come; empty where the
    kind or the bundle foretells nothing.

    raw: (n, ...), foreseen: (n, m). Each answer stands once for every truth it may meet, with its chance as weight, so
    that any metric of the kind follows. It cannot see that the relation between features and truth has changed.
    """
    target = watched.target
    if not len(raw) or not watched.foresight or not isinstance(target, Foresees):
        return {}
    look = target.outlook(raw, foreseen, watched.foresight, watched.task)
    point = _scored(watched, raw, look, look.chance[None])
    some = np.linspace(0, len(raw) - 1, min(len(raw), DRAWN_MOST)).astype(np.int64)
    part = target.outlook(raw[some], foreseen[some], watched.foresight, watched.task)
    drawn = _scored(watched, raw[some], part, _draws(part, len(some), policy.watch_resamples, seed))
    shrink = math.sqrt(len(some) / len(raw))
    metrics = target.metrics(watched.task)
    found: dict[str, Measure] = {}
    for name, values in drawn.items():
        centre = float(point[name][0])
        spread = (values - np.nanmean(values)) * shrink + centre if np.isfinite(values).any() else values
        ends = interval(spread, centre, policy.level, len(raw), scale=metrics[name].scale)
        found[name] = Measure(centre, _or_none(ends.low), _or_none(ends.high))
    return found


def _scored(watched: Watched, raw: np.ndarray, look: Outlook, weights: np.ndarray) -> Mapping[str, np.ndarray]:
    tally = watched.target.tally(look.truth, Predictions(raw[look.rows]), watched.task, watched.operating)
    with np.errstate(invalid="ignore", divide="ignore"):
        return watched.target.score(tally, weights, watched.task, watched.names)


def _draws(look: Outlook, n: int, resamples: int, seed: int) -> np.ndarray:
    """(B, m): in each line one truth of every answer, drawn by its chance."""
    draw = np.random.default_rng(seed)
    order = np.argsort(look.rows, kind="stable")
    rows, chance = look.rows[order], look.chance[order]
    ends = np.cumsum(chance)
    starts = np.concatenate([[0.0], ends])[np.searchsorted(rows, np.arange(n))]
    weights = np.zeros((resamples, len(rows)))
    last = np.searchsorted(rows, np.arange(n), side="right") - 1
    for line in weights:
        place = np.searchsorted(ends, starts + draw.random(n) * (ends[last] - starts), side="right")
        line[order[np.minimum(place, last)]] = 1.0
    return weights


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def realised(watched: Watched, raw: np.ndarray, truth: np.ndarray, *, policy: Policy, seed: int) -> dict[str, Measure]:
    """The metrics of answers (n, ...) whose truths (n,) came, with intervals by bootstrap."""
    if not len(truth):
        return {}
    target, task, names = watched.target, watched.task, watched.names
    tally = target.tally(truth, Predictions(raw), task, watched.operating)
    metrics = target.metrics(task)
    found: dict[str, Measure] = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        point = target.score(tally, np.ones((1, len(truth))), task, names)
        for name in names:
            values = bootstrap(
                lambda w, name=name: target.score(tally, w, task, [name])[name],  # type: ignore[misc]
                np.arange(len(truth)),
                policy.watch_resamples,
                seed,
            )
            centre = float(point[name][0])
            ends = interval(values, centre, policy.level, len(truth), scale=metrics[name].scale)
            found[name] = Measure(centre, _or_none(ends.low), _or_none(ends.high))
    return found


@dataclass(frozen=True, slots=True)
class Grade:
    """How well expected performance foretold realised performance on the same rows.

    windows: how many were compared; gap: realised minus expected on average, with its interval (low, high);
    holds: no gap beyond chance that would matter; None before enough windows have matured.
    """

    windows: int
    gap: float | None = None
    low: float | None = None
    high: float | None = None
    holds: bool | None = None


def grade(
    pairs: Sequence[tuple[Measure, Measure]], margin: float, policy: Policy, *, promised: Measure | None = None
) -> Grade:
    """Grade the estimator on the last matured windows: (expected, realised) on the rows whose truth came.

    It fails when the mean gap is beyond its interval and larger than the margin. The interval comes from how far windows
    differ from one another, so that ordinary days do not fail it, and from what the promise is unsure of: both were
    learnt from the same rows.
    """
    last = [(e, r) for e, r in pairs if math.isfinite(e.value) and math.isfinite(r.value)][-policy.grade_windows :]
    if len(last) < policy.grade_windows_least:
        return Grade(len(last))
    gaps = np.array([r.value - e.value for e, r in last])
    within = [error_of(r, policy.level) for _, r in last]
    chance = float(np.nanmean(np.square(within))) if np.isfinite(within).any() else 0.0
    spread = max(float(gaps.var(ddof=1)), chance)
    own = error_of(promised, policy.level) if promised is not None else 0.0
    own = own if math.isfinite(own) else 0.0
    reach = two_sided(policy.grade_level) * math.sqrt(spread / len(gaps) + own * own)
    gap = float(gaps.mean())
    return Grade(len(last), gap, gap - reach, gap + reach, bool(abs(gap) <= max(reach, margin)))
