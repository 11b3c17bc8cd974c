from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from ownproof.testing.scorer import check_scorer

BATCH = np.random.default_rng(1).normal(size=(8, 3)).astype(np.float32)


class Fine:
    """The share of class 1 rises with the first column."""

    name: ClassVar[str] = "fine"
    reads: ClassVar[str] = "matrix"

    @classmethod
    def load(cls, folder: Path) -> Any:
        return cls()

    def score(self, batch: np.ndarray) -> np.ndarray:
        share = 1 / (1 + np.exp(-batch[:, :1].astype(np.float64)))
        return np.concatenate([1 - share, share], axis=1)

    def score_one(self, row: np.ndarray) -> np.ndarray:
        return self.score(row[None])[0]


class Nameless(Fine):
    name = ""


class Columns(Fine):
    reads = "columns"


class Single(Fine):
    def score(self, batch: np.ndarray) -> np.ndarray:
        return super().score(batch).astype(np.float32)


class Percent(Fine):
    def score(self, batch: np.ndarray) -> np.ndarray:
        return 100 * super().score(batch)


class Doubled(Fine):
    def score(self, batch: np.ndarray) -> np.ndarray:
        return super().score(batch)[:, [0, 0]]


class OneColumn(Fine):
    def score(self, batch: np.ndarray) -> np.ndarray:
        return super().score(batch)[:, 1:]


class Gap(Fine):
    def score(self, batch: np.ndarray) -> np.ndarray:
        return np.full(len(batch), np.nan)


class Centred(Fine):
    def score(self, batch: np.ndarray) -> np.ndarray:
        return super().score(batch - batch.max(axis=0, initial=0.0))


class ByPlace(Fine):
    def score(self, batch: np.ndarray) -> np.ndarray:
        return np.arange(len(batch), dtype=np.float64)


class Fickle(Fine):
    calls = 0

    def score(self, batch: np.ndarray) -> np.ndarray:
        self.calls += 1
        return np.full(len(batch), float(self.calls))


class Spoiler(Fine):
    def score(self, batch: np.ndarray) -> np.ndarray:
        answers = super().score(batch)
        batch[:] = 0
        return answers


class Silent(Fine):
    def score(self, batch: np.ndarray) -> np.ndarray:
        return super().score(batch) if len(batch) else np.zeros((0, 1))


class Buffered(Fine):
    def __init__(self) -> None:
        self.out = np.zeros(2)

    def score_one(self, row: np.ndarray) -> np.ndarray:
        self.out[:] = self.score(row[None])[0]
        return self.out


class Line(Fine):
    def score_one(self, row: np.ndarray) -> np.ndarray:
        return self.score(row[None])


class Rough(Fine):
    def score_one(self, row: np.ndarray) -> np.ndarray:
        return super().score_one(row) + np.array([1e-7, -1e-7])


class Memory(Fine):
    lives: ClassVar[list[int]] = []

    def __init__(self) -> None:
        self.lives.append(1)
        self.shift = float(len(self.lives))

    def score(self, batch: np.ndarray) -> np.ndarray:
        return batch[:, 0].astype(np.float64) + self.shift


def test_a_scorer_that_keeps_to_the_protocol_passes(tmp_path: Path) -> None:
    check_scorer(Fine, tmp_path, BATCH.copy())
    check_scorer(Rough, tmp_path, BATCH.copy(), tolerance=1e-6)


@pytest.mark.parametrize(
    ("scorer", "says"),
    [
        (Nameless, "must be a word"),
        (Columns, "read 'matrix'"),
        (Single, "float64"),
        (Percent, "outside 0..1"),
        (Doubled, "do not sum to 1"),
        (OneColumn, "a column for each class"),
        (Gap, "not finite"),
        (Centred, "batch of one row|a row alone"),
        (ByPlace, "order of the rows"),
        (Fickle, "asked twice"),
        (Spoiler, "asked twice|changes the batch"),
        (Silent, "no rows"),
        (Buffered, "a row alone"),
        (Line, "of shape"),
        (Rough, "a row alone"),
        (Memory, "loaded again"),
    ],
)
def test_a_scorer_that_breaks_a_rule_is_told_which(scorer: type, says: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=says):
        check_scorer(scorer, tmp_path, BATCH.copy())


def test_one_row_is_too_few_to_try_with(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="at least two rows"):
        check_scorer(Fine, tmp_path, BATCH[:1])
