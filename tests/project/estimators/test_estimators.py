"""The estimators hold to scikit-learn's contract, read every kind of table, and leave nothing behind."""

import pickle
import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import ownproof as op
from ownproof.errors import OwnproofError
from ownproof.project.estimators.fitting import FEW
from tests.tables import loans, prices

CHEAP = {"learners": ("linear",), "trials": 0}
ROOT = Path(__file__).resolve().parents[3]


def failures(estimator):
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    assert len(results) > 50
    return {r["check_name"]: r["exception"] for r in results if r["status"] not in ("passed", "skipped")}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [op.Classifier, op.Regressor])
def test_scikit_learns_checks_pass(kind):
    assert failures(kind(**CHEAP)) == {}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [op.Classifier, op.Regressor])
def test_scikit_learns_checks_pass_with_every_learner(kind):
    assert failures(kind()) == {}


@pytest.fixture
def rows():
    table = loans(160).drop_nulls()
    return table.drop("bad"), table["bad"].to_numpy()


def test_frames_of_every_make_give_the_same_answers(rows):
    table, bad = rows
    model = op.Classifier(**CHEAP).fit(table, bad)
    assert model.feature_names_in_.tolist() == ["income", "age", "town", "noise"]
    assert model.score(table, bad) > max((bad == c).mean() for c in model.classes_)
    answers = model.predict_proba(table)
    frame = table.to_pandas()
    for other in (frame, frame.astype({"town": "category"}), table.to_arrow()):
        assert np.allclose(model.predict_proba(other), answers)
    assert np.allclose(op.Classifier(**CHEAP).fit(frame, bad).predict_proba(table), answers)


def test_missing_cells_and_levels_never_seen_are_answered(rows):
    table, bad = rows
    model = op.Classifier(**CHEAP).fit(table, bad)
    odd = pl.DataFrame({"income": [None, 3000.0], "age": [40, None], "town": ["Oslo", None], "noise": [0.0, None]})
    answers = model.predict_proba(odd)
    assert np.isfinite(answers).all()
    assert answers.sum(axis=1) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(odd.rename({"age": "years"}))


def test_text_cells_in_lists_are_levels_and_none_is_missing():
    rng = np.random.default_rng(0)
    level = rng.choice(["a", "b"], 80)
    x = [[str(v), float(n)] for v, n in zip(level, rng.normal(size=80), strict=True)]
    x[3][0] = None
    model = op.Classifier(**CHEAP).fit(x, level == "a")
    assert model.score(x[4:], level[4:] == "a") == 1.0
    assert model.predict([["a", float("nan")]]).tolist() == [True]


def test_pipelines_cross_validation_and_searches_take_them(rows):
    table, bad = rows
    numbers = table.select("income", "age", "noise").to_pandas()
    pipe = make_pipeline(StandardScaler(), op.Classifier(**CHEAP))
    assert cross_val_score(pipe, numbers, bad, cv=3).mean() > 0.5
    search = GridSearchCV(op.Classifier(**CHEAP), {"random_state": [0, 1]}, cv=2, scoring="neg_log_loss")
    search.fit(table.to_pandas(), bad)
    assert search.best_score_ > -np.log(2)
    houses = prices(200)
    scores = cross_val_score(op.Regressor(**CHEAP), houses.drop("price").to_pandas(), houses["price"].to_numpy(), cv=3)
    assert scores.mean() > 0.8


def test_a_clone_and_a_pickle_are_whole_and_the_fit_leaves_no_file(rows, tmp_path, monkeypatch):
    table, bad = rows
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    model = op.Classifier(**CHEAP).fit(table, bad)
    answers = model.predict_proba(table)
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict_proba(table) == answers).all()
    assert (clone(model).fit(table, bad).predict_proba(table) == answers).all()
    assert list(tmp_path.iterdir()) == []
    assert clone(model).get_params()["learners"] == ("linear",)


def test_more_rows_than_few_are_weighed_and_kept_apart():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(FEW + 200, 2))
    y = x[:, 0] + rng.normal(0, 0.1, len(x))
    heavy = np.where(x[:, 1] > 0, 1.0, 1e-6)
    y[x[:, 1] <= 0] += 50
    told = op.Regressor(**CHEAP).fit(x[:, :1], y, sample_weight=heavy)
    assert abs(told.predict([[0.0]])[0]) < 1
    assert op.Regressor(**CHEAP).fit(x[:, :1], y).predict([[0.0]])[0] > 20


def test_one_class_is_answered_with_certainty():
    x = np.random.default_rng(0).normal(size=(12, 2))
    model = op.Classifier(**CHEAP).fit(x, ["only"] * 12)
    assert (model.predict(x) == "only").all()
    assert model.predict_proba(x).tolist() == [[1.0]] * 12


def test_a_class_without_weight_has_no_probability():
    x = np.random.default_rng(0).normal(size=(60, 2))
    y = np.where(x[:, 0] > 0, "high", "low")
    y[:5] = "odd"
    model = op.Classifier(**CHEAP).fit(x, y, sample_weight=(y != "odd").astype(float))
    shares = model.predict_proba(x)
    assert model.classes_.tolist() == ["high", "low", "odd"]
    assert (shares[:, 2] == 0).all()


def test_without_a_column_to_learn_from_the_answer_is_constant():
    frame = pl.DataFrame({"same": ["x"] * 30})
    y = np.arange(30.0)
    assert op.Regressor(**CHEAP).fit(frame, y).predict(frame) == pytest.approx(np.full(30, 14.5))


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"budget": "soon"}, ValueError, "--budget is 'soon'"),
        ({"cores": 0}, ValueError, "--cores is 0"),
        ({"learners": ["linaer"]}, OwnproofError, "'linaer'"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named_when_fitting(wrong, error, words):
    model = op.Classifier(**wrong)
    with pytest.raises(error, match=re.escape(words)):
        model.fit(np.arange(40.0).reshape(20, 2), [0, 1] * 10)


def test_they_are_what_scikit_learn_takes_them_for_and_say_that_they_only_train():
    assert is_classifier(op.Classifier())
    assert is_regressor(op.Regressor())
    assert repr(op.Classifier(budget="5m")) == "Classifier(budget='5m')"
    for kind in (op.Classifier, op.Regressor):
        assert "It trains only." in kind.__doc__
        assert kind.__module__ == "ownproof"


def test_small_data_is_fitted_whatever_a_learner_would_ask_for():
    x = np.arange(12.0).reshape(6, 2)
    model = op.Regressor().fit(x, x[:, 0])
    assert np.isfinite(model.predict(x)).all()
    assert model.fitted_.predictor.bundle.members[0].recipe["learner"] == "linear"


def test_the_example_of_the_page_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "estimators.md").read_text(encoding="utf-8")
    names = {}
    exec(re.search(r"(?ms)^```python\n(.*?)^```", page)[1], names)
    assert names["scores"].mean() > 0.6
    assert isinstance(names["frame"].to_pandas(), pd.DataFrame)
