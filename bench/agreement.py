"""Coverage of the intervals of agreement, and the seconds of a million ratings.

Raters are simulated: each says what an item is with probability sqrt(kappa) and otherwise draws from the prevalences, so any
two of them have that kappa. Counted is how often the 95 % interval holds it, how often it lies wholly above and below, and
how often the one-sided 95 % lower end lies below it. Samples without a value (one class only) are left out and counted.

    python bench/agreement.py [--samples 1000] [--items 50 200 1000] [--coefficient cohen fleiss krippendorff] [--speed]
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np

from ownproof.core.ratings import Ratings
from ownproof.phases.agree.evidence import evidence
from ownproof.stats.agreement.resample import spread

PREVALENCES = {
    "even": (0.5, 0.5),
    "1 in 10": (0.9, 0.1),
    "1 in 20": (0.95, 0.05),
    "3 skewed": (0.8, 0.15, 0.05),
    "5 even": (0.2,) * 5,
}
RATERS = {"cohen": 2, "fleiss": 3, "krippendorff": 4}
MISSING = 0.3


def rated(draw: np.random.Generator, *, items: int, raters: int, kappa: float, shares: tuple[float, ...]) -> np.ndarray:
    """(items, raters) codes of what was said."""
    truth = draw.choice(len(shares), size=items, p=shares)
    sure = draw.random((items, raters)) < math.sqrt(kappa)
    return np.where(sure, truth[:, None], draw.choice(len(shares), size=(items, raters), p=shares))


def ratings(said: np.ndarray, there: np.ndarray) -> Ratings:
    """The noun of the product from a matrix; there: which answers were given."""
    item, rater = np.nonzero(there)
    size = int(said.max()) + 1
    return Ratings(
        tuple(map(str, range(said.shape[0]))),
        tuple(map(str, range(said.shape[1]))),
        tuple(range(size)),
        item.astype(np.int32),
        rater.astype(np.int32),
        said[item, rater].astype(np.int32),
    )


def coverage(name: str, *, items: int, kappa: float, shares: tuple[float, ...], samples: int) -> tuple[float, ...]:
    """Shares of samples: holding kappa, wholly above, wholly below, floor below kappa, without a value; mean width."""
    draw = np.random.default_rng([items, round(1000 * kappa), len(shares), round(1000 * shares[0]), RATERS[name]])
    seen = above = below = floor = 0
    wide = 0.0
    for number in range(samples):
        said = rated(draw, items=items, raters=RATERS[name], kappa=kappa, shares=shares)
        there = np.ones(said.shape, dtype=bool)
        if name == "krippendorff":
            there = draw.random(said.shape) >= MISSING
        found = evidence(ratings(said, there))
        if found.undefined(name):
            continue
        made = spread(found.sums(name), seed=number, draws=1_000)
        seen += 1
        above += made.low > kappa
        below += made.high < kappa
        floor += made.floor <= kappa
        wide += made.high - made.low
    n = max(1, seen)
    return 1 - (above + below) / n, above / n, below / n, floor / n, 1 - seen / samples, wide / n


def speed() -> None:
    """CPU seconds of a million ratings with all that `agree` measures."""
    from ownproof.phases.agree import agree

    draw = np.random.default_rng(0)
    for raters, classes in ((2, 3), (5, 8), (20, 30)):
        said = rated(draw, items=1_000_000 // raters, raters=raters, kappa=0.75, shares=(1.0 / classes,) * classes)
        made = ratings(said, np.ones(said.shape, dtype=bool))
        begun = time.process_time()
        report = agree(made)
        took = time.process_time() - begun
        which = report.facts["decides"]
        print(
            f"1,000,000 ratings of {raters} raters, {classes} classes: {took:.2f} s CPU, {which} {report.facts[which]}"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--items", type=int, nargs="+", default=[50, 200, 1000])
    parser.add_argument("--coefficient", nargs="+", choices=list(RATERS), default=list(RATERS))
    parser.add_argument("--speed", action="store_true", help="only the million ratings")
    told = parser.parse_args()
    if told.speed:
        speed()
        return
    noise = 1.96 * math.sqrt(0.95 * 0.05 / told.samples)
    print(f"{told.samples} samples a row: 95 % is read as {0.95 - noise:.1%} to {0.95 + noise:.1%}\n")
    print("| coefficient | items | prevalence | kappa | covers | above | below | one-sided | no value | width |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in told.coefficient:
        for items in told.items:
            for title, shares in PREVALENCES.items():
                for kappa in (0.5, 0.75, 0.9):
                    made = coverage(name, items=items, kappa=kappa, shares=shares, samples=told.samples)
                    cells = " | ".join(f"{x:.1%}" for x in made[:5])
                    print(f"| {name} | {items} | {title} | {kappa} | {cells} | {made[5]:.3f} |", flush=True)


if __name__ == "__main__":
    main()
