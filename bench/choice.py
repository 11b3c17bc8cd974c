"""What a rule of choice is worth: every candidate of the portfolio is fitted once, then chosen from under several policies.

    python bench/choice.py [--only NAME ...] [--seed N]

The tables are made up (known forms, a few hundred to a few thousand rows) or come with scikit-learn; thousands of rows that
no fold held judge the choices. Prints the mean share of the way from the constant to the best choice, and what one row and
the weights take. The figures of decision 012 came from such tables and from real ones.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import polars as pl
from sklearn import datasets

from ownproof.core import registry
from ownproof.core.learner import Shape
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.phases.train import plan as planning
from ownproof.phases.train.choose import Terms, choose
from ownproof.phases.train.folds import Bench, Tried, try_out
from ownproof.project import config as settings
from ownproof.project import flow, steps, training
from ownproof.project.data import load
from ownproof.project.project import Project

HELD = 4000
POLICIES = {
    "one member": {"members_most": 1},
    "within one paired error": {"choice_errors": 1.0},
    "within half of one": {"choice_errors": 0.5},
    "price alone": {},
    "no price": {"row_ms_price": 0.0, "megabyte_price": 0.0},
    "five members": {"members_most": 5},
}


def columns(x: np.ndarray, **more: Any) -> pl.DataFrame:
    """A table of the columns x0, x1 ... and others."""
    return pl.DataFrame({f"x{i}": x[:, i] for i in range(x.shape[1])} | more)


def words(codes: np.ndarray) -> np.ndarray:
    """Codes as levels."""
    return np.char.add("k", codes.astype(str))


def friedman(rng: np.random.Generator, rows: int = 1000) -> pl.DataFrame:
    x = rng.random((rows + HELD, 10))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return columns(x, y=y + 2 * rng.normal(size=len(x)))


def heavy_tails(rng: np.random.Generator, rows: int = 3000) -> pl.DataFrame:
    x, code = rng.normal(size=(rows + HELD, 12)), rng.integers(0, 8, rows + HELD)
    log = 1.2 * x[:, 0] + np.abs(x[:, 1]) * x[:, 2] + rng.normal(size=8)[code] + 0.5 * (x[:, 3] > 0) * x[:, 4]
    return columns(x, c=words(code), y=np.exp(0.5 * log) + 0.7 * rng.standard_t(3, len(x)))


def levels(rng: np.random.Generator, rows: int = 3000) -> pl.DataFrame:
    sizes = (3, 5, 9, 20, 60)
    codes = [np.minimum(rng.geometric(min(0.5, 3 / n), rows + HELD) - 1, n - 1) for n in sizes]
    x = rng.normal(size=(rows + HELD, 8))
    score = sum(0.6 * rng.normal(size=n)[c] for n, c in zip(sizes, codes, strict=True))
    score = score + 0.8 * x[:, 0] - 0.5 * x[:, 1] ** 2 + 0.6 * x[:, 2] * (codes[0] == 0)
    return columns(x, **{f"c{i}": words(c) for i, c in enumerate(codes)}, y=coin(rng, score))


def rare(rng: np.random.Generator, rows: int = 3000) -> pl.DataFrame:
    x, code = rng.normal(size=(rows + HELD, 15)), rng.integers(0, 12, rows + HELD)
    score = -3.8 + 0.8 * x[:, 0] + 0.5 * np.maximum(x[:, 1], 0) + 0.5 * x[:, 2] + 0.4 * x[:, 3] * x[:, 4]
    return columns(x, c=words(code), y=coin(rng, score + 0.5 * rng.normal(size=12)[code]))


def small(rng: np.random.Generator, rows: int = 330) -> pl.DataFrame:
    x = rng.normal(size=(rows + HELD, 12))
    return columns(x, y=coin(rng, x[:, 0] - 0.7 * x[:, 1] + 0.5 * x[:, 2] * x[:, 3]))


def classes(rng: np.random.Generator, rows: int = 1500) -> pl.DataFrame:
    x, y = datasets.make_classification(
        rows + HELD, 16, n_informative=8, n_redundant=3, n_classes=5, flip_y=0.05, random_state=int(rng.integers(1000))
    )
    return columns(x, y=words(y))


def diabetes(rng: np.random.Generator) -> pl.DataFrame:
    found = datasets.load_diabetes()
    order = rng.permutation(len(found.target))
    return columns(found.data[order], y=found.target[order])


def coin(rng: np.random.Generator, score: np.ndarray) -> np.ndarray:
    """Labels drawn with the probability of a score."""
    return np.where(rng.random(len(score)) < 1 / (1 + np.exp(-score)), "yes", "no")


TABLES: dict[str, Callable[[np.random.Generator], pl.DataFrame]] = {
    f.__name__: f for f in (friedman, heavy_tails, levels, rare, small, classes, diabetes)
}


class Forgets:
    """A memory that keeps nothing: every fit is made once here."""

    def recall(self, key: str) -> None:
        """Nothing."""

    def facts(self, key: str) -> None:
        """Nothing."""

    def record(self, key: str, arrays: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Nothing is kept."""


