"""One answer for every row: what a fit ends in when there is nothing to tell rows apart by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.prediction import Predictions
from ownproof.core.task import Task
from ownproof.learners.parts import table


@dataclass(frozen=True, slots=True)
class ConstantModel:
    """One answer for every row: probabilities (classes,), or one number."""

    answer: tuple[float, ...]
    classes: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, train: Dataset, task: Task, facts: Mapping[str, Any] | None = None) -> ConstantModel:
        """The weighted shares of the classes, or the weighted mean."""
        truth, weight = table.truth(train, task), table.weights(train)
        classes = table.class_count(task)
        answer = table.shares(truth, weight, classes) if classes else np.array([np.average(truth, weights=weight)])
        return cls(tuple(float(a) for a in answer), classes, facts or {})

    def predict(self, dataset: Dataset) -> Predictions:
        """The same answer for every example."""
        raw = np.tile(np.array(self.answer, np.float64), (len(dataset), 1))
        return Predictions(raw if self.classes else raw[:, 0])

    def save(self, folder: Path) -> str:
        """Write `model.json` for the scorer `constant`."""
        says = {
            "format": "constant",
            "classes": self.classes or None,
            "answer": list(self.answer) if self.classes else self.answer[0],
        }
        (folder / "model.json").write_text(json.dumps(says), "utf-8")
        return "constant"
