"""Logistic, multinomial and ridge regression over standardised numbers, squares and one-hot categories."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from ownproof.learners.parts import cost_linear, monotone, onnx_linear, table
from ownproof.learners.parts.linear_columns import Columns, ridge
from ownproof.stats.linear import Expansion, Linear

_PATH: Final = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
"""Strengths of the weights that are tried, the strictest first: the inverse of the ridge penalty."""

_CLIP: Final = 5.0  # standard deviations: further out, a heavy tail would rule the weights
_SQUARES_UP_TO: Final = 60  # numeric columns
_ROWS_MOST: Final = 100_000  # more rows hardly move a linear model: a loss of 200 weights by 0.0005 at most
_ROWS_FOR_PATH: Final = 40_000  # nor more than these the choice of its strength
_STRENGTHS, _PASSES = 5, 50  # that are usually walked along, and that a fit of one usually takes
_ABSENT: Final = -12.0  # the score of a class that was never seen, against the others'
_HELD_SHARE: Final = 0.2
_ONE_ROW_US: Final = 12.0  # nearly the same for all: the calls take longer than the sums


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """Weights over an expansion."""

    linear: Linear
    facts: Mapping[str, Any]

    def predict(self, dataset: Dataset) -> Predictions:
        """Probabilities (n, classes), or numbers (n,)."""
        return Predictions(self.linear.answer(table.matrix(dataset)))

    def save(self, folder: Path) -> str:
        """Write `model.json` and `weights.npz` for the scorer `linear`, and `model.onnx` beside them."""
        (folder / "model.json").write_text(json.dumps(self.linear.to_json()), "utf-8")
        np.savez(folder / "weights.npz", allow_pickle=False, **self.linear.arrays())
        if self.linear.expansion.columns:
            (folder / "model.onnx").write_bytes(onnx_linear.write(self.linear))
        return "linear"


class LinearLearner:
    """The model that every other one should beat, and that goes on where data leaves the known range."""

    name: ClassVar[str] = "linear"
    extra: ClassVar[str | None] = None
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    default: ClassVar[bool] = True
    baseline: ClassVar[bool] = False
    least_units: ClassVar[int] = 20

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why the task cannot be served."""
        return table.refusal(schema, task) or (monotone.CANNOT if monotone.asked(task) else None)

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """With squares, then without: on few rows or many classes they may fit noise. The strength is found on the way."""
        numbers = shape.features - len(shape.levels)
        return ({}, {"name": "plain", "squares": False}) if 0 < numbers <= _SQUARES_UP_TO else ({},)

    def space(self, task: Task) -> Mapping[str, Choice]:
        """The strength, squares or none, and where tails are cut."""
        return {
            "C": Choice(1e-4, 100.0, log=True),
            "squares": Choice(values=(True, False)),
            "clip": Choice(3.0, 10.0, log=True),
        }

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """By formula: a walk along the strengths on some rows, then a fit on all, each of the usual number of passes;
        `passes` says how many there were, walk and fit."""
        rows = min(shape.rows, _ROWS_MOST)
        walked = min(rows, _ROWS_FOR_PATH)
        whole = "C" in params or walked == rows
        strengths = 1 if "C" in params else _STRENGTHS
        squares = bool(params.get("squares", shape.features - len(shape.levels) <= _SQUARES_UP_TO))
        walk, last = params.get("passes", (strengths * _PASSES, 2 * _PASSES))
        took = cost_linear.seconds(shape, cost_linear.Work(walked, strengths, walk), squares=squares)
        if not whole:
            took += cost_linear.seconds(shape, cost_linear.Work(rows, 1, last), squares=squares)
        return Cost(0.02 + took, 50e6 + 32.0 * rows * shape.features)

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
        """Fit along a short path of strengths and keep the one with the lowest loss on validation.

        params: `C` (the inverse of the penalty: no path), `squares`, `clip`. Many rows are drawn from, by the seed,
        to walk the path; without validation a fifth of the rows takes its place. Then all are fitted once more.
        """
        rng = np.random.default_rng(seed)
        shape = table.shape(train, validation, task, cores)
        train = _some(train, _ROWS_MOST, rng)
        walk = 0
        with _one_thread():
            if "C" in params:
                model = _best(train, validation, task, (params, (float(params["C"]),)), progress)
            elif validation is not None and len(train) <= _ROWS_FOR_PATH:
                model = _best(train, validation, task, (params, _PATH), progress)
            else:
                some, held = _some(train, _ROWS_FOR_PATH, rng), validation
                if held is None:
                    chosen = rng.random(len(some)) < _HELD_SHARE
                    some, held = some.take(~chosen), some.take(chosen)
                strength = 1.0
                if len(some) and len(held):
                    found = _best(some, held, task, (params, _PATH), progress).facts
                    strength, walk = float(found["C"]), found["passes"]
                model = _best(train, validation, task, (params, (strength,)), progress)
        last = model.facts["passes"]
        made = (walk, last) if walk else (last, 0)
        return replace(model, facts={**model.facts, "work_s": self.cost({**params, "passes": made}, shape).seconds})

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The folds' strengths, averaged on the log scale."""
        found = [float(f["C"]) for f in facts]
        return {**params, "C": float(np.exp(np.mean(np.log(found))))} if found else params


