"""A random forest by scikit-learn, by name: bounded in size, over numbers and level means, so that it ships as ONNX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.learner import Choice, Cost, Cut, Model, Progress, Shape
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.learners.parts import level_means, monotone, table, trees
from ownproof.learners.parts.constant_model import ConstantModel
from ownproof.learners.parts.forest_model import ForestModel, learnable
from ownproof.learners.parts.price import price

_TREES: Final = 100
_TREES_AT_ONCE: Final = 10
_VALUES_MOST: Final = 8192  # leaves of a tree times classes: a hundred trees stay below some 20 MB
_ROWS_MOST: Final = 200_000


class RandomForestLearner:
    """A random forest for labels and numbers."""

    name: ClassVar[str] = "random_forest"
    extra: ClassVar[str | None] = None
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    default: ClassVar[bool] = False
    baseline: ClassVar[bool] = False
    least_units: ClassVar[int] = 20

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why the task cannot be served."""
        return table.refusal(schema, task) or (monotone.CANNOT if monotone.asked(task) else None)

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """Breiman's forest with leaves of three rows, and no more leaves than a file can bear."""
        return (
            {
                "name": "default",
                "trees": _TREES,
                "min_samples_leaf": 3,
                # The root of their number as a share, so that the search can start from it.
                "max_features": 0.33 if task.target == "number" else max(0.1, round(shape.features**-0.5, 3)),
            },
        )

    def space(self, task: Task) -> Mapping[str, Choice]:
        """Leaf size and how many columns a split may choose from."""
        return {"min_samples_leaf": Choice(1, 30, log=True, whole=True), "max_features": Choice(0.1, 1.0)}

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """Fitted on timings of 1,000 to 100,000 rows."""
        rows, columns, wanted = min(shape.rows, _ROWS_MOST), 1.1 * shape.features, params.get("max_features", "sqrt")
        looked = np.sqrt(columns) if wanted == "sqrt" else float(wanted) * columns
        depth = np.log2(max(4.0, rows / 3))
        one = 1e-3 + 6e-8 * rows * max(1.0, looked) * depth
        return Cost(float(0.5 + int(params.get("trees", _TREES)) * one), 200e6 + 30.0 * rows * columns)

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
        """Grow the trees, ten at a time; validation is not looked at.

        params: `trees`, `min_samples_leaf`, `max_features` as in scikit-learn, and `name`.
        """
        if len(train) > _ROWS_MOST:
            drawn = np.random.default_rng(seed).choice(len(train), _ROWS_MOST, replace=False)
            train = train.take(np.sort(drawn))
        classes, truth, weight = table.class_count(task), table.truth(train, task), table.weights(train)
        present, labels = table.present(truth, classes)
        matrix = table.matrix(train)
        if len(present) == 1 or not learnable(matrix):
            progress(1.0, "nothing to tell rows apart by")
            return ConstantModel.of(train, task, {"trees": 1})
        outcome = level_means.outcomes(labels, len(present))
        means = level_means.LevelMeans.fit(table.encoded(train), outcome, weight)
        forest = _forest(params, classes, seed=seed, cores=cores)
        wide, wanted = means.out_of_fold(matrix, outcome, weight, seed=seed), int(params.get("trees", _TREES))
        for grown in range(min(_TREES_AT_ONCE, wanted), wanted + _TREES_AT_ONCE, _TREES_AT_ONCE):
            forest.set_params(n_estimators=min(grown, wanted)).fit(wide, labels, sample_weight=weight)
            try:
                progress(min(1.0, grown / wanted), f"{min(grown, wanted)} trees")
            except Cut:
                break
        forest.set_params(n_jobs=1)
        leaves = sum(int(tree.get_n_leaves()) for tree in forest.estimators_)
        costs = price(trees=len(forest.estimators_), leaves=leaves, leaf_bytes=40.0 * max(1, len(present) - 1))
        return ForestModel(
            answer=forest.predict_proba if classes else forest.predict,
            trees=lambda: trees.from_sklearn_forest(forest),
            means=means,
            present=present,
            classes=classes,
            facts={"trees": len(forest.estimators_)} | costs,
        )

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The same parameters: a forest needs no stopping."""
        return params


def _forest(params: Mapping[str, Any], classes: int, *, seed: int, cores: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestClassifier if classes else RandomForestRegressor
    return kind(
        min_samples_leaf=int(params.get("min_samples_leaf", 3)),
        max_leaf_nodes=_VALUES_MOST // max(2, classes),
        max_features=params.get("max_features", "sqrt" if classes else 0.33),
        random_state=seed,
        n_jobs=cores,
        warm_start=True,
    )