@dataclass(frozen=True)
class Judged:
    """The candidates of one table: tried on folds, and their answers to the rows that no fold held."""

    state: Any
    bar: float
    tried: Sequence[Tried]
    answers: Mapping[int, np.ndarray]
    truth: np.ndarray

    def loss(self, raw: np.ndarray) -> float:
        """Mean log loss, or the root of the mean squared error."""
        value = float(self.state.target.losses(self.truth, Predictions(raw), self.state.task).mean())
        return value if self.state.task.classes else value**0.5

    def chosen(self, policy: Policy) -> tuple[float, float, float]:
        """Loss on the rows kept apart, microseconds a row by formula, megabytes by formula."""
        state = self.state
        rows = state.dataset.take(state.split.answered)
        found = choose(
            self.tried, lambda p: state.target.losses(rows.truth, p, state.task), rows.weigh(), Terms(policy, self.bar)
        )
        calibration = state.target.calibrate(rows.truth, found.predictions, rows.weigh(), state.task)
        raw = np.asarray(sum(w * self.answers[id(t)] for t, w in found.members))
        size = sum(t.bytes for t, _ in found.members) / 1e6
        return self.loss(state.target.calibrated(raw, calibration)), found.one_row_us, size


def judged(table: pl.DataFrame, folder: Path, seed: int) -> Judged:
    """Fit the whole portfolio on the first rows of a table, and answer the rest with it."""
    rows = max(table.height - HELD, int(0.7 * table.height)) if table.height > HELD else int(0.7 * table.height)
    table[:rows].write_parquet(folder / "seen.parquet")
    table[rows:].write_parquet(folder / "held.parquet")
    project = Project.create(folder / "p", settings.from_mapping({"target": "y", "seed": seed}, where="bench"))
    state = flow.begin(project, str(folder / "seen.parquet"))
    steps.walk(state, "split")
    dataset, split, task = state.need("dataset"), state.need("split"), state.need("task")
    known = {c.name: c for c in dataset.schema.columns}
    other = load(str(folder / "held.parquet"), project.config.roles(), project.store, known=known).dataset
    held = replace(other, schema=dataset.schema, truth=state.need("target").truth(other.column("y"), task))
    prepare = training.preparing(state)
    _, (ready, ready_held) = prepare(dataset.take(split.work), [held])
    shape = Shape(len(split.folds[0].train), ready.encoded.matrix.shape[1], max(1, len(task.classes)), 1)
    learners, _ = planning.available(
        registry.learners(), planning.Wanted(), dataset.schema, task, units=len(ready), width=shape.features
    )
    plan = planning.make(
        learners, planning.Wanted(None), task, shape=shape, folds=len(split.folds), policy=state.policy
    )
    bench = Bench(dataset, split, task, state.need("target"), prepare, Forgets(), "", folder, seed, 1, now=lambda: 0.0)
    bars = [try_out(bench, learners[i.candidate.learner], i.candidate) for i in plan.baselines]
    tried, answers = [], {}
    for item in plan.items:
        learner = learners[item.candidate.learner]
        found = try_out(bench, learner, item.candidate)
        if found is None:
            continue
        params = learner.settle(item.candidate.params, found.facts)
        model = learner.fit(ready, None, task, params, workdir=folder, seed=seed, cores=1, progress=lambda *_: None)
        tried.append(found)
        answers[id(found)] = model.predict(ready_held).raw
    assert held.truth is not None
    return Judged(state, max(t.loss for t in bars if t is not None), tried, answers, held.truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(TABLES), default=list(TABLES))
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    shares: dict[str, list[tuple[float, float, float]]] = {name: [] for name in POLICIES}
    for name in asked.only:
        with tempfile.TemporaryDirectory() as scratch:
            found = judged(TABLES[name](np.random.default_rng(asked.seed)), Path(scratch), asked.seed)
            chosen = {rule: found.chosen(Policy().override(said)) for rule, said in POLICIES.items()}
        bar = found.bar if found.state.task.classes else found.bar**0.5
        best = min(loss for loss, _, _ in chosen.values())
        for rule, (loss, time_us, size) in chosen.items():
            shares[rule].append(((bar - loss) / (bar - best), time_us, size))
        told = "  ".join(f"{rule} {shares[rule][-1][0]:.3f}" for rule in POLICIES)
        print(f"{name:12} {len(found.tried)} candidates  {told}", flush=True)
    print(f"\n{'rule':26}{'mean share':>11}{'worst':>8}{'us a row':>10}{'MB':>8}")
    for rule, each in shares.items():
        share, time_us, size = np.array(each).T
        print(f"{rule:26}{share.mean():11.4f}{share.min():8.3f}{time_us.mean():10.1f}{size.mean():8.2f}")


if __name__ == "__main__":
    main()
