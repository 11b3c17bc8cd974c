"""Cells of pairs of binned features in which more went wrong than was promised, with all cells accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.distributions import incomplete_beta, normal_tail
from ownproof.stats.weights import Floats, Ints

Way = Literal["more", "either"]
BINS = 20
FEATURES_MOST = 40
SAME_ROWS = 0.5  # two cells that share so many rows of the smaller one are one segment


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """One feature cut into levels: the level of each row, int64 (n,), 0 .. levels - 1."""

    codes: Ints
    levels: int


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What was promised and what came, one number a row, (n,) each.

    share: both are of a yes or no (came is 0 or 1), tested by the binomial; otherwise amounts, tested by ranks of
    came / promised. way: whether only more than promised is of interest, or either direction.
    """

    came: Floats
    promised: Floats
    share: bool = True
    way: Way = "more"


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows in a level of one feature (the second is -1 then) or of two; p: corrected for all cells that were looked at."""

    features: tuple[int, int]
    levels: tuple[int, int]
    rows: int
    came: float
    promised: float
    p: float


def weak(
    features: Sequence[Binned], kept: Kept, *, least: int, alpha: float, effect: float = 1.0, most: int = 5
) -> list[Cell]:
    """The cells with `least` rows or more that break their promise beyond chance, the surest first, at most `most`.

    Every level of a feature and every cell of two is looked at; `alpha` (0..1) holds for all of them together
    (Bonferroni). The tail of a sum of unequal chances is bounded by the binomial of their mean (Hoeffding 1956).
    effect: how many rows count as one where rows of a unit err together (1 or more). A cell that shares most of its
    rows with a surer one is left out.
    """
    chosen, factor = _strongest(features, kept)
    pairs = [(i, j) for k, i in enumerate(chosen) for j in (-1, *chosen[k + 1 :])]
    scored = _scores(kept)
    looked, tails = 0, []
    for pair in pairs:
        codes, size = _pair(features, *pair)
        count = np.bincount(codes, minlength=size)
        enough = np.flatnonzero(count >= least)
        looked += len(enough)
        tails.append((pair, enough, _tails(count[enough], _gathered(codes, scored, size)[enough], kept, effect)))
    times = max(1.0, looked * factor * (2 if kept.way == "either" else 1))
    hits = [
        (float(tail), pair, int(place))
        for pair, enough, found in tails
        for place, tail in zip(enough, found, strict=True)
        if tail * times < alpha
    ]
    return _distinct(features, kept, sorted(hits), times=times, most=most)


def inside(features: Sequence[Binned], cell: Cell) -> NDArray[np.bool_]:
    """The rows of a cell, bool (n,)."""
    (i, j), (a, b) = cell.features, cell.levels
    rows = features[i].codes == a
    both: NDArray[np.bool_] = rows if j < 0 else rows & (features[j].codes == b)
    return both


def design_effect(excess: Floats, units: Ints) -> float:
    """How many rows count as one: the variance of unit sums over that of rows, at least 1 (Kish 1965)."""
    _, place = np.unique(units, return_inverse=True)
    sums = np.bincount(place.reshape(-1), excess)
    whole = float(excess @ excess)
    return max(1.0, float(sums @ sums) / whole) if whole > 0 else 1.0


def levelled(promised: Floats, came: Floats, bins: int = BINS) -> Floats:
    """A promise brought to what came on average among rows that promised alike, (n,): means of bins of equal count,
    made to rise (pool adjacent violators, Ayer et al. 1955), with straight lines between."""
    order = np.argsort(promised, kind="stable")
    groups = [g for g in np.array_split(order, min(bins, max(1, len(order) // 10))) if len(g)]
    blocks: list[list[float]] = []
    for group in groups:
        blocks.append([float(came[group].mean()), float(len(group)), float(promised[group].mean())])
    merged: list[tuple[float, float, list[float]]] = []
    for mean, size, place in blocks:
        merged.append((mean, size, [place]))
        while len(merged) > 1 and merged[-2][0] > merged[-1][0]:
            (a, n, xs), (b, m, ys) = merged[-2:]
            merged[-2:] = [((a * n + b * m) / (n + m), n + m, xs + ys)]
    xs = [x for _, _, places in merged for x in places]
    ys = [mean for mean, _, places in merged for _ in places]
    level: Floats = np.interp(promised, xs, ys)
    return level


def _strongest(features: Sequence[Binned], kept: Kept) -> tuple[list[int], float]:
    """The features to pair, and by how much the number of cells is to be raised for those that were passed over."""
    if len(features) <= FEATURES_MOST:
        return list(range(len(features))), 1.0
    excess = kept.came - kept.promised
    spread = []
    for feature in features:
        count = np.maximum(1, np.bincount(feature.codes, minlength=feature.levels))
        spread.append(float((np.bincount(feature.codes, excess, feature.levels) ** 2 / count).sum()))
    chosen = sorted(np.argsort(-np.array(spread), kind="stable")[:FEATURES_MOST].tolist())
    return chosen, (len(features) * (len(features) + 1)) / (FEATURES_MOST * (FEATURES_MOST + 1))


def _pair(features: Sequence[Binned], i: int, j: int) -> tuple[Ints, int]:
    if j < 0:
        return features[i].codes, features[i].levels
    return features[i].codes * features[j].levels + features[j].codes, features[i].levels * features[j].levels


def _scores(kept: Kept) -> Floats:
    """What is summed in a cell: (came, promised) of shares, the normal score of came / promised of amounts, (n, c)."""
    if kept.share:
        return np.column_stack([kept.came, kept.promised])
    ratio = kept.came / np.maximum(kept.promised, 1e-300)
    rank = np.empty(len(ratio))
    rank[np.argsort(ratio, kind="stable")] = (np.arange(len(ratio)) + 0.5) / len(ratio)
    normal = NormalDist()
    grid = np.array([normal.inv_cdf(p) for p in np.linspace(0.0, 1.0, 2002)[1:-1]])
    scores: Floats = np.interp(rank, np.linspace(0.0, 1.0, 2002)[1:-1], grid)[:, None]
    return scores


def _gathered(codes: Ints, values: Floats, size: int) -> Floats:
    return np.column_stack([np.bincount(codes, column, size) for column in values.T])


def _tails(count: Ints, sums: Floats, kept: Kept, effect: float) -> Floats:
    """The chance of a cell's sum or a more extreme one, (c,)."""
    n = count / effect
    if not kept.share:
        z = sums[:, 0] / count * np.sqrt(n)
        z = np.abs(z) if kept.way == "either" else z
        return np.array([normal_tail(float(v)) for v in z])
    came, promised = sums[:, 0] / count, np.clip(sums[:, 1] / count, 1e-9, 1.0 - 1e-9)
    bound = _bound(n, came, promised)
    wanted = came > promised
    tails = np.where(wanted, bound, 1.0)
    if kept.way == "either":
        tails = np.where(came < promised, _bound(n, 1.0 - came, 1.0 - promised), tails)
    for place in np.flatnonzero(tails < 1e-2):  # the bound is near; the exact tail is dear
        k, q = float(came[place] * n[place]), float(promised[place])
        if came[place] < promised[place]:
            k, q = float(n[place]) - k, 1.0 - q
        tails[place] = min(tails[place], incomplete_beta(max(k, 1e-9), float(n[place]) - k + 1.0, q))
    return tails