def _some(dataset: Dataset, most: int, rng: np.random.Generator) -> Dataset:
    """At most so many of the rows, in their order."""
    return dataset if len(dataset) <= most else dataset.take(np.sort(rng.choice(len(dataset), most, replace=False)))


def _best(
    train: Dataset,
    validation: Dataset | None,
    task: Task,
    recipe: tuple[Mapping[str, Any], Sequence[float]],
    progress: Progress,
) -> LinearModel:
    """The model with the lowest loss on validation along the strengths; the path ends when the loss rises."""
    params, strengths = recipe
    best: LinearModel | None = None
    passes = 0
    for i, (c, linear, took) in enumerate(_fits(train, task, params, strengths)):
        passes += took
        facts = {"C": c, "one_row_us": _ONE_ROW_US, "bytes": 40.0 * linear.expansion.columns}
        if validation is not None and len(strengths) > 1:
            facts["loss"] = _loss(linear, validation, task)
            if best is not None and not facts["loss"] < best.facts["loss"]:
                break
        best = LinearModel(linear, facts)
        try:
            progress((i + 1) / len(strengths), f"strength {c:g}")
        except Cut:
            break
    assert best is not None  # noqa: S101 - there is at least one strength
    return replace(best, facts={**best.facts, "passes": passes})


def _loss(linear: Linear, validation: Dataset, task: Task) -> float:
    """Log-loss, or mean squared error."""
    truth, weight = table.truth(validation, task), table.weights(validation)
    answers = linear.answer(table.matrix(validation))
    if linear.classes:
        lost = -np.log(np.maximum(answers[np.arange(len(truth)), truth], 1e-15))
    else:
        lost = (answers - truth) ** 2
    return float(np.average(lost, weights=weight))


def _fits(
    train: Dataset, task: Task, params: Mapping[str, Any], strengths: Sequence[float]
) -> Iterator[tuple[float, Linear, int]]:
    """One fitted model for each strength, each starting where the one before ended, and the passes that it took."""
    encoded = train.encoded
    matrix = table.matrix(train)
    assert encoded is not None  # noqa: S101 - `matrix` has just refused it
    expansion = _expansion(encoded, params)
    truth, weight = table.truth(train, task), table.weights(train)
    classes = table.class_count(task)
    columns = Columns.of(expansion, matrix) if expansion.columns else None
    fits = _logistic(columns, truth, weight, strengths) if classes else _ridge(columns, truth, weight, strengths)
    for c, weights, near, passes in fits:
        bias = near if columns is None else near - columns.origin @ weights
        if not classes:
            yield c, Linear(expansion, "identity", bias, weights), passes
        else:
            yield (
                c,
                Linear(
                    expansion,
                    "sigmoid" if classes == 2 else "softmax",
                    *_all_classes(np.unique(truth), classes, bias, weights),
                ),
                passes,
            )


