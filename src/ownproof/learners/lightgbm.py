"""Gradient-boosted trees by LightGBM: native categories, level means for long ones, early stopping on the loss."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.learner import Choice, Cost, Cut, Model, Progress, Shape
from ownproof.core.prediction import Predictions
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.learners.parts import cost_lightgbm, level_means, monotone, objectives, rounds, table, trees
from ownproof.learners.parts.forest_model import graph
from ownproof.learners.parts.level_means import LevelMeans
from ownproof.learners.parts.price import price

_OURS: Final = {"name", "rounds", "stop", "rows_most", *objectives.OURS}
_OBJECTIVES: Final = {
    "squared": ("regression", "rmse"),
    "log": ("regression", "rmse"),
    "poisson": ("poisson", "poisson"),
    "tweedie": ("tweedie", "tweedie"),
    "absolute": ("regression_l1", "l1"),
    "quantile": ("quantile", "quantile"),
}
_FEW_ROWS: Final = 5_000
_ROWS_DRAWN: Final = 200_000  # that the stopgaps for large tables learn from
_MANY_CLASSES: Final = 8
_LEVELS_MOST: Final = 50  # of a column whose levels are split as sets
_CELLS_FOR_THREADS: Final = 2_000_000  # on smaller matrices threads wait for each other longer than they work


@dataclass(frozen=True, slots=True, eq=False)
class LightgbmModel:
    """A booster as its text, cut at the best round, over a matrix that `means` has widened.

    smear: of a booster of logarithms, what is added before the exponential.
    """

    text: str
    means: LevelMeans
    classes: int
    facts: Mapping[str, Any]
    cores: int
    booster: Any
    smear: float | None = None

    def predict(self, dataset: Dataset) -> Predictions:
        """Probabilities (n, classes), or numbers (n,)."""
        wide = self.means.apply(table.matrix(dataset))
        answers = self.booster.predict(wide, num_threads=_threads(len(dataset), 40, self.cores))
        raw = np.asarray(answers, np.float64)
        if self.smear is not None:
            raw = np.exp(raw + self.smear)
        return Predictions(table.both(raw) if self.classes == 2 else raw)

    def save(self, folder: Path) -> str:
        """Write `model.txt`, and `model.onnx` beside it, for the scorer `lightgbm`; with level means or
        logarithms, which only the graph can hold, `model.onnx` alone for the scorer `onnx`."""
        forest = trees.from_lightgbm(self.booster.dump_model())
        if self.smear is not None:
            forest = replace(forest, link="log", base=forest.base + self.smear)
        (folder / "model.onnx").write_bytes(graph(forest, self.means, range(self.classes), self.classes))
        if self.means.width or self.smear is not None:
            return "onnx"
        (folder / "model.txt").write_bytes(self.text.encode())
        return "lightgbm"

    def contributions(self, dataset: Dataset) -> NDArray[np.float64]:
        """TreeSHAP values (n, features) of the margin; of several classes the sum of their absolute values."""
        matrix = table.matrix(dataset)
        wide = self.means.apply(matrix)
        values = np.asarray(self.booster.predict(wide, pred_contrib=True, num_threads=1), np.float64)
        if self.classes > 2:
            values = np.abs(values.reshape(len(matrix), self.classes, -1)).sum(axis=1)
        own, means = values[:, : matrix.shape[1]], values[:, matrix.shape[1] : -1]
        if self.means.width:  # what a level's means contribute is the column's
            own[:, self.means.categorical] += means.reshape(len(matrix), len(self.means.categorical), -1).sum(axis=2)
        return own


class LightgbmLearner:
    """LightGBM for labels and numbers."""

    name: ClassVar[str] = "lightgbm"
    extra: ClassVar[str | None] = None
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    default: ClassVar[bool] = True
    baseline: ClassVar[bool] = False
    least_units: ClassVar[int] = 20

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why the task cannot be served."""
        return table.refusal(schema, task)

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """Tuned defaults (pytabkit's), drawn splits, small trees, large trees, then ever cheaper ones; on few rows small
        trees come first: on ten development tables of up to 4,000 rows they were the best of the four on all but one, at a
        third of the time."""
        if task.target == "label":
            first = _recipe("default", 0.04, num_leaves=50, min_data_in_leaf=40, bagging_fraction=0.75)
        else:
            first = _recipe("default", 0.05, num_leaves=100, min_data_in_leaf=3, bagging_fraction=0.7)
        recipes = [
            first,
            _recipe(
                "extra trees",
                0.03,
                num_leaves=39,
                min_data_in_leaf=7,
                bagging_fraction=0.88,
                feature_fraction=0.5,
                lambda_l2=0.9,
                extra_trees=True,
            ),
            _recipe(
                "small",
                0.03,
                num_leaves=8,
                min_data_in_leaf=10,
                bagging_fraction=0.8,
                feature_fraction=0.6,
                lambda_l2=0.9,
                extra_trees=True,
            ),
            _recipe(
                "big",
                0.03,
                num_leaves=84,
                min_data_in_leaf=10,
                bagging_fraction=0.8,
                feature_fraction=0.5,
                lambda_l2=0.9,
            ),
        ]
        if shape.rows <= _FEW_ROWS:
            recipes = [recipes[2], recipes[1], recipes[0], recipes[3]]
        if shape.rows > _FEW_ROWS:
            recipes.append(
                _recipe("fast", 0.1, num_leaves=31, min_data_in_leaf=20, bagging_fraction=0.75, feature_fraction=0.6)
            )
        if shape.rows > 50_000:
            brisk = _recipe("brisk", 0.15, num_leaves=31, bagging_fraction=0.5, feature_fraction=0.6)
            recipes.append({**brisk, "rounds": 300})
        if shape.rows > _ROWS_DRAWN:
            drawn = _recipe("drawn", 0.2, num_leaves=31, bagging_fraction=0.5, feature_fraction=0.6)
            recipes.append({**drawn, "rounds": 150, "rows_most": _ROWS_DRAWN})
        if shape.rows > _FEW_ROWS:
            quick = _recipe("quick", 0.2, num_leaves=16, bagging_fraction=0.5, feature_fraction=0.5)
            recipes.append({**quick, "rounds": 120, "rows_most": _ROWS_DRAWN})
        if shape.answers > _MANY_CLASSES:
            # Every round grows a tree for each class: the usual recipes take minutes, and this one its turn in a minute.
            brief = _recipe("brief", 0.15, num_leaves=8, min_data_in_leaf=5, feature_fraction=0.5, extra_trees=True)
            recipes.append({**brief, "rounds": 100})
        return objectives.spread(recipes, task)

    def space(self, task: Task) -> Mapping[str, Choice]:
        """The ranges of the published portfolios' quartiles, widened."""
        return {
            "learning_rate": Choice(0.01, 0.1, log=True),
            "num_leaves": Choice(8, 128, log=True, whole=True),
            "feature_fraction": Choice(0.4, 1.0),
            "bagging_fraction": Choice(0.6, 1.0),
            "min_data_in_leaf": Choice(2, 60, log=True, whole=True),
            "lambda_l2": Choice(1e-3, 10.0, log=True),
            "extra_trees": Choice(values=(False, True)),
        }

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """By formula; random splits and small trees use up nearly all their rounds."""
        rows = min(shape.rows, int(params.get("rows_most", shape.rows)))
        drawn = rows * float(params.get("bagging_fraction", 1.0))
        leaves = min(float(params.get("num_leaves", 31)), max(2.0, drawn / _least(params, rows)))
        grown = rounds.expected(params, _most(params, rows), 0.6 if _weak(params) else 0.5)
        took = cost_lightgbm.seconds(params, shape, rounds=grown, rows=rows, leaves=leaves, above=_LEVELS_MOST)
        return Cost(took, 60e6 + 14.0 * rows * shape.features)

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

        params: LightGBM's own names, and `name`, `rounds` (the most), `stop` (False: exactly `rounds`), `rows_most`,
        `objective` (see `parts.objectives`), `quantile`, `smear` (of the log scale; without it validation tells).
        """
        import lightgbm as lgb

        classes = table.class_count(task)
        matrix, truth, weight = _sampled(train, task, params, seed)
        objective = objectives.objective_of(params, truth, classes)
        truth = np.log(truth) if objective == "log" else truth
        means, categorical = _means(train, matrix, truth, weight, classes)
        settings = _settings(params, len(matrix), classes, objective) | {
            "seed": seed,
            "num_threads": _threads(len(matrix), matrix.shape[1], cores),
        }
        wide = (
            means.out_of_fold(matrix, level_means.outcomes(truth, classes), weight, seed=seed)
            if means.width
            else matrix
        )
        if means.width:
            wide[:, means.categorical] = 0.0  # their codes are no numbers, and the means say it better
        kept = monotone.signs(table.encoded(train).features, task, width=wide.shape[1])
        settings |= {} if kept is None else {"monotone_constraints": kept}
        told = lgb.Dataset(wide, truth, weight=weight, categorical_feature=categorical, params=settings)
        held = []
        if validation is not None:
            seen = means.apply(table.matrix(validation))
            known = table.truth(validation, task)
            known = np.log(np.maximum(known, np.finfo(np.float64).tiny)) if objective == "log" else known
            held = [told.create_valid(seen, known, weight=table.weights(validation))]
        most = int(params.get("rounds", _most(params, len(matrix))))
        watch = _Watch(rounds.Patience(stops=bool(params.get("stop", True)) and bool(held)), progress, most)
        booster = lgb.train(settings, told, most, valid_sets=held, callbacks=[watch])
        text = _without_threads(booster.model_to_string(num_iteration=watch.patience.best))
        costs = _price(text)
        grown = {**params, "rounds": watch.patience.done, "stop": False, "num_leaves": costs.pop("leaves")}
        work_s = self.cost(grown, table.shape(train, validation, task, cores)).seconds
        facts = watch.patience.facts(rows=len(matrix)) | {"work_s": work_s} | costs
        bare = LightgbmModel(text, means, classes, facts, cores, lgb.Booster(model_str=text))
        return bare if objective != "log" else _on_log_scale(bare, params, train if validation is None else validation)

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The same recipe for a fixed number of rounds."""
        return {**params, "rounds": rounds.settled(facts), "stop": False, **objectives.settled(params, facts)}


