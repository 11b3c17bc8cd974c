"""The answer that needs no column: the shares of the classes, or the mean."""

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
from ownproof.learners.parts import table


@dataclass(frozen=True, slots=True)
class ConstantModel:
    """One answer for every row: probabilities (classes,), or one number."""

    answer: tuple[float, ...]
    classes: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, dataset: Dataset) -> Predictions:
        """The same answer for every example."""
        raw = np.tile(np.array(self.answer, np.float64), (len(dataset), 1))
        return Predictions(raw if self.classes else raw[:, 0])

    def save(self, folder: Path) -> str:
        """Write `model.json` for the scorer `constant`."""
        says = {"format": "constant", "classes": self.classes or None,
                "answer": list(self.answer) if self.classes else self.answer[0]}
        (folder / "model.json").write_text(json.dumps(says), "utf-8")
        return "constant"


class ConstantLearner:
    """Majority and mean: the least that a model has to beat."""

    name: ClassVar[str] = "constant"
    extra: ClassVar[str | None] = None
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    default: ClassVar[bool] = True
    baseline: ClassVar[bool] = True
    least_units: ClassVar[int] = 1

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why the task cannot be served; it needs no column."""
        reason = table.refusal(schema, task)
        return reason if schema.features else None

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """One recipe: there is nothing to choose."""
        return ({},)

    def space(self, task: Task) -> Mapping[str, Choice]:
        """Nothing to search."""
        return {}

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """One pass over the truth."""
        return Cost(0.001 + 2e-8 * shape.rows, 16.0 * shape.rows)

    def fit(self, train: Dataset, validation: Dataset | None, task: Task, params: Mapping[str, Any], *,
            workdir: Path, seed: int, cores: int, progress: Progress) -> Model:
        """The weighted shares of the classes, or the weighted mean."""
        truth, weight = table.truth(train, task), table.weights(train)
        classes = table.class_count(task)
        if classes:
            answer = table.shares(truth.astype(np.int64), weight, classes)
        else:
            answer = np.array([np.average(truth, weights=weight)])
        progress(1.0, "constant")
        return ConstantModel(tuple(float(a) for a in answer), classes)

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The same parameters: nothing was found out."""
        return params
