from pathlib import Path

import numpy as np
import pytest

from ownproof.learners.catboost import CatboostLearner
from ownproof.scorers.onnx import OnnxScorer
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import table_sample
from tests.learners.shaped import SHAPES, shaped

pytest.importorskip("catboost", reason="the extra `boost` is not installed")
QUICK = {"name": "quick", "learning_rate": 0.2, "depth": 4, "rounds": 25}


def fit(sample, params: dict, folder: Path, **more):
    return CatboostLearner().fit(
        sample.train,
        more.get("validation"),
        sample.task,
        params,
        workdir=folder,
        seed=0,
        cores=1,
        progress=more.get("progress", lambda share, text: None),
    )


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_it_keeps_to_the_protocol(kind, tmp_path: Path) -> None:
    check_learner(CatboostLearner, table_sample(kind), tmp_path, params=QUICK, tolerance=1e-5)


def test_it_stops_on_the_loss_and_keeps_the_best_round(tmp_path: Path) -> None:
    sample = table_sample("binary", rows=800)
    params = {"learning_rate": 0.5, "depth": 6, "rounds": 400}
    model = fit(sample, params, tmp_path, validation=sample.validation)
    raw = model.predict(sample.validation).raw
    loss = -np.log(raw[np.arange(len(raw)), sample.validation.truth]).mean()
    assert model.facts["rounds"] < 100
    assert loss == pytest.approx(model.facts["loss"], abs=1e-6)
    assert len(model.trees().roots) == model.facts["rounds"]


def test_its_own_file_tells_nothing_of_the_place_and_time_of_training(tmp_path: Path) -> None:
    sample = table_sample("number")
    folders = [tmp_path / "one", tmp_path / "two"]
    files = []
    for folder in folders:
        folder.mkdir()
        files.append(fit(sample, QUICK, folder).native["model.cbm"])
    assert files[0] == files[1]
    assert str(tmp_path).encode() not in files[0]


def test_its_own_file_opens_in_the_library_and_answers_the_same(tmp_path: Path) -> None:
    from catboost import CatBoost

    sample = table_sample("multiclass")
    model = fit(sample, QUICK, tmp_path)
    (tmp_path / "again.cbm").write_bytes(model.native["model.cbm"])
    again = CatBoost()
    again.load_model(str(tmp_path / "again.cbm"))
    wide = model.means.apply(sample.validation.encoded.matrix)
    assert np.allclose(
        again.predict(wide, prediction_type="Probability"), model.predict(sample.validation).raw, atol=1e-12
    )


def test_the_default_recipe_beats_a_constant(tmp_path: Path) -> None:
    sample = table_sample("number", rows=800)
    recipe = dict(CatboostLearner().portfolio(sample.task, sample.shape)[0])
    truth = sample.validation.truth
    raw = fit(sample, {**recipe, "rounds": 150}, tmp_path).predict(sample.validation).raw
    assert np.mean((raw - truth) ** 2) < 0.3 * np.var(truth)


@pytest.mark.parametrize("objective", ["log", "tweedie", "quantile"])
def test_other_objectives_keep_to_the_protocol(objective, tmp_path: Path) -> None:
    params = {**QUICK, "objective": objective, **SHAPES[objective]}
    check_learner(CatboostLearner, shaped(objective), tmp_path, params=params, tolerance=1e-5)


@pytest.mark.parametrize("objective", SHAPES)
def test_an_objective_serves_its_shape_and_the_written_trees_answer_the_same(objective, tmp_path: Path) -> None:
    sample = shaped(objective, 1200)
    recipe = {**QUICK, "rounds": 80, "objective": objective, **SHAPES[objective]}
    model = fit(sample, recipe, tmp_path, validation=sample.validation)
    raw, truth = model.predict(sample.validation).raw, sample.validation.truth
    if objective == "quantile":
        assert np.mean(truth <= raw) == pytest.approx(0.9, abs=0.08)
    elif objective == "absolute":
        assert np.mean(np.abs(raw - truth)) < 0.6 * np.mean(np.abs(np.median(truth) - truth))
    else:
        assert (raw > 0).all()
        assert raw.mean() == pytest.approx(truth.mean(), rel=0.15)
        squares = (
            fit(sample, {**QUICK, "rounds": 80}, tmp_path, validation=sample.validation).predict(sample.validation).raw
        )
        assert np.mean((raw - truth) ** 2) < 1.15 * np.mean((squares - truth) ** 2)
    assert model.save(tmp_path) in ("lightgbm", "onnx")
    again = OnnxScorer.load(tmp_path).score(sample.validation.encoded.matrix)
    np.testing.assert_allclose(again, raw, rtol=1e-7)


def test_cores_become_threads(tmp_path: Path, monkeypatch) -> None:
    import catboost as library

    seen, original = [], library.CatBoost

    def watched(params):
        seen.append(params["thread_count"])
        return original(params)

    monkeypatch.setattr(library, "CatBoost", watched)
    sample = table_sample("number")
    CatboostLearner().fit(
        sample.train,
        None,
        sample.task,
        {**QUICK, "rounds": 2},
        workdir=tmp_path,
        seed=0,
        cores=2,
        progress=lambda share, text: None,
    )
    assert seen == [2]
