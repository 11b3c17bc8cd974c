import numpy as np
import pytest

from ownproof.core.task import Task
from ownproof.learners.parts.objectives import objective_of, settled, smear, spread

RECIPES = [{"name": "a"}, {"name": "b"}, {"name": "c"}]


def test_without_a_wish_a_portfolio_stays_as_it_is():
    assert spread(RECIPES, Task("y", "number")) == RECIPES


def test_a_quantile_stands_instead_of_squares():
    found = spread(RECIPES, Task("y", "number", details={"quantile": 0.9, "objectives": ["quantile"]}))
    assert [r["name"] for r in found] == ["a", "b", "c"]
    assert {(r["objective"], r["quantile"]) for r in found} == {("quantile", 0.9)}


@pytest.mark.parametrize(
    ("objective", "truth", "used"),
    [
        ("log", [1.0, 2.0], "log"),
        ("log", [0.0, 2.0], "squared"),
        ("poisson", [0.0, 0.0], "squared"),
        ("tweedie", [-1.0, 3.0], "squared"),
        ("tweedie", [0.0, 3.0], "tweedie"),
        ("absolute", [-1.0, 3.0], "absolute"),
    ],
)
def test_rows_that_cannot_bear_an_objective_are_fitted_by_squares(objective, truth, used):
    assert objective_of({"objective": objective}, np.array(truth), 0) == used
    assert objective_of({"objective": objective}, np.array(truth), 2) == "squared"


def test_the_smear_gives_answers_the_mean_of_the_truth():
    rng = np.random.default_rng(0)
    logs, weight = rng.normal(700, 1, 500), rng.uniform(0, 2, 500)  # exponentials that would overflow when summed
    truth = np.exp(logs - 650 + rng.normal(0, 0.5, 500))
    back = np.exp(logs + smear(truth, logs, weight))
    assert weight @ back == pytest.approx(weight @ truth)


def test_the_folds_tell_the_refit():
    facts = [{"smear": 0.1}, {"smear": 0.3}]
    assert settled({"objective": "log"}, facts) == {"smear": pytest.approx(0.2)}
    assert settled({"objective": "poisson"}, [{"rounds": 3}]) == {}
