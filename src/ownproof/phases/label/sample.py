"""Which items are labelled next: at random, where a model is unsure, or spread over kinds of items."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ownproof.core.labelling import Drawn
from ownproof.stats.hashing import text_hashes

By = Literal["random", "uncertainty", "cluster"]
BYS: Final = ("random", "uncertainty", "cluster")


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Places of the candidates that were drawn, int64 (n,), and how each came to be."""

    places: np.ndarray
    drawn: tuple[Drawn, ...]


def choose(
    ids: Sequence[str],
    count: int,
    *,
    by: By,
    random_share: float,
    seed: str,
    unsure: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    depth: np.ndarray | None = None,
) -> Chosen:
    """Draw `count` of the candidates (all where there are fewer).

    ids: of the candidates; the draw depends on them and on the seed, not on their order. random_share: of a draw that
    is not at random, the share that is, and is marked so: only that part shows what a model does on all items. unsure:
    float64 (n,), higher first. groups: int64 (n,), depth: float64 (n,), how far an item lies from the middle of its
    group; items are taken from the groups in turn, the middle first. unsure with groups: the groups take turns too, so
    that a hundred like items are not asked about one after the other.
    """
    count = min(count, len(ids))
    rank = np.argsort(text_hashes(f"{seed}/draw/{each}" for each in ids), kind="stable")
    if by == "random":
        return Chosen(rank[:count], _said(count))
    kept = min(count, math.ceil(random_share * count - 1e-9))
    at_random, rest = rank[:kept], rank[kept:]
    key = depth if by == "cluster" else -unsure if unsure is not None else None
    if key is None:
        raise ValueError(f"drawing by {by} needs {'groups and depth' if by == 'cluster' else 'unsure'}")
    order = rest[np.argsort(key[rest], kind="stable")]
    if by == "cluster" and groups is not None:
        order = _in_turn(order, groups)
    elif groups is not None:  # the unsure ones are looked for among the first of them, and spread over the groups
        pool = order[: 4 * (count - kept)]
        order = _in_turn(pool, groups)
    picked = order[: count - kept]
    return Chosen(np.concatenate([at_random, picked]), _said(kept, by, len(picked)))


def _said(at_random: int, by: Drawn = "random", more: int = 0) -> tuple[Drawn, ...]:
    told: list[Drawn] = ["random"] * at_random
    return (*told, *([by] * more))


def _in_turn(order: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The first of every group, then the second of every group, and so on; within a turn in the order given."""
    groups = groups[order]
    by_group = np.argsort(groups, kind="stable")
    sizes = np.unique(groups, return_counts=True)[1]
    turn = np.empty(len(order), np.int64)
    turn[by_group] = np.concatenate([np.arange(s) for s in sizes]) if len(sizes) else []
    return order[np.argsort(turn, kind="stable")]


def margin(probabilities: np.ndarray) -> np.ndarray:
    """How unsure answers are, 0..1: one minus the distance of the two highest probabilities. probabilities: (n, classes).

    >>> margin(np.array([[0.5, 0.5, 0.0], [0.9, 0.1, 0.0]])).round(3).tolist()
    [1.0, 0.2]
    """
    top = np.sort(probabilities, axis=1)
    return 1.0 - (top[:, -1] - top[:, -2])  # type: ignore[no-any-return]


def half_width(double: int) -> float:
    """Half the width of the 95 % interval of kappa near 0.7, for two raters and balanced classes.

    From simulation: 0.10 at 200 items that were rated twice, 0.07 at 400; it goes with one over the root of the number.

    >>> round(half_width(200), 2), round(half_width(400), 2)
    (0.1, 0.07)
    """
    return math.sqrt(2.0 / double) if double else math.inf
