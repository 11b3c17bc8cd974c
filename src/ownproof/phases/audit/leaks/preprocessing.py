"""Columns that were scaled or filled in with what all rows together say, those of the test among them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.report import Finding
from ownproof.phases.audit.names import listed
from ownproof.stats.weights import Floats

ROWS_LEAST, LEVELS_LEAST = 50, 20
ONE, SOME, SOME_LEAST = 1e-3, 1e-2, 3
"""How near to a mean of 0 and a deviation of 1, in standard errors: of one column, and of each of some. By chance a
standard normal column is so near one time in a million, or in 10,000."""
CENTRED = 1e-6
RANGE_LEAST = 2  # columns from exactly 0 to exactly 1
OFTEN, MANY = 5, 5  # times a filled-in value comes at least, and times as often as the next
BY_CHANCE = 1e-3  # that a value is the mean of the others
IN_THE_MIDDLE = 1e-2  # that several values lie in the middle of the others, each
SAMPLE = 20_000
HUGE = 1e100  # beyond it sums of squares overflow
STANDARD = "mean 0 and deviation 1"
STEPS = np.geomspace(1.0, 1e-12, 13)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of a column: how it was made, of which rows, and the chance of it."""

    name: str
    how: str
    said: str
    chance: float = 0.0


def preprocessing(dataset: Dataset, second: np.ndarray, *, supplied: bool) -> list[Finding]:
    """`leak.preprocessing`: columns scaled, or gaps filled in, over the rows of both sides. second: bool (n,); supplied:
    that side was handed in.

    Scaling over the training rows alone is what is right, and is not accused. In one file only a mean of 0 with a
    deviation of 1 is: tables are published centred, or from 0 to 1, whose columns mean just that.
    """
    scaled: list[_Seen] = []
    filled: list[_Seen] = []
    for column in dataset.schema.features:
        if column.kind != "number":
            continue
        cells = dataset.column(column.name).cast(float).fill_null(float("nan")).to_numpy()
        known = np.isfinite(cells)
        if known.sum() < ROWS_LEAST or float(np.abs(cells[known]).max()) > HUGE:
            continue
        scaled += _scaled(column.name, cells[known], second[known])
        if known.all():
            filled += _filled(column.name, cells, second)
    return [f for f in (_told_scaled(scaled, supplied=supplied), _told_filled(filled)) if f is not None]


