"""Gradient boosting by XGBoost, by name: trees over numbers and level means, so that they ship as ONNX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np

from ownproof import optional
from ownproof.core.dataset import Dataset
from ownproof.core.learner import Choice, Cost, Cut, Model, Progress, Shape
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.learners.parts import level_means, monotone, rounds, table, trees
from ownproof.learners.parts.constant_model import ConstantModel
from ownproof.learners.parts.forest_model import ForestModel, learnable
from ownproof.learners.parts.price import price

_OURS: Final = {"name", "rounds", "stop"}


class XgboostLearner:
    """XGBoost for labels and numbers, with the tuned defaults of pytabkit."""

    name: ClassVar[str] = "xgboost"
    extra: ClassVar[str | None] = "boost"
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    default: ClassVar[bool] = False
    baseline: ClassVar[bool] = False
    least_units: ClassVar[int] = 20

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why the task cannot be served."""
        return table.refusal(schema, task)

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """Tuned defaults."""
        return (
            {
                "name": "default",
                "learning_rate": 0.08,
                "max_depth": 6,
                "subsample": 0.65,
                "lambda": 0.5,
                "rounds": rounds.most(shape.rows, 0.08),
            },
        )

    def space(self, task: Task) -> Mapping[str, Choice]:
        """What is usually tuned."""
        return {
            "learning_rate": Choice(0.01, 0.2, log=True),
            "max_depth": Choice(3, 10, whole=True),
            "subsample": Choice(0.5, 1.0),
            "colsample_bytree": Choice(0.4, 1.0),
            "min_child_weight": Choice(0.1, 20.0, log=True),
            "lambda": Choice(1e-3, 10.0, log=True),
        }

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """Fitted on timings of 1,000 to 100,000 rows; rounds under early stopping are taken as 0.65 of the most."""
        outputs, columns = shape.answers if shape.answers > 2 else 1, 1.1 * shape.features
        depth = int(params.get("max_depth", 6))
        leaves = min(2.0**depth, shape.rows / 5 + 1)
        one = 4e-4 + 1e-7 * shape.rows + 1.3e-9 * shape.rows * columns * depth + 1.2e-6 * leaves * columns
        count = rounds.expected(params, _most(params, shape.rows)) * outputs
        return Cost(0.3 + 3e-7 * shape.rows * columns + one * count, 200e6 + 30.0 * shape.rows * columns)

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
        """Boost until the loss on validation stops falling, or for `rounds` rounds without it.

        params: XGBoost's own names, and `name`, `rounds` (the most), `stop` (False: exactly `rounds`).
        """
        library = optional.need("xgboost", extra="boost", wanted_by="the learner xgboost")
        classes, truth, weight = table.class_count(task), table.truth(train, task), table.weights(train)
        present, labels = table.present(truth, classes)
        matrix = table.matrix(train)
        if len(present) == 1 or not learnable(matrix):
            progress(1.0, "nothing to tell rows apart by")
            return ConstantModel.of(train, task, {"rounds": 1})
        outcome = level_means.outcomes(labels, len(present))
        means = level_means.LevelMeans.fit(table.encoded(train), outcome, weight)
        told = library.DMatrix(means.out_of_fold(matrix, outcome, weight, seed=seed), labels, weight=weight, nthread=1)
        held, most = table.among(validation, task, present), int(params.get("rounds", _most(params, len(matrix))))
        watched = (
            []
            if held is None
            else [(library.DMatrix(means.apply(held.matrix), held.truth, weight=held.weight, nthread=1), "held")]
        )
        patience = rounds.Patience(stops=bool(params.get("stop", True)) and held is not None)
        settings = _settings(params, len(present)) | {"seed": seed, "nthread": cores}
        kept = monotone.signs(table.encoded(train).features, task, width=matrix.shape[1] + means.width)
        settings |= {} if kept is None else {"monotone_constraints": tuple(kept)}
        booster = library.train(
            settings,
            told,
            most,
            evals=watched,
            verbose_eval=False,
            callbacks=[_callback(library, patience, progress, most)],
        )
        booster = booster[: patience.best]
        booster.set_param({"nthread": 1})
        grown = [line.count("leaf=") for line in booster.get_dump()]
        costs = price(trees=len(grown), leaves=sum(grown), leaf_bytes=130.0)

        def answer(wide: np.ndarray) -> np.ndarray:
            raw = np.asarray(booster.predict(library.DMatrix(wide, nthread=1)), np.float64)
            return table.both(raw) if len(present) == 2 else raw

        return ForestModel(
            answer=answer,
            trees=lambda: trees.from_xgboost(booster.save_raw("json")),
            means=means,
            present=present,
            classes=classes,
            facts=patience.facts(rows=len(matrix)) | costs,
            native={"model.ubj": bytes(booster.save_raw("ubj"))},
        )

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The same recipe for a fixed number of rounds."""
        return {**params, "rounds": rounds.settled(facts), "stop": False}


def _most(params: Mapping[str, Any], rows: int) -> int:
    return rounds.most(rows, float(params.get("learning_rate", 0.08)))


def _settings(params: Mapping[str, Any], classes: int) -> dict[str, Any]:
    objective, metric = (
        ("reg:squarederror", "rmse")
        if not classes
        else ("binary:logistic", "logloss")
        if classes == 2
        else ("multi:softprob", "mlogloss")
    )
    settings: dict[str, Any] = {"learning_rate": 0.08, **{k: v for k, v in params.items() if k not in _OURS}}
    settings |= {"objective": objective, "eval_metric": metric, "tree_method": "hist", "verbosity": 0}
    return settings | {"num_class": classes} if classes > 2 else settings


def _callback(library: Any, patience: rounds.Patience, progress: Progress, most: int) -> Any:
    """XGBoost asks for a class of its own family, which is known only once the library is there."""

    class Watch(library.callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
            """Whether to stop."""
            seen = next(iter(evals_log.get("held", {}).values()), None)
            over = patience.after(epoch + 1, None if seen is None else float(seen[-1]))
            if epoch % rounds.EVERY == 0 and not over:
                try:
                    progress((epoch + 1) / most, patience.text())
                except Cut:
                    return True
            return over

    return Watch()
