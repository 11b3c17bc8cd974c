from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.learners.isolation_forest import IsolationForestLearner, unsuccessful
from ownproof.scorers.onnx import OnnxScorer
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import Sample, table_sample

TASK = Task("anomaly", "anomaly", ("category", "number"), metric="flagged", truth="none", details={"share": 0.05})


def sample(rows: int = 400) -> Sample:
    made = table_sample("number", rows=rows)
    return Sample(made.train, made.validation, TASK)


def fit(some: Sample):
    return IsolationForestLearner().fit(
        some.train, None, TASK, {}, workdir=Path(), seed=0, cores=1, progress=lambda share, text: None
    )


def test_it_keeps_to_the_protocol(tmp_path: Path) -> None:
    check_learner(IsolationForestLearner, sample(), tmp_path)


def test_it_serves_no_task_that_has_a_truth() -> None:
    assert "no target" in IsolationForestLearner().accepts(Schema(()), Task("y", "label", classes=("a", "b")))


def test_a_planted_row_is_stranger_than_all_others_and_the_written_trees_say_so_too(tmp_path: Path) -> None:
    some = sample()
    matrix = some.validation.encoded.matrix.copy()
    matrix[7, :2] = 9.0
    planted = replace(some.validation, encoded=replace(some.validation.encoded, matrix=matrix))
    model = fit(some)
    scores = model.predict(planted).raw
    assert scores.argmax() == 7
    assert model.save(tmp_path) == "onnx"
    np.testing.assert_allclose(OnnxScorer.load(tmp_path).score(matrix), scores, rtol=1e-12)


def test_the_truth_is_not_looked_at() -> None:
    some = sample()
    other = replace(some.train, truth=-some.train.truth)
    assert np.array_equal(
        fit(some).predict(some.validation).raw, fit(Sample(other, some.validation, TASK)).predict(some.validation).raw
    )


def test_what_is_left_of_a_path_is_that_of_the_authors() -> None:
    assert unsuccessful(0) == unsuccessful(1) == 0.0
    assert unsuccessful(256) == pytest.approx(10.2448, abs=1e-3)  # Liu, Ting and Zhou 2008, c(256)
