from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ownproof.core.dataset import Encoded
from ownproof.core.task import Task
from ownproof.learners.catboost import CatboostLearner
from ownproof.learners.lightgbm import LightgbmLearner
from ownproof.learners.linear import LinearLearner
from ownproof.learners.xgboost import XgboostLearner
from ownproof.testing.samples import table_sample

GRID = np.linspace(-2.5, 2.5, 41, dtype=np.float32)


def along_income(learner, kind: str, sign: int, workdir: Path, *, positive: str | None = None) -> np.ndarray:
    """Answers (rows, grid) while income, whose true effect falls and rises again, goes up."""
    sample = table_sample(kind)
    task = replace(sample.task, details={"monotone": {"income": sign}} if sign else {})
    task = replace(task, positive=positive or task.positive)
    model = learner.fit(
        sample.train,
        None,
        task,
        {"learning_rate": 0.2, "rounds": 40, "stop": False},
        workdir=workdir,
        seed=0,
        cores=1,
        progress=lambda *_: None,
    )
    rows = sample.validation.take(np.arange(20))
    matrix = np.repeat(rows.encoded.matrix, len(GRID), axis=0)
    matrix[:, 1] = np.tile(GRID, 20)
    asked = replace(
        sample.validation.take(np.repeat(np.arange(20), len(GRID))), encoded=Encoded(matrix, rows.encoded.features)
    )
    raw = model.predict(asked).raw
    return (raw if raw.ndim == 1 else raw[:, task.positive_index]).reshape(20, -1)


@pytest.mark.parametrize("learner", [LightgbmLearner(), CatboostLearner(), XgboostLearner()], ids=lambda x: x.name)
@pytest.mark.parametrize("kind", ["binary", "number"])
def test_answers_never_turn_against_the_sign(learner, kind, tmp_path: Path) -> None:
    steps = np.diff(along_income(learner, kind, 0, tmp_path), axis=1)
    assert steps.min() < 0 < steps.max()
    for sign in (1, -1):
        steps = sign * np.diff(along_income(learner, kind, sign, tmp_path), axis=1)
        assert steps.min() > -1e-7
        assert steps.max() > 0


def test_the_sign_is_that_of_the_positive_class_even_when_it_is_the_first(tmp_path: Path) -> None:
    steps = np.diff(along_income(LightgbmLearner(), "binary", 1, tmp_path, positive="no"), axis=1)
    assert steps.min() >= 0
    assert steps.max() > 0


def test_a_learner_that_cannot_keep_to_it_says_so() -> None:
    task = Task("y", "number", details={"monotone": {"age": 1}})
    assert "--monotone" in (LinearLearner().accepts(table_sample("number").train.schema, task) or "")
