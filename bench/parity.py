"""ONNX against native against the trained model, on 10,000 rows that ask what goes wrong in practice.

python bench/parity.py DATA --target C [--learners lightgbm linear ...] [--trials 2]

A learner at a time, DATA is run to a bundle (the steps of `ownproof run`), and the bundle's own scorer, its ONNX
graph and the model still in memory answer the same four sets of 2,500 rows: as they are, with a fifth of the cells
missing, with levels never seen, and with numbers on the thresholds of the trees themselves. Printed: the largest
difference of a raw answer and the decisions that flip.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ownproof.core.dataset import Dataset
from ownproof.project import flow, packing, steps
from ownproof.project.config import Config
from ownproof.project.state import State
from ownproof.runtime.predictor import Predictor

ROWS = 2_500
LEARNERS = ("lightgbm", "catboost", "xgboost", "random_forest", "linear")
Answer = Callable[[pl.DataFrame], np.ndarray]


def thresholds(folder: Path) -> dict[int, np.ndarray]:
    """What the trees of an ONNX graph split each matrix column at; empty for other models."""
    import onnx

    found: dict[int, list[float]] = {}
    for path in sorted(folder.glob("model/*/model.onnx")):
        for node in onnx.load(str(path)).graph.node:
            told = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            values = told.get("nodes_values", told.get("nodes_splits"))
            if values is None:
                continue
            if isinstance(values, onnx.TensorProto):
                values = onnx.numpy_helper.to_array(values)
            for column, value in zip(told["nodes_featureids"], values, strict=False):
                found.setdefault(int(column), []).append(float(value))
    return {column: np.unique(values) for column, values in found.items()}


def asked(table: pl.DataFrame, predictor: Predictor, rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """The four sets, from rows drawn of a typed table."""
    rows = table[rng.integers(0, table.height, ROWS)]
    texts = [n for n, t in rows.schema.items() if t == pl.String]
    holes = [pl.when(pl.Series(rng.random(ROWS) >= 0.2)).then(pl.col(n)).alias(n) for n in rows.columns]
    sets = {"rows": rows, "missing": rows.with_columns(holes)}
    if texts:
        sets["unseen"] = rows.with_columns(pl.lit("† never seen").alias(n) for n in texts)
    splits = thresholds(predictor.bundle.folder)
    on = {}
    for at, feature in enumerate(predictor.bundle.encoder.features):
        if at in splits and feature.name == feature.column and rows.schema[feature.column] == pl.Float64:
            on[feature.column] = rng.choice(splits[at], ROWS)
    if on:
        sets["on thresholds"] = rows.with_columns(pl.Series(n, v.astype(np.float64)) for n, v in on.items())
    return sets


def ran(data: str, target: str, learner: str, trials: int) -> tuple[State, Mapping[str, Any]] | str:
    """A run to its bundle with what was in memory when it was written, or why there is none."""
    held: dict[str, Any] = {}
    usual = packing.parity

    def watched(state: State, folder: Path, **given: Any) -> Mapping[str, Any]:
        held.update(given)
        return usual(state, folder, **given)

    packing.parity = watched
    try:
        with flow.in_memory(Config(data=data, target=target, learners=(learner,), trials=trials)) as project:
            state = flow.begin(project, data)
            steps.walk(state, "package")
            if state.bundle_path is None:
                return "no bundle: " + ", ".join(g.id for g in state.gates if g.status == "refused")
            compare(state, held, f"{Path(data).parent.name or data:18.18} {learner:14}")
            return state, held
    finally:
        packing.parity = usual


def compare(state: State, held: Mapping[str, Any], head: str) -> None:
    """Ask all ways the same rows, and print how far they are apart."""
    predictor = Predictor.open(state.need("bundle_path"))
    schema, trained, task = state.need("dataset").schema, state.need("trained"), state.need("task")

    def in_memory(part: pl.DataFrame) -> np.ndarray:
        ready = held["encoder"].apply(Dataset(part.lazy(), schema, "probe", part.height))
        raw = sum(m.weight * m.model.predict(ready).raw for m in held["members"])
        return np.asarray(predictor.target.calibrated(np.asarray(raw), trained.calibration))

    ways: dict[str, Answer] = {"trained": in_memory, "bundle": predictor.raw}
    if (spare := predictor.spare()) is not None:
        ways["ONNX"] = spare
    table = state.need("dataset").table([c.name for c in schema.features])
    for name, part in asked(table, predictor, np.random.default_rng(0)).items():
        given = {way: answer(part) for way, answer in ways.items()}
        said = {w: [a["prediction"] for a in predictor.answers(raw)] for w, raw in given.items()}
        apart = {
            (a, b): (
                float(np.abs(given[a] - given[b]).max()),
                sum(x != y for x, y in zip(said[a], said[b], strict=True)) if task.classes else 0,
            )
            for a, b in itertools.combinations(ways, 2)
        }
        line = "  ".join(f"{a}-{b} {d:.1e} ({flips} flips)" for (a, b), (d, flips) in apart.items())
        print(f"{head} {name:14} {part.height:>6,} rows  {line}", flush=True)
    predictor.bundle.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--target", required=True)
    parser.add_argument("--learners", nargs="+", default=LEARNERS)
    parser.add_argument("--trials", type=int, default=2)
    said = parser.parse_args()
    for learner in said.learners:
        found = ran(str(Path(said.data).resolve()), said.target, learner, said.trials)
        if isinstance(found, str):
            print(f"{Path(said.data).parent.name:18.18} {learner:14} {found}", flush=True)


if __name__ == "__main__":
    main()
