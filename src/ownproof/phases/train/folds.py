"""Out-of-fold answers of one candidate, fit by fold, kept so that a restart does not fit again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.encoder import Encoder
from ownproof.core.learner import Candidate, Cut, Learner, Shape
from ownproof.core.prediction import Predictions
from ownproof.core.report import plain
from ownproof.core.split import Split
from ownproof.core.target import Target
from ownproof.core.task import Task

Prepare = Callable[[Dataset, Sequence[Dataset]], tuple[Encoder, list[Dataset]]]
"""prepare(training rows, further rows) -> the encoder fitted on the training rows, and all of them encoded."""


class Memo(Protocol):
    """Where finished fits are kept; an entry that is damaged counts as absent."""

    def recall(self, key: str) -> dict[str, np.ndarray] | None:
        """The arrays under a key, or None."""

    def facts(self, key: str) -> dict[str, Any] | None:
        """The facts beside them, or None."""

    def record(self, key: str, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Keep arrays and facts under a key, whole or not at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A candidate and what it answered for every row that some fold held out (repeats averaged).

    losses: per answered row, what the choice among candidates minimises; by_fold: their mean fold by fold.
    """

    candidate: Candidate
    predictions: Predictions
    losses: np.ndarray
    by_fold: tuple[float, ...]
    facts: tuple[Mapping[str, Any], ...]
    seconds: float

    @property
    def loss(self) -> float:
        """The mean over folds (every fold counts the same)."""
        return float(np.mean(self.by_fold))

    @property
    def one_row_us(self) -> float:
        """What one row takes, by the learner's own formula (0 where it says nothing): the mean over folds."""
        return float(np.mean([f.get("one_row_us", 0.0) for f in self.facts])) if self.facts else 0.0

    @property
    def bytes(self) -> float:
        """What the weights take on disk, by the learner's own formula: the mean over folds."""
        return float(np.mean([f.get("bytes", 0.0) for f in self.facts])) if self.facts else 0.0


