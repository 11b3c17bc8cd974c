from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ownproof.errors import InputError
from ownproof.learners.parts.trees import from_catboost
from tests.rough_tables import hard, matrix, scores

catboost = pytest.importorskip("catboost")

SHOWN = {"Logloss": "Probability", "MultiClass": "Probability", "Poisson": "Exponent", "RMSE": "RawFormulaVal"}


def truth(loss: str, x: np.ndarray) -> np.ndarray:
    score = scores(x, 1)
    if loss == "Logloss":
        return (score > 0).astype(int)
    if loss == "MultiClass":
        return np.digitize(score, [-1.5, 0, 1.5])
    return np.exp(score / 4).round() if loss == "Poisson" else score


def grow(x: np.ndarray, y: np.ndarray, **params: Any) -> Any:
    fixed = {
        "iterations": 20,
        "depth": 4,
        "random_seed": 1,
        "thread_count": 1,
        "verbose": False,
        "allow_writing_files": False,
    }
    return catboost.CatBoost({**fixed, **params}).fit(x, y)


def as_json(model: Any, folder: Path) -> dict[str, Any]:
    model.save_model(str(folder / "model.json"), format="json")
    return json.loads((folder / "model.json").read_text())


@pytest.mark.parametrize("nan_mode", ["Min", "Max"])
@pytest.mark.parametrize("loss", SHOWN)
def test_the_trees_answer_as_the_model_does(loss: str, nan_mode: str, tmp_path: Path) -> None:
    x = matrix(1, 1000)
    model = grow(x, truth(loss, x), loss_function=loss, nan_mode=nan_mode)
    trees = from_catboost(as_json(model, tmp_path))
    tried = hard(trees, matrix(2, 300))
    expected = model.predict(tried, prediction_type=SHOWN[loss], thread_count=1)
    assert np.abs(trees.answer(tried) - expected).max() < 1e-12 * max(1.0, np.abs(expected).max())


def test_a_tree_that_is_one_leaf(tmp_path: Path) -> None:
    x = matrix(1, 100)
    says = as_json(grow(x, truth("RMSE", x), loss_function="RMSE", iterations=1), tmp_path)
    says["oblivious_trees"] = [{"splits": [], "leaf_values": [0.5]}]
    says["scale_and_bias"] = [2.0, [3.0]]
    assert from_catboost(says).answer(x[:2]).tolist() == [4.0, 4.0]


def test_what_cannot_be_carried_over_is_refused_by_name(tmp_path: Path) -> None:
    x = matrix(1, 200, gaps=0.0)
    y = truth("MultiClass", x)
    with pytest.raises(InputError, match="not symmetric"):
        from_catboost(as_json(grow(x, y, loss_function="RMSE", grow_policy="Lossguide"), tmp_path))
    with pytest.raises(InputError, match="MultiClassOneVsAll"):
        from_catboost(as_json(grow(x, y, loss_function="MultiClassOneVsAll"), tmp_path))
    says = as_json(grow(x, y, loss_function="RMSE"), tmp_path)
    says["features_info"]["categorical_features"] = [{}]
    with pytest.raises(InputError, match="categorical_features"):
        from_catboost(json.dumps(says))
