"""A detector whose scores are sums over trees, so that it ships as ONNX like any other forest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ownproof.core.dataset import Dataset
from ownproof.core.prediction import Predictions
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.learners.parts import onnx_trees, table
from ownproof.learners.parts.tree_nodes import Trees


@dataclass(frozen=True, slots=True, eq=False)
class DetectorModel:
    """Trees that give a larger number to a stranger row."""

    trees: Trees
    facts: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, dataset: Dataset) -> Predictions:
        """Scores (n,)."""
        return Predictions(self.trees.answer(table.matrix(dataset)))

    def save(self, folder: Path) -> str:
        """Write `model.onnx` for the scorer `onnx`."""
        (folder / "model.onnx").write_bytes(onnx_trees.write(self.trees, classes=None))
        return "onnx"


def refusal(schema: Schema, task: Task) -> str | None:
    """Why a detector cannot serve a task; None when it can."""
    if task.truth != "none" or task.target != "anomaly":
        return "it looks for strange rows where there is no target (--target none)"
    return None if schema.features else "there is no column left to look at"
