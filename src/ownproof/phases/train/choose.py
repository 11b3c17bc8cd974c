"""Which candidates make the model: at most three, the smallest set that is as good as the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.prediction import Predictions
from ownproof.phases.train.folds import Tried

MOST_MEMBERS = 3
LEAST_WEIGHT = 0.08
STEPS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The members with their weights (they add up to 1) and the averaged held-out answers."""

    members: tuple[tuple[Tried, float], ...]
    predictions: Predictions


def choose(tried: Sequence[Tried], losses: Callable[[Predictions], np.ndarray], weights: np.ndarray) -> Choice:
    """Greedy selection with replacement (Caruana et al. 2004) on held-out answers, then the fewest members whose
    loss is within one paired standard error of the best set's.

    losses: per-row loss of averaged answers; weights: of the rows. Answers that are no numbers are not averaged.
    """
    ranked = sorted(tried, key=lambda t: (t.loss, t.candidate.label))
    best = ranked[0]
    if best.predictions.raw.dtype == object or best.predictions.hard:
        return Choice(((best, 1.0),), best.predictions)
    pool = ranked[:12]
    sets = [_grow(pool, most, losses, weights) for most in range(1, MOST_MEMBERS + 1)]
    top = min(sets, key=lambda s: s[2])
    for members, row_losses, loss in sets:
        gap = row_losses - top[1]
        paired_error = float(
            np.sqrt(np.average((gap - np.average(gap, weights=weights)) ** 2, weights=weights) / len(gap))
        )
        if loss <= top[2] + paired_error:
            return Choice(tuple((pool[i], w) for i, w in members), _mix(pool, members))
    return Choice(((best, 1.0),), best.predictions)


def _grow(
    pool: Sequence[Tried], most: int, losses: Callable[[Predictions], np.ndarray], weights: np.ndarray
) -> tuple[list[tuple[int, float]], np.ndarray, float]:
    counts = np.zeros(len(pool))
    total = np.zeros_like(pool[0].predictions.raw)
    best: tuple[np.ndarray, float] = (np.empty(0), float("inf"))
    best_counts = counts.copy()
    for step in range(STEPS):
        allowed = range(len(pool)) if np.count_nonzero(counts) < most else np.flatnonzero(counts).tolist()
        options = []
        for i in allowed:
            row_losses = losses(Predictions((total + pool[i].predictions.raw) / (step + 1)))
            options.append((float(np.average(row_losses, weights=weights)), i, row_losses))
        loss, i, row_losses = min(options, key=lambda o: (o[0], o[1]))
        counts[i] += 1
        total += pool[i].predictions.raw
        if loss < best[1] - 1e-12:
            best, best_counts = (row_losses, loss), counts.copy()
        elif most == 1:
            break
    shares = best_counts / best_counts.sum()
    shares[shares < LEAST_WEIGHT] = 0.0
    shares /= shares.sum()
    members = [(int(i), float(shares[i])) for i in np.flatnonzero(shares)]
    row_losses = losses(_mix(pool, members))
    return members, row_losses, float(np.average(row_losses, weights=weights))


def _mix(pool: Sequence[Tried], members: Sequence[tuple[int, float]]) -> Predictions:
    return Predictions(np.asarray(sum(w * pool[i].predictions.raw for i, w in members)))
