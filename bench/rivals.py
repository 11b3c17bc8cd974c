"""Whole runs beside other people's tools: same rows, same budget, one core, answers from what was saved.

    python bench/rivals.py DATA [--only TABLE ...] [--tools ownproof catboost ...] [--python TOOL=PYTHON ...]
                           [--budget 60] [--out FOLDER]

DATA holds a folder for each table with `train.csv`, `test.csv` and `task.json` (target, task, metric, positive, time,
group, known_leaks). Tools: ownproof (`run --prove`, which seals 15 % and ships the refit), catboost and lightgbm
(defaults; early stopping), flaml, autogluon-medium, autogluon-best. A tool of another environment is called with the
interpreter given by --python (`--python autogluon=ag/bin/python`). Each trains in one process on `train.csv`, saves,
and a fresh process loads what was saved, answers `test.csv`, and then single rows one after the other.

Prints for each table and tool the metric on `test.csv`, the seconds of training, the middle time of one row in
milliseconds and the saved megabytes, and the share of the gap from a constant to the best tool that each one closes.
FOLDER keeps the results: a pair that is there is not run again.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"

import numpy as np  # noqa: E402 - the libraries read how many threads they may use when they are imported
import pandas as pd  # noqa: E402

TOOLS = ("ownproof", "catboost", "lightgbm", "flaml", "autogluon-medium", "autogluon-best")
SINGLE_ROWS, SINGLE_SECONDS = 300, 20.0
AUTOGLUON = {"rmse": "root_mean_squared_error", "weighted_f1": "f1_weighted", "macro_f1": "f1_macro"}
FLAML = {"weighted_f1": "log_loss", "macro_f1": "macro_f1", "average_precision": "ap"}


def tables(folder: Path) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """The task and both files, without the columns that are known to leak."""
    task = json.loads((folder / "task.json").read_text("utf-8"))
    train, test = (pd.read_csv(folder / f"{side}.csv", low_memory=False) for side in ("train", "test"))
    leaks = task["known_leaks"]
    return task, train.drop(columns=leaks), test.drop(columns=leaks)


# ---------------------------------------------------------------- the tools: fit saves into a folder, open reads it
def coded(train: pd.DataFrame, target: str) -> dict[str, Any]:
    """What the plain boosters need to read a frame: numbers stay, words become categories, times become seconds."""
    kinds: dict[str, Any] = {}
    for name in train.columns.drop(target):
        cells = train[name]
        if cells.dtype.kind in "biuf":
            kinds[name] = "number"
        else:
            kinds[name] = sorted(cells.dropna().astype(str).unique())
    return kinds


def matrix(rows: pd.DataFrame, kinds: Mapping[str, Any]) -> pd.DataFrame:
    """The frame with categories of the training rows."""
    made = {
        n: rows[n].astype(float) if k == "number" else pd.Categorical(rows[n].astype("string"), categories=k)
        for n, k in kinds.items()
    }
    return pd.DataFrame(made, index=rows.index)


def fit_lightgbm(task: Mapping[str, Any], train: pd.DataFrame, folder: Path, _: float) -> None:
    import lightgbm

    kinds = coded(train, task["target"])
    number = task["task"] == "regression"
    classes = None if number else sorted(train[task["target"]].unique())
    y = train[task["target"]] if classes is None else train[task["target"]].map({c: i for i, c in enumerate(classes)})
    held = np.random.default_rng(0).random(len(train)) < 0.15
    settings = {"learning_rate": 0.05, "verbosity": -1, "num_threads": 1, "seed": 0}
    settings["objective"] = "regression" if number else "binary" if len(classes or ()) == 2 else "multiclass"
    settings |= {"num_class": len(classes or ())} if len(classes or ()) > 2 else {}
    x = matrix(train, kinds)
    told = lightgbm.Dataset(x[~held], y[~held], params=settings)
    seen = told.create_valid(x[held], y[held])
    model = lightgbm.train(settings, told, 2000, [seen], callbacks=[lightgbm.early_stopping(100, verbose=False)])
    (folder / "model").write_bytes(pickle.dumps((model, kinds, classes)))


def open_lightgbm(_: Mapping[str, Any], folder: Path) -> Callable[[pd.DataFrame], Any]:
    model, kinds, classes = pickle.loads((folder / "model").read_bytes())

    def answer(rows: pd.DataFrame) -> Any:
        raw = model.predict(matrix(rows, kinds), num_threads=1)
        if classes is None:
            return raw
        return pd.DataFrame(np.column_stack([1 - raw, raw]) if len(classes) == 2 else raw, columns=classes)

    return answer


def fit_catboost(task: Mapping[str, Any], train: pd.DataFrame, folder: Path, _: float) -> None:
    import catboost

    kinds = coded(train, task["target"])
    text = [n for n in task.get("text", ()) if n in kinds]
    words = [n for n, k in kinds.items() if k != "number" and n not in text]
    kind = catboost.CatBoostRegressor if task["task"] == "regression" else catboost.CatBoostClassifier
    model = kind(thread_count=1, random_seed=0, verbose=False, allow_writing_files=False)
    model.fit(spelled(train, kinds), train[task["target"]], cat_features=words, text_features=text or None)
    model.save_model(str(folder / "model"))
    (folder / "kinds").write_bytes(pickle.dumps(kinds))


def spelled(rows: pd.DataFrame, kinds: Mapping[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        {n: rows[n].astype(float) if k == "number" else rows[n].astype("string").fillna("") for n, k in kinds.items()}
    )


def open_catboost(task: Mapping[str, Any], folder: Path) -> Callable[[pd.DataFrame], Any]:
    import catboost

    kinds = pickle.loads((folder / "kinds").read_bytes())
    number = task["task"] == "regression"
    model = (catboost.CatBoostRegressor if number else catboost.CatBoostClassifier)().load_model(str(folder / "model"))

    def answer(rows: pd.DataFrame) -> Any:
        x = spelled(rows, kinds)
        return model.predict(x) if number else pd.DataFrame(model.predict_proba(x), columns=model.classes_)

    return answer


def fit_flaml(task: Mapping[str, Any], train: pd.DataFrame, folder: Path, budget: float) -> None:
    from flaml import AutoML

    kinds = coded(train, task["target"])
    model = AutoML()
    metric = FLAML.get(task["metric"], task["metric"])
    if task["task"] == "multiclass" and metric == "roc_auc":
        metric = "roc_auc_ovr"
    model.fit(
        matrix(train, kinds),
        train[task["target"]],
        task="regression" if task["task"] == "regression" else "classification",
        metric=metric,
        time_budget=budget,
        n_jobs=1,
        verbose=0,
        seed=1,
    )
    (folder / "model").write_bytes(pickle.dumps((model, kinds)))


def open_flaml(task: Mapping[str, Any], folder: Path) -> Callable[[pd.DataFrame], Any]:
    model, kinds = pickle.loads((folder / "model").read_bytes())

    def answer(rows: pd.DataFrame) -> Any:
        x = matrix(rows, kinds)
        return (
            model.predict(x)
            if task["task"] == "regression"
            else pd.DataFrame(model.predict_proba(x), columns=model.classes_)
        )

    return answer


def fit_autogluon(task: Mapping[str, Any], train: pd.DataFrame, folder: Path, budget: float, preset: str) -> None:
    from autogluon.tabular import TabularPredictor

    metric = AUTOGLUON.get(task["metric"], task["metric"])
    predictor = TabularPredictor(
        task["target"],
        path=str(folder / "ag"),
        eval_metric=metric,
        verbosity=0,
        positive_class=task.get("positive") if task["task"] == "binary" else None,
        problem_type=task["task"],
    )
    predictor.fit(train, time_limit=budget, presets=preset, num_cpus=1)
    predictor.clone_for_deployment(str(folder / "deploy"))
    shutil.rmtree(folder / "ag")


def open_autogluon(task: Mapping[str, Any], folder: Path) -> Callable[[pd.DataFrame], Any]:
    from autogluon.tabular import TabularPredictor

    predictor = TabularPredictor.load(str(folder / "deploy"))
    predictor.persist()
    return predictor.predict if task["task"] == "regression" else predictor.predict_proba


def fit_ownproof(task: Mapping[str, Any], train: pd.DataFrame, folder: Path, budget: float) -> None:
    train.to_csv(folder / "train.csv", index=False)
    words = ["--target", task["target"], "--metric", task["metric"], "--budget", f"{budget:g}s", "--prove"]
    for role in ("time", "group"):
        words += [f"--{role}", task[role]] if task.get(role) else []
    words += ["--positive", str(task["positive"])] if "positive" in task else []
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ownproof", "run", str(folder / "train.csv"), *words),
            *("--cores", "1", "--quiet", "--json", "--out", str(folder / "project")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    if not answer.get("bundle"):
        raise SystemExit(f"exit {answer['exit']}: {answer.get('error') or answer['gates']}")
    shutil.copytree(answer["bundle"], folder / "bundle")
    (folder / "said.json").write_text(json.dumps({k: answer.get(k) for k in ("exit", "verdict", "budget", "seconds")}))
    shutil.rmtree(folder / "project")
    (folder / "train.csv").unlink()


def open_ownproof(task: Mapping[str, Any], folder: Path) -> Callable[[pd.DataFrame], Any]:
    import ownproof as op
    from ownproof.runtime import batch

    bundle = op.load(folder / "bundle")

    def answer(rows: Any) -> Any:
        if isinstance(rows, dict):
            return bundle.one(rows)
        with tempfile.TemporaryDirectory() as scratch:
            asked, told = Path(scratch) / "asked.csv", Path(scratch) / "told.parquet"
            rows.to_csv(asked, index=False)
            batch.predict(folder / "bundle", asked, told)
            made = pd.read_parquet(told)
        shares = [c for c in made.columns if c.startswith("probability_")]
        if task["task"] == "regression":
            return made["prediction"].to_numpy()
        table = made[shares].rename(columns=lambda c: c.removeprefix("probability_"))
        table.attrs["labels"] = made["prediction"].to_numpy()
        return table

    return answer


# ---------------------------------------------------------------- one process trains, another answers
def train(tool: str, data: Path, folder: Path, budget: float) -> None:
    task, rows, _ = tables(data)
    name, _, preset = tool.partition("-")
    started = time.perf_counter()
    if name == "autogluon":
        fit_autogluon(task, rows, folder, budget, {"medium": "medium_quality", "best": "best_quality"}[preset])
    else:
        globals()[f"fit_{name}"](task, rows, folder, budget)
    print(json.dumps({"seconds": time.perf_counter() - started}))


def serve(tool: str, data: Path, folder: Path) -> None:
    task, _, test = tables(data)
    answer = globals()[f"open_{tool.partition('-')[0]}"](task, folder)
    features = test.drop(columns=task["target"])
    value = scored(task, test[task["target"]], answer(features))
    if tool == "ownproof":
        singles: list[Any] = [
            {k: None if pd.isna(v) else v for k, v in r.items()} for r in features.head(SINGLE_ROWS).to_dict("records")
        ]
    else:
        singles = [features.iloc[i : i + 1] for i in range(min(SINGLE_ROWS, len(features)))]
    spent: list[float] = []
    for row in singles:
        started = time.perf_counter()
        answer(row)
        spent.append(time.perf_counter() - started)
        if sum(spent) > SINGLE_SECONDS:
            break
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    print(json.dumps({"value": value, "one_row_ms": float(np.median(spent[3:])) * 1e3, "mb": size}))


def scored(task: Mapping[str, Any], truth: pd.Series, answers: Any) -> float:
    """The metric of `task.json`; of labels as they are decided by the tool, else the likeliest."""
    from sklearn import metrics

    if task["metric"] == "rmse":
        return float(metrics.root_mean_squared_error(truth, np.asarray(answers, float)))
    answers = pd.DataFrame(answers) if not isinstance(answers, pd.DataFrame) else answers
    names = [str(c) for c in answers.columns]
    real = truth.astype(str).to_numpy()
    if task["metric"] in ("roc_auc", "average_precision"):
        score = metrics.roc_auc_score if task["metric"] == "roc_auc" else metrics.average_precision_score
        return float(score(real == str(task["positive"]), answers.to_numpy()[:, names.index(str(task["positive"]))]))
    labels = answers.attrs.get("labels")
    chosen = np.asarray(names)[answers.to_numpy().argmax(1)] if labels is None else np.asarray(labels).astype(str)
    return float(metrics.f1_score(real, chosen, average=task["metric"].removesuffix("_f1")))


def constant(data: Path) -> float:
    """What a constant reaches."""
    task, rows, test = tables(data)
    if task["metric"] == "rmse":
        return float(((test[task["target"]] - rows[task["target"]].mean()) ** 2).mean() ** 0.5)
    if task["metric"] == "roc_auc":
        return 0.5
    shares = rows[task["target"]].value_counts(normalize=True)
    if task["metric"] == "average_precision":
        return float((test[task["target"]].astype(str) == str(task["positive"])).mean())
    from sklearn.metrics import f1_score

    real = test[task["target"]]
    return float(f1_score(real, [shares.index[0]] * len(real), average=task["metric"].removesuffix("_f1")))


# ---------------------------------------------------------------- the driver
def measured(tool: str, data: Path, budget: float, python: str) -> dict[str, Any]:
    """Train and answer in two fresh processes."""
    found: dict[str, Any] = {"tool": tool, "table": data.name}
    with tempfile.TemporaryDirectory() as scratch:
        for step in ("train", "serve"):
            done = subprocess.run(
                [python, __file__, str(data), "--step", step, tool, scratch, "--budget", str(budget)],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                return found | {"error": (done.stderr or done.stdout)[-600:]}
            found |= json.loads(done.stdout.splitlines()[-1])
        said = Path(scratch) / "said.json"
        found |= {"said": json.loads(said.read_text("utf-8"))} if said.is_file() else {}
    return found


def shares(results: Sequence[Mapping[str, Any]], zero: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """Share of the gap from the constant to the best tool of the table, by (table, tool)."""
    closed: dict[tuple[str, str], float] = {}
    for table, base in zero.items():
        gains = {
            r["tool"]: abs(base - r["value"]) * (1 if better(r, base) else -1) for r in results if r["table"] == table
        }
        top = max(gains.values(), default=0.0)
        closed |= {(table, tool): gain / top for tool, gain in gains.items() if top > 0}
    return closed


def better(result: Mapping[str, Any], base: float) -> bool:
    return bool(result["value"] < base if result["metric"] == "rmse" else result["value"] > base)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--tools", nargs="+", default=TOOLS)
    parser.add_argument("--python", nargs="+", default=[])
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--out", type=Path, default=Path("build/rivals"))
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        step, tool, folder = asked.step
        if step == "train":
            train(tool, asked.data, Path(folder), asked.budget)
        else:
            serve(tool, asked.data, Path(folder))
        return
    pythons = dict(p.split("=", 1) for p in asked.python)
    asked.out.mkdir(parents=True, exist_ok=True)
    names = asked.only or sorted(p.parent.name for p in asked.data.glob("*/task.json"))
    results, zero = [], {}
    for name in names:
        zero[name] = constant(asked.data / name)
        metric = json.loads((asked.data / name / "task.json").read_text("utf-8"))["metric"]
        for tool in asked.tools:
            kept = asked.out / f"{name}.{tool}.json"
            if not kept.is_file():
                python = pythons.get(tool.partition("-")[0], sys.executable)
                kept.write_text(
                    json.dumps(measured(tool, asked.data / name, asked.budget, python) | {"metric": metric})
                )
            results.append(json.loads(kept.read_text("utf-8")))
            print(json.dumps(results[-1]), file=sys.stderr, flush=True)
    show(results, zero, asked.tools)


def show(results: Sequence[Mapping[str, Any]], zero: Mapping[str, float], tools: Sequence[str]) -> None:
    """Two Markdown tables: every pair, and the means by tool."""
    fine = [r for r in results if "value" in r]
    closed = shares(fine, zero)
    print("| table | metric | constant | tool | test | gap closed | train s | one row ms | MB |\n" + "|---" * 9 + "|")
    for r in results:
        if "value" not in r:
            print(
                f"| {r['table']} | {r['metric']} | | {r['tool']} | failed: {r['error'].splitlines()[-1][:80]} | | | | |"
            )
            continue
        print(
            f"| {r['table']} | {r['metric']} | {zero[r['table']]:.4g} | {r['tool']} | {r['value']:.5g} | "
            f"{closed.get((r['table'], r['tool']), float('nan')):.3f} | {r['seconds']:.0f} | {r['one_row_ms']:.3f} | {r['mb']:.2f} |"
        )
    print("\n| tool | tables | mean gap closed | worst | median one row ms | median MB |\n" + "|---" * 6 + "|")
    for tool in tools:
        own = [r for r in fine if r["tool"] == tool]
        if own:
            parts = [closed[(r["table"], tool)] for r in own]
            print(
                f"| {tool} | {len(own)} | {np.mean(parts):.4f} | {min(parts):.3f} | "
                f"{np.median([r['one_row_ms'] for r in own]):.3f} | {np.median([r['mb'] for r in own]):.2f} |"
            )


if __name__ == "__main__":
    main()
