"""The rows of a table as hashes: which are equal, and which are looked at where all would be too many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.row_hashes import row_hashes
from ownproof.stats.hashing import Hashes, mixed

SAMPLE = 20_000
CLASSES = 50  # so many are drawn from one by one
CLASS_ROWS = 200  # of each class at least, and up to its even share of the sample


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """keys: of the features of every row, sealed ones too, uint64 (n,); truths: of the target's cells, uint64 (n,)."""

    keys: Hashes
    truths: Hashes


def hashed(dataset: Dataset, inputs: Mapping[str, Input], target: str) -> Rows:
    """The features and the target of every row as stable hashes; one column is in memory at a time.

    The order of rows and columns does not count.
    """
    features = [c for c in dataset.schema.features if c.name != target]
    kind = inputs[dataset.schema[target].kind]
    return Rows(row_hashes(dataset, features, inputs), kind.keys(dataset.column(target)))


def sample(rows: Rows, codes: np.ndarray, most: int = SAMPLE) -> np.ndarray:
    """The rows that are looked at closely, int64 positions: the lowest hashes of all and of every class.

    They come ordered by hash, so that the order of the file makes no difference.
    """
    rank = mixed(rows.keys ^ mixed(rows.truths))
    near = _lowest(rank, codes, most)
    order = near[np.lexsort((rows.truths[near], rank[near]))]
    if len(rank) <= most:
        return order
    chosen = np.zeros(len(order), dtype=bool)
    chosen[:most] = True
    ordered = codes[order]
    by_class = np.argsort(ordered, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(ordered[by_class]) != 0])
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    chosen[by_class[place < max(CLASS_ROWS, most // len(starts))]] = True
    return order[chosen]


def _lowest(rank: Hashes, codes: np.ndarray, most: int) -> np.ndarray:
    """All rows that may be among the lowest of the table or of their class, int64: so few that they can be sorted."""
    rows = np.bincount(codes)
    if len(rank) <= 2 * most or len(rows) > CLASSES:
        return np.arange(len(rank))
    each = max(CLASS_ROWS, most // int((rows > 0).sum()))
    near = rank <= np.partition(rank, most)[most]
    for code in np.flatnonzero(rows):
        mine = codes == code
        near |= mine & (rank <= np.partition(rank[mine], each)[each]) if rows[code] > each else mine
    return np.flatnonzero(near)
