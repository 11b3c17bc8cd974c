"""One small student of a whole model: it learns the truth and, as much, what the model answers to rows it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.learner import Candidate, Cut, Learner
from ownproof.core.prediction import Predictions
from ownproof.core.task import Task
from ownproof.phases.train.folds import Bench, Tried, average

LEARNER: Final = "lightgbm"
RECIPE: Final[Mapping[str, Any]] = {
    "name": "student",
    "learning_rate": 0.08,
    "num_leaves": 8,
    "min_data_in_leaf": 10,
    "bagging_fraction": 0.8,
    "feature_fraction": 0.75,
    "lambda_l2": 1.0,
    "extra_trees": True,
    "rounds": 250,
}
SOFT: Final = 0.5  # how much the teacher's word counts beside the truth
LEAST: Final = 1e-3  # a class that is less likely than that is not told

Members = Sequence[tuple[Tried, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Soft:
    """What a teacher answers to rows it was not fitted on: rows of the table, int64 (n,), and raw answers."""

    rows: np.ndarray
    raw: np.ndarray

    def of(self, dataset: Dataset) -> np.ndarray:
        """The answers to the rows of a dataset, NaN where the teacher says nothing."""
        found = np.full((len(dataset), *self.raw.shape[1:]), np.nan)
        place = np.searchsorted(self.rows, dataset.positions)
        place = np.minimum(place, len(self.rows) - 1)
        known = self.rows[place] == dataset.positions
        found[known] = self.raw[place[known]]
        return found


def softened(dataset: Dataset, soft: np.ndarray, task: Task) -> Dataset:
    """The rows with the teacher's word beside the truth: numbers are mixed; a row of a label stands once for each class,
    weighed by it, which is the cross-entropy with soft labels (Hinton and others 2015). soft: NaN where nothing is said."""
    assert dataset.truth is not None  # noqa: S101 - training rows have truth
    if not task.classes:
        mixed = np.where(np.isnan(soft), dataset.truth, SOFT * soft + (1 - SOFT) * dataset.truth)
        return replace(dataset, truth=mixed)
    hard = np.eye(len(task.classes))[dataset.truth]
    shares = np.where(np.isnan(soft), hard, SOFT * soft + (1 - SOFT) * hard)
    row, label = np.nonzero(shares >= LEAST)
    told = dataset.take(row)
    return replace(told, truth=label.astype(np.int64), weights=dataset.weigh()[row] * shares[row, label])


def student(bench: Bench, learners: Mapping[str, Learner], members: Members) -> Tried | None:
    """The student on every fold, taught without a look at the rows that the fold holds out; None when time was over.

    In each fold the teacher's members are fitted on one half of the training units and answer the other, so that their
    word is neither about rows they know by heart nor carries anything of the rows that judge the student.
    """
    started = bench.now()
    candidate, learner = Candidate(LEARNER, dict(RECIPE)), learners[LEARNER]
    gathered, by_fold, facts = [], list[float](), list[Mapping[str, Any]]()
    for index, fold in enumerate(bench.split.folds):
        done = _one(bench, learners, members, learner=learner, index=index)
        if done is None:
            return None
        predictions, fact = done
        held = bench.dataset.take(fold.validation)
        assert held.truth is not None  # noqa: S101
        by_fold.append(
            float(np.average(bench.target.losses(held.truth, predictions, bench.task), weights=held.weigh()))
        )
        gathered.append((fold.validation, predictions))
        facts.append(fact)
    together = average(gathered, bench.split.answered, len(bench.dataset))
    truth = bench.dataset.take(bench.split.answered).truth
    assert truth is not None  # noqa: S101
    losses = bench.target.losses(truth, together, bench.task)
    return Tried(candidate, together, losses, tuple(by_fold), tuple(facts), bench.now() - started)


def _one(
    bench: Bench, learners: Mapping[str, Learner], members: Members, *, learner: Learner, index: int
) -> tuple[Predictions, Mapping[str, Any]] | None:
    """The student's answers to the rows that one fold holds out."""
    recipe = [[t.candidate.to_json(), w, [dict(f) for f in t.facts]] for t, w in members]
    key = bench.key(Candidate(LEARNER, {**RECIPE, "teachers": recipe}), index)
    arrays, kept = bench.memo.recall(key), bench.memo.facts(key)
    if arrays is not None and kept is not None:
        return Predictions(arrays["raw"]), kept
    train, held = bench.fold(index)
    try:
        soft = _soft(bench, learners, members, train=train, index=index)
        model = learner.fit(
            softened(train, soft, bench.task),
            held,
            bench.task,
            RECIPE,
            workdir=bench.workdir,
            seed=bench.seed + index,
            cores=bench.cores,
            progress=bench.progress,
        )
    except Cut:
        return None
    if bench.cut:
        return None
    found = {k: v for k, v in model.facts.items() if k != "work_s"}
    predictions = model.predict(held)
    bench.memo.record(key, {"raw": predictions.raw}, found)
    return predictions, found


def _soft(bench: Bench, learners: Mapping[str, Learner], members: Members, *, train: Dataset, index: int) -> np.ndarray:
    """The members' averaged answers to training rows, each half of the units answered by fits on the other."""
    units = np.unique(bench.split.units[bench.split.folds[index].train], return_inverse=True)[1].reshape(-1)
    half = (np.random.default_rng(bench.seed + index).permutation(int(units.max()) + 1) % 2)[units]
    total: np.ndarray | None = None
    for side in (0, 1):
        known, asked = np.flatnonzero(half != side), np.flatnonzero(half == side)
        for tried, weight in members:
            teacher = learners[tried.candidate.learner]
            params = teacher.settle(tried.candidate.params, [tried.facts[index]])
            model = teacher.fit(
                train.take(known),
                None,
                bench.task,
                params,
                workdir=bench.workdir,
                seed=bench.seed + index,
                cores=bench.cores,
                progress=bench.progress,
            )
            raw = model.predict(train.take(asked)).raw
            total = np.zeros((len(train), *raw.shape[1:])) if total is None else total
            total[asked] += weight * raw
    assert total is not None  # noqa: S101 - a model has members
    return total
