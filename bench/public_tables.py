"""Whole runs on public tables, beside CatBoost's defaults and LightGBM with early stopping on the same sealed rows.

    python bench/public_tables.py DATA [--only NAME ...] [--budget 60s] [--out FOLDER] [--majority] [--alone]

DATA holds a folder for each table with `task.json` (target, positive, metric, split, time, group, known_leaks) and
`data.parquet` or `train.csv`. Every run is a fresh process on one core; the rivals get the run's own training rows and
answer its sealed ones, on one thread. Prints a Markdown table. --majority: against the constant only, and without
rivals; a sound table that ends in exit 4 is a false refusal. --alone: without rivals. --metric: by the metric that `task.json` names, not the one that
ownproof takes for such a target. --out keeps the projects. A bundle whose sealed test was not opened (exit 3) is scored
here all the same, which is fine for a table that nobody will deploy.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

TABLES = (
    "churn_telco",
    "credit_default",
    "adult_income",
    "house_prices",
    "job_runtime_class",
    "flight_delay",
    "reviews_mixed",
)
HEAD = (
    "table",
    "metric",
    "rule to beat",
    "out of fold",
    "sealed",
    "CatBoost",
    "LightGBM",
    "verdict",
    "exit",
    "seconds",
    "train s",
    "planned s",
    "cut",
    "one row p50 ms",
    "MB",
)


def flags(folder: Path, said: Mapping[str, Any], *, metric: bool = False) -> tuple[Path, list[str]]:
    """The table's file and the words of the command that follow it."""
    data = next(p for p in (folder / "data.parquet", folder / "train.csv") if p.is_file())
    words = ["--target", said["target"], *(["--metric", said["metric"]] if metric else [])]
    drop = [*said["known_leaks"], *(["_split"] if data.suffix == ".parquet" else [])]
    words += ["--drop", *drop] if drop else []
    for role in ("time", "group"):
        words += [f"--{role}", said[role]] if said.get(role) else []
    return data, words + (["--positive", str(said["positive"])] if "positive" in said else [])


def walked(data: Path, words: Sequence[str], out: Path) -> tuple[dict[str, Any], float]:
    """The answer of one whole run in a fresh process, and its wall time in seconds."""
    command = [
        sys.executable,
        "-m",
        "ownproof",
        "run",
        str(data),
        *words,
        "--prove",
        "--cores",
        "1",
        "--quiet",
        "--json",
        "--out",
        str(out),
    ]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    lines = done.stdout.splitlines()
    return (json.loads(lines[-1]) if lines else {"exit": done.returncode, "error": done.stderr[-400:]}), seconds


def line(
    name: str, answer: Mapping[str, Any], seconds: float, out: Path, rivals: Mapping[str, float]
) -> dict[str, Any]:
    """One row of the table."""
    baseline, proven = answer.get("baseline") or {}, answer.get("evidence") == "sealed"
    metric = baseline.get("metric") or ""
    value = ((answer.get("metrics") or {}).get(metric) or {}).get("value")
    size = None
    if answer.get("bundle"):
        size = sum(p.stat().st_size for p in Path(answer["bundle"]).rglob("*") if p.is_file()) / 1e6
    ledger = [json.loads(text) for text in (out / "ledger.jsonl").read_text("utf-8").splitlines()]
    plans = [e["data"]["plan"] for e in ledger if e["event"] == "plan"]
    return {
        "table": name,
        "metric": metric,
        "rule to beat": baseline.get("value"),
        "out of fold": first_look(out, metric),
        "sealed": value if proven else rivals.get("ownproof"),
        "CatBoost": rivals.get("catboost"),
        "LightGBM": rivals.get("lightgbm"),
        "verdict": answer.get("verdict"),
        "exit": answer.get("exit"),
        "seconds": seconds,
        "train s": (answer.get("budget") or {}).get("train_s"),
        "planned s": plans[-1]["seconds"] if plans else None,
        "cut": "yes" if (answer.get("budget") or {}).get("cut") else "",
        "one row p50 ms": (answer.get("latency") or {}).get("one_row_p50_ms"),
        "MB": size,
    }


