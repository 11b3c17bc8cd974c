"""Gradient boosting by CatBoost: symmetric trees over numbers and level means, so that they ship as ONNX."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof import optional
from ownproof.core.dataset import Dataset
from ownproof.core.learner import Choice, Cost, Cut, Model, Progress, Shape
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.learners.parts import cost_catboost, level_means, monotone, objectives, rounds, table, trees
from ownproof.learners.parts.constant_model import ConstantModel
from ownproof.learners.parts.forest_model import ForestModel, learnable
from ownproof.learners.parts.price import price

_OURS: Final = {"name", "rounds", "stop", *objectives.OURS}
_CELLS_FOR_BRIEF: Final = 100_000  # times answers: from so many on the usual recipes may have no room in a short budget
_LOSSES: Final = {0: "RMSE", 2: "Logloss"}
_OBJECTIVES: Final = {
    "poisson": "Poisson",
    "tweedie": f"Tweedie:variance_power={objectives.TWEEDIE_POWER}",
    "absolute": "MAE",
    "quantile": "Quantile:alpha={quantile}",
}


class CatboostLearner:
    """CatBoost for labels and numbers, near its defaults, which are nearly its best."""

    name: ClassVar[str] = "catboost"
    extra: ClassVar[str | None] = "boost"
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    default: ClassVar[bool] = optional.there("catboost")
    baseline: ClassVar[bool] = False
    least_units: ClassVar[int] = 20

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why the task cannot be served."""
        return table.refusal(schema, task)

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """Near the defaults, then flatter trees, then ever cheaper ones for large tables."""
        rate = 0.05 + 0.03 * min(1.0, max(0.0, float(np.log10(max(shape.rows, 1))) - 4.0))
        recipes: list[dict[str, Any]] = [
            {"name": "default", "learning_rate": round(rate, 4), "depth": 6},
            {"name": "shallow", "learning_rate": round(rate + 0.01, 4), "depth": 4},
        ]
        if shape.rows > 5_000:
            recipes.append({"name": "quick", "learning_rate": 0.15, "depth": 5})
        if shape.rows * shape.features * shape.answers > _CELLS_FOR_BRIEF:
            recipes.append({"name": "brief", "learning_rate": 0.2, "depth": 4, "rounds": 250})
        return objectives.spread(recipes, task)

    def space(self, task: Task) -> Mapping[str, Choice]:
        """What moves CatBoost at all."""
        return {
            "learning_rate": Choice(0.02, 0.15, log=True),
            "depth": Choice(4, 8, whole=True),
            "l2_leaf_reg": Choice(1.0, 10.0, log=True),
            "random_strength": Choice(0.1, 3.0, log=True),
        }

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """By formula; under early stopping half of the most rounds are counted."""
        grown = rounds.expected(params, _most(params, shape.rows), share=0.5)
        depth = int(params.get("depth", 6))
        took = cost_catboost.seconds(shape, rounds=grown, depth=depth, above=level_means.FLAG)
        return Cost(took, 200e6 + 44.0 * shape.rows * shape.features)

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

        params: CatBoost's own names, and `name`, `rounds` (the most), `stop` (False: exactly `rounds`).
        """
        library = optional.need("catboost", extra="boost", wanted_by="the learner catboost")
        classes, truth, weight = table.class_count(task), table.truth(train, task), table.weights(train)
        present, labels = table.present(truth, classes)
        matrix = table.matrix(train)
        if len(present) == 1 or not learnable(matrix):
            progress(1.0, "nothing to tell rows apart by")
            return ConstantModel.of(train, task, {"rounds": 1})
        objective = objectives.objective_of(params, truth, classes)
        labels = np.log(labels) if objective == "log" else labels
        outcome = level_means.outcomes(labels, len(present))
        means = level_means.LevelMeans.fit(table.encoded(train), outcome, weight)
        told = library.Pool(means.out_of_fold(matrix, outcome, weight, seed=seed), labels, weight=weight)
        held = table.among(validation, task, present)
        most = int(params.get("rounds", _most(params, len(matrix))))
        watch = _Watch(rounds.Patience(stops=bool(params.get("stop", True)) and held is not None), progress, most)
        wide = matrix.shape[1] + means.width
        kept = monotone.signs(table.encoded(train).features, task, width=wide)
        model = library.CatBoost(
            _settings(params, len(present), objective)
            | ({} if kept is None else {"monotone_constraints": kept})
            | {"iterations": most, "random_seed": seed, "thread_count": cores, "train_dir": str(workdir)}
        )
        model.fit(told, eval_set=None if held is None else _held(library, means, held, objective), callbacks=[watch])
        model.shrink(watch.patience.best)
        says, native = _exported(model, workdir)
        smear = _smear(model, means, params, held or table.among(train, task, present)) if objective == "log" else None
        kind = "Probability" if classes else "Exponent" if objective in ("poisson", "tweedie") else "RawFormulaVal"
        grown = {**params, "rounds": watch.patience.done, "stop": False}
        work_s = self.cost(grown, table.shape(train, validation, task, cores)).seconds
        leaves = model.tree_count_ * 2 ** int(params.get("depth", 6))
        costs = price(trees=model.tree_count_, leaves=leaves, leaf_bytes=50.0 + 60.0 * max(0, len(present) - 2))
        facts = watch.patience.facts(rows=len(matrix)) | {"work_s": work_s} | costs

        def answer(wide: NDArray[np.float32]) -> NDArray[np.float64]:
            raw = np.asarray(model.predict(wide, prediction_type=kind, thread_count=1), np.float64)
            return raw if smear is None else np.exp(raw + smear)

        def grown_trees() -> trees.Trees:
            forest = trees.from_catboost(says)
            return forest if smear is None else replace(forest, link="log", base=forest.base + smear)

        return ForestModel(
            answer=answer,
            trees=grown_trees,
            means=means,
            present=present,
            classes=classes,
            facts=facts if smear is None else {**facts, "smear": smear},
            native={"model.cbm": native},
        )

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The same recipe for a fixed number of rounds."""
        return {**params, "rounds": rounds.settled(facts), "stop": False, **objectives.settled(params, facts)}


