"""Whole rows as hashes of some of their columns; what was summed before is not read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ownproof.core.dataset import Cells, Dataset
from ownproof.core.input import Input
from ownproof.core.schema import Column
from ownproof.stats.hashing import Hashes, combine, mixed


def row_hashes(dataset: Dataset, columns: Sequence[Column], inputs: Mapping[str, Input]) -> Hashes:
    """One hash a row of the cells in different columns, uint64 (n,); one column is in memory at a time.

    The order of rows and columns does not count. `dataset.sums` is left with the sum of a whole table.
    """
    wanted = frozenset((c.name, c.kind) for c in columns)
    memo = dataset.sums
    whole = dataset.examples is None
    known = memo.columns if whole and memo.frame is dataset.frame else frozenset[Cells]()
    if len(known ^ wanted) >= len(wanted):
        known = frozenset()
    total = memo.total.copy() if known else np.zeros(len(dataset), dtype=np.uint64)
    for name, kind in sorted(wanted - known):
        total += combine({name: inputs[kind].keys(dataset.column(name))})
    for name, kind in sorted(known - wanted):
        total -= combine({name: inputs[kind].keys(dataset.column(name))})
    if whole:
        memo.frame, memo.columns, memo.total = dataset.frame, wanted, total
    return mixed(total)
