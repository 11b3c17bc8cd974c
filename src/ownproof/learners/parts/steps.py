"""A step function of one column: bins, a tiny tree over them, smoothed answers, and its loss on rows it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS: Final = 32
LEAVES: Final = 6
_LEVEL_ROWS: Final = 10.0  # imaginary rows of the overall answer that a level starts from
_LEAF_ROWS: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """The truth of some rows in sums that add up.

    A row of `sums` output holds, for labels, the weight of every class; for numbers (classes 0) the sums of the
    weights, of the values and of their squares (so values should be centred).
    """

    truth: NDArray[Any]
    weight: Floats
    classes: int

    def take(self, rows: NDArray[Any]) -> Outcomes:
        """Some of the rows."""
        return Outcomes(self.truth[rows], self.weight[rows], self.classes)

    def sums(self, place: Ints, size: int) -> Floats:
        """The sums of the rows at each place, float64 (size, classes or 3)."""
        if self.classes:
            flat = np.bincount(place * self.classes + self.truth, self.weight, size * self.classes)
            return np.asarray(flat.reshape(size, self.classes), np.float64)
        y = self.truth
        return np.column_stack([np.bincount(place, self.weight * power, size) for power in (np.ones(len(y)), y, y * y)])

    def mass(self, sums: Floats) -> Floats:
        """The weight behind sums (..., d)."""
        return np.asarray(sums.sum(axis=-1) if self.classes else sums[..., 0], np.float64)

    def disorder(self, sums: Floats) -> Floats:
        """What is left to explain: the log-loss of the shares, or the squared error of the mean, summed over rows."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.classes:
                share = sums / sums.sum(axis=-1, keepdims=True)
                return np.asarray(-np.nansum(np.where(sums > 0, sums * np.log(share), 0.0), axis=-1))
            return np.asarray(np.maximum(0.0, np.nan_to_num(sums[..., 2] - sums[..., 1] ** 2 / sums[..., 0])))

    def answers(self, sums: Floats, overall: Floats, rows: float) -> Floats:
        """The answer of each row of sums, drawn towards `overall` by so many imaginary rows: (m, classes or 1)."""
        if self.classes:
            return np.asarray((sums + rows * overall) / (sums.sum(axis=-1, keepdims=True) + rows))
        return np.asarray((sums[:, 1:2] + rows * overall) / (sums[:, 0:1] + rows))

    def overall(self, sums: Floats) -> Floats:
        """The answer without any column; a class that was never seen keeps half a row."""
        if self.classes:
            return np.asarray((sums + 0.5) / (sums.sum() + 0.5 * self.classes))
        return np.asarray(sums[1:2] / max(float(sums[0]), 1e-300))

    def loss(self, sums: Floats, answers: Floats) -> float:
        """The loss of answers on the rows behind the sums, summed over rows."""
        if self.classes:
            return float(-(sums * np.log(np.maximum(answers, 1e-15))).sum())
        a = answers[:, 0]
        return float((sums[:, 2] - 2 * a * sums[:, 1] + a * a * sums[:, 0]).sum())


def edges(values: NDArray[np.float32], most: int = BINS) -> Floats:
    """Edges between at most `most` bins of about equal counts, half-way between neighbouring values, ascending.

    >>> edges(np.array([1, 1, 2, 4, np.nan], np.float32)).tolist()
    [1.5, 3.0]
    """
    order = np.sort(values[np.isfinite(values)].astype(np.float64))
    if not order.size:
        return np.empty(0)
    distinct = np.unique(order) if len(order) <= most else order
    if len(distinct) > most:
        places = np.linspace(0, len(order) - 1, most + 1).astype(np.int64)[1:-1]
        distinct = np.unique(order[places])
    lower = distinct[distinct < order[-1]]
    upper = order[np.searchsorted(order, lower, side="right")]
    return np.asarray(lower + (upper - lower) / 2, np.float64)


