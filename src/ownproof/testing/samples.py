"""Small made-up tables with known structure, encoded and split: what the contract suite of learners is fed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.input import Feature
from ownproof.core.learner import Shape
from ownproof.core.schema import Column, Schema
from ownproof.core.task import Task

_LEVELS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows to fit on, rows to be judged on, and what is asked of them."""

    train: Dataset
    validation: Dataset
    task: Task

    @property
    def shape(self) -> Shape:
        """How large a fit on it is."""
        width = self.train.encoded.matrix.shape[1] if self.train.encoded else len(self.train.schema.features)
        return Shape(len(self.train), width, max(1, len(self.task.classes)))


def table_sample(kind: Literal["binary", "multiclass", "number"], *, rows: int = 400, seed: int = 0) -> Sample:
    """A table of four columns of numbers (one of them full of gaps, one noise) and two of categories.

    multiclass: four classes, the last one rare. Three quarters of the rows are to fit on.

    >>> sample = table_sample("multiclass")
    >>> len(sample.train), len(sample.validation), sample.task.classes
    (300, 100, ('a', 'b', 'c', 'd'))
    """
    import polars as pl

    rng = np.random.default_rng(seed)
    age, income, gaps, noise = rng.normal(size=(4, rows))
    gaps[rng.random(rows) < 0.4] = np.nan
    region, plan = rng.integers(0, _LEVELS, rows).astype(float), rng.integers(0, 3, rows).astype(float)
    region[rng.random(rows) < 0.05] = np.nan
    score = (
        1.5 * age
        + np.abs(income)
        + np.sin(np.nan_to_num(region))
        + 0.8 * (plan == 1)
        + np.where(np.isnan(gaps), 0.7, 0)
    )
    score += 0.5 * rng.normal(size=rows)
    cells = {"age": age, "income": income, "gaps": gaps, "noise": noise, "region": region, "plan": plan}
    levels = {"region": _LEVELS, "plan": 3}
    features = tuple(Feature(n, n, "categorical" if n in levels else "numeric", levels.get(n, 0)) for n in cells)
    truth, task = _truth(kind, score)
    schema = Schema(
        (*(Column(n, "category" if n in levels else "number") for n in cells), Column("y", task.target, "target"))
    )
    frame = pl.DataFrame({**cells, "y": truth}).lazy()
    matrix = np.column_stack(list(cells.values())).astype(np.float32)
    whole = Dataset(frame, schema, f"{kind}-{rows}-{seed}", rows, truth=truth, encoded=Encoded(matrix, features))
    return Sample(whole.take(np.arange(rows) < 0.75 * rows), whole.take(np.arange(rows) >= 0.75 * rows), task)


def _truth(kind: str, score: NDArray[np.float64]) -> tuple[NDArray[np.int64] | NDArray[np.float64], Task]:
    if kind == "number":
        return 100.0 + 10.0 * score, Task("y", "number", ("category", "number"))
    cuts = (0.5,) if kind == "binary" else (0.25, 0.6, 0.96)
    labels = np.digitize(score, np.quantile(score, cuts)).astype(np.int64)
    classes = ("no", "yes") if kind == "binary" else ("a", "b", "c", "d")
    return labels, Task("y", "label", ("category", "number"), classes, classes[-1] if kind == "binary" else None)