def _expansion(encoded: Encoded, params: Mapping[str, Any]) -> Expansion:
    """Numbers by mean and standard deviation, missing marks where something is missing, squares in narrow tables."""
    matrix = encoded.matrix
    numeric, mean, sd, indicated = [], [], [], []
    patterns: set[bytes] = set()
    summed = {f.column for f in encoded.features if f.learnt}
    for i, feature in enumerate(encoded.features):
        if feature.kind != "numeric" or (feature.column in summed and not feature.learnt):
            continue  # what a text's terms add up to is there already, weighed on all of them
        x = matrix[:, i].astype(np.float64)
        known = x[np.isfinite(x)]
        spread = float(known.std()) if known.size else 0.0
        if spread > 1e-12 * max(1.0, float(np.abs(known).max(initial=0.0))):
            numeric.append(i)
            mean.append(float(known.mean()))
            sd.append(spread)
            gaps = np.packbits(np.isnan(x)).tobytes() if known.size < x.size else b""
            indicated.append(bool(gaps) and gaps not in patterns)  # the parts of one text are missing together
            patterns.add(gaps)
    squares = bool(params.get("squares", len(numeric) <= _SQUARES_UP_TO))
    categorical = encoded.categorical
    return Expansion.of(
        matrix.shape[1],
        numeric=numeric,
        mean=mean,
        sd=sd,
        indicated=indicated,
        squared=[squares and _spread_out(matrix[:, i]) for i in numeric],
        clip=float(params.get("clip", _CLIP)),
        categorical=categorical,
        levels=[encoded.features[i].levels for i in categorical],
    )


def _spread_out(values: NDArray[np.float32]) -> bool:
    """Whether a column has three values or more: the square of a flag says nothing new."""
    known = values[np.isfinite(values)]
    return bool(np.any((known != known.min()) & (known != known.max())))


def _logistic(
    columns: Columns | None, truth: NDArray[Any], weight: NDArray[np.float64] | None, strengths: Sequence[float]
) -> Iterator[tuple[float, NDArray[np.float64], NDArray[np.float64], int]]:
    """(strength, weights (columns, outputs), bias (outputs,), passes) of the classes that are there."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    present, labels = np.unique(truth, return_inverse=True)
    if columns is None or len(present) == 1:
        share = np.log(table.shares(labels, weight, len(present)))
        bias = share if len(present) != 2 else share[1:] - share[:1]
        yield strengths[0], np.zeros((0 if columns is None else len(columns.origin), len(bias))), bias, 0
        return
    model = LogisticRegression(max_iter=200, tol=1e-4, warm_start=True)
    for c in strengths:
        model.set_params(C=c)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # near enough: the next strength goes on from here
            warnings.filterwarnings(
                "ignore", "The number of unique classes"
            )  # many classes of few rows are still classes
            model.fit(columns.cells, labels, sample_weight=weight)
        yield c, np.array(model.coef_.T, np.float64), np.array(model.intercept_, np.float64), int(np.max(model.n_iter_))


def _ridge(
    columns: Columns | None, truth: NDArray[np.float64], weight: NDArray[np.float64] | None, strengths: Sequence[float]
) -> Iterator[tuple[float, NDArray[np.float64], NDArray[np.float64], int]]:
    """(strength, weights (columns, 1), bias (1,), passes), fitted to the standardised truth."""
    mean, sd = float(np.average(truth, weights=weight)), float(truth.std()) or 1.0
    if columns is None:
        yield strengths[0], np.zeros((0, 1)), np.array([mean]), 0
        return
    solve = ridge(columns, (truth - mean) / sd, weight)
    for c in strengths:
        weights, bias = solve(1.0 / c)
        yield c, weights.reshape(-1, 1) * sd, np.array([mean + sd * bias]), 1


def _all_classes(
    present: NDArray[np.int64], classes: int, bias: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bias and weights with a place for each class; one that was never seen is very unlikely everywhere."""
    if len(present) == classes:
        return bias, weights
    if classes == 2:  # only one of the two is there
        return np.array([-_ABSENT if present[0] == 1 else _ABSENT]), np.zeros((len(weights), 1))
    if len(present) == 2:  # one output, for the second of the two
        bias, weights = np.array([0.0, bias[0]]), np.column_stack([np.zeros(len(weights)), weights[:, 0]])
    all_bias, all_weights = np.full(classes, _ABSENT), np.zeros((len(weights), classes))
    all_bias[present], all_weights[:, present] = bias, weights
    return all_bias, all_weights


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread for linear algebra: with more, sums run in another order and the last bits change."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