class _Watch:
    """LightGBM's callback: decides when to stop, and reports."""

    order, before_iteration = 30, False

    def __init__(self, patience: rounds.Patience, progress: Progress, most: int) -> None:
        self.patience, self._progress, self._most = patience, progress, most

    def __call__(self, env: Any) -> None:
        from lightgbm.callback import EarlyStopException

        seen = env.evaluation_result_list or []
        over = self.patience.after(env.iteration + 1, float(seen[0][2]) if seen else None)
        if not over:
            try:
                self._progress((env.iteration + 1) / self._most, self.patience.text())
            except Cut:
                over = True
        if over:
            raise EarlyStopException(self.patience.best - 1, seen)


def _recipe(name: str, learning_rate: float, **settings: Any) -> dict[str, Any]:
    """Everything that a search may vary is said, so that it can start from here; the most rounds follow from the rate."""
    usual = {
        "num_leaves": 31,
        "min_data_in_leaf": 20,
        "feature_fraction": 1.0,
        "bagging_fraction": 1.0,
        "lambda_l2": 1e-3,
        "extra_trees": False,
    }
    return {"name": name, "learning_rate": learning_rate, **usual, **settings}


def _weak(params: Mapping[str, Any]) -> bool:
    """Whether single trees say little: drawn splits, or few leaves."""
    return bool(params.get("extra_trees")) or int(params.get("num_leaves", 31)) < 16


