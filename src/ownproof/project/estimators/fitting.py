"""The training of a run on a table in memory: folds, plan, choice, calibration and refit; nothing is sealed or judged."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.encoder import Encoder
from ownproof.core.input import Input
from ownproof.core.learner import Candidate, Learner, Shape
from ownproof.core.policy import Policy
from ownproof.core.reader import RawTable
from ownproof.core.recognise import Kind, read_typed, recognise
from ownproof.core.schema import Column, Schema
from ownproof.core.target import Target
from ownproof.core.task import Task
from ownproof.phases import split as split_phase
from ownproof.phases.prepare import prepare
from ownproof.phases.seal import identity
from ownproof.phases.train import plan as planning
from ownproof.phases.train.account import Item
from ownproof.phases.train.folds import Bench
from ownproof.phases.train.run import Trained, out_of_fold, refit
from ownproof.project.estimators.fitted import Fitted
from ownproof.runtime import bundle as bundles
from ownproof.runtime.bundle import Contents, Member
from ownproof.stats.hashing import combine, mixed
from ownproof.version import VERSION

if TYPE_CHECKING:
    import polars as pl

FEW = 1000  # up to so many rows, equal rows are one that weighs more: weights and repetitions then say the same
SMALL = 200  # up to so many rows the folds are dealt once
TARGET = "y"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asked of training. budget_s: seconds, None for no limit; learners: names, empty for all."""

    budget_s: float | None
    trials: int | None
    learners: tuple[str, ...]
    cores: int
    seed: int


