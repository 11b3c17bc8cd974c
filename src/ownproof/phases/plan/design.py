"""Which rows the fits of a learning curve learn from and answer: nested draws of whole units, never a sealed row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.split import Split

SIZES = 6
RATIO_MOST, RATIO_LEAST = 1.6, 1.25
REPEATS_LEAST, REPEATS_MOST = 5, 20
ROWS_LEAST = 40
"""Of the smallest size: below that the draws differ by more than any curve falls."""
ROWS_FEWEST = 400
"""Of the largest size, where nothing has room in the budget: fewer, and hardly any curve is told from noise."""
WINDOW_LEAST = 0.6
"""Of the longest forward window's training rows: shorter ones hold no size worth measuring."""


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """One repeat: rows in the order in which they are learnt from, and the rows that are answered.

    order, held: positions in the dataset, int64; ends: how many of `order` each size takes, smallest first.
    """

    order: np.ndarray
    held: np.ndarray
    ends: tuple[int, ...]

    def train(self, size: int) -> np.ndarray:
        """The rows of one size (0 the smallest, -1 the largest), in the dataset's own order."""
        return np.sort(self.order[: self.ends[size]])


def sizes(most: int, *, least: int = ROWS_LEAST, count: int = SIZES) -> tuple[int, ...]:
    """At least `count` sizes up to `most`, each the same multiple of the one before: 1.6 times it, less where rows are few.

    Empty where `most` holds no such range.

    >>> sizes(1890)
    (180, 288, 461, 738, 1181, 1890)
    """
    steps = count - 1
    ratio = min(RATIO_MOST, (most / max(1, least)) ** (1.0 / steps)) if most > least else 0.0
    if ratio < RATIO_LEAST:
        return ()
    return tuple(round(most / ratio ** (steps - i)) for i in range(count))


def usable_folds(split: Split) -> list[int]:
    """The folds that a curve is drawn on: all of them, but for forward windows with little before them."""
    most = max(len(f.train) for f in split.folds)
    return [i for i, f in enumerate(split.folds) if len(f.train) >= WINDOW_LEAST * most]


def room(split: Split) -> int:
    """The rows that every usable fold has to learn from."""
    return min(len(split.folds[i].train) for i in usable_folds(split))


def draws(
    split: Split, strata: np.ndarray, sizes: Sequence[int], *, repeats: int, held_most: int, seed: int
) -> list[Draw]:
    """The repeats, one fold after the other, each with a draw of its own.

    strata: int64, one a row of the dataset: every size holds them in the same shares. held_most: rows answered a repeat,
    whole units at random where a fold holds more. Where there is time, what is learnt from lies before what is answered.
    """
    folds = usable_folds(split)
    made = []
    for repeat in range(repeats):
        fold = split.folds[folds[repeat % len(folds)]]
        rng = np.random.default_rng([seed, repeat])
        order, after = _dealt(fold.train, split.units, strata, rng)
        held, _ = _dealt(fold.validation, split.units, strata, rng)
        made.append(Draw(order, np.sort(held[:held_most]), tuple(_end(after, size) for size in sizes)))
    return made


def _dealt(
    rows: np.ndarray, units: np.ndarray, strata: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rows in random order, units together and every stratum spread evenly; and the places where a unit ends."""
    _, first, code, counts = np.unique(units[rows], return_index=True, return_inverse=True, return_counts=True)
    mine = strata[rows][first]
    shuffled = rng.permutation(len(first))
    by_stratum = shuffled[np.argsort(mine[shuffled], kind="stable")]
    _, start, held = np.unique(mine[by_stratum], return_index=True, return_counts=True)
    at = np.arange(len(by_stratum)) - np.repeat(start, held)
    share = np.empty(len(first))
    share[by_stratum] = (at + rng.random(len(at))) / np.repeat(held, held)
    turn = np.argsort(share, kind="stable")
    rank = np.empty(len(turn), dtype=np.int64)
    rank[turn] = np.arange(len(turn))
    order = np.argsort(rank[code.reshape(-1)], kind="stable")
    return rows[order], np.cumsum(counts[turn])


def _end(after: np.ndarray, size: int) -> int:
    """The unit's end nearest to a size."""
    place = int(np.searchsorted(after, size))
    near = [int(after[i]) for i in (place - 1, place) if 0 <= i < len(after)]
    return min(near, key=lambda end: abs(end - size))
