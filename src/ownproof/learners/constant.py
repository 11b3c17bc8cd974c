"""The answer that needs no column: the shares of the classes, or the mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from ownproof.core.dataset import Dataset
from ownproof.core.learner import Choice, Cost, Model, Progress, Shape
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.learners.parts import table
from ownproof.learners.parts.constant_model import ConstantModel


class ConstantLearner:
    """Majority and mean: the least that a model has to beat."""

    name: ClassVar[str] = "constant"
    extra: ClassVar[str | None] = None
    reads: ClassVar[Literal["matrix", "columns"]] = "columns"
    default: ClassVar[bool] = True
    baseline: ClassVar[bool] = True
    least_units: ClassVar[int] = 1

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why the task cannot be served; it needs no column."""
        return table.refusal(None, task)

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """One recipe: there is nothing to choose."""
        return ({},)

    def space(self, task: Task) -> Mapping[str, Choice]:
        """Nothing to search."""
        return {}

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """One pass over the truth."""
        return Cost(0.001 + 2e-8 * shape.rows, 16.0 * shape.rows)

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
        """The weighted shares of the classes, or the weighted mean."""
        model = ConstantModel.of(train, task)
        progress(1.0, "constant")
        return model

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The same parameters: nothing was found out."""
        return params