def first_look(out: Path, metric: str) -> float | None:
    """The metric on out-of-fold rows, from the answer that was kept before the seal was opened."""
    for path in sorted((out / "store" / "answer").rglob("*.json")):
        answer = json.loads(path.read_text("utf-8")).get("answer") or {}
        if answer.get("evidence") == "out-of-fold":
            found = (answer.get("metrics") or {}).get(metric) or {}
            return None if found.get("value") is None else float(found["value"])
    return None


def rivals_of(out: Path) -> dict[str, float]:
    """Both rivals on the training and sealed rows of a project, scored by the task's metric."""
    from ownproof.project import config as settings
    from ownproof.project import flow, steps
    from ownproof.project.project import Project
    from ownproof.runtime.predictor import Predictor

    project = Project.open(out)
    said = project.ledger.entries("config")[-1].data
    project.config = settings.from_mapping(said["config"], where="ledger")
    state = flow.begin(project, said["source"])
    steps.walk(state, "split")
    found = {"catboost": scored(state, catboost), "lightgbm": scored(state, lightgbm)}
    bundles = [e.data for e in project.ledger.entries("bundle") if e.data["weights"] == "tested"]
    if bundles:
        found["ownproof"] = value_of(
            state,
            Predictor.open(out / bundles[-1]["path"]).raw(
                state.dataset.take(state.split.sealed).table([c.name for c in state.dataset.schema.features])
            ),
        )
    return found


def scored(state: Any, rival: Any) -> float:
    """The task's metric of one rival on the sealed rows."""
    work, sealed = state.dataset.take(state.split.work), state.dataset.take(state.split.sealed)
    return value_of(state, rival(columns(work), work.truth, columns(sealed), len(state.task.classes)))


def value_of(state: Any, raw: np.ndarray) -> float:
    """The task's metric of raw answers to the sealed rows."""
    from ownproof.core.prediction import Predictions
    from ownproof.core.target import Operating

    sealed, task, target = state.dataset.take(state.split.sealed), state.task, state.target
    tally = target.tally(sealed.truth, Predictions(raw), task, Operating())
    return float(target.score(tally, sealed.weigh()[None], task, [task.metric])[task.metric][0])


def columns(rows: Any) -> dict[str, tuple[str, Any]]:
    """Each feature as (kind, values): numbers as float64 with NaN, moments as their parts, words as they are."""
    found: dict[str, tuple[str, Any]] = {}
    table = rows.table([c.name for c in rows.schema.features])
    for column in rows.schema.features:
        cells = table[column.name]
        if column.kind == "number":
            found[column.name] = ("number", cells.cast(float).fill_null(float("nan")).to_numpy())
        elif column.kind == "moment":
            for part in ("month", "weekday", "hour", "ordinal_day"):
                values = getattr(cells.dt, part)().cast(float).fill_null(float("nan")).to_numpy()
                found[f"{column.name}:{part}"] = ("number", values)
        else:
            found[column.name] = (column.kind, cells.fill_null("").to_list())
    return found


def catboost(train: Mapping[str, Any], truth: np.ndarray, held: Mapping[str, Any], classes: int) -> np.ndarray:
    """CatBoost as it comes: 1,000 rounds, its own coding of words and texts."""
    import catboost as library

    names = list(train)
    words = [n for n in names if train[n][0] == "category"]
    texts = [n for n in names if train[n][0] == "text"]

    def pool(table: Mapping[str, Any], labels: np.ndarray | None) -> Any:
        rows = [list(cells) for cells in zip(*(table[n][1] for n in names), strict=True)]
        return library.Pool(rows, labels, feature_names=names, cat_features=words, text_features=texts or None)

    kind = library.CatBoostClassifier if classes else library.CatBoostRegressor
    model = kind(thread_count=1, random_seed=0, verbose=False, allow_writing_files=False)
    model.fit(pool(train, truth))
    return np.asarray(model.predict_proba(pool(held, None)) if classes else model.predict(pool(held, None)), np.float64)


