"""A paired comparison on the same rows: one set of resamples for every metric, part and rival."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.report import Measure, Verdict
from ownproof.core.target import Metric, Operating, Target, Terms
from ownproof.core.task import Task
from ownproof.stats import paired
from ownproof.stats.intervals import Interval, Scale, carrying_units, interval, resample_counts, resamples_for
from ownproof.stats.little_bootstrap import Bag, bag, bag_counts
from ownproof.stats.ordered import distinct, numbered


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """Somebody's answers to the rows of the evidence, and how they become decisions. before: the same answers before
    they were calibrated, where that is known."""

    name: str
    predictions: Predictions
    operating: Operating = field(default_factory=Operating)
    before: Predictions | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of the evidence: truth, weights (n,), unit codes (n,), strata of the truth (n,)."""

    truth: np.ndarray
    weights: np.ndarray
    units: np.ndarray
    strata: np.ndarray

    @property
    def unit_count(self) -> int:
        """How many independent units there are."""
        return len(distinct(self.units))

    def take(self, places: np.ndarray) -> Rows:
        """Some of the rows, by their positions."""
        return Rows(self.truth[places], self.weights[places], self.units[places], self.strata[places])

    def units_where(self, rows: np.ndarray) -> int:
        """How many units have a row there; rows: bool (n,)."""
        return len(distinct(self.units[rows]))

    def size(self, metric: Metric, rows: np.ndarray | None = None) -> Size:
        """How many units stand behind a figure, on all rows or on some (bool (n,))."""
        units, strata = (self.units, self.strata) if rows is None else (self.units[rows], self.strata[rows])
        count = len(distinct(units))
        if not metric.between:
            return Size(count, float(count))
        return Size(count, carrying_units([len(distinct(units[strata == s])) for s in np.unique(strata)]))


@dataclass(frozen=True, slots=True)
class Size:
    """How many units there are, and how many carry the figure (the rarer stratum, where strata are set against
    each other)."""

    units: int
    carrying: float


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """A figure on all rows and on every resample (B,)."""

    point: float
    values: np.ndarray

    def interval(self, level: float, size: Size, scale: Scale) -> Interval:
        """The figure with its interval; ends are NaN where there is none."""
        return interval(self.values, self.point, level, size.units, scale=scale, carrying=size.carrying)

    def measure(self, level: float, size: Size, scale: Scale) -> Measure:
        """The same with None for ends that are not known."""
        made = self.interval(level, size, scale)
        known = math.isfinite(made.low) and math.isfinite(made.high)
        return Measure(self.point, made.low if known else None, made.high if known else None)


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """Metrics wanted of one tally, on all rows or on some (bool (n,))."""

    tally: np.ndarray
    names: tuple[str, ...]
    rows: np.ndarray | None = None

    def take(self, places: np.ndarray) -> Ask:
        """The same of some rows, by their positions."""
        return Ask(self.tally[places], self.names, None if self.rows is None else self.rows[places])


Figures = Mapping[str, Mapping[str, Sampled]]
"""By the name of the ask, by metric."""


def sample(
    asks: Mapping[str, Ask],
    rows: Rows,
    target: Target,
    task: Task,
    *,
    policy: Policy,
    seed: int,
    apart: Sequence[np.ndarray] = (),
) -> dict[str, dict[str, Sampled]]:
    """Every asked metric on all rows and on the same bootstrap resamples of units; beyond `policy.bag_units` units so
    many of them stand for all in the resamples, those of every part of an ask, and of every mask in `apart`, in their own stratum."""
    wanted = resamples_for(rows.unit_count, policy.resamples)
    points = {key: _scored(ask, rows.weights[None, :], target, task) for key, ask in asks.items()}
    parts: dict[str, dict[str, list[np.ndarray]]] = {k: {n: [] for n in a.names} for k, a in asks.items()}
    drawn = bagged(rows, policy, parts=[*apart, *(a.rows for a in asks.values() if a.rows is not None)])
    some, asked = rows.weights, asks
    if drawn is not None:
        some, asked = some[drawn.rows], {key: ask.take(drawn.rows) for key, ask in asks.items()}
    plain = bool((some == 1.0).all())
    for counts in resample_counts(rows.units, wanted, seed) if drawn is None else bag_counts(drawn, wanted, seed):
        weights = counts if plain else counts * some
        for key, ask in asked.items():
            for name, values in _scored(ask, weights, target, task).items():
                parts[key][name].append(values)
    return {
        key: {n: Sampled(float(points[key][n][0]), np.concatenate(parts[key][n])) for n in ask.names}
        for key, ask in asks.items()
    }


