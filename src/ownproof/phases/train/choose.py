"""Which candidates make the model: at most three, the smallest set that is as good as the best, its price counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.phases.train.folds import Tried

STEPS = 20
POOL = 12

Losses: TypeAlias = Callable[[Predictions], np.ndarray]
"""Per-row losses of averaged answers."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The members with their weights (they add up to 1) and the averaged held-out answers.

    one_row_us: what one row takes them by formula, the encoding and what is done to the answer not counted.
    """

    members: tuple[tuple[Tried, float], ...]
    predictions: Predictions
    one_row_us: float = 0.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a choice must keep to. bar: the constant's mean loss; most_us: the most that one row may take, by formula."""

    policy: Policy
    bar: float
    most_us: float = float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class _Grown:
    """Members of a pool by their places, with weights; losses: of each row; worth: their mean and the price added."""

    members: tuple[tuple[int, float], ...]
    losses: np.ndarray
    worth: float


def choose(tried: Sequence[Tried], losses: Losses, weights: np.ndarray, terms: Terms) -> Choice:
    """Greedy selection with replacement (Caruana et al. 2004) on held-out answers by loss and price together, then the
    fewest members whose worth is within the policy's paired standard errors of the best set's.

    weights: of the rows. Answers that are no numbers are not averaged. What takes a row longer than the terms allow is
    left out, except for the cheapest candidate.
    """
    ranked = sorted(tried, key=lambda t: (t.loss, t.candidate.label))
    cheapest = min(ranked, key=lambda t: t.one_row_us)
    pool = [t for t in ranked if t.one_row_us <= terms.most_us or t is cheapest][:POOL]
    best = pool[0]
    if best.predictions.raw.dtype == object or best.predictions.hard:
        return Choice(((best, 1.0),), best.predictions, best.one_row_us)
    tolls = _tolls(pool, terms)
    sets = [_grow(pool, most, losses, weights, (tolls, terms)) for most in range(1, terms.policy.members_most + 1)]
    top = min(sets, key=lambda s: s.worth)
    errors = terms.policy.choice_errors
    chosen = next(s for s in sets if s.worth <= top.worth + errors * _paired_error(s.losses - top.losses, weights))
    members = tuple((pool[i], w) for i, w in chosen.members)
    return Choice(members, _mix(pool, chosen.members), sum(t.one_row_us for t, _ in members))


def _tolls(pool: Sequence[Tried], terms: Terms) -> np.ndarray:
    """What each candidate costs in the unit of the loss: shares of the way from the constant to the best."""
    way = max(0.0, terms.bar - pool[0].loss)
    policy = terms.policy
    return np.array(
        [way * (policy.row_ms_price * t.one_row_us / 1e3 + policy.megabyte_price * t.bytes / 1e6) for t in pool]
    )


def _paired_error(gap: np.ndarray, weights: np.ndarray) -> float:
    """The standard error of a mean difference of row losses."""
    mean = np.average(gap, weights=weights)
    return float(np.sqrt(np.average((gap - mean) ** 2, weights=weights) / len(gap)))


def _grow(
    pool: Sequence[Tried], most: int, losses: Losses, weights: np.ndarray, price: tuple[np.ndarray, Terms]
) -> _Grown:
    """Add whoever helps most, again and again; whoever is in once costs nothing more."""
    tolls, terms = price
    times = np.array([t.one_row_us for t in pool])
    counts = np.zeros(len(pool))
    total = np.zeros_like(pool[0].predictions.raw)
    best, best_counts = float("inf"), counts.copy()
    for step in range(STEPS):
        options = []
        for i in _allowed(counts, most, times, terms.most_us):
            row_losses = losses(Predictions((total + pool[i].predictions.raw) / (step + 1)))
            paid = float(tolls[(counts > 0) | (np.arange(len(pool)) == i)].sum())
            options.append((float(np.average(row_losses, weights=weights)) + paid, i))
        worth, i = min(options)
        counts[i] += 1
        total += pool[i].predictions.raw
        if worth < best - 1e-12:
            best, best_counts = worth, counts.copy()
        elif most == 1:
            break
    shares = best_counts / best_counts.sum()
    shares[shares < terms.policy.member_share_least] = 0.0
    shares /= shares.sum()
    members = tuple((int(i), float(shares[i])) for i in np.flatnonzero(shares))
    row_losses = losses(_mix(pool, members))
    return _Grown(members, row_losses, float(np.average(row_losses, weights=weights) + tolls[shares > 0].sum()))


def _allowed(counts: np.ndarray, most: int, times: np.ndarray, most_us: float) -> list[int]:
    """Who may be added: whoever is in, and others while there are places and time for them; anybody to begin with."""
    inside = counts > 0
    if not inside.any():
        return list(range(len(counts)))
    free = np.count_nonzero(inside) < most
    return [i for i in range(len(counts)) if inside[i] or (free and times[inside].sum() + times[i] <= most_us)]


def _mix(pool: Sequence[Tried], members: Sequence[tuple[int, float]]) -> Predictions:
    return Predictions(np.asarray(sum(w * pool[i].predictions.raw for i, w in members)))