# ---------------------------------------------------------------- scaling
def _scaled(name: str, cells: Floats, second: np.ndarray) -> list[_Seen]:
    some = cells[:: max(1, len(cells) // SAMPLE)]
    if len(np.unique(some)) < LEVELS_LEAST:
        return []
    far, unit, centre = _distance(cells)
    train = cells[~second] if second.any() and not second.all() else None
    if min(far, unit) < SOME:
        if train is not None and (_distance(train)[0] < SOME or len(train) < ROWS_LEAST):
            return []
        shape = STANDARD if far <= unit else "mean 0 and length 1"
        return [_Seen(name, "sure" if min(far, unit) < ONE else "near", shape)]
    if centre < CENTRED and (train is None or _distance(train)[2] > 100 * CENTRED):
        return [_Seen(name, "centred", "mean 0")]
    if _ranged(cells, some):
        return [_Seen(name, "range", "smallest value 0 and largest 1", _unseen(cells, second))]
    return []


def _distance(cells: Floats) -> tuple[float, float, float]:
    """How far from mean 0 with deviation 1, from mean 0 with sum of squares 1, and from mean 0, in standard errors."""
    n, root = len(cells), math.sqrt(len(cells))
    mean, deviation = float(cells.mean()), float(cells.std())
    if not deviation > 0.0 or not math.isfinite(deviation):
        return math.inf, math.inf, math.inf
    centre = abs(mean) / deviation * root
    one = min(abs(deviation - 1.0), abs(deviation * math.sqrt(n / (n - 1)) - 1.0)) * root
    return max(centre, one), max(centre, abs(deviation * root - 1.0) * root), centre


def _ranged(cells: Floats, some: Floats) -> bool:
    """From exactly 0 to exactly 1, of which neither is more frequent than other values, and not rounded as shares are."""
    if float(cells.min()) != 0.0 or float(cells.max()) != 1.0:
        return False
    steps = some * 1e4
    if (np.abs(steps - np.round(steps)) < 1e-7).mean() > 0.1:
        return False
    usual = np.median(np.unique(some, return_counts=True)[1]) * max(1, len(cells) // SAMPLE)
    return bool(max((cells == 0.0).sum(), (cells == 1.0).sum()) <= max(2.0, 2.0 * usual))


def _unseen(cells: Floats, second: np.ndarray) -> float:
    """The chance that no row of the second side lies beyond the first one's ends, had these been made to be 0 and 1."""
    train = cells[~second]
    if not second.any() or not len(train) or train.min() > 0.0 or train.max() < 1.0:
        return 0.0
    return (len(train) / len(cells)) ** 2


def _told_scaled(seen: list[_Seen], *, supplied: bool) -> Finding | None:
    near = [s for s in seen if s.how in ("sure", "near")]
    named = near if len(near) >= SOME_LEAST else [s for s in near if s.how == "sure"]
    centred = [s for s in seen if s.how == "centred"]
    named = [*named, *(centred if len(centred) + len(named) >= SOME_LEAST else [])]
    ranged = [s for s in seen if s.how == "range"]
    if len(ranged) >= RANGE_LEAST:
        named += ranged
    if not named:
        return None
    harmful = supplied or any(s.said == STANDARD for s in named)
    named = named if supplied or not harmful else [s for s in named if s.said == STANDARD]
    said = ", ".join(dict.fromkeys(s.said for s in named))
    names = tuple(s.name for s in named)
    return Finding(
        "leak.preprocessing",
        "warn" if harmful else "ok",
        names,
        float(len(names)),
        f"{listed(list(names))}: {said} over all rows together, exactly; so the rows of the test took part in scaling",
        "hand in the columns as they were measured; each fold is then scaled by its training rows",
    )


# ---------------------------------------------------------------- gaps that were filled in
def _filled(name: str, cells: Floats, second: np.ndarray) -> list[_Seen]:
    value = _repeated(cells)
    if value is None:
        return []
    others = cells != value
    train = others & ~second if second.any() and not second.all() else None
    if others.sum() < ROWS_LEAST or (train is not None and train.sum() < ROWS_LEAST):
        return []
    by_mean = _is_mean(value, cells[others])
    if by_mean < BY_CHANCE and (train is None or _is_mean(value, cells[train]) >= BY_CHANCE):
        return [_Seen(name, "mean", f"{value:.6g}, the mean of all others", by_mean)]
    middle = _is_middle(value, cells[others])
    if value != 0.0 and middle < 1.0 and (train is None or _is_middle(value, cells[train]) >= 1.0):
        return [_Seen(name, "median", f"{value:.6g}, the median of all others", middle)]
    return []


def _repeated(cells: Floats) -> float | None:
    """The one value that comes far more often than the others, or that lies between the whole numbers of all others."""
    some = cells[:: max(1, len(cells) // SAMPLE)]
    values, counts = np.unique(some, return_counts=True)
    if len(values) < 3:
        return None
    top = int(counts.argmax())
    if counts[top] >= OFTEN and counts[top] >= MANY * np.sort(counts)[-2]:
        return float(values[top])
    odd = values != np.round(values)
    return float(values[odd][0]) if odd.sum() == 1 and counts[odd][0] >= OFTEN else None


def _is_mean(value: float, others: Floats) -> float:
    """The chance that a value is so near to the mean of others, given how it is rounded; 1 where it is not the mean."""
    deviation, mean = float(others.std()), float(others.mean())
    if not deviation > 0.0:
        return 1.0
    step = next((s for s in STEPS if abs(value / s - round(value / s)) < 1e-6), 1e-13)
    slack = max(0.5 * float(step), 1e-9 * abs(value))
    if abs(value - mean) > slack:
        return 1.0
    return min(1.0, 0.8 * slack * math.sqrt(len(others)) / deviation)


def _is_middle(value: float, others: Floats) -> float:
    """The chance that as many of the others lie below a value as above, within one; 1 where they do not."""
    below, above = int((others < value).sum()), int((others > value).sum())
    return min(0.99, 2.4 / math.sqrt(len(others))) if abs(below - above) <= 1 else 1.0


def _told_filled(seen: list[_Seen]) -> Finding | None:
    middles = [s for s in seen if s.how == "median"]
    named = [s for s in seen if s.how == "mean"]
    if middles and math.prod(s.chance for s in middles) < IN_THE_MIDDLE:
        named += middles
    if not named:
        return None
    names = tuple(s.name for s in named)
    return Finding(
        "leak.preprocessing",
        "warn",
        names,
        float(len(names)),
        f"gaps seem to be filled in from all rows, those of the test among them: "
        f"{listed([f'{s.name} ({s.said})' for s in named], 4)}",
        "hand in the gaps as they are; each fold then deals with them by its training rows",
    )
