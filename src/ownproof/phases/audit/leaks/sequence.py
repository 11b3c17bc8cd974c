"""In which orders rows follow each other, and which row comes so many steps later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.moments import Times, missing
from ownproof.phases.audit.names import names_things
from ownproof.stats.hashing import Hashes
from ownproof.stats.ordered import distinct
from ownproof.stats.weights import Ints

STEPS = (1, 2, 3, 4, 6, 7, 12, 24)  # how much later a value may come: neighbours, quarters, weeks, years, days of hours
RUNS, RETURNING = 2, 0.2  # columns of things that are tried; different things for each row, at most
ANCHORS = 96  # rows that are looked at first


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """The rows of a table one after the other, sealed ones in their places.

    open_of: int64, in that order: the place of each row among those that are not sealed, -1 for a sealed one.
    run: int64, which run (group) it belongs to, ascending. timed: the order is that of time, not only of the file.
    said: the order in words.
    """

    open_of: Ints
    run: Ints
    timed: bool
    said: str

    def pairs(self, step: int) -> tuple[Ints, Ints]:
        """Rows that are not sealed, and those that many steps later of the same run: places among the open rows."""
        if step >= len(self.run):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        now, then = self.open_of[:-step], self.open_of[step:]
        fair = (self.run[:-step] == self.run[step:]) & (now >= 0) & (then >= 0)
        return now[fair], then[fair]

    def ends(self, step: int) -> tuple[Ints, Ints]:
        """The open rows that have nothing so many steps before them, and those that have nothing so many after."""
        first = np.ones(len(self.run), dtype=bool)
        last = first.copy()
        if step < len(self.run):
            same = self.run[:-step] == self.run[step:]
            first[step:][same] = False
            last[:-step][same] = False
        return self.open_of[first & (self.open_of >= 0)], self.open_of[last & (self.open_of >= 0)]


def sequences(sealed: np.ndarray, *, times: Times | None, groups: Mapping[str, Hashes]) -> tuple[Sequence, ...]:
    """The orders that are there: of time, or of the file where there is none, within groups and over all rows.

    sealed: bool (n,); times and groups of all rows, (n,), groups by the name of their column.
    """
    n = len(sealed)
    open_of = np.where(sealed, -1, np.cumsum(~sealed) - 1).astype(np.int64)
    known = np.arange(n) if times is None else np.flatnonzero(~missing(times))
    ahead = known if times is None else known[np.lexsort((known, times[known]))]
    order = "the file" if times is None else "time"
    found = [
        _sequence(open_of, ahead, np.unique(keys, return_inverse=True)[1].reshape(-1), f"{order} within each {name}")
        for name, keys in groups.items()
    ]
    return (*found, _sequence(open_of, ahead, np.zeros(n, dtype=np.int64), order))


def _sequence(open_of: Ints, ahead: Ints, run: Ints, order: str) -> Sequence:
    line = ahead[np.argsort(run[ahead], kind="stable")]
    return Sequence(open_of[line], run[line].astype(np.int64), order.startswith("time"), f"in the order of {order}")


def runs(dataset: Dataset, inputs: Mapping[str, Input]) -> dict[str, Hashes]:
    """Columns whose name is that of things which come in many rows: within those values may have been shifted."""
    found: dict[str, Hashes] = {}
    for column in dataset.schema.columns:
        if column.role in ("feature", "ignored", "id") and names_things(column.name) and len(found) < RUNS:
            keys = inputs[column.kind].keys(dataset.column(column.name))
            if 2 <= len(distinct(keys)) <= RETURNING * len(keys):
                found[column.name] = keys
    return found


def anchors(sequence: Sequence) -> Ints:
    """Places among the open rows, (a, 1 + steps): some rows and those that come later, -1 where there is none.

    An even spread of the rows that have an open neighbour.
    """
    fair = np.flatnonzero((sequence.open_of[:-1] >= 0) & (sequence.open_of[1:] >= 0) & (np.diff(sequence.run) == 0))
    chosen = fair[np.unique(np.linspace(0, len(fair) - 1, ANCHORS).astype(np.int64))] if len(fair) else fair
    out = np.full((len(chosen), 1 + len(STEPS)), -1, dtype=np.int64)
    out[:, 0] = sequence.open_of[chosen]
    for at, step in enumerate(STEPS, start=1):
        there = chosen + step < len(sequence.run)
        later = np.where(there, chosen + step, 0)
        same = there & (sequence.run[later] == sequence.run[chosen])
        out[same, at] = sequence.open_of[later[same]]
    return out