def leaves(outcomes: Outcomes, sums: Floats, *, most: int = LEAVES, least: float = 5.0) -> list[int]:
    """Where a tiny tree over ordered bins cuts them: the starts of its leaves, ascending, the first one 0.

    sums: (bins, d). The cut that explains most is made first. least: the weight that a leaf must have.
    """
    total = np.concatenate([np.zeros((1, sums.shape[1])), np.cumsum(sums, axis=0)])
    starts, open_ = [0], {(0, len(sums)): _best_cut(outcomes, total, 0, len(sums), least)}
    while len(starts) < most:
        (start, end), (gain, cut) = max(open_.items(), key=lambda item: item[1][0])
        if gain <= 1e-9:
            break
        del open_[start, end]
        starts.append(cut)
        for part in ((start, cut), (cut, end)):
            open_[part] = _best_cut(outcomes, total, *part, least)
    return sorted(starts)


def _best_cut(outcomes: Outcomes, total: Floats, start: int, end: int, least: float) -> tuple[float, int]:
    """The gain of the best cut of the bins start..end, and its place; (0, start) where there is none."""
    if end - start < 2:
        return 0.0, start
    left, right = total[start + 1 : end] - total[start], total[end] - total[start + 1 : end]
    gain = outcomes.disorder(total[end] - total[start]) - outcomes.disorder(left) - outcomes.disorder(right)
    gain = np.where(np.minimum(outcomes.mass(left), outcomes.mass(right)) >= least, gain, 0.0)
    best = int(np.argmax(gain))
    return float(gain[best]), start + 1 + best


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column in places: bins or codes, then one place more for missing values.

    edges: between the bins of numbers, None for categories; size: places without the one for missing values.
    """

    edges: Floats | None
    size: int

    @classmethod
    def of(cls, values: NDArray[np.float32], levels: int | None) -> Column:
        """Bins for numbers (levels None), codes 0 .. levels-1 for categories."""
        if levels is not None:
            return cls(None, max(1, levels))
        found = edges(values)
        return cls(found, len(found) + 1)

    def places(self, values: NDArray[np.float32]) -> Ints:
        """The place of every value, int64 (n,); codes beyond the levels share the place of missing values."""
        x = values.astype(np.float64)
        if self.edges is not None:
            return np.where(np.isnan(x), self.size, np.searchsorted(self.edges, x, side="left"))
        known = (x >= 0) & (x < self.size)
        return np.where(known, x, self.size).astype(np.int64)

    def answer(self, outcomes: Outcomes, sums: Floats, overall: Floats) -> tuple[Floats, list[int]]:
        """The answer at each place (size + 1, classes or 1), and the starts of the leaves (numbers)."""
        missing = outcomes.answers(sums[-1:], overall, _LEVEL_ROWS)
        if self.edges is None:
            return np.concatenate([outcomes.answers(sums[:-1], overall, _LEVEL_ROWS), missing]), []
        starts = leaves(outcomes, sums[:-1], least=max(5.0, float(outcomes.mass(sums).sum()) / 200))
        grouped = np.add.reduceat(sums[:-1], starts, axis=0)
        own = outcomes.answers(grouped, overall, _LEAF_ROWS)
        return np.concatenate([np.repeat(own, np.diff([*starts, self.size]), axis=0), missing]), starts


def held_out_loss(outcomes: Outcomes, column: Column, places: Ints, fold: Ints) -> float:
    """The mean loss of the column's step function on rows it was not fitted on, over the folds 0 .. max(fold)."""
    folds, size = int(fold.max()) + 1, column.size + 1
    sums = outcomes.sums(fold * size + places, folds * size).reshape(folds, size, -1)
    total, loss = sums.sum(axis=0), 0.0
    for held in sums:
        rest = total - held
        answers, _ = column.answer(outcomes, rest, outcomes.overall(rest.sum(axis=0)))
        loss += outcomes.loss(held, answers)
    return loss / float(outcomes.mass(total).sum())
