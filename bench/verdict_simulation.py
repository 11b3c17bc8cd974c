"""The verdict in simulation: how often it errs with no gain, how often it sees a gain, whether intervals cover.

    python bench/verdict_simulation.py --rounds 1000 --sizes 200,1000,5000

Three measures, two answers to the same rows each (a baseline and a model, related as real ones are): AUC with 20 %
positives and a baseline of 0.80; weighted F1 of three uneven classes; RMSE with heavy-tailed errors (Student's t with
five degrees of freedom). True gains are exact: 0, and twice the worthwhile gain m.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ownproof.stats.classes import confusion, weighted_f1
from ownproof.stats.curves import roc_auc
from ownproof.stats.distributions import normal_quantile
from ownproof.stats.intervals import bootstrap, carrying_units, interval
from ownproof.stats.numbers import rmse
from ownproof.stats.paired import units_needed, verdict, worthwhile_gain

POSITIVES, AUC, LIKENESS = 0.2, 0.80, 0.7
SHARES, RIGHT, COPIED = np.array([0.6, 0.3, 0.1]), np.array([0.75, 0.6, 0.5]), 0.6
TAIL = 5


@dataclass(frozen=True, slots=True)
class Rows:
    """One sample: the gain under weights, how many rows are answered differently, how many units carry the figure."""

    gain: Callable
    different: int
    units: float


@dataclass(frozen=True, slots=True)
class Case:
    """A measure: its worthwhile gain, and how to draw n rows with a given true gain."""

    name: str
    worthwhile: float
    draw: Callable


def auc_rows(draw, n, gain):
    truth = (draw.random(n) < POSITIVES).astype(int)
    shared = math.sqrt(LIKENESS) * draw.normal(size=n)
    shift = [math.sqrt(2) * normal_quantile(area) for area in (AUC, AUC + gain)]
    base, model = (s * truth + shared + math.sqrt(1 - LIKENESS) * draw.normal(size=n) for s in shift)
    return Rows(
        lambda w: roc_auc(truth, model, w) - roc_auc(truth, base, w), n, carrying_units([truth.sum(), n - truth.sum()])
    )


def exact_f1(right):
    """The weighted F1 of a decision that is right with chance `right`, else any class by its share."""
    matrix = SHARES[:, None] * (np.diag(right) + (1 - right)[:, None] * SHARES)
    return float(weighted_f1(matrix[None])[0])


@lru_cache
def lifted(gain):
    """The chances of being right whose weighted F1 is `gain` higher."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if exact_f1(RIGHT + middle * (1 - RIGHT)) < exact_f1(RIGHT) + gain else (low, middle)
    return RIGHT + high * (1 - RIGHT)


def f1_rows(draw, n, gain):
    truth = draw.choice(3, size=n, p=SHARES)
    luck, guess = draw.random((2, n)), draw.choice(3, size=(2, n), p=SHARES)
    same = draw.random(n) < COPIED
    luck[1, same], guess[1, same] = luck[0, same], guess[0, same]
    base, model = (
        np.where(u < right[truth], truth, g) for u, right, g in zip(luck, (RIGHT, lifted(gain)), guess, strict=True)
    )
    return Rows(
        lambda w: weighted_f1(confusion(truth, model, w, 3)) - weighted_f1(confusion(truth, base, w, 3)),
        int((base != model).sum()),
        n,
    )


def rmse_rows(draw, n, gain):
    unit = math.sqrt(TAIL / (TAIL - 2))
    shared = math.sqrt(LIKENESS) * draw.standard_t(TAIL, size=n) / unit
    base, model = (
        (1 - g) * (shared + math.sqrt(1 - LIKENESS) * draw.standard_t(TAIL, size=n) / unit) for g in (0.0, gain)
    )
    truth = np.zeros(n)
    return Rows(lambda w: rmse(truth, base, w) - rmse(truth, model, w), n, n)


CASES = (
    Case("AUC", worthwhile_gain(True, AUC), auc_rows),
    Case("weighted F1", worthwhile_gain(True, exact_f1(RIGHT)), f1_rows),
    Case("RMSE", worthwhile_gain(False, 1.0), rmse_rows),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares over all rounds, and the mean standard error as seen by the intervals."""

    better: float
    not_better: float
    cover: float
    error: float


def simulate(case, n, gain, *, rounds, resamples, seed):
    """Draw `rounds` samples of n rows and judge each at 95 %."""
    words, inside, widths = Counter(), 0, []
    for r in range(rounds):
        rows = case.draw(np.random.default_rng([seed, n, r]), n, gain)
        point = float(rows.gain(None)[0])
        seen = interval(bootstrap(rows.gain, np.arange(n), resamples, seed + r), point, 0.95, n, carrying=rows.units)
        words[verdict(point, seen.low, seen.high, worthwhile=case.worthwhile, units=n, different=rows.different)] += 1
        inside += seen.low <= gain <= seen.high
        widths.append(seen.high - seen.low)
    return Outcome(
        words["BETTER"] / rounds,
        words["NOT BETTER"] / rounds,
        inside / rounds,
        float(np.mean(widths)) / (2 * normal_quantile(0.975)),
    )


def enough(case, n, error):
    """The rows at which a gain of twice m is seen with chance 0.8."""
    gain, reach = 2 * case.worthwhile, normal_quantile(0.975) * error
    return units_needed(gain, gain - reach, gain + reach, n, worthwhile=case.worthwhile)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--sizes", default="200,1000,5000")
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=20_000, help="the largest sample drawn to show `enough rows`")
    given = parser.parse_args()
    print("| measure | m | rows | true gain | BETTER % | NOT BETTER % | covered % |")
    print("|---|---|---|---|---|---|---|")
    for case in CASES:
        needed = None
        for n in map(int, given.sizes.split(",")):
            for gain in (0.0, 2 * case.worthwhile):
                out = simulate(case, n, gain, rounds=given.rounds, resamples=given.resamples, seed=given.seed)
                needed = enough(case, n, out.error)
                show(case, str(n), gain, out)
        if needed and needed <= given.most:
            out = simulate(
                case, needed, 2 * case.worthwhile, rounds=given.rounds, resamples=given.resamples, seed=given.seed + 1
            )
            show(case, f"{needed} (enough)", 2 * case.worthwhile, out)


def show(case, rows, gain, out):
    print(
        f"| {case.name} | {case.worthwhile:.4f} | {rows} | {'none' if gain == 0 else '2 m'} | {100 * out.better:.1f} "
        f"| {100 * out.not_better:.1f} | {100 * out.cover:.1f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
