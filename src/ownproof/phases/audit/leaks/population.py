"""Whether the rows of a second table could have come from where the first came: unseen levels, values beyond all others,
and whether the columns together tell the two tables apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.report import Finding
from ownproof.phases.audit.chance import binomial_tail
from ownproof.phases.audit.names import counts_time, listed, numbers_rows
from ownproof.phases.audit.rows import Rows
from ownproof.phases.audit.views import View, view
from ownproof.stats.hashing import mixed
from ownproof.stats.strength import bin_codes
from ownproof.stats.weights import Floats, Ints

ROWS_LEAST, SAMPLE = 50, 5_000  # of a side
STRANGE, SURPRISING = 0.05, 1e-9  # share of rows of the second side with a value the first never has, and its chance
LEVELS_MOST, LEVEL_ROWS = 50, 20  # of a column that is closed: so many levels at most, so many rows a level at least
APART = 0.75  # cross-fitted AUC of all columns for the side
FOLDS, PRIOR = 5, 1.0


@dataclass(frozen=True, slots=True)
class _Strange:
    """A column of which the second side has values that the first has none of; share: of its rows, 0..1."""

    name: str
    share: float
    said: str


def population(
    dataset: Dataset, inputs: Mapping[str, Input], rows: Rows, second: np.ndarray, *, later: bool
) -> list[Finding]:
    """`quality.population`: what sets the rows of the second side apart. second: bool (n,).

    later: the split is one in time, in which the world may have moved on: that is said and not accused. Columns that
    count time or rows are left aside.
    """
    if min(int(second.sum()), int((~second).sum())) < ROWS_LEAST:
        return []
    some = _some(rows, second)
    strange: list[_Strange] = []
    codes: list[Ints] = []
    for column in dataset.schema.features:
        if column.role != "feature" or column.kind not in ("number", "category") or _runs_on(column.name):
            continue
        cells = dataset.column(column.name)
        whole = view(cells, partial(inputs[column.kind].keys, cells))
        found = (
            _beyond(column.name, whole.numbers, second)
            if whole.numbers is not None and whole.levels > LEVELS_MOST
            else None
        )
        strange += [s for s in (found or _unseen(column.name, whole, second),) if s is not None]
        if whole.numbers is not None or whole.levels <= len(some) // LEVEL_ROWS:
            codes.append(_coded(whole.take(some)))
    apart = _told_apart(codes, second[some])
    return [_finding(strange, apart, later=later)]


def _runs_on(name: str) -> bool:
    return counts_time(name) or numbers_rows(name)


def _some(rows: Rows, second: np.ndarray) -> Ints:
    """Up to 5,000 rows of each side, those of the lowest hashes, int64."""
    rank = mixed(rows.keys)
    sides = [np.flatnonzero(side) for side in (~second, second)]
    return np.concatenate([side[np.argsort(rank[side], kind="stable")[:SAMPLE]] for side in sides])


def _coded(some: View) -> Ints:
    return some.codes + 1 if some.numbers is None or some.levels <= LEVELS_MOST else bin_codes(some.numbers) + 1


def _beyond(name: str, numbers: Floats, second: np.ndarray) -> _Strange | None:
    first, other = numbers[~second], numbers[second]
    first, other = first[np.isfinite(first)], other[np.isfinite(other)]
    if min(len(first), len(other)) < ROWS_LEAST:
        return None
    low, high = float(first.min()), float(first.max())
    count = int(((other < low) | (other > high)).sum())
    if not _surprising(count, len(other), 2.0 / (len(first) + 1)):
        return None
    share = count / len(other)
    return _Strange(name, share, f"{share:.0%} of the values of {name} lie outside {low:.6g} .. {high:.6g}")


def _unseen(name: str, whole: View, second: np.ndarray) -> _Strange | None:
    """Levels of the second side that the first has none of; the chance of one is about that of the levels it has once
    (Good 1953)."""
    known = whole.codes >= 0
    counts = np.bincount(whole.codes[known & ~second], minlength=whole.levels)
    seen, other = int((counts > 0).sum()), whole.codes[known & second]
    if not seen or seen > LEVELS_MOST or counts.sum() < LEVEL_ROWS * seen or len(other) < ROWS_LEAST:
        return None
    count = int((counts[other] == 0).sum())
    if not _surprising(count, len(other), (float((counts == 1).sum()) + 1.0) / float(counts.sum())):
        return None
    share = count / len(other)
    return _Strange(name, share, f"{share:.0%} of the rows have a {name} that the training rows have none of")


def _surprising(count: int, tries: int, chance: float) -> bool:
    return count >= STRANGE * tries and binomial_tail(count, tries, min(1.0, chance)) < SURPRISING


def _told_apart(codes: list[Ints], second: np.ndarray) -> float:
    """Cross-fitted AUC of naive Bayes over coded columns for the side, 0.5 where nothing tells; codes: int64 (n,) each."""
    fold = np.arange(len(second)) % FOLDS
    score = np.zeros(len(second))
    for code in codes:
        k = int(code.max()) + 1
        flat = (
            np.bincount((fold * k + code) * 2 + second, minlength=FOLDS * k * 2).reshape(FOLDS, k, 2).astype(np.float64)
        )
        others = flat.sum(axis=0) - flat + PRIOR
        odds = np.log(others[:, :, 1] / others[:, :, 1].sum(axis=1, keepdims=True))
        odds -= np.log(others[:, :, 0] / others[:, :, 0].sum(axis=1, keepdims=True))
        score += odds[fold, code]
    order = np.argsort(score, kind="stable")
    place = np.empty(len(score))
    place[order] = np.arange(1, len(score) + 1)
    yes = int(second.sum())
    return float((place[second].sum() - yes * (yes + 1) / 2) / max(1, yes * (len(second) - yes)))


def _finding(strange: list[_Strange], apart: float, *, later: bool) -> Finding:
    strange = sorted(strange, key=lambda s: (-s.share, s.name))
    said = f"the columns together tell the two tables apart with AUC {apart:.2f} (0.5 is not at all; cross-fitted)"
    said = f"{listed([s.said for s in strange], 3)}; {said}" if strange else said
    names = tuple(s.name for s in strange)
    if later or (not strange and apart < APART):
        end = (
            "; the second lies later, and the world may have moved on" if later and (strange or apart >= APART) else ""
        )
        return Finding("quality.population", "ok", names, apart, said + end)
    return Finding(
        "quality.population",
        "warn",
        names,
        apart,
        said,
        "make sure that both are drawn from what will be asked; if the second is later, say so: --time C",
    )