class _Watch:
    """CatBoost's callback: decides when to stop, and reports."""

    def __init__(self, patience: rounds.Patience, progress: Progress, most: int) -> None:
        self.patience, self._progress, self._most = patience, progress, most

    def after_iteration(self, info: Any) -> bool:
        """Whether to go on."""
        seen = info.metrics.get("validation") or {}
        over = self.patience.after(info.iteration, next((values[-1] for values in seen.values()), None))
        if not over:
            try:
                self._progress(min(1.0, info.iteration / self._most), self.patience.text())
            except Cut:
                over = True
        return not over


def _most(params: Mapping[str, Any], rows: int) -> int:
    """Symmetric trees are weaker than free ones: twice as many."""
    return 2 * rounds.most(rows, float(params.get("learning_rate", 0.05)))


def _held(library: Any, means: level_means.LevelMeans, held: table.Held, objective: str) -> Any:
    """The rows that decide when to stop, as CatBoost wants them."""
    truth = np.log(np.maximum(held.truth, np.finfo(np.float64).tiny)) if objective == "log" else held.truth
    return library.Pool(means.apply(held.matrix), truth, weight=held.weight)


def _smear(model: Any, means: level_means.LevelMeans, params: Mapping[str, Any], rows: table.Held | None) -> float:
    """How the log scale is brought back: as the folds told, else as these rows do."""
    if params.get("smear") is not None or rows is None:
        return float(params.get("smear") or 0.0)
    logs = np.asarray(model.predict(means.apply(rows.matrix), thread_count=1), np.float64)
    return objectives.smear(np.asarray(rows.truth, np.float64), logs, rows.weight)


def _settings(params: Mapping[str, Any], classes: int, objective: str = "squared") -> dict[str, Any]:
    loss = _LOSSES.get(classes, "MultiClass")
    loss = _OBJECTIVES.get(objective, loss).format(quantile=params.get("quantile"))
    return {
        "depth": 6,
        "learning_rate": 0.05,
        **{k: v for k, v in params.items() if k not in _OURS},
        "loss_function": loss,
        "eval_metric": loss,
        "allow_writing_files": False,
        "verbose": False,
        "use_best_model": False,
    }


def _exported(model: Any, workdir: Path) -> tuple[bytes, bytes]:
    """The model as JSON, and as CatBoost's own file without the time, the identity and the paths of the training."""
    says, native = workdir / "model.json", workdir / "model.cbm"
    model.save_model(str(says), format="json")
    bare, loss = model.copy(), model.get_params()["loss_function"]
    described = bare.get_metadata()
    for name in list(described.keys()):
        if name != "class_params":
            del described[name]
    name, _, settings = loss.partition(":")
    said = dict(s.split("=") for s in settings.split(";") if s)
    described["params"] = json.dumps({"loss_function": {"type": name, "params": said}})
    bare.save_model(str(native))
    return says.read_bytes(), native.read_bytes()
