"""The truth as an audit sees it: codes of its strata, numbers where it is a magnitude, names to speak of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.target import Target
from ownproof.core.task import Task
from ownproof.stats.association import ranks
from ownproof.stats.hashing import Hashes
from ownproof.stats.ordered import numbered
from ownproof.stats.strength import single_column_auc, single_column_r2
from ownproof.stats.weights import Floats, Ints

LOOKED_AT = 20  # classes that are told apart from the rest, where there are more


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is known of the target in the rows that are looked at.

    codes: int64 (n,) 0 .. k-1, equal answers where answers are discrete, else strata. exact: codes are the whole
    truth. numbers: float64 (n,) where the truth is a magnitude, else None. keys: stable hashes of the target's cells.
    spell: a code as text.
    """

    column: str
    codes: Ints
    k: int
    exact: bool
    keys: Hashes
    spell: Callable[[int], str]
    numbers: Floats | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: np.ndarray) -> Truth:
        """Some of the rows; codes keep their numbers."""
        return Truth(
            self.column,
            self.codes[rows],
            self.k,
            self.exact,
            self.keys[rows],
            self.spell,
            None if self.numbers is None else self.numbers[rows],
        )

    def strength(self, codes: Ints, *, seed: int) -> float:
        """Cross-fitted: AUC of a coded column alone for the codes, explained share of the ranks for numbers; NaN where
        there is nothing to tell apart."""
        if self.numbers is not None:
            return single_column_r2(codes, self.numbers, seed=seed)
        if self.k < 2:
            return float("nan")
        true, k = self._fewer()
        return single_column_auc(codes, true, k, seed=seed)

    def _fewer(self) -> tuple[Ints, int]:
        """The classes, where they are very many the most frequent ones and all others as one."""
        if self.k <= LOOKED_AT + 1:
            return self.codes, self.k
        most = np.argsort(-np.bincount(self.codes, minlength=self.k), kind="stable")[:LOOKED_AT]
        place = np.full(self.k, LOOKED_AT)
        place[most] = np.arange(LOOKED_AT)
        return place[self.codes], LOOKED_AT + 1

    def promise(self, matrix: Floats) -> Floats:
        """How much each column of a matrix (n, p) may tell, by correlation alone: (p,), 0 .. 1."""
        held = np.where(np.isfinite(matrix), matrix, np.nan)
        known = np.isfinite(held)
        mean = np.divide(np.where(known, held, 0.0).sum(axis=0), np.maximum(known.sum(axis=0), 1))
        centred = np.where(known, held - mean, 0.0)
        wide = np.maximum(np.sqrt((centred**2).sum(axis=0)), 1e-300)
        if self.numbers is not None:
            aims = ranks(self.numbers)[:, None]
        else:
            most = np.argsort(-np.bincount(self.codes, minlength=self.k), kind="stable")[:LOOKED_AT]
            aims = (self.codes[:, None] == most[None, :]).astype(np.float64)
        aims = aims - aims.mean(axis=0)
        tall = np.maximum(np.sqrt((aims**2).sum(axis=0)), 1e-300)
        return np.asarray(np.abs((centred / wide).T @ (aims / tall)).max(axis=1))

    @property
    def measure(self) -> str:
        """What `strength` is called."""
        return "R² on ranks" if self.numbers is not None else "AUC"


def truth_of(dataset: Dataset, task: Task, target: Target, keys: Hashes) -> Truth:
    """The truth of a dataset; keys: the hashes of its target cells, uint64 (n,).

    Integers are codes of classes, floats are magnitudes (with the target's own strata as codes), and of anything else
    the strata are known and whether two cells are equal.
    """
    truth = dataset.truth if dataset.truth is not None else target.truth(dataset.column(task.column), task)
    kind = truth.dtype.kind
    if kind in "iub":
        distinct, codes = numbered(truth)
        return Truth(task.column, codes, len(distinct), True, keys, _names([target.to_json(v, task) for v in distinct]))
    strata = np.asarray(target.strata(truth, task), dtype=np.int64)
    distinct, codes = numbered(strata)
    numbers = truth.astype(np.float64) if kind == "f" else None
    return Truth(
        task.column, codes, len(distinct), False, keys, _names([f"stratum {int(s)}" for s in distinct]), numbers
    )


def _names(values: list[Any]) -> Callable[[int], str]:
    texts = [str(v) for v in values]
    return lambda code: texts[code]
