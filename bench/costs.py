"""What fits take beside what the formulas of the plan say, on made-up tables of many shapes.

    python bench/costs.py [--learners lightgbm catboost linear] [--tables 12] [--seed 0] [--seconds 0.3] [--json FILE]

Each table is drawn by the seed: 500 to 200,000 rows, 5 to 100 columns, of numbers (full, coarse, mostly 0, skewed, with
gaps) and of 2 to 1,500 levels, for two classes, up to 20 classes or numbers. Every recipe of a learner's portfolio is
fitted on it for so many rounds as take about SECONDS by the formula; what is not a booster is fitted whole. Prints for
each fit the CPU seconds, answers to the held-out rows included, and the formula's share of them, and at the end the
quantiles of that share for each learner. FILE gets one JSON line a fit.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.input import Feature
from ownproof.core.learner import Learner
from ownproof.core.schema import Column, Schema
from ownproof.core.task import Task
from ownproof.learners.parts import table
from ownproof.testing.samples import table_sample

CELLS_MOST = 6e6
KINDS = ("category", "number")
LEVELS = (2, 3, 5, 10, 20, 40, 100, 400, 1500)
SHARES = (0.15, 0.15, 0.2, 0.15, 0.12, 0.08, 0.07, 0.05, 0.03)
LONGEST = 12.0  # seconds by formula that a learner without rounds may take


def held_share(rows: int) -> float:
    """What a fold of the usual split holds out."""
    return 0.2 if rows <= 12_000 else 1 / 3 if rows <= 40_000 else 0.18


def column(rng: np.random.Generator, rows: int, *, coded: bool) -> tuple[np.ndarray, int]:
    """Cells of one column, and the levels where they are codes."""
    if coded:
        levels = int(rng.choice(LEVELS, p=SHARES))
        often = (1.0 + np.arange(levels)) ** -rng.uniform(0.3, 1.5)
        return rng.choice(levels, rows, p=often / often.sum()).astype(np.float32), levels
    x = rng.normal(size=rows)
    how = rng.choice(("full", "coarse", "mostly 0", "skewed"), p=(0.5, 0.25, 0.15, 0.1))
    if how == "coarse":
        x = np.round(x * rng.uniform(1, 10))
    elif how == "mostly 0":
        x = np.where(rng.random(rows) < rng.uniform(0.5, 0.97), 0.0, np.round(np.exp(2 * x)))
    elif how == "skewed":
        x = np.exp(1.5 * x)
    x[rng.random(rows) < 0.2 * (rng.random() < 0.2)] = np.nan
    return x.astype(np.float32), 0


def drawn(rng: np.random.Generator) -> tuple[Dataset, Dataset, Task]:
    """Training rows, held-out rows and what is asked of them."""
    rows = int(10 ** rng.uniform(2.7, 5.3))
    width = int(min(10 ** rng.uniform(0.7, 2.0), max(5, CELLS_MOST / rows)))
    coded = rng.random(width) < rng.choice((0.0, 0.2, 0.5, 0.8))
    cells, levels = zip(*(column(rng, rows, coded=bool(c)) for c in coded), strict=True)
    matrix = np.column_stack(cells)
    told = np.nan_to_num((matrix - np.nanmean(matrix, 0)) / (np.nanstd(matrix, 0) + 1e-9))
    for i, count in enumerate(levels):
        if count:
            told[:, i] = rng.normal(size=count)[matrix[:, i].astype(int)]
    answers = int(rng.choice((1, 1, 2, 2, 3, 4, 6, 10, 20)))
    score = np.column_stack([signal(rng, told) for _ in range(max(1, answers if answers > 2 else 1))])
    noise = float(rng.choice((0.3, 1.0, 2.0)))
    truth: np.ndarray = score[:, 0] + noise * rng.normal(size=rows)
    if answers == 2:
        truth = (truth > rng.choice((0.0, 1.2))).astype(np.int64)
    elif answers > 2:
        truth = (2 * score / noise + rng.gumbel(size=score.shape)).argmax(1).astype(np.int64)
    names = tuple(f"class {i}" for i in range(answers)) if answers > 1 else ()
    task = Task("y", "label" if names else "number", KINDS, names, names[1] if answers == 2 else None)
    features = tuple(Feature(f"x{i}", f"x{i}", "categorical" if n else "numeric", n) for i, n in enumerate(levels))
    return *split(rng, matrix, features, truth, task), task


def signal(rng: np.random.Generator, told: np.ndarray) -> np.ndarray:
    """Some columns bent, and some products of two, with spread 1."""
    width = told.shape[1]
    a, b = rng.integers(0, width, (2, 5))
    sums = np.tanh(told) @ (rng.normal(size=width) * (rng.random(width) < 0.4)) + (told[:, a] * told[:, b]).sum(1) / 2
    return np.asarray(sums / (sums.std() + 1e-9))


def split(
    rng: np.random.Generator, matrix: np.ndarray, features: tuple[Feature, ...], truth: np.ndarray, task: Task
) -> tuple[Dataset, Dataset]:
    """Training and held-out rows of the table."""
    import polars as pl

    columns = (
        *(Column(f.name, KINDS[0] if f.levels else KINDS[1]) for f in features),
        Column("y", task.target, "target"),
    )
    frame = pl.DataFrame({"y": truth}).lazy()
    whole = Dataset(frame, Schema(columns), "made up", len(truth), truth=truth, encoded=Encoded(matrix, features))
    held = rng.random(len(truth)) < held_share(len(truth))
    return whole.take(~held), whole.take(held)


def bounded(learner: Learner, params: Mapping[str, Any], shape: Any, seconds: float) -> Mapping[str, Any] | None:
    """The recipe for about so many seconds by formula; None where that cannot be."""
    none, some = (learner.cost({**params, "rounds": n, "stop": False}, shape).seconds for n in (0, 100))
    if some == none:
        return params if none <= LONGEST else None
    rounds = int(min(300, max(12, seconds * 100 / (some - none))))
    return {**params, "rounds": rounds, "stop": False} if rounds * (some - none) / 100 <= LONGEST else None


def warm(learner: Learner, folder: Path) -> None:
    """What is loaded at the first fit is no part of one."""
    sample = table_sample("binary")
    params = learner.portfolio(sample.task, sample.shape)[0]
    also: dict[str, Any] = {"workdir": folder, "seed": 0, "cores": 1, "progress": lambda *_: None}
    learner.fit(sample.train, sample.validation, sample.task, params, **also)


def measured(learner: Learner, rng: np.random.Generator, seconds: float, folder: Path) -> list[dict[str, Any]]:
    """Every recipe's fit on one table, with what it took and what the formula says."""
    train, held, task = drawn(rng)
    shape = table.shape(train, held, task, 1)
    found = []
    for recipe in learner.portfolio(task, shape):
        params = bounded(learner, recipe, shape, seconds)
        if params is None:
            continue
        started = time.process_time()
        model = learner.fit(train, held, task, params, workdir=folder, seed=1, cores=1, progress=lambda *_: None)
        model.predict(held)
        took = time.process_time() - started
        said = float(model.facts.get("work_s", learner.cost(params, shape).seconds))
        shaped = {"rows": shape.rows, "columns": shape.features, "levels": sum(shape.levels), "answers": shape.answers}
        found.append({**shaped, "params": dict(params), "cpu_s": took, "formula_s": said})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--learners", nargs="+", default=("lightgbm", "catboost", "linear"))
    parser.add_argument("--tables", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    learners = registry.learners()
    shares: dict[str, list[float]] = {name: [] for name in asked.learners}
    with tempfile.TemporaryDirectory() as scratch:
        for name in asked.learners:
            warm(learners[name], Path(scratch))
        for number in range(asked.tables):
            for name in asked.learners:
                rng = np.random.default_rng((asked.seed, number))
                for row in measured(learners[name], rng, asked.seconds, Path(scratch)):
                    share = row["formula_s"] / row["cpu_s"]
                    shares[name].append(share)
                    size = (
                        f"{row['rows']:7,} x {row['columns']:3}, {row['levels']:5} levels, {row['answers']:2} answers"
                    )
                    print(
                        f"{name:9} {row['params'].get('name', ''):12} {size}: {row['cpu_s']:6.2f} s, formula {share:.2f}"
                    )
                    if asked.json:
                        with asked.json.open("a", encoding="utf-8") as file:
                            file.write(json.dumps({"learner": name, "share": share, **row}) + "\n")
    print("\n| learner | fits | 5 % | 25 % | 50 % | 75 % | 95 % | within 0.7 to 1.3 |\n" + "|---" * 8 + "|")
    for name, found in shares.items():
        if found:
            low, *rest = np.quantile(found, (0.05, 0.25, 0.5, 0.75, 0.95)).round(2)
            inside = np.mean([0.7 <= x <= 1.3 for x in found])
            print(f"| {name} | {len(found)} | {low} | " + " | ".join(map(str, rest)) + f" | {inside:.0%} |")


if __name__ == "__main__":
    main()
