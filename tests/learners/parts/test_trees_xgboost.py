from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ownproof.errors import InputError
from ownproof.learners.parts.trees import from_xgboost
from tests.rough_tables import hard, matrix, scores

xgboost = pytest.importorskip("xgboost")

CASES: dict[str, dict[str, Any]] = {
    "reg:squarederror": {},
    "reg:absoluteerror": {},
    "binary:logistic": {},
    "count:poisson": {},
    "reg:tweedie": {},
    "multi:softprob": {"num_class": 4},
    "binary:logistic, forest": {"objective": "binary:logistic", "num_parallel_tree": 3},
}


def truth(objective: str, x: np.ndarray) -> np.ndarray:
    score = scores(x, 1)
    if objective == "binary:logistic":
        return (score > 0).astype(float)
    if objective == "multi:softprob":
        return np.digitize(score, [-1.5, 0, 1.5])
    return np.exp(score / 4).round() if objective in ("count:poisson", "reg:tweedie") else score


def grow(x: np.ndarray, y: np.ndarray, **params: Any) -> Any:
    return xgboost.train({"max_depth": 4, "nthread": 1, "seed": 1, **params}, xgboost.DMatrix(x, y), 15)


@pytest.mark.parametrize("name", CASES)
def test_the_trees_answer_as_the_booster_does_but_for_its_float32_sums(name: str) -> None:
    params = {"objective": name, **CASES[name]}
    x = matrix(1, 1500)
    booster = grow(x, truth(params["objective"], x), **params)
    trees = from_xgboost(booster.save_raw("json"))
    tried = hard(trees, matrix(2, 300))
    expected = booster.predict(xgboost.DMatrix(tried)).astype(np.float64)
    if trees.classes == 2:
        expected = np.column_stack([1 - expected, expected])
    assert np.abs(trees.answer(tried) - expected).max() < 4e-6 * max(1.0, np.abs(expected).max())


def test_the_base_score_may_be_one_number_or_one_for_each_class() -> None:
    x = matrix(1, 400)
    says = json.loads(grow(x, truth("multi:softprob", x), objective="multi:softprob", num_class=4).save_raw("json"))
    facts = says["learner"]["learner_model_param"]
    facts["base_score"] = "5E-1"
    assert from_xgboost(says).base.tolist() == [0.5] * 4
    facts["base_score"] = "[1E-1,2E-1,3E-1,4E-1]"
    assert from_xgboost(says).base == pytest.approx([0.1, 0.2, 0.3, 0.4])
    facts["base_score"] = "[1E-1,2E-1]"
    with pytest.raises(InputError, match="base score"):
        from_xgboost(says)


def test_a_base_score_of_shares_enters_as_log_odds_and_one_of_counts_as_a_logarithm() -> None:
    x = matrix(1, 300)
    for objective, base, raw in (("binary:logistic", 0.2, np.log(0.25)), ("count:poisson", 2.0, np.log(2.0))):
        booster = grow(x, truth(objective, x), objective=objective, base_score=base)
        assert from_xgboost(booster.save_raw("json")).base == pytest.approx([raw], rel=1e-6)


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"booster": "dart"}, "dart"),
        ({"booster": "gblinear"}, "gblinear"),
        ({"objective": "reg:logistic"}, None),
        ({"objective": "binary:hinge"}, "binary:hinge"),
    ],
)
def test_what_cannot_be_carried_over_is_refused_by_name(params: dict[str, Any], says: str | None) -> None:
    x = matrix(6, 300)
    depth = {} if params.get("booster") == "gblinear" else {"max_depth": 2}
    data = xgboost.DMatrix(x, truth("binary:logistic", x))
    model = xgboost.train({"nthread": 1, **depth, **params}, data, 2).save_raw("json")
    if says is None:
        assert from_xgboost(model).classes == 2
        return
    with pytest.raises(InputError, match=says):
        from_xgboost(model)


def test_categorical_splits_are_refused() -> None:
    x = matrix(6, 300, gaps=0.0)
    kinds = ["q"] * 5 + ["c"] * 3
    data = xgboost.DMatrix(x, scores(x, 1), feature_types=kinds, enable_categorical=True)
    booster = xgboost.train({"nthread": 1, "max_depth": 6}, data, 8)
    with pytest.raises(InputError, match="categorical splits"):
        from_xgboost(booster.save_raw("json"))