@dataclass(slots=True)
class Bench:
    """Everything that every candidate of a run shares. base: a digest of data, split, task, seed and code.

    spent_s: what all fits took, by the learners' formulas; a fit that is recalled counts as it did when it was made.
    decay: the weight of a forward window's residuals beside the next window's, for intervals.
    """

    dataset: Dataset
    split: Split
    task: Task
    target: Target
    prepare: Prepare
    memo: Memo
    base: str
    workdir: Path
    seed: int
    cores: int
    now: Callable[[], float]
    deadline: float = float("inf")
    tell: Callable[[float, str], None] = lambda *_: None
    cut: bool = False
    last_resort: bool = False
    decay: float = 1.0
    spent_s: float = 0.0
    _prepared: dict[int, tuple[Dataset, Dataset]] = field(default_factory=dict)

    def fold(self, index: int) -> tuple[Dataset, Dataset]:
        """Training and held-out rows of a fold, encoded by what the training rows of that fold taught."""
        if index not in self._prepared:
            fold = self.split.folds[index]
            _, (train, held) = self.prepare(self.dataset.take(fold.train), [self.dataset.take(fold.validation)])
            self._prepared[index] = (train, held)
        return self._prepared[index]

    def progress(self, share: float, words: str) -> None:
        """What a fit calls: passes the news on, and raises Cut when the time is over."""
        if self.now() > self.deadline:
            self.cut = True
            raise Cut
        self.tell(share, words)

    def key(self, candidate: Candidate, fold: int) -> str:
        """The name under which one fit is kept."""
        text = json.dumps([self.base, plain(candidate.to_json()), fold, self.seed], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def try_out(
    bench: Bench, learner: Learner, candidate: Candidate, *, give_up: Callable[[list[float]], bool] = lambda _: False
) -> Tried | None:
    """Fit a candidate on every fold and gather its held-out answers.

    give_up: told the losses of the folds so far, it may end a hopeless candidate early; then, and when the clock
    cut a fit, the result is None.
    """
    started = bench.now()
    gathered: list[tuple[np.ndarray, Predictions]] = []
    by_fold: list[float] = []
    facts: list[Mapping[str, Any]] = []
    for index in range(len(bench.split.folds)):
        done = one_fit(bench, learner, candidate, index)
        if done is None:
            return None
        predictions, fact = done
        held = bench.dataset.take(bench.split.folds[index].validation)
        assert held.truth is not None  # noqa: S101 - training rows have truth
        losses = bench.target.losses(held.truth, predictions, bench.task)
        by_fold.append(float(np.average(losses, weights=held.weigh())))
        gathered.append((bench.split.folds[index].validation, predictions))
        facts.append(fact)
        if index + 1 < len(bench.split.folds) and give_up(by_fold):
            return None
    together = average(gathered, bench.split.answered, len(bench.dataset))
    answered = bench.dataset.take(bench.split.answered)
    assert answered.truth is not None  # noqa: S101
    return Tried(
        candidate,
        together,
        bench.target.losses(answered.truth, together, bench.task),
        tuple(by_fold),
        tuple(facts),
        bench.now() - started,
    )


def one_fit(
    bench: Bench, learner: Learner, candidate: Candidate, index: int
) -> tuple[Predictions, Mapping[str, Any]] | None:
    """One candidate on one fold: recalled if it was done before, else fitted; None when the clock cut it."""
    key = bench.key(candidate, index)
    arrays, facts = bench.memo.recall(key), bench.memo.facts(key)
    if arrays is not None and facts is not None:
        bench.spent_s += facts.get("work_s", 0.0)
        if "raw" in arrays:
            return Predictions(arrays["raw"], bool(facts["hard"])), facts["facts"]
        values = [bench.target.from_json(v, bench.task) for v in facts["raw"]]
        return Predictions(objects(values), bool(facts["hard"])), facts["facts"]
    train, held = bench.fold(index)
    try:
        model = learner.fit(
            train,
            held,
            bench.task,
            candidate.params,
            workdir=bench.workdir,
            seed=bench.seed + index,
            cores=bench.cores,
            progress=bench.progress,
        )
    except Cut:
        return None
    predictions = model.predict(held)
    found = dict(model.facts)
    if bench.cut:  # a fit that kept what it had when the clock struck is no fit that a restart would repeat
        return (predictions, found) if bench.last_resort else None
    took = found.get("work_s")  # as the learner said afterwards, else as it is estimated before
    if took is None:
        took = learner.cost(candidate.params, shape_of(bench, index)).seconds
    kept = {"facts": plain(found), "hard": predictions.hard, "work_s": float(took)}
    bench.spent_s += kept["work_s"]
    if predictions.raw.dtype == object:
        raw = [bench.target.to_json(v, bench.task) for v in predictions.raw]
        bench.memo.record(key, {}, {**kept, "raw": raw})
    else:
        bench.memo.record(key, {"raw": predictions.raw}, kept)
    return predictions, found


def shape_of(bench: Bench, index: int) -> Shape:
    """How large the fits on a fold are."""
    train, held = bench.fold(index)
    return Shape.of(train.encoded, len(train), answers=len(bench.task.classes), cores=bench.cores, held=len(held))


def objects(values: Sequence[Any]) -> np.ndarray:
    """A list as an object array (n,), whatever the entries are."""
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        array[i] = value
    return array


def average(gathered: Sequence[tuple[np.ndarray, Predictions]], answered: np.ndarray, rows: int) -> Predictions:
    """Held-out answers of all folds in the order of `answered`; a row answered more than once gets the mean.

    Answers that are no numbers are not averaged: the first one stands.
    """
    first = gathered[0][1]
    place = np.full(rows, -1, dtype=np.int64)
    place[answered] = np.arange(len(answered))
    if first.raw.dtype == object:
        raw = np.empty(len(answered), dtype=object)
        for where, predictions in reversed(gathered):
            for position, value in zip(place[where], predictions.raw, strict=True):
                raw[position] = value
        return Predictions(raw, first.hard)
    total = np.zeros((len(answered), *first.raw.shape[1:]))
    times = np.zeros(len(answered))
    for where, predictions in gathered:
        total[place[where]] += predictions.raw
        times[place[where]] += 1
    return Predictions(total / times.reshape(-1, *([1] * (total.ndim - 1))), first.hard)
