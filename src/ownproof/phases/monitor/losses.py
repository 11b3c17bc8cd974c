"""Whether the model got worse, by truths as they mature: a sum over cohorts against what was promised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import Measure
from ownproof.phases.monitor.cohorts import Cohort
from ownproof.phases.monitor.incidents import Sighting
from ownproof.phases.monitor.performance import Watched, error_of
from ownproof.phases.monitor.words import figure, spoken
from ownproof.stats.distributions import two_sided
from ownproof.stats.sequential import Cusum, begun, limit_for

SHOWN = 7  # cohorts that the words of a loss speak of
ROBUST = 0.9539  # the median of |difference| of two normal draws, in their standard deviations


@dataclass(frozen=True, slots=True)
class Matured:
    """A window whose labels are there. realised and expected: the metric on the labelled rows, by truth and by outlook
    (None where nothing was foretold); judged: the end of the window at which it was looked at."""

    start: float
    end: float
    judged: float
    realised: Measure
    expected: Measure | None
    cohort: Cohort


def usual_spread(values: Sequence[float], errors: Sequence[float]) -> float:
    """How far windows are usually apart: from their neighbours' differences, never under chance, and twice that variance
    while there are too few to know."""
    chance = float(np.mean(np.square(errors)))
    if len(values) < 10:
        return math.sqrt(2.0 * chance)
    apart = float(np.median(np.abs(np.diff(np.asarray(values))))) / ROBUST
    return math.sqrt(max(chance, apart * apart))


def loss(matured: Sequence[Matured], watched: Watched, policy: Policy) -> Sighting | None:
    """A proven loss, by the cohorts matured so far, oldest first; None where there is none.

    Each cohort's shortfall, beyond the margin and beyond the promise's own interval, is added up in standard errors; the
    sum's limit is passed once in `budget_windows / loss_alpha` windows when nothing happens. Where labels were selected,
    the promise is what the answers of the same rows foretell.
    """
    known = [m for m in matured if math.isfinite(m.realised.value)]
    promised = watched.promised.get(watched.task.metric)
    if not known or promised is None or not math.isfinite(promised.value):
        return None
    errors = [error_of(m.realised, policy.level) for m in known]
    usual = float(np.nanmedian(errors)) if np.isfinite(errors).any() else math.nan
    if not usual > 0:
        return None
    errors = [e if math.isfinite(e) and e > 0 else usual for e in errors]
    spread = usual_spread([m.realised.value for m in known], errors)
    limit = limit_for(policy.budget_windows / policy.loss_alpha, policy.cusum_allowance)
    total, sums = Cusum(), []
    for each, error in zip(known, errors, strict=True):
        short = _shortfall(each, promised, watched, policy)
        total = total.add(short / max(error, spread), policy.cusum_allowance)
        total = total.capped(2.0 * limit)
        sums.append(total.up)
    if total.up < limit:
        return None
    return _told(known, begun(sums, limit), watched, promised)


def _shortfall(each: Matured, promised: Measure, watched: Watched, policy: Policy) -> float:
    """How much worse than it may be, in the metric's unit; below 0 while all is well."""
    against, own = promised.value, error_of(promised, policy.level)
    if each.cohort.selected(policy) and each.expected is not None:
        against, own = each.expected.value, error_of(each.expected, policy.level)
    worse = against - each.realised.value if watched.metric.greater else each.realised.value - against
    return worse - watched.margin(policy) - two_sided(policy.level) * (own if math.isfinite(own) else 0.0)


def _told(known: Sequence[Matured], since: int, watched: Watched, promised: Measure) -> Sighting:
    last = known[-min(SHOWN, max(1, since)) :]
    length = last[-1].end - last[-1].start
    name = spoken(watched.task.metric)
    value = float(np.mean([m.realised.value for m in last]))
    rows = sum(m.cohort.labelled for m in last)
    words = f"{name} is {figure(value)} on the last {rows:,} labelled rows, {figure(promised.value)} was promised"
    first = known[-max(1, since)]
    back = round((known[-1].judged - length - first.start) / length) if length > 0 else 0
    return Sighting(
        "loss",
        (watched.task.metric,),
        words,
        "train again with the rows that came since, and prove the new model before it replaces this one",
        _parts(last, value, promised, name),
        sure=True,
        back=back,
    )


def _parts(last: Sequence[Matured], value: float, promised: Measure, name: str) -> str:
    """How much of a loss the answers foretold (harder rows), and how much they did not (the relation changed)."""
    foretold = [m.expected.value for m in last if m.expected is not None]
    if len(foretold) < len(last):
        return ""
    mean = float(np.mean(foretold))
    return (
        f"the answers themselves foretell {figure(mean)}: {figure(abs(promised.value - mean))} of the change in {name} lies in "
        f"other rows, {figure(abs(mean - value))} in a changed relation between features and outcome"
    )
