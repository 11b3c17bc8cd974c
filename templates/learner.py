"""Smoothed: the shares of the classes, pulled towards equal ones. Copy this file to make a learner of your own."""

# 1. Copy it to src/ownproof/learners/NAME.py (or into a package of yours) and rename the class.
# 2. Declare it in pyproject.toml: [project.entry-points."ownproof.learners"]  NAME = "MODULE:CLASS"; install again.
# 3. Of ours: name it in the import-linter contract `learners`, and run `make docs`.
# 4. Copy tests/test_templates.py: the contract suite says what is still missing.

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.learner import Choice, Cost, Model, Progress, Shape
from ownproof.core.prediction import Predictions
from ownproof.core.schema import Schema
from ownproof.core.task import Task


@dataclass(frozen=True, slots=True)
class SmoothedModel:
    """The fitted thing: it answers, and writes itself for a scorer that ships (here: `constant`)."""

    shares: tuple[float, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, dataset: Dataset) -> Predictions:
        """The same probabilities for every example: float64 (n, classes)."""
        return Predictions(np.tile(np.array(self.shares, np.float64), (len(dataset), 1)))

    def save(self, folder: Path) -> str:
        """Write the weights into the empty folder; returns the name of the scorer that loads them."""
        says = {"format": "constant", "classes": len(self.shares), "answer": list(self.shares)}
        (folder / "model.json").write_text(json.dumps(says), encoding="utf-8")
        return "constant"


class SmoothedLearner:
    """Class shares with `prior` rows of every class added."""

    name: ClassVar[str] = "smoothed"
    extra: ClassVar[str | None] = None  # the extra that must be installed, such as "boost"
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"  # the encoded float32 matrix, or cells
    default: ClassVar[bool] = False  # True: tried without being named
    baseline: ClassVar[bool] = False  # True: a bar to clear, not a candidate to ship
    least_units: ClassVar[int] = 1

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why this learner cannot serve the task."""
        return None if task.target == "label" else f"it predicts label, not {task.target}"

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """Recipes worth trying without a search, best bet first."""
        return ({"prior": 1.0}, {"name": "strong prior", "prior": 20.0})

    def space(self, task: Task) -> Mapping[str, Choice]:
        """What a search may vary."""
        return {"prior": Choice(0.1, 100.0, log=True)}

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """Seconds and bytes of one fit, by formula: never by a clock."""
        return Cost(0.001 + 1e-8 * shape.rows, 8.0 * shape.rows)

    def fit(
        self,
        train: Dataset,
        validation: Dataset | None,
        task: Task,
        params: Mapping[str, Any],
        *,
        workdir: Path,
        seed: int,
        cores: int,
        progress: Progress,
    ) -> Model:
        """Fit on train; validation may only decide when to stop. Same arguments, same bytes."""
        truth = np.asarray(train.truth, dtype=np.int64)
        counts = np.bincount(truth, weights=train.weigh(), minlength=len(task.classes))
        shares = counts + float(params.get("prior", 1.0))
        progress(1.0, "counted")
        return SmoothedModel(tuple(float(s) for s in shares / shares.sum()))

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Parameters for the refit without validation, from what the folds found out (rounds ...)."""
        return params
