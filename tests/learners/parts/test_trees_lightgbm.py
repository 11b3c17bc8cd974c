from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from ownproof.errors import InputError
from ownproof.learners.parts.trees import from_lightgbm
from tests.rough_tables import LEVELS, NUMBERS, hard, matrix, scores

CATEGORIES = list(range(NUMBERS, NUMBERS + len(LEVELS)))
CASES: dict[str, dict[str, Any]] = {
    "binary": {},
    "multiclass": {"num_class": 4},
    "regression": {},
    "poisson": {},
    "tweedie": {},
    "quantile": {},
    "cross_entropy": {},
    "binary, steep": {"objective": "binary", "sigmoid": 2.5},
    "binary, as a forest": {"objective": "binary", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
    "large sets": {"objective": "binary", "max_cat_threshold": 500, "cat_l2": 0.0, "cat_smooth": 0.0},
}


def truth(objective: str, x: np.ndarray) -> np.ndarray:
    score = scores(x, 1)
    if objective in ("binary", "cross_entropy"):
        return (score > 0).astype(float)
    if objective == "multiclass":
        return np.digitize(score, [-1.5, 0, 1.5])
    return np.exp(score / 4).round() if objective in ("poisson", "tweedie") else score


def grow(
    x: np.ndarray, y: np.ndarray, *, rounds: int = 25, categories: list[int] = CATEGORIES, **params: Any
) -> lightgbm.Booster:
    fixed = {"num_leaves": 15, "min_data_in_leaf": 5, "verbosity": -1, "num_threads": 1, "seed": 1}
    data = lightgbm.Dataset(x, y, categorical_feature=categories, params={"verbosity": -1})
    return lightgbm.train({**fixed, **params}, data, rounds)


def both(answers: np.ndarray, trees_classes: int | None) -> np.ndarray:
    return np.column_stack([1 - answers, answers]) if trees_classes == 2 else answers


@pytest.mark.parametrize("name", CASES)
def test_the_trees_answer_as_the_booster_does(name: str) -> None:
    params = {"objective": name, **CASES[name]}
    x = matrix(1, 1500)
    booster = grow(x, truth(params["objective"], x), **params)
    trees = from_lightgbm(booster.dump_model())
    tried = hard(trees, matrix(2, 300))
    answers = trees.answer(tried)
    expected = both(booster.predict(tried), trees.classes)
    assert answers.shape == expected.shape
    assert np.abs(answers - expected).max() < 1e-12 * max(1.0, np.abs(expected).max())


def test_a_column_without_gaps_in_training_reads_a_missing_value_as_zero() -> None:
    x = matrix(3, 800, gaps=0.0)
    booster = grow(x, scores(x, 1), objective="regression", categories=[])
    trees = from_lightgbm(booster.dump_model())
    assert np.isin(booster.dump_model()["tree_info"][0]["tree_structure"]["missing_type"], ["None"])
    tried = hard(trees, matrix(4, 200, gaps=0.3))
    assert np.abs(trees.answer(tried) - booster.predict(tried)).max() < 1e-12


def test_trees_that_are_one_leaf_and_no_trees_at_all() -> None:
    x = matrix(5, 200)
    still = grow(x, np.full(200, 3.0), objective="regression", rounds=2)
    assert from_lightgbm(still.dump_model()).answer(x[:3]).tolist() == still.predict(x[:3]).tolist()
    none = {**still.dump_model(), "tree_info": []}
    assert from_lightgbm(none).answer(x[:3]).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"zero_as_missing": True}, "zero_as_missing"),
        ({"linear_tree": True}, "linear_tree"),
        ({"reg_sqrt": True}, "sqrt"),
        ({"objective": "multiclassova", "num_class": 4}, "multiclassova"),
        ({"objective": "cross_entropy_lambda"}, "cross_entropy_lambda"),
    ],
)
def test_what_cannot_be_carried_over_is_refused_by_name(params: dict[str, Any], says: str) -> None:
    x = matrix(6, 400)
    y = truth({"multiclassova": "multiclass", "cross_entropy_lambda": "binary"}.get(params.get("objective", ""), ""), x)
    booster = grow(x, y, categories=[], rounds=2, **{"objective": "regression", **params})
    with pytest.raises(InputError, match=says):
        from_lightgbm(booster.dump_model())
