from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ownproof.core.dataset import Encoded
from ownproof.core.input import Feature
from ownproof.core.learner import Cut, Shape
from ownproof.core.task import Task
from ownproof.learners import lightgbm
from ownproof.learners.lightgbm import LightgbmLearner
from ownproof.scorers.onnx import OnnxScorer
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import Sample, table_sample
from tests.learners.shaped import SHAPES, shaped

QUICK = {"name": "quick", "learning_rate": 0.2, "num_leaves": 6, "rounds": 40}


def fit(sample: Sample, params: dict, *, alone: bool = False, progress=lambda share, text: None, seed: int = 0):
    return LightgbmLearner().fit(
        sample.train,
        None if alone else sample.validation,
        sample.task,
        params,
        workdir=Path(),
        seed=seed,
        cores=1,
        progress=progress,
    )


def log_loss(model, sample: Sample) -> float:
    raw = model.predict(sample.validation).raw
    return float(-np.log(raw[np.arange(len(raw)), sample.validation.truth]).mean())


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_it_keeps_to_the_protocol(kind, tmp_path: Path) -> None:
    check_learner(LightgbmLearner, table_sample(kind), tmp_path, params=QUICK)


@pytest.mark.parametrize("kind", ["binary", "number"])
def test_every_recipe_of_the_portfolio_fits_and_beats_a_constant(kind) -> None:
    sample = table_sample(kind, rows=600)
    for recipe in LightgbmLearner().portfolio(sample.task, replace(sample.shape, rows=6_000)):
        raw = fit(sample, {**recipe, "rounds": 150}).predict(sample.validation).raw
        truth = sample.validation.truth
        if kind == "number":
            assert np.mean((raw - truth) ** 2) < 0.7 * np.var(truth), recipe["name"]
        else:
            assert np.mean(raw.argmax(axis=1) == truth) > 0.7, recipe["name"]


def test_it_stops_on_the_log_loss_and_keeps_the_best_round() -> None:
    sample = table_sample("binary", rows=1200)
    stopped = fit(sample, {"learning_rate": 0.3, "num_leaves": 31, "min_data_in_leaf": 2, "rounds": 400})
    rounds = stopped.facts["rounds"]
    assert rounds < 100
    assert stopped.booster.num_trees() == rounds
    through = fit(sample, {"learning_rate": 0.3, "num_leaves": 31, "min_data_in_leaf": 2, "rounds": 400, "stop": False})
    assert through.facts["rounds"] == 400
    assert log_loss(stopped, sample) < log_loss(through, sample) - 0.1
    assert log_loss(stopped, sample) == pytest.approx(stopped.facts["loss"], abs=1e-9)


def test_a_cut_keeps_the_best_round_so_far() -> None:
    def progress(share: float, text: str) -> None:
        if share > 0.5:
            raise Cut

    model = fit(table_sample("binary"), {"learning_rate": 0.01, "rounds": 100}, progress=progress)
    assert model.facts["rounds"] in (51, 52, 61)


def test_the_refit_runs_for_a_tenth_more_rounds_than_the_folds_did() -> None:
    settled = LightgbmLearner().settle({"num_leaves": 5}, [{"rounds": 90, "rows": 5000}, {"rounds": 110, "rows": 5000}])
    assert settled == {"num_leaves": 5, "rounds": 110, "stop": False}
    assert fit(table_sample("number"), dict(settled), alone=True).facts["rounds"] == 110


def test_contributions_and_the_overall_margin_add_up_to_the_answer() -> None:
    sample = table_sample("number")
    model = fit(sample, QUICK)
    parts = model.contributions(sample.validation)
    rest = model.predict(sample.validation).raw - parts.sum(axis=1)
    assert np.ptp(rest) < 1e-9


def test_noise_contributes_less_than_the_column_that_matters_most() -> None:
    sample = table_sample("multiclass", rows=800)
    mean = np.abs(fit(sample, QUICK).contributions(sample.validation)).mean(axis=0)
    names = [f.name for f in sample.train.encoded.features]
    assert mean[names.index("age")] > 3 * mean[names.index("noise")]


def test_the_unit_of_the_weights_does_not_matter() -> None:
    sample = table_sample("binary")
    weights = np.random.default_rng(0).uniform(0.5, 2.0, len(sample.train))
    texts = [
        fit(Sample(replace(sample.train, weights=unit * weights), sample.validation, sample.task), QUICK).text
        for unit in (1.0, 2.0**-20)
    ]
    assert texts[0] == texts[1]


def test_rows_beyond_the_most_are_left_out() -> None:
    sample = table_sample("binary")
    assert fit(sample, {**QUICK, "rows_most": 100}).facts["rows"] == 100


def test_the_portfolio_ends_in_recipes_that_large_tables_can_afford() -> None:
    learner, task = LightgbmLearner(), Task("y", "label", classes=(0, 1))
    shape = Shape(1_000_000, 30, 2)
    costs = [learner.cost(recipe, shape).seconds for recipe in learner.portfolio(task, shape)]
    assert costs[-1] < 0.1 * costs[0]
    assert costs[-1] < 30
    names = [recipe["name"] for recipe in learner.portfolio(task, shape)]
    assert names[-2:] == ["drawn", "quick"]
    assert costs[-1] < costs[-2] < 0.5 * costs[names.index("brisk")]
    assert "drawn" not in {recipe["name"] for recipe in learner.portfolio(task, replace(shape, rows=200_000))}