class _NoMemo:
    """Nothing is kept: a fit that is broken off starts anew."""

    def recall(self, key: str) -> None:  # noqa: ARG002 - nothing is kept under it
        return None

    def facts(self, key: str) -> None:  # noqa: ARG002
        return None

    def record(self, key: str, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:  # noqa: ARG002
        return None


def fit(
    frame: pl.DataFrame,
    truth: np.ndarray,
    weights: np.ndarray,
    *,
    target: str,
    classes: int,
    numbers: bool,
    wanted: Wanted,
) -> Fitted:
    """Train on a table of cells and its answers.

    truth: class indices, int64 (n,), with `classes` of them, or numbers, float64 (n,). weights: float64 (n,), above 0.
    numbers: whether every column is read as a number, whatever it looks like.
    """
    inputs = registry.inputs()
    raw = RawTable(frame.lazy(), source="X")
    told = dict.fromkeys(frame.columns, "number") if numbers else None
    kinds = recognise(raw, inputs, told=told)
    kind: Target = registry.targets()[target]
    names = tuple(range(classes))
    task = Task(TARGET, target, tuple(sorted({k.kind for k in kinds})), names, names[-1] if classes == 2 else None)
    task = replace(task, metric=next(iter(kind.metrics(task))))
    dataset, keys = _gathered(read_typed(raw, kinds, inputs).collect(), truth, weights, kinds, inputs)
    with tempfile.TemporaryDirectory(prefix="ownproof-fit-") as folder:
        bench = _bench(dataset, keys, task, kind, inputs, wanted=wanted, workdir=Path(folder))
        learners, plan = _plan(bench, wanted)
        trained = out_of_fold(bench, learners, plan)
        return Fitted(_packed(dataset, trained, learners, bench, Path(folder)))


def _gathered(
    table: pl.DataFrame, truth: np.ndarray, weights: np.ndarray, kinds: Sequence[Kind], inputs: Mapping[str, Input]
) -> tuple[Dataset, np.ndarray]:
    """The rows in an order that depends on their content alone, few equal ones as one; and who each of them is."""
    columns = tuple(
        Column(k.column, k.kind, "feature" if inputs[k.kind].usable else "ignored", k.details) for k in kinds
    )
    schema = Schema((*columns, Column(TARGET, "constant", "target")))
    whole = Dataset(table.lazy(), Schema(columns), "memory", table.height)
    keys = identity(whole, columns, inputs)
    alike = len(np.unique(keys)) < 2  # nothing tells one row from another: each is its own
    keys = mixed(np.arange(len(keys), dtype=np.uint64)) if alike else keys
    full = combine({"x": keys, TARGET: np.ascontiguousarray(truth).view(np.uint64)})
    if len(full) <= FEW:
        _, first, code = np.unique(full, return_index=True, return_inverse=True)
        summed = np.bincount(code.reshape(-1), weights=weights)
    else:
        first = np.argsort(full, kind="stable")
        summed = weights[first]
    kept = Dataset(
        table[first].lazy(), schema, "memory", len(first), truth=truth[first], weights=summed / summed.mean()
    )
    return kept, keys[first]


def _bench(
    dataset: Dataset,
    keys: np.ndarray,
    task: Task,
    target: Target,
    inputs: Mapping[str, Input],
    *,
    wanted: Wanted,
    workdir: Path,
) -> Bench:
    def prepared(train: Dataset, others: Sequence[Dataset]) -> tuple[Encoder, list[Dataset]]:
        return prepare(train, others, inputs)

    policy = Policy()
    if len(dataset) <= SMALL:
        policy = policy.override({"repeated_folds_below": 0})
    assert dataset.truth is not None  # noqa: S101 - it was given
    nothing = np.zeros(len(dataset), dtype=bool)
    split = split_phase.propose(
        dataset, nothing, keys, target.strata(dataset.truth, task), policy=policy, seed=wanted.seed
    ).split
    deadline = float("inf") if wanted.budget_s is None else time.monotonic() + wanted.budget_s
    return Bench(
        dataset,
        split,
        task,
        target,
        prepared,
        _NoMemo(),
        "",
        workdir,
        wanted.seed,
        wanted.cores,
        time.monotonic,
        deadline,
    )


def _plan(bench: Bench, wanted: Wanted) -> tuple[Mapping[str, Learner], planning.Plan]:
    """The plan of a run; where there are too few rows for every learner the linear model is tried all the same, and
    without a column to learn from the constant answer is all there is."""
    every: Mapping[str, Learner] = registry.learners()
    encoded = bench.fold(0)[0].encoded
    width = len(encoded.features) if encoded else 0
    units = len(np.unique(bench.split.units[bench.split.work]))
    asked = planning.Wanted(wanted.budget_s, wanted.trials, wanted.learners)
    schema, task = bench.dataset.schema, bench.task
    chosen, _ = planning.available(every, asked, schema, task, units=units, width=width) if width else ({}, [])
    if width and all(c.baseline for c in chosen.values()):
        asked = replace(asked, learners=("linear",))
        chosen, _ = planning.available(every, asked, schema, task, units=units, width=width)
    fold = bench.split.folds[0]
    shape = Shape.of(encoded, len(fold.train), answers=len(task.classes), cores=wanted.cores, held=len(fold.validation))
    some = {name: learner for name, learner in chosen.items() if not learner.baseline}
    if some:
        return some, planning.make(some, asked, task, shape=shape, folds=len(bench.split.folds), policy=Policy())
    last = Item(Candidate("constant", {}), 0.0)
    return {"constant": every["constant"]}, planning.Plan((), (last,), 0, None, 0.0, None)


def _packed(dataset: Dataset, trained: Trained, learners: Mapping[str, Learner], bench: Bench, folder: Path) -> bytes:
    """The refit on all rows, written as what ships is written, so that it answers through the same scorers."""
    encoder, members = refit(
        dataset,
        trained,
        learners,
        bench.task,
        prepare=bench.prepare,
        workdir=bench.workdir,
        seed=bench.seed,
        cores=bench.cores,
        tell=lambda *_: None,
    )
    place, names = folder / "fitted", []
    for number, member in enumerate(members):
        model = place / "model" / str(number)
        model.mkdir(parents=True)
        names.append(Member(str(number), member.model.save(model), member.weight, member.candidate.to_json()))
    contents = Contents(
        schema=Schema(tuple(c for c in dataset.schema.columns if c.role != "target")),
        task=bench.task,
        encoder=encoder,
        members=tuple(names),
        calibration=trained.calibration,
        operating=trained.operating,
        profiles={},
        card={"verdict": None, "evidence": None},
        card_text="Trained by an estimator: nothing was sealed, judged or recorded.\n",
        sheet={},
        parity={},
        requirements=(),
    )
    bundles.write(place, contents, version=VERSION)
    return bundles.pack(place, folder / "fitted.zip").read_bytes()
