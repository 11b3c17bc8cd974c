import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ownproof.core.dataset import Encoded
from ownproof.core.input import Feature
from ownproof.learners.one_feature import OneFeatureLearner
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import Sample, table_sample


def fit(sample: Sample, seed: int = 0):
    return OneFeatureLearner().fit(
        sample.train, None, sample.task, {}, workdir=Path(), seed=seed, cores=1, progress=lambda share, text: None
    )


def with_columns(sample: Sample, columns: dict[str, tuple[np.ndarray, int]]) -> Sample:
    """The sample with other columns: name to values of the training rows and number of levels (0: numbers)."""
    features = tuple(Feature(n, n, "categorical" if k else "numeric", k) for n, (_, k) in columns.items())
    matrix = np.column_stack([v for v, _ in columns.values()]).astype(np.float32)
    return replace(sample, train=replace(sample.train, encoded=Encoded(matrix, features)))


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_it_keeps_to_the_protocol(kind, tmp_path: Path) -> None:
    check_learner(OneFeatureLearner, table_sample(kind), tmp_path)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_it_finds_the_column_that_matters_most_and_names_it(kind) -> None:
    facts = fit(table_sample(kind, rows=1000)).facts
    assert facts["column"] == "age"
    assert facts["rule"][-1][0] == "missing"
    assert facts["rule"][0][0].startswith("<= ")


def test_a_column_of_many_levels_is_judged_on_rows_it_has_not_seen() -> None:
    sample = table_sample("binary", rows=800)
    rng, y = np.random.default_rng(3), sample.train.truth
    flawed = np.where(rng.random(len(y)) < 0.3, 1 - y, y)
    chosen = fit(with_columns(sample, {"row number": (np.arange(len(y)), len(y)), "hint": (flawed, 2)}))
    assert chosen.facts["column"] == "hint"


def test_a_column_that_is_a_small_model_itself_is_no_rule_of_thumb() -> None:
    sample = table_sample("binary", rows=800)
    y = sample.train.truth.astype(float)
    columns = with_columns(sample, {"score": (y, 0), "hint": (y + np.random.default_rng(0).normal(size=len(y)), 0)})
    assert fit(columns).facts["column"] == "score"
    score, hint = columns.train.encoded.features
    marked = replace(columns.train.encoded, features=(replace(score, learnt=True), hint))
    assert fit(replace(columns, train=replace(columns.train, encoded=marked))).facts["column"] == "hint"


def test_a_missing_value_has_an_answer_of_its_own() -> None:
    sample = table_sample("number", rows=800)
    x = np.random.default_rng(0).normal(size=600)
    x[sample.train.truth > 110] = np.nan
    model = fit(with_columns(sample, {"x": (x, 0)}))
    rows = replace(sample.validation, encoded=Encoded(np.array([[np.nan]] * 200, np.float32), model_features(model)))
    wanted = sample.train.truth[sample.train.truth > 110].mean()
    assert model.predict(rows).raw[0] == pytest.approx(wanted, rel=0.02)


def model_features(model) -> tuple[Feature, ...]:
    return (Feature(model.facts["feature"], model.facts["column"]),)


def test_a_step_function_is_small_enough_to_read(tmp_path: Path) -> None:
    model = fit(table_sample("binary", rows=2000))
    model.save(tmp_path)
    says = json.loads((tmp_path / "model.json").read_text("utf-8"))
    assert 2 <= len(says["answers"]) <= 6
    assert len(model.facts["rule"]) == len(says["answers"]) + 1


def test_validation_is_never_looked_at() -> None:
    sample = table_sample("binary")
    upside_down = replace(sample.validation, truth=1 - sample.validation.truth)
    both = [
        OneFeatureLearner()
        .fit(sample.train, held, sample.task, {}, workdir=Path(), seed=0, cores=1, progress=lambda share, text: None)
        .facts
        for held in (sample.validation, upside_down)
    ]
    assert both[0] == both[1]


def test_numbers_far_from_zero_keep_their_digits() -> None:
    sample = table_sample("number", rows=800)
    near = fit(sample)
    far = fit(replace(sample, train=replace(sample.train, truth=sample.train.truth + 1e9)))
    assert far.facts["column"] == near.facts["column"]
    assert far.predict(sample.validation).raw - 1e9 == pytest.approx(near.predict(sample.validation).raw, abs=1e-4)
