"""From the answers of all fits to a curve: the score at every size, and what it could have been, by resampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.prediction import Predictions
from ownproof.core.target import Metric, Target
from ownproof.core.task import Task
from ownproof.phases.plan.design import Draw
from ownproof.stats.distributions import normal_quantile, t_quantile
from ownproof.stats.intervals import resample_counts
from ownproof.stats.ordered import distinct
from ownproof.stats.weights import Floats

RESAMPLES = 200


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A measured learning curve, as errors: 0 is perfect, lower is better.

    sizes: training rows (S,); errors: repeat by size (R, S); draws: curves (B, S) as they might have come out, over the
    rows that were answered and over the repeats; spread: the standard deviation of one fit's error at each size (S,),
    that of its repeat left out; rows: different ones that were answered; paired: the standard error of the difference
    between the two largest sizes over those rows.
    """

    sizes: Floats
    errors: Floats
    draws: Floats
    spread: Floats
    rows: int
    paired: float = 0.0

    @property
    def mean(self) -> Floats:
        """The error at each size, (S,)."""
        return np.asarray(self.errors.mean(axis=0))


def perfect(metric: Metric) -> float | None:
    """The metric's best value: 1 of a share, 0 of an error; None where it has none."""
    if metric.most is not None:
        return metric.most
    if metric.greater:
        return 1.0 if metric.share else None
    return 0.0


def measured(
    dataset: Dataset,
    units: np.ndarray,
    draws: Sequence[Draw],
    answers: Sequence[Sequence[Predictions]],
    *,
    target: Target,
    task: Task,
    metric: str,
    seed: int,
) -> Curve:
    """The curve of a metric. answers: repeat by size, each for its draw's held rows; units: int64 codes of all rows.

    Two sources of chance are drawn apart: the rows that were answered (resampled as whole units, the same ones for every
    size, so that their level moves and their shape hardly does) and the repeats (what is left of a fit's error once its
    size and its repeat are taken out).
    """
    best = perfect(target.metrics(task)[metric])
    sign = -1.0 if target.metrics(task)[metric].greater else 1.0
    repeats, count = len(draws), len(draws[0].ends)
    held = np.concatenate([d.held for d in draws])
    counts = np.concatenate(list(resample_counts(units[held], RESAMPLES, seed)))
    weights = np.vstack([np.ones(len(held)), counts]) * dataset.take(held).weigh()
    scores = np.empty((len(weights), repeats, count))
    for size in range(count):
        scores[:, :, size] = _scores(dataset, draws, [a[size] for a in answers], weights, (target, task, metric))
    errors = sign * (scores - (best or 0.0))
    points, resampled = errors[0], np.nanmean(errors[1:], axis=1)
    sizes = np.array([np.mean([d.ends[s] for d in draws]) for s in range(count)])
    rest = points - points.mean(axis=1, keepdims=True) - points.mean(axis=0) + points.mean()
    degrees = max(1, repeats - 1)
    rng = np.random.default_rng([seed, repeats])
    wide = np.sqrt(repeats / degrees) * t_quantile(0.95, degrees) / normal_quantile(0.95)
    again = wide * rest[rng.integers(0, repeats, (RESAMPLES, repeats))].mean(axis=1)
    spread = np.sqrt((rest**2).sum(axis=0) / degrees * count / max(1, count - 1))
    paired = float((resampled[:, -1] - resampled[:, -2]).std())
    return Curve(sizes, points, resampled + again, spread, len(distinct(held)), paired)


def _scores(
    dataset: Dataset,
    draws: Sequence[Draw],
    answers: Sequence[Predictions],
    weights: Floats,
    by: tuple[Target, Task, str],
) -> Floats:
    """One size's score under each weighting, by repeat: (B, repeats). All repeats share one operating point."""
    target, task, metric = by
    rows = [dataset.take(d.held) for d in draws]
    truth = [r.truth for r in rows]
    raw = Predictions(np.concatenate([a.raw for a in answers]), answers[0].hard)
    point = target.operate(np.concatenate(truth), raw, np.concatenate([r.weigh() for r in rows]), task)  # type: ignore[arg-type]
    found, start = [], 0
    for mine, said in zip(truth, answers, strict=True):
        assert mine is not None  # noqa: S101 - rows of a curve have truth
        part = weights[:, start : start + len(mine)]
        start += len(mine)
        found.append(target.score(target.tally(mine, said, task, point), part, task, [metric])[metric])
    return np.column_stack(found)