def _bound(n: Floats, came: Floats, promised: Floats) -> Floats:
    """Chernoff's bound of the upper tail, exp(-n KL(came, promised))."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(came > 0, came * np.log(came / promised), 0.0)
        second = np.where(came < 1, (1 - came) * np.log((1 - came) / (1 - promised)), 0.0)
    bound: Floats = np.exp(-n * np.maximum(0.0, first + second))
    return bound


def _distinct(
    features: Sequence[Binned],
    kept: Kept,
    hits: Sequence[tuple[float, tuple[int, int], int]],
    *,
    times: float,
    most: int,
) -> list[Cell]:
    cells: list[tuple[Cell, NDArray[np.bool_]]] = []
    for tail, (i, j), place in hits:
        levels = divmod(place, features[j].levels) if j >= 0 else (place, -1)
        cell = Cell((i, j), levels, 0, 0.0, 0.0, min(1.0, tail * times))
        rows = inside(features, cell)
        shared = [float((rows & other).sum()) / min(rows.sum(), other.sum()) for _, other in cells]
        if max(shared, default=0.0) < SAME_ROWS:
            means = float(kept.came[rows].mean()), float(kept.promised[rows].mean())
            cells.append((replace(cell, rows=int(rows.sum()), came=means[0], promised=means[1]), rows))
        if len(cells) == most:
            break
    return [cell for cell, _ in cells]


def quantile_edges(values: Floats, bins: int) -> Floats:
    """Inner edges of bins of about equal count, ascending and distinct; values equal to an edge belong above it."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.empty(0)
    edges = np.unique(np.quantile(known, np.linspace(0.0, 1.0, bins + 1)[1:-1], method="higher"))
    inner: Floats = edges[edges > known.min()]
    return inner
