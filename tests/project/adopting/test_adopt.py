"""Models that were trained elsewhere, each by its own library, become bundles that answer as they do."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import ownproof
from ownproof.errors import InputError, UsageError
from ownproof.project.adopting.formats import open_model
from ownproof.runtime.rest.quick import Quick
from ownproof.runtime.verify import verify
from tests.said import files_of
from tests.tables import grades, loans, prices

NUMBERS = ["income", "age", "noise"]


@pytest.fixture(scope="module")
def rows():
    return loans(400)


def pandas_of(table: pl.DataFrame, *, coded: tuple[str, ...] = ()) -> pd.DataFrame:
    frame = pd.DataFrame({n: table[n].to_list() for n in table.columns})
    return frame.astype(dict.fromkeys(coded, "category"))


def lightgbm_text(table: pl.DataFrame, features: list[str], target: str, path: Path, **params) -> object:
    import lightgbm

    frame = pandas_of(table.select(features), coded=tuple(f for f in features if table[f].dtype == pl.String))
    truth = (
        table[target].to_numpy()
        if table[target].dtype.is_numeric()
        else np.unique(table[target].to_numpy(), return_inverse=True)[1]
    )
    booster = lightgbm.train(
        {"verbosity": -1, "num_leaves": 7, "num_threads": 1, **params}, lightgbm.Dataset(frame, truth), 12
    )
    booster.save_model(path)
    return booster


def checked(answer: dict) -> ownproof.project.api.Model:
    """The bundle of an adoption that went well: verified, S0, without a flip."""
    assert answer["exit"] == 0, answer["gates"]
    assert (answer["proof"]["level"], answer["verdict"]) == ("S0", None)
    assert answer["parity"]["flips"] == 0
    card = json.loads(Path(answer["bundle"], "card.json").read_text())
    assert (card["metrics"], card["on_the_data"]) == ({}, answer["metrics"])  # nothing is promised to whoever watches
    assert verify(answer["bundle"])["hash"] == answer["bundle_hash"]
    names = set(files_of(Path(answer["bundle"])))
    wanted = {"card.json", "card.md", "sheet.json", "parity.json", "measured.json", "requirements.txt"}
    assert wanted | {f"profiles/{n}.json" for n in ("columns", "target", "watch", "foresight")} <= names
    return ownproof.load(answer["bundle"])


def test_lightgbm_with_categories_of_pandas_walks_from_the_file_to_a_verdict(call, rows, tmp_path):
    features = ["income", "age", "town", "noise"]
    booster = lightgbm_text(rows, features, "bad", tmp_path / "m.txt", objective="binary")
    rows.write_csv(tmp_path / "d.csv")
    said = call("adopt", "m.txt", "--data", "d.csv", "--target", "bad", "--json")
    assert said.code == 0, said.out
    model = checked(said.answer)
    assert said.answer["bundle"] == str(tmp_path / "m.bundle")
    assert model.bundle.schema["town"].kind == "category"
    theirs = booster.predict(pandas_of(rows.select(features), coded=("town",)))
    ours = np.array([model.one({n: r[n] for n in features})["probabilities"]["yes"] for r in rows.to_dicts()])
    assert np.array_equal(theirs, ours)  # to the last bit, in float64
    typed = [model.read({n: r[n] for n in features}) for r in rows.to_dicts()]
    assert np.array_equal(model.raw_rows(typed)[:, 1], ours)  # as a request of many rows is answered
    assert np.array_equal(Quick.of(model).row([0.1, 40, "Bern", 1e300])[1], [0.1, 40.0, 0.0, 1e300])
    strange = model.one({"income": 2000.0, "age": 40, "town": "Atlantis", "noise": 0.0})
    assert strange["flags"] == ["unseen:town", "unproven"]
    gone = pandas_of(
        pl.DataFrame({"income": [2000.0], "age": [40], "town": ["Atlantis"], "noise": [0.0]}), coded=("town",)
    )
    assert booster.predict(gone)[0] == strange["probabilities"]["yes"]  # pandas makes a level that is not known a gap

    assert call("verify", "m.bundle").code == 0
    assert call("predict", "m.bundle", "d.csv", "--out", "o.csv").code == 0
    out = pl.read_csv("o.csv")
    assert out["probability_yes"].to_list() == ours.tolist()
    again = call("adopt", "m.txt", "--data", "d.csv", "--target", "bad", "--json")
    assert (again.code, again.answer["bundle_hash"]) == (0, said.answer["bundle_hash"])


@pytest.mark.slow
def test_what_an_adopted_bundle_predicts_is_judged(call, rows, tmp_path):
    lightgbm_text(rows, ["income", "age", "town", "noise"], "bad", tmp_path / "m.txt", objective="binary")
    rows.write_csv(tmp_path / "d.csv")
    assert call("adopt", "m.txt", "--data", "d.csv", "--target", "bad").code == 0
    assert call("predict", "m.bundle", "d.csv", "--out", "o.csv").code == 0
    pl.read_csv("o.csv").select(pl.col("probability_yes").alias("guess")).write_csv("guess.csv")
    judged = call("judge", "d.csv", "--target", "bad", "--predictions", "guess.csv", "--rule", "majority", "--json")
    assert judged.answer["evidence"] == "supplied"
    assert judged.answer["verdict"] == "BETTER"  # on its own training rows


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "target", "params"),
    [
        (prices(300), "price", {"objective": "regression"}),
        (prices(300), "price", {"objective": "poisson"}),
        (grades(300), "grade", {"objective": "multiclass", "num_class": 4}),
    ],
    ids=["number", "log link", "four classes"],
)
def test_other_objectives_of_lightgbm(table, target, params, tmp_path):
    features = [c for c in table.columns if c != target]
    lightgbm_text(table, features, target, tmp_path / "m.txt", **params)
    adopted = ownproof.adopt(tmp_path / "m.txt", table, target=target, out=tmp_path / "b")
    model = checked(dict(adopted.answer))
    assert model.predict(table.drop(target)).height == 300
    assert adopted.answer["metrics"]


@pytest.mark.parametrize("ending", ["json", pytest.param("ubj", marks=pytest.mark.slow)])
def test_xgboost_json_and_ubj(rows, tmp_path, ending):
    import xgboost

    truth = (rows["bad"] == "yes").to_numpy().astype(int)
    classifier = xgboost.XGBClassifier(n_estimators=8, max_depth=3, n_jobs=1)
    classifier.fit(pandas_of(rows.select(NUMBERS)), truth)
    classifier.save_model(tmp_path / f"m.{ending}")
    adopted = ownproof.adopt(tmp_path / f"m.{ending}", rows, target="bad", out=tmp_path / "b")
    model = checked(dict(adopted.answer))
    ours = model.predict(rows)["probability_yes"].to_numpy()
    assert np.abs(ours - classifier.predict_proba(pandas_of(rows.select(NUMBERS)))[:, 1]).max() < 1e-6


def test_catboost_cbm_of_numbers_and_why_not_with_categories(rows, tmp_path):
    import catboost

    frame = pandas_of(rows.select(NUMBERS))
    settings = {"iterations": 10, "depth": 3, "verbose": False, "thread_count": 1, "allow_writing_files": False}
    fitted = catboost.CatBoostClassifier(**settings).fit(frame, rows["bad"].to_list())
    fitted.save_model(str(tmp_path / "m.cbm"))
    model = checked(dict(ownproof.adopt(tmp_path / "m.cbm", rows, target="bad", out=tmp_path / "b").answer))
    ours = model.predict(rows)["probability_yes"].to_numpy()
    assert np.abs(ours - fitted.predict_proba(frame)[:, 1]).max() < 1e-6
    worded = pandas_of(rows.select("income", "town"))
    catboost.CatBoostClassifier(**settings, cat_features=["town"]).fit(worded, rows["bad"].to_list()).save_model(
        str(tmp_path / "c.cbm")
    )
    with pytest.raises(InputError, match=r"town.*tables of its own"):
        ownproof.adopt(tmp_path / "c.cbm", rows, target="bad", out=tmp_path / "c")


def pipeline(rows: pl.DataFrame) -> object:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline, make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = ColumnTransformer([("n", numbers, NUMBERS), ("c", OneHotEncoder(handle_unknown="ignore"), ["town"])])
    return Pipeline([("columns", columns), ("model", LogisticRegression())]).fit(pandas_of(rows), rows["bad"].to_list())


def test_a_scikit_learn_pipeline_with_words_never_touches_a_pickle(rows, tmp_path, monkeypatch):
    fitted = pipeline(rows)
    monkeypatch.setattr(pickle, "loads", None)
    monkeypatch.setattr(pickle, "dumps", None)
    adopted = ownproof.adopt(fitted, rows, target="bad", out=tmp_path / "b")
    model = checked(dict(adopted.answer))
    frame = pandas_of(rows)
    table = model.predict(rows)
    assert table["prediction"].to_list() == fitted.predict(frame).tolist()
    assert np.abs(table["probability_yes"].to_numpy() - fitted.predict_proba(frame)[:, 1]).max() < 1e-6
    one = [model.one({n: r[n] for n in model.names})["probabilities"]["yes"] for r in rows.to_dicts()]
    assert Quick.of(model) is None  # cells are handed on as they are
    assert one == table["probability_yes"].to_list()  # a request and a batch: the same bits
    assert "scikit-learn" in repr(adopted)


@pytest.mark.slow
def test_a_forest_fitted_on_a_bare_matrix(tmp_path):
    from sklearn.ensemble import RandomForestClassifier

    table = grades(300)
    matrix, truth = table.drop("grade").to_numpy(), table["grade"].to_list()
    forest = RandomForestClassifier(10, max_depth=4, random_state=1).fit(matrix, truth)
    model = checked(dict(ownproof.adopt(forest, table, target="grade", out=tmp_path / "b").answer))
    assert model.predict(table)["prediction"].to_list() == forest.predict(matrix).tolist()


@pytest.fixture(scope="module")
def graph(rows, tmp_path_factory):
    """An ONNX file with a matrix, a ZipMap and classes of text, as skl2onnx writes it by default."""
    import skl2onnx
    from sklearn.linear_model import LogisticRegression

    filled = rows.with_columns(pl.col("income").fill_null(3000.0))
    fitted = LogisticRegression(max_iter=500).fit(
        filled.select(NUMBERS).to_numpy().astype(np.float32), rows["bad"].to_list()
    )
    types = [("x", skl2onnx.common.data_types.FloatTensorType([None, 3]))]
    path = tmp_path_factory.mktemp("onnx") / "m.onnx"
    path.write_bytes(
        skl2onnx.convert_sklearn(
            fitted, initial_types=types, target_opset={"": 18, "ai.onnx.ml": 3}
        ).SerializeToString()
    )
    return path, filled


def test_onnx_with_a_matrix_is_matched_by_order_and_says_what_is_too_many(call, graph, tmp_path):
    path, filled = graph
    filled.write_parquet(tmp_path / "d.parquet")
    said = call("adopt", path, "--data", "d.parquet", "--target", "bad", "--out", "b", "--json")
    assert said.code == 2
    assert "takes 3 columns" in said.answer["error"]["message"]
    assert "--drop" in said.answer["error"]["hint"]
    said = call("adopt", path, "--data", "d.parquet", "--target", "bad", "--out", "b", "--drop", "town", "--json")
    assert said.code == 0, said.out
    model = checked(said.answer)
    assert [i["column"] for i in said.answer["inputs"]] == NUMBERS
    assert (said.answer["unused"], said.answer["task"]["classes"]) == (["town"], ["no", "yes"])
    told = call("predict", "b", "d.parquet", "--out", "o.parquet")
    assert "unproven" in told.out
    one = model.one({n: filled[n][0] for n in NUMBERS})
    assert one["probabilities"]["yes"] == pl.read_parquet("o.parquet")["probability_yes"][0]


def test_an_mlflow_folder_gives_its_own_file_and_no_pickle(graph, rows, tmp_path):
    path, _ = graph
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "model.onnx").write_bytes(path.read_bytes())
    (tmp_path / "good" / "MLmodel").write_text(
        "artifact_path: model\nflavors:\n  onnx:\n    code: null\n    data: model.onnx\n  python_function:\n    data: model.onnx\nrun_id: 1\n"
    )
    assert (open_model(tmp_path / "good").format, len(open_model(tmp_path / "good").inputs)) == ("ONNX", 3)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "model.pkl").write_bytes(pickle.dumps([1]))
    (tmp_path / "bad" / "MLmodel").write_text(
        "flavors:\n  sklearn:\n    pickled_model: model.pkl\n    serialization_format: cloudpickle\n"
    )
    with pytest.raises(InputError, match="kept as sklearn, in a pickle"):
        ownproof.adopt(tmp_path / "bad", rows, target="bad", out=tmp_path / "c")
    with pytest.raises(InputError, match="runs whatever code"):
        ownproof.adopt(tmp_path / "bad" / "model.pkl", rows, target="bad", out=tmp_path / "c")


def test_columns_that_are_missing_are_named_with_their_near_misses_all_at_once(call, rows, tmp_path):
    lightgbm_text(rows, ["income", "age", "noise"], "bad", tmp_path / "m.txt", objective="binary")
    rows.rename({"income": "incmoe", "age": "years"}).write_csv(tmp_path / "d.csv")
    error = call("adopt", "m.txt", "--data", "d.csv", "--target", "bad", "--json").answer["error"]
    assert "did you mean 'incmoe'?" in error["message"]
    assert "'age'" in error["message"]
    rows.rename({"income": "Income ", "age": "AGE"}).write_csv(tmp_path / "d.csv")
    assert call("init", ".").code == 0
    said = call("adopt", "m.txt", "--data", "d.csv", "--target", "bad", "--json")
    assert said.code == 0
    last = json.loads((tmp_path / "ledger.jsonl").read_text().splitlines()[-1])
    assert (last["event"], last["data"]["hash"]) == ("adopt", said.answer["bundle_hash"])


def test_words_where_a_model_takes_numbers_are_refused_with_the_reason(rows, tmp_path):
    import lightgbm

    frame = pandas_of(rows.select("age", "town")).assign(town=lambda f: f["town"].astype("category").cat.codes)
    truth = (rows["bad"] == "yes").to_numpy().astype(int)
    lightgbm.train({"verbosity": -1, "objective": "binary"}, lightgbm.Dataset(frame, truth), 3).save_model(
        tmp_path / "m.txt"
    )
    with pytest.raises(InputError, match=r"'town' holds .*takes a number there and does not say how"):
        ownproof.adopt(tmp_path / "m.txt", rows, target="bad", out=tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_place_that_is_taken_and_classes_that_are_in_doubt(rows, tmp_path):
    lightgbm_text(rows, NUMBERS, "bad", tmp_path / "m.txt", objective="binary")
    (tmp_path / "taken").mkdir()
    with pytest.raises(UsageError, match="no bundle"):
        ownproof.adopt(tmp_path / "m.txt", rows, target="bad", out=tmp_path / "taken")
    three = rows.with_columns(pl.when(pl.col("age") > 70).then(pl.lit("maybe")).otherwise(pl.col("bad")).alias("bad"))
    with pytest.raises(UsageError, match="answers 2 classes"):
        ownproof.adopt(tmp_path / "m.txt", three, target="bad", out=tmp_path / "b")
    assert files_of(tmp_path) == ["m.txt", "taken"]


def test_a_bundle_that_would_not_answer_as_the_model_does_is_not_written(rows, tmp_path, monkeypatch):
    lightgbm_text(rows, NUMBERS, "bad", tmp_path / "m.txt", objective="binary")
    save = "ownproof.project.adopting.lightgbm._save"

    def other(folder, text, booster):
        (folder / "model.txt").write_text(text.replace("leaf_value=-0.", "leaf_value=-9.", 1))
        return "lightgbm"

    monkeypatch.setattr(save, other)
    adopted = ownproof.adopt(tmp_path / "m.txt", rows, target="bad", out=tmp_path / "b")
    assert (adopted.answer["exit"], adopted.bundle) == (4, None)
    assert adopted.answer["gates"][0]["id"] == "package.parity"
    assert files_of(tmp_path) == ["m.txt"]
    with pytest.raises(InputError, match="was not adopted"):
        adopted.predictor()


def test_what_is_no_model_says_what_would_be(tmp_path, rows):
    (tmp_path / "m.onx").write_text("hello")
    with pytest.raises(InputError, match="no model of a format that is known") as refused:
        ownproof.adopt(tmp_path / "m.onx", rows, target="bad")
    assert "'.onnx'" in refused.value.hint
    (tmp_path / "t.txt").write_text("tree\nversion=v4\nobjective=binary\ntree_sizes=400\n\nTree=0\nnum_leaves=2\n")
    with pytest.raises(InputError, match="breaks off or was changed"):
        ownproof.adopt(tmp_path / "t.txt", rows, target="bad")
    with pytest.raises(InputError, match="there is no model"):
        ownproof.adopt(tmp_path / "n.onx", rows, target="bad")
    with pytest.raises(UsageError, match="a dict is no model"):
        ownproof.adopt({}, rows, target="bad")