def bagged(rows: Rows, policy: Policy, *, parts: Sequence[np.ndarray] = ()) -> Bag | None:
    """The units that stand for all in resamples, None where they are few enough. parts: bool (n,), rows that figures of
    their own are wanted of: they are strata too, so that small ones are there as a whole."""
    if len(rows.units) <= policy.bag_units:
        return None
    strata = rows.strata
    for mask in parts:
        _, strata = numbered(2 * numbered(strata)[1] + mask)
    return bag(rows.units, strata, policy.bag_units)


def tails(
    contenders: Sequence[Contender], rows: Rows, target: Target, task: Task, *, policy: Policy
) -> list[np.ndarray]:
    """The rows that each contender loses most on, bool (n,), a tenth of `policy.bag_units`: where tails are heavy the
    error of a mean hangs on them, so none may be missing. Empty where all units are resampled anyway."""
    most = policy.bag_units // 10
    if len(rows.units) <= policy.bag_units or not most:
        return []
    losses = [target.losses(rows.truth, c.predictions, task) for c in contenders]
    return [loss > np.partition(loss, -most)[-most] for loss in losses]


def _scored(ask: Ask, weights: np.ndarray, target: Target, task: Task) -> Mapping[str, np.ndarray]:
    if ask.rows is None:
        return target.score(ask.tally, weights, task, ask.names)
    return target.score(ask.tally[ask.rows], weights[:, ask.rows], task, ask.names)


def gained(metric: Metric, model: Sampled, baseline: Sampled) -> Sampled:
    """The paired gain, positive where the model is better."""
    point = metric.gain(np.array([model.point]), np.array([baseline.point]))
    return Sampled(float(point[0]), metric.gain(model.values, baseline.values))


def worthwhile(task: Task, metric: Metric, baseline: float, policy: Policy) -> float:
    """The least gain worth having: the user's own where it is about this metric, else the policy's share."""
    if task.worthwhile is not None and metric.name == task.metric:
        return task.worthwhile
    return paired.worthwhile_gain(
        metric.share, baseline, share_of_error=policy.worthwhile_share, share_of_value=policy.worthwhile_error
    )


def judged(
    terms: Terms,
    metric: Metric,
    figures: tuple[Sampled, Sampled],
    *,
    name: str,
    size: Size,
    different: int,
    task: Task,
    level: float,
    policy: Policy,
) -> Verdict:
    """The verdict on the model's figure against the baseline's; different: how many units the two answer differently."""
    model, baseline = figures
    gain = gained(metric, model, baseline)
    ends = gain.interval(level, size, "plain")
    least, units = worthwhile(task, metric, baseline.point, policy), size.units
    word = paired.verdict(
        gain.point,
        ends.low,
        ends.high,
        worthwhile=least,
        units=units,
        different=different,
        least_units=policy.units_least,
        least_different=policy.different_least,
    )
    needed = None
    if word == "CANNOT TELL" and different:
        needed = paired.units_needed(
            gain.point, ends.low, ends.high, units, worthwhile=least, level=level, least_units=policy.units_least
        )
        if needed is not None and different < policy.different_least:
            needed = max(needed, math.ceil(units * policy.different_least / different))
    return Verdict(
        word,
        terms.metric,
        name,
        baseline.point,
        model.point,
        gain.point,
        ends.low,
        ends.high,
        least,
        units,
        different,
        needed,
        level,
    )


def differing(rows: Rows, target: Target, task: Task, terms: Terms, *, model: Contender, baseline: Contender) -> int:
    """How many units the two answer differently, in the sense of the metric they are compared by."""
    apart = target.differ(
        model.predictions, baseline.predictions, replace(task, metric=terms.metric), (terms.model, terms.baseline)
    )
    return rows.units_where(apart)


def unique(names: Sequence[str]) -> tuple[str, ...]:
    """The names once each, in order."""
    return tuple(dict.fromkeys(names))
