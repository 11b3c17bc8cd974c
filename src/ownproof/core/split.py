"""Which examples may be trained on, which judge the training, and which are sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ownproof.stats.ordered import distinct


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One way to hold rows out: positions (int64) of the rows to fit on and of the rows to answer."""

    train: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The parts of a dataset, as positions of its examples.

    kind: `stratified`, `repeated`, `holdout`, `group`, `temporal` or `supplied`; reason: why, in a sentence.
    work: every example that is not sealed; sealed: the sealed ones (their answers are not looked at);
    folds: shared by every candidate. units: the unit code of every example of the dataset, int64 (n,).
    intervals: (first, last) time of each part, as text, where there is time.
    """

    kind: str
    reason: str
    work: np.ndarray
    sealed: np.ndarray
    folds: tuple[Fold, ...]
    units: np.ndarray
    repeats: int = 1
    intervals: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def answered(self) -> np.ndarray:
        """The examples that some fold holds out, sorted: what out-of-fold evidence is about."""
        return distinct(np.concatenate([f.validation for f in self.folds])) if self.folds else np.empty(0, np.int64)

    @property
    def windows(self) -> np.ndarray:
        """For each of the `answered` the forward window that held it out, int64, later ones larger; zeros without time."""
        order = np.zeros(len(self.answered), dtype=np.int64)
        if self.kind == "temporal" or (self.kind == "supplied" and self.intervals):
            for number, fold in enumerate(self.folds):
                order[np.searchsorted(self.answered, fold.validation)] = number
        return order

    def to_json(self) -> dict[str, Any]:
        """The object `split` of the JSON answer; train and validation are the rows of an average fold."""
        train = round(float(np.mean([len(f.train) for f in self.folds]))) if self.folds else len(self.work)
        validation = round(float(np.mean([len(f.validation) for f in self.folds]))) if self.folds else 0
        return {
            "kind": self.kind,
            "reason": self.reason,
            "train": train,
            "validation": validation,
            "sealed": len(self.sealed),
            "work": len(self.work),
            "folds": len(self.folds),
            "intervals": {k: list(v) for k, v in self.intervals.items()},
        }