def _most(params: Mapping[str, Any], rows: int) -> int:
    """The most rounds worth planning: weak trees are added for longer."""
    return round(rounds.most(rows, _rate(params)) * (1.6 if _weak(params) else 1.0))


def _rate(params: Mapping[str, Any]) -> float:
    return float(params.get("learning_rate", 0.05))


def _least(params: Mapping[str, Any], rows: int) -> int:
    """The rows that a leaf must hold, less where there are few."""
    return min(int(params.get("min_data_in_leaf", 20)), max(1, rows // 20))


def _on_log_scale(model: LightgbmModel, params: Mapping[str, Any], rows: Dataset) -> LightgbmModel:
    """The model of logarithms as one of numbers; `rows` tell how, where no folds told before."""
    smear = params.get("smear")
    if smear is None:
        truth = np.asarray(rows.truth, np.float64)
        smear = objectives.smear(truth, model.predict(rows).raw, table.weights(rows))
    return replace(model, smear=float(smear), facts={**model.facts, "smear": float(smear)})


def _settings(params: Mapping[str, Any], rows: int, classes: int, objective: str = "squared") -> dict[str, Any]:
    """LightGBM's parameters. The loss stops the rounds, never a ranking: a ranking may peak at the first trees."""
    loss, metric = (
        _OBJECTIVES[objective]
        if not classes
        else ("binary", "binary_logloss")
        if classes == 2
        else ("multiclass", "multi_logloss")
    )
    settings: dict[str, Any] = {k: v for k, v in params.items() if k not in _OURS}
    settings |= {
        "objective": loss,
        "metric": metric,
        "verbosity": -1,
        "deterministic": True,
        "force_row_wise": True,
        "bagging_freq": 1,
        "feature_pre_filter": False,
    }
    settings["min_data_in_leaf"] = _least(params, rows)
    if classes > 2:
        settings["num_class"] = classes
    if objective == "quantile":
        settings["alpha"] = float(params["quantile"])
    if objective == "tweedie":
        settings["tweedie_variance_power"] = objectives.TWEEDIE_POWER
    return settings


def _sampled(
    train: Dataset, task: Task, params: Mapping[str, Any], seed: int
) -> tuple[NDArray[np.float32], NDArray[Any], NDArray[np.float64] | None]:
    """Matrix, truth and weights of at most `rows_most` rows, drawn without replacement."""
    matrix, truth, weight = table.matrix(train), table.truth(train, task), table.weights(train)
    most = int(params.get("rows_most", len(matrix)))
    if most >= len(matrix):
        return matrix, truth, weight
    drawn = np.sort(np.random.default_rng(seed).choice(len(matrix), most, replace=False))
    return matrix[drawn], truth[drawn], None if weight is None else weight[drawn]


def _means(
    train: Dataset, matrix: NDArray[np.float32], truth: NDArray[Any], weight: NDArray[np.float64] | None, classes: int
) -> tuple[LevelMeans, list[int]]:
    """The means of columns with many levels, and the other columns of codes, which LightGBM takes as they are.

    Sets of hundreds of levels fit noise; a mean drawn towards the overall one does not (measured on made-up columns of
    60 to 500 levels, with and without an effect).
    """
    encoded = Encoded(matrix, table.encoded(train).features)
    means = LevelMeans.fit(encoded, level_means.outcomes(truth, classes), weight, above=_LEVELS_MOST)
    return means, [i for i in encoded.categorical if encoded.features[i].levels <= _LEVELS_MOST]


def _price(text: str) -> dict[str, Any]:
    """What the trees of a model's text cost: a leaf takes about 140 bytes in the text and the graph together; `leaves`: of
    a tree, on average."""
    leaves = [int(count) for count in re.findall(r"^num_leaves=(\d+)$", text, flags=re.MULTILINE)]
    each = {"leaves": sum(leaves) / max(1, len(leaves))}
    return price(trees=len(leaves), leaves=sum(leaves), leaf_bytes=140.0) | each


def _threads(rows: int, columns: int, cores: int) -> int:
    return cores if rows * columns >= _CELLS_FOR_THREADS else 1


def _without_threads(text: str) -> str:
    """The model's text as one thread would have written it: the trees are the same whatever their number."""
    return re.sub(r"^\[num_threads: \d+\]$", "[num_threads: 1]", text, flags=re.MULTILINE)
