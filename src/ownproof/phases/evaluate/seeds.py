"""Whether the gain is larger than the luck of the seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.prediction import Predictions
from ownproof.core.report import Finding, Level, Note, Report, Section, Verdict
from ownproof.core.target import Operating, Target
from ownproof.core.task import Task
from ownproof.phases.evaluate.words import figure, spoken
from ownproof.stats.distributions import chi2_tail

SPREADS = 2.0  # nineteen seeds in twenty lie within so many standard deviations


def seeds(
    held: Dataset, task: Task, target: Target, answers: Sequence[Predictions], *, operating: Operating, verdict: Verdict
) -> Report:
    """The verdict's metric by seed, its standard deviation with a 95 % interval, and a warning when twice that is as
    large as the gain.

    held: rows that none of the fits saw; answers: of the same recipe fitted with other seeds. facts: `seeds`. Nothing is
    said of fewer than two seeds.
    """
    if held.truth is None:
        raise ValueError("seeds are compared on rows whose truth is known")
    values = [_value(held, task, target, a, operating, verdict.metric) for a in answers]
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return Report("evaluate")
    spread, n = float(np.std(values, ddof=1)), len(values) - 1
    low, high = (spread * math.sqrt(n / chi2_quantile(p, n)) for p in (0.975, 0.025))
    told: dict[str, Any] = {"metric": verdict.metric, "values": values, "sd": spread, "low": low, "high": high}
    lucky = verdict.gain > 0 and SPREADS * spread >= verdict.gain
    level: Level = "warn" if lucky else "ok"
    words = (
        f"{spoken(verdict.metric)} of the same recipe with {len(values)} seeds has a standard deviation of {figure(spread)} "
        f"({figure(low)} to {figure(high)}) on the first fold, beside a gain of {figure(verdict.gain)}"
    )
    advice = "average several seeds or take a steadier recipe: this gain may be luck of the seed" if lucky else ""
    section = Section("How much is luck of the seed", (Note(f"{words[:1].upper()}{words[1:]}."),), "seeds")
    finding = Finding("seed.spread", level, (), spread, words, advice)
    return Report("evaluate", (finding,), sections=(section,), facts={"seeds": told})


def _value(held: Dataset, task: Task, target: Target, answers: Predictions, operating: Operating, metric: str) -> float:
    tally = target.tally(held.truth, answers, task, operating)  # type: ignore[arg-type]
    return float(target.score(tally, held.weigh()[None, :], task, (metric,))[metric][0])


def chi2_quantile(p: float, df: float) -> float:
    """The x with P(X <= x) = p of chi-squared, by halving.

    >>> round(chi2_quantile(0.95, 1), 4)
    3.8415
    """
    low, high = 0.0, 10.0 * (df + 10.0)
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if 1.0 - chi2_tail(middle, df) < p else (low, middle)
    return 0.5 * (low + high)
