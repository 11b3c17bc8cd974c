"""A model of each format that is adopted walks on: a real server answers, outcomes come back, monitor looks on."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import ownproof
from ownproof.project.adopting.entry import Adopted
from ownproof.runtime.predictor import Predictor
from tests.project.adopting.test_adopt import NUMBERS, lightgbm_text, pandas_of, pipeline
from tests.tables import loans

pytestmark = pytest.mark.slow
DAY = 86_400.0
BATCH = 100


def of_lightgbm(rows: pl.DataFrame, folder: Path) -> Adopted:
    lightgbm_text(rows, ["income", "age", "town", "noise"], "bad", folder / "m.txt", objective="binary")
    return ownproof.adopt(folder / "m.txt", rows, target="bad", out=folder / "b")


def of_xgboost(rows: pl.DataFrame, folder: Path) -> Adopted:
    import xgboost

    classifier = xgboost.XGBClassifier(n_estimators=8, max_depth=3, n_jobs=1)
    classifier.fit(pandas_of(rows.select(NUMBERS)), (rows["bad"] == "yes").to_numpy().astype(int))
    classifier.save_model(folder / "m.json")
    return ownproof.adopt(folder / "m.json", rows, target="bad", out=folder / "b")


def of_catboost(rows: pl.DataFrame, folder: Path) -> Adopted:
    import catboost

    settings = {"iterations": 10, "depth": 3, "verbose": False, "thread_count": 1, "allow_writing_files": False}
    fitted = catboost.CatBoostClassifier(**settings).fit(pandas_of(rows.select(NUMBERS)), rows["bad"].to_list())
    fitted.save_model(str(folder / "m.cbm"))
    return ownproof.adopt(folder / "m.cbm", rows, target="bad", out=folder / "b")


def of_onnx(rows: pl.DataFrame, folder: Path) -> Adopted:
    import skl2onnx
    from sklearn.linear_model import LogisticRegression

    filled = rows.with_columns(pl.col("income").fill_null(3000.0))
    matrix = filled.select(NUMBERS).to_numpy().astype(np.float32)
    fitted = LogisticRegression(max_iter=500).fit(matrix, filled["bad"].to_list())
    types = [("x", skl2onnx.common.data_types.FloatTensorType([None, 3]))]
    graph = skl2onnx.convert_sklearn(fitted, initial_types=types, target_opset={"": 18, "ai.onnx.ml": 3})
    (folder / "m.onnx").write_bytes(graph.SerializeToString())
    return ownproof.adopt(folder / "m.onnx", filled, target="bad", out=folder / "b", drop=["town"])


def of_scikit_learn(rows: pl.DataFrame, folder: Path) -> Adopted:
    return ownproof.adopt(pipeline(rows), rows, target="bad", out=folder / "b")


def of_mlflow(rows: pl.DataFrame, folder: Path) -> Adopted:
    """As mlflow.lightgbm keeps a Booster."""
    kept = folder / "mlmodel"
    kept.mkdir()
    lightgbm_text(rows, ["income", "age", "town", "noise"], "bad", kept / "model.lgb", objective="binary")
    (kept / "MLmodel").write_text(
        "artifact_path: model\nflavors:\n  lightgbm:\n    code: null\n    data: model.lgb\n    lgb_version: 4.6.0\n"
        "    model_class: lightgbm.basic.Booster\n  python_function:\n    data: model.lgb\n    loader_module: mlflow.lightgbm\n"
    )
    return ownproof.adopt(kept, rows, target="bad", out=folder / "b")


def serve(bundle: Path, journal: Path, rows: pl.DataFrame, takes: list[str]) -> list[dict]:
    """The answers of a real server to these rows, whose outcomes are told to it too; all of it as if it had been a day
    earlier."""
    call = [sys.executable, "-m", "ownproof", "serve", str(bundle), "--port", "0", "--workers", "1", "--json"]
    server = subprocess.Popen(
        [*call, "--journal", str(journal)],
        cwd=journal.parent,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        said = server.stderr.readline()
        assert "http://" in said, said + server.stderr.read()
        line = http.client.HTTPConnection(said.split("http://")[1].split()[0], timeout=20)
        answers = []
        for at in range(0, rows.height, BATCH):
            some = rows[at : at + BATCH]
            answers += asked(line, "/v1/predict", {"rows": some.select(takes).to_dicts()})["predictions"]
        for i, (answer, bad) in enumerate(zip(answers, rows["bad"].to_list(), strict=True)):
            if i % 10:  # one in ten never comes
                asked(line, "/v1/feedback", {"prediction_id": answer["prediction_id"], "outcome": bad})
        line.close()
    finally:
        server.terminate()
        server.communicate(timeout=40)
    assert server.returncode == 0
    moved(journal, -DAY)
    return answers


def asked(line: http.client.HTTPConnection, path: str, body: dict) -> dict:
    line.request("POST", path, json.dumps(body))
    reply = line.getresponse()
    told = json.loads(reply.read())
    assert reply.status in (200, 202), told
    return told


def moved(journal: Path, by: float) -> None:
    """The journal as if it had been written earlier: two days cannot be waited for."""
    for path in journal.glob("*.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        told = [{n: v + by if n in ("at", "known") else v for n, v in line.items()} for line in lines]
        path.write_text("".join(json.dumps(line) + "\n" for line in told))


@pytest.mark.parametrize(
    "adopt",
    [of_lightgbm, of_xgboost, of_catboost, of_onnx, of_scikit_learn, of_mlflow],
    ids=["LightGBM text", "XGBoost JSON", "CatBoost cbm", "ONNX", "scikit-learn", "MLflow folder"],
)
def test_an_adopted_model_is_served_logged_and_watched(call, tmp_path, adopt: Callable[[pl.DataFrame, Path], Adopted]):
    adopted = adopt(loans(800), tmp_path)
    bundle, journal = tmp_path / "b", tmp_path / "journal"
    takes = [i["column"] for i in adopted.answer["inputs"]]
    first, later = (loans(400, seed=s).with_columns(pl.col("age").cast(pl.Float64)) for s in (31, 32))
    if adopt is of_onnx:  # its graph knows no gap
        first, later = (t.with_columns(pl.col("income").fill_null(3000.0)) for t in (first, later))
    answers = serve(bundle, journal, first, takes)
    ours = Predictor.open(bundle)
    assert [a["prediction"] for a in answers] == [a["prediction"] for a in ours.answers(ours.raw(first.select(takes)))]

    calm = call("monitor", "--bundle", bundle, "--journal", journal, "--json").answer
    assert (calm["alarm"], calm["incidents"], calm["read"]["decisions"]) == (False, [], 400)
    assert (calm["read"]["outcomes"], calm["read"]["matched"]) == (360, 360)
    assert {c["column"] for c in calm["columns"]} >= set(takes)

    moved(journal, -DAY)
    shutil.rmtree(journal / "windows")  # they are made again
    older = later.with_columns(pl.col("age") + 12)  # two thirds of a standard deviation
    serve(bundle, tmp_path / "more", older, takes)
    for path in (tmp_path / "more").glob("*.jsonl"):
        path.rename(journal / path.name)  # a server's files are its own
    said = call("monitor", "--bundle", bundle, "--journal", journal, "--json")
    drifted = [c["column"] for c in said.answer["columns"] if c["drift"]]
    assert (said.code, said.answer["alarm"], said.answer["live_windows"]) == (0, True, 2)
    assert "age" in drifted
    assert not set(drifted) & {"income", "town", "noise"}
    assert any("age" in w["columns"] for w in said.answer["warnings"])
    realised = said.answer["performance"]["realised"]
    assert realised["value"] > 0.6
    assert said.answer["windows"][0]["labels"]["labelled"] == 360
    assert Path(said.answer["report"]).stat().st_size > 10_000
