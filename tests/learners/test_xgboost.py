from pathlib import Path

import numpy as np
import pytest

from ownproof.learners.xgboost import XgboostLearner
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import table_sample

pytest.importorskip("xgboost", reason="the extra `boost` is not installed")
QUICK = {"name": "quick", "learning_rate": 0.2, "max_depth": 3, "rounds": 25}


def fit(sample, params: dict, *, stopped: bool):
    return XgboostLearner().fit(
        sample.train,
        sample.validation if stopped else None,
        sample.task,
        params,
        workdir=Path(),
        seed=0,
        cores=1,
        progress=lambda share, text: None,
    )


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_it_keeps_to_the_protocol(kind, tmp_path: Path) -> None:
    check_learner(XgboostLearner, table_sample(kind), tmp_path, params=QUICK, tolerance=1e-4)  # XGBoost sums in float32


def test_it_stops_on_the_loss_and_keeps_the_best_round() -> None:
    sample = table_sample("binary", rows=800)
    model = fit(sample, {"learning_rate": 0.5, "max_depth": 6, "rounds": 400}, stopped=True)
    raw = model.predict(sample.validation).raw
    loss = -np.log(raw[np.arange(len(raw)), sample.validation.truth]).mean()
    assert model.facts["rounds"] < 100
    assert loss == pytest.approx(model.facts["loss"], abs=1e-5)
    assert len(model.trees().roots) == model.facts["rounds"]


def test_the_default_recipe_beats_a_constant() -> None:
    sample = table_sample("number", rows=800)
    recipe = dict(XgboostLearner().portfolio(sample.task, sample.shape)[0])
    truth = sample.validation.truth
    raw = fit(sample, {**recipe, "rounds": 100}, stopped=False).predict(sample.validation).raw
    assert np.mean((raw - truth) ** 2) < 0.3 * np.var(truth)
    assert not XgboostLearner.default
