"""What one row costs: the middle time of `score_one` for each scorer, and rows a second of a batch, on one thread.

    python bench/one_row.py [rounds of boosting]

Trains small models on made-up data (30 columns: 22 numbers, 8 codes), so the figures are for comparing scorers with
one another on one machine, and versions with one another.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import lightgbm
import numpy as np
from sklearn.ensemble import RandomForestClassifier

from ownproof.core import registry
from ownproof.learners.parts import onnx_linear, onnx_trees
from ownproof.learners.parts.trees import from_lightgbm, from_sklearn_forest
from ownproof.stats.linear import Expansion, Linear

NUMBERS, LEVELS = 22, (3, 5, 8, 12, 20, 40, 100, 500)
ROWS, CALLS, BATCH = 8000, 4000, 4000


def data(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = [np.minimum(rng.geometric(min(0.5, 4 / n), ROWS) - 1, n - 1) for n in LEVELS]
    x = np.column_stack([rng.normal(size=(ROWS, NUMBERS)), *codes]).astype(np.float32)
    effects = [rng.normal(size=n)[c] for n, c in zip(LEVELS, codes, strict=True)]
    y = (x[:, 0] + np.sin(2 * x[:, 1]) * x[:, 2] + sum(effects) + rng.normal(size=ROWS) > 0).astype(int)
    x[rng.random(x.shape) < 0.05] = np.nan
    return x, y


def models(x: np.ndarray, y: np.ndarray, rounds: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(what it is, the scorer's name, its files)."""
    columns = list(range(NUMBERS, NUMBERS + len(LEVELS)))
    params = {"objective": "binary", "num_leaves": 31, "verbosity": -1, "num_threads": 1, "seed": 1}
    booster = lightgbm.train(params, lightgbm.Dataset(x, y, categorical_feature=columns), rounds)
    graph = onnx_trees.write(from_lightgbm(booster.dump_model()), classes=2)
    boosted = f"{rounds} trees of 31 leaves"
    yield f"LightGBM, {boosted}", "lightgbm", {"model.txt": booster.model_to_string().encode(), "model.onnx": graph}
    yield f"ONNX, {boosted}", "onnx", {"model.onnx": graph}
    forest = RandomForestClassifier(100, min_samples_leaf=5, random_state=1, n_jobs=1).fit(x, y)
    yield "ONNX, forest of 100", "onnx", {"model.onnx": onnx_trees.write(from_sklearn_forest(forest), classes=2)}
    rng = np.random.default_rng(1)
    e = Expansion.of(
        x.shape[1],
        numeric=range(NUMBERS),
        mean=np.zeros(NUMBERS),
        sd=np.ones(NUMBERS),
        clip=5.0,
        categorical=columns,
        levels=LEVELS,
    )
    linear = Linear(e, "sigmoid", np.zeros(1), rng.normal(size=(e.columns, 1)))
    yield "linear", "linear", {"model.json": linear.to_json(), "weights.npz": linear.arrays()}
    yield "ONNX, linear", "onnx", {"model.onnx": onnx_linear.write(linear)}
    table = {
        "format": "one_feature",
        "classes": 2,
        "feature": 0,
        "kind": "numeric",
        "missing": [0.5, 0.5],
        "edges": list(np.linspace(-2, 2, 31)),
        "answers": [[0.5, 0.5]] * 32,
    }
    yield "one feature", "one_feature", {"model.json": table}
    yield "constant", "constant", {"model.json": {"format": "constant", "classes": 2, "answer": [0.5, 0.5]}}


def opened(name: str, files: dict[str, Any], folder: Path) -> Any:
    for file, content in files.items():
        path = folder / file
        if file.endswith(".npz"):
            np.savez(path, **content)
        else:
            path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return registry.load("scorers", name).load(folder)


def main() -> None:
    x, y = data(1)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print(f"{'model':34}{'answered by':18}{'one row p50':>12}{'p95 us':>9}{'rows/s':>12}{'KiB':>8}")
    for what, name, files in models(x, y, rounds):
        with tempfile.TemporaryDirectory() as folder:
            scorer = opened(name, files, Path(folder))
            size = sum(f.stat().st_size for f in Path(folder).iterdir()) / 1024
            spent = []
            for row in x[:CALLS]:
                start = time.perf_counter_ns()
                scorer.score_one(row)
                spent.append(time.perf_counter_ns() - start)
            batches = []
            for _ in range(3):
                start = time.perf_counter()
                scorer.score(x[:BATCH])
                batches.append(time.perf_counter() - start)
        p50, p95 = np.percentile(spent, [50, 95]) / 1000
        print(f"{what:34}{type(scorer).__name__:18}{p50:12.1f}{p95:9.1f}{BATCH / min(batches):12,.0f}{size:8.0f}")


if __name__ == "__main__":
    main()