def test_it_says_why_it_cannot_serve_boxes() -> None:
    sample = table_sample("binary")
    assert "boxes" in (LightgbmLearner().accepts(sample.train.schema, Task("y", "boxes")) or "")
    assert "partial" in (LightgbmLearner().accepts(sample.train.schema, replace(sample.task, truth="partial")) or "")


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_columns_of_many_levels_are_told_by_their_means(kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightgbm, "_LEVELS_MOST", 5)  # `region` has 12 levels, `plan` 3
    sample = table_sample(kind, rows=600)
    model = fit(sample, QUICK)
    assert model.means.categorical.tolist() == [4]
    assert model.save(tmp_path) == "onnx"
    matrix = sample.validation.encoded.matrix
    assert OnnxScorer.load(tmp_path).score(matrix) == pytest.approx(model.predict(sample.validation).raw, abs=1e-5)
    shares = np.abs(model.contributions(sample.validation)).mean(axis=0)
    assert shares.shape == (6,)
    assert shares[4] > shares[3]  # the region says something, the noise does not
    used = {int(i) for line in model.text.splitlines() if line.startswith("split_feature=") for i in line[14:].split()}
    assert 4 not in used
    assert max(used) > 5


def test_the_codes_of_many_levels_mean_nothing_as_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightgbm, "_LEVELS_MOST", 5)
    sample = table_sample("binary", rows=600)

    def renamed(rows):
        matrix = rows.encoded.matrix.copy()
        matrix[:, 4] = (7 * matrix[:, 4] + 3) % 12
        return replace(rows, encoded=replace(rows.encoded, matrix=matrix))

    other = Sample(renamed(sample.train), renamed(sample.validation), sample.task)
    assert fit(other, QUICK).predict(other.validation).raw == pytest.approx(
        fit(sample, QUICK).predict(sample.validation).raw
    )


@pytest.mark.parametrize("objective", ["log", "tweedie", "quantile"])
def test_other_objectives_keep_to_the_protocol(objective, tmp_path: Path) -> None:
    params = {**QUICK, "objective": objective, **SHAPES[objective]}
    check_learner(LightgbmLearner, shaped(objective), tmp_path, params=params)


@pytest.mark.parametrize("objective", SHAPES)
def test_an_objective_serves_its_shape_and_the_written_trees_answer_the_same(objective, tmp_path: Path) -> None:
    sample = shaped(objective, 1200)
    recipe = {**QUICK, "rounds": 80, "objective": objective, **SHAPES[objective]}
    model = fit(sample, recipe)
    raw, truth = model.predict(sample.validation).raw, sample.validation.truth
    if objective == "quantile":
        assert np.mean(truth <= raw) == pytest.approx(0.9, abs=0.08)
    elif objective == "absolute":
        assert np.mean(np.abs(raw - truth)) < 0.6 * np.mean(np.abs(np.median(truth) - truth))
    else:
        assert (raw > 0).all()
        assert raw.mean() == pytest.approx(truth.mean(), rel=0.15)
        squares = fit(sample, {**QUICK, "rounds": 80}).predict(sample.validation).raw
        assert np.mean((raw - truth) ** 2) < 1.15 * np.mean((squares - truth) ** 2)
    assert model.save(tmp_path) in ("lightgbm", "onnx")
    again = OnnxScorer.load(tmp_path).score(sample.validation.encoded.matrix)
    np.testing.assert_allclose(again, raw, rtol=1e-7)


@pytest.mark.parametrize(("rows", "threads"), [(20_000, 2), (100, 1)])
def test_cores_become_threads_where_a_matrix_is_large_enough_for_them(rows, threads, monkeypatch) -> None:
    import lightgbm as library

    seen, train = [], library.train

    def watched(settings, *rest, **also):
        seen.append(settings["num_threads"])
        return train(settings, *rest, **also)

    monkeypatch.setattr(library, "train", watched)
    small = table_sample("binary").train
    chosen = np.resize(np.arange(len(small)), rows)
    wide = np.random.default_rng(0).normal(size=(rows, 100)).astype(np.float32)
    features = tuple(Feature(f"x{i}", f"x{i}") for i in range(100))
    many = replace(small.take(chosen), encoded=Encoded(wide, features))
    LightgbmLearner().fit(
        many,
        None,
        table_sample("binary").task,
        {"rounds": 1, "num_leaves": 4},
        workdir=Path(),
        seed=0,
        cores=2,
        progress=lambda share, text: None,
    )
    assert seen == [threads]


def test_many_classes_get_a_recipe_that_has_its_turn_in_a_minute():
    classes = tuple(str(i) for i in range(32))
    task, shape = Task("y", "label", classes=classes), Shape(1_300, 60, 32)
    learner = LightgbmLearner()
    costs = {p["name"]: learner.cost(p, shape).seconds for p in learner.portfolio(task, shape)}
    assert costs["brief"] < 3 < min(c for n, c in costs.items() if n != "brief")
    three = Task("y", "label", classes=classes[:3])
    assert "brief" not in {p["name"] for p in learner.portfolio(three, Shape(1_300, 60, 3))}
