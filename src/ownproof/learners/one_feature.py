"""The best rule over one single column: what a person could write on a napkin, and the bar for everything else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.core.dataset import Dataset
from ownproof.core.learner import Choice, Cost, Cut, Model, Progress, Shape
from ownproof.core.prediction import Predictions
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.learners.parts import steps, table

_FOLDS: Final = 3
_CELLS_LOOKED_AT: Final = 2_000_000
_ROWS_LOOKED_AT: Final = (2_000, 20_000)
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class OneFeatureModel:
    """A step function of one matrix column.

    answers: (places, classes or 1); the last place is that of missing values. other: the answer for unknown codes.
    """

    feature: int
    column: steps.Column
    answers: NDArray[np.float64]
    other: NDArray[np.float64]
    classes: int
    facts: Mapping[str, Any]

    def predict(self, dataset: Dataset) -> Predictions:
        """Probabilities (n, classes), or numbers (n,)."""
        values = table.matrix(dataset)[:, self.feature]
        places = self.column.places(values)
        unknown = (places == self.column.size) & ~np.isnan(values)
        raw = np.concatenate([self.answers, self.other])[np.where(unknown, len(self.answers), places)]
        return Predictions(raw if self.classes else raw[:, 0])

    def save(self, folder: Path) -> str:
        """Write `model.json` for the scorer `one_feature`."""
        edges, answers = self._merged()
        says = {
            "format": "one_feature",
            "classes": self.classes or None,
            "feature": self.feature,
            "kind": "categorical" if self.column.edges is None else "numeric",
            "edges": edges,
            "answers": self._plain(answers),
            "missing": self._plain(self.answers[-1]),
            "other": self._plain(self.other[0]),
        }
        (folder / "model.json").write_text(json.dumps(says), "utf-8")
        return "one_feature"

    def _plain(self, answers: NDArray[np.float64]) -> Any:
        return answers.tolist() if self.classes else answers[..., 0].tolist()

    def _merged(self) -> tuple[list[float], NDArray[np.float64]]:
        """Edges and answers with neighbouring bins of one answer joined."""
        if self.column.edges is None:
            return [], self.answers[:-1]
        own = self.answers[:-1]
        apart = np.flatnonzero(np.any(own[1:] != own[:-1], axis=1))
        return self.column.edges[apart].tolist(), own[np.concatenate([[0], apart + 1])]


class OneFeatureLearner:
    """The column whose small step function predicts best, found by cross-fitting inside the training rows."""

    name: ClassVar[str] = "one_feature"
    extra: ClassVar[str | None] = None
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    default: ClassVar[bool] = True
    baseline: ClassVar[bool] = True
    least_units: ClassVar[int] = 10

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why the task cannot be served."""
        return table.refusal(schema, task)

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """One recipe."""
        return ({},)

    def space(self, task: Task) -> Mapping[str, Choice]:
        """Nothing to search."""
        return {}

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """A pass over a sample for every column, and one over all rows for the best."""
        looked = _rows_looked_at(shape.rows, shape.features)
        one = 2e-3 + looked * (2e-7 + 1e-8 * shape.answers)
        return Cost(0.01 + shape.features * one + 5e-7 * shape.rows, 100.0 * shape.rows)

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
        """Choose the column on a sample of the rows, then fit its steps on all of them."""
        matrix, classes = table.matrix(train), table.class_count(task)
        truth, weight = table.truth(train, task), table.weights(train)
        centre = 0 if classes else float(np.mean(truth))
        outcomes = steps.Outcomes(truth - centre, np.ones(len(matrix)) if weight is None else weight, classes)
        levels = [f.levels if f.kind == "categorical" else None for f in _features(train)]
        plain = [i for i, f in enumerate(_features(train)) if not f.learnt] or range(len(levels))
        best, loss = _choose(matrix, outcomes, {i: levels[i] for i in plain}, seed=seed, progress=progress)
        column = steps.Column.of(matrix[:, best], levels[best])
        sums = outcomes.sums(column.places(matrix[:, best]), column.size + 1)
        overall = outcomes.overall(sums.sum(axis=0))
        answers, starts = column.answer(outcomes, sums, overall)
        answers, overall = answers + centre, overall + centre
        feature = _features(train)[best]
        facts = {
            "column": feature.column,
            "feature": feature.label or feature.name,
            "loss": loss,
            "rule": _words(column, answers, starts),
        }
        return OneFeatureModel(best, column, answers, overall[None], classes, facts)

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The same parameters: the refit chooses again."""
        return params


def _features(dataset: Dataset) -> Sequence[Any]:
    return dataset.encoded.features if dataset.encoded else ()


def _rows_looked_at(rows: int, columns: int) -> int:
    few, many = _ROWS_LOOKED_AT
    return min(rows, max(few, min(many, _CELLS_LOOKED_AT // max(1, columns))))


def _choose(
    matrix: NDArray[np.float32],
    outcomes: steps.Outcomes,
    levels: Mapping[int, int | None],
    *,
    seed: int,
    progress: Progress,
) -> tuple[int, float]:
    """The position of the best column and its held-out loss, on a sample; the first of equals. levels: by position."""
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(matrix))[: _rows_looked_at(*matrix.shape)])
    fold = rng.permutation(len(rows)) % min(_FOLDS, len(rows))
    some, best, least = outcomes.take(rows), min(levels), np.inf
    for tried, (i, count) in enumerate(levels.items()):
        values = np.ascontiguousarray(matrix[rows, i])
        column = steps.Column.of(values, count)
        loss = steps.held_out_loss(some, column, column.places(values), fold)
        if loss < least:
            best, least = i, loss
        try:
            progress((tried + 1) / len(levels), f"column {best + 1} of {len(levels)} is the best so far")
        except Cut:
            break
    return best, float(least)


def _words(column: steps.Column, answers: NDArray[np.float64], starts: Sequence[int]) -> list[list[Any]]:
    """The first few steps as (condition, answer): the last class's probability, or the number."""
    said: list[list[Any]] = []
    if column.edges is None:
        said = [[f"code {i}", round(float(a[-1]), 6)] for i, a in enumerate(answers[:-1][:_SHOWN])]
    else:
        for i, start in enumerate(starts):
            last = i + 1 == len(starts)
            bound = column.edges[start - 1] if last and start else None if last else column.edges[starts[i + 1] - 1]
            when = "any" if bound is None else f"{'>' if last else '<='} {bound:.6g}"
            said.append([when, round(float(answers[start][-1]), 6)])
    return [*said, ["missing", round(float(answers[-1][-1]), 6)]]