def lightgbm(train: Mapping[str, Any], truth: np.ndarray, held: Mapping[str, Any], classes: int) -> np.ndarray:
    """LightGBM with its defaults at learning rate 0.05, up to 2,000 rounds, stopped by 15 % of the training rows."""
    import lightgbm as library

    matrix, other, words = _matrices(train, held)
    chosen = np.random.default_rng(0).random(len(matrix)) < 0.15
    settings = {
        "learning_rate": 0.05,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 0,
        "deterministic": True,
        "objective": "regression" if not classes else "binary" if classes == 2 else "multiclass",
    }
    settings |= {"num_class": classes} if classes > 2 else {}
    told = library.Dataset(matrix[~chosen], truth[~chosen], categorical_feature=words, params=settings)
    seen = told.create_valid(matrix[chosen], truth[chosen])
    model = library.train(
        settings, told, 2000, valid_sets=[seen], callbacks=[library.early_stopping(100, verbose=False)]
    )
    answers = np.asarray(model.predict(other, num_threads=1), np.float64)
    return np.column_stack([1 - answers, answers]) if classes == 2 else answers


def _matrices(train: Mapping[str, Any], held: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Training and held-out matrices, and where the codes are; a text becomes 300 tf-idf columns."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    parts: list[tuple[np.ndarray, np.ndarray]] = []
    words: list[int] = []
    width = 0
    for name, (kind, cells) in train.items():
        if kind == "text":
            coder = TfidfVectorizer(max_features=300, ngram_range=(1, 2)).fit(cells)
            made = tuple(coder.transform(c).toarray().astype(np.float32) for c in (cells, held[name][1]))
        elif kind == "category":
            places = {level: i for i, level in enumerate(sorted(set(cells)))}
            made = tuple(
                np.array([places.get(c, -1) for c in side], np.float32)[:, None] for side in (cells, held[name][1])
            )
            words.append(width)
        else:
            made = tuple(np.asarray(side, np.float32)[:, None] for side in (cells, held[name][1]))
        parts.append((made[0], made[1]))
        width += made[0].shape[1]
    return np.hstack([a for a, _ in parts]), np.hstack([b for _, b in parts]), words


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table."""

    def cell(value: Any, name: str) -> str:
        if value is None:
            return "-"
        if isinstance(value, float):
            return (
                f"{value:.1f}"
                if name in ("seconds", "train s", "planned s")
                else f"{value:.4g}"
                if abs(value) < 100
                else f"{value:,.0f}"
            )
        return str(value)

    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    return "\n".join(lines + ["| " + " | ".join(cell(r[n], n) for n in HEAD) + " |" for r in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", nargs="+", default=TABLES)
    parser.add_argument("--budget", default="60s")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--majority", action="store_true")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--metric", action="store_true", help="judge by the metric that task.json names")
    parser.add_argument("--rivals", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.rivals:
        print(json.dumps(rivals_of(asked.rivals)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        rows = []
        for name in asked.only:
            data, words = flags(
                asked.data / name, json.loads((asked.data / name / "task.json").read_text("utf-8")), metric=asked.metric
            )
            words += ["--budget", asked.budget, *(["--rule", "majority"] if asked.majority else [])]
            out = (asked.out or Path(scratch)) / (name + ("-majority" if asked.majority else ""))
            answer, seconds = walked(data, words, out)
            rivals = {}
            if not (asked.majority or asked.alone):
                done = subprocess.run(
                    [sys.executable, __file__, str(asked.data), "--rivals", str(out)],
                    text=True,
                    capture_output=True,
                    check=False,
                )
                rivals = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
                if done.returncode:
                    print(done.stderr[-1500:], file=sys.stderr)
            rows.append(line(name, answer, seconds, out, rivals))
            if answer.get("error"):
                print(name, answer["error"], file=sys.stderr)
            print(markdown(rows[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
        print(markdown(rows))
        refused = [r["table"] for r in rows if r["exit"] == 4]
        print(f"\n{len(refused)} of {len(rows)} tables end in exit 4" + (f": {', '.join(refused)}" if refused else ""))


if __name__ == "__main__":
    main()
