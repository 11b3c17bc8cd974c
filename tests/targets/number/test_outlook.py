"""How far off each answer will turn out to be."""

import numpy as np
import pytest

from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.stats.isotonic import folds_of
from ownproof.targets.number import NumberTarget


def test_errors_keep_their_shape_and_their_usual_size():
    draw = np.random.default_rng(0)
    truth = draw.exponential(10.0, 4000)
    raw = np.full(4000, 10.0)
    task = Task("y", "number", metric="rmse")
    matrix = np.zeros((4000, 0), np.float32)
    said = NumberTarget().foresight(truth, Predictions(raw), task, matrix=matrix, folds=folds_of(4000, seed=0))
    seen = NumberTarget().foreseen(raw, matrix, said)
    look = NumberTarget().outlook(raw, seen, said, task)
    errors = look.truth - raw[look.rows]
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(np.sqrt(np.mean((truth - raw) ** 2)), rel=0.02)
    assert np.median(errors) < 0 < errors.max() / -errors.min() - 1  # skewed as they were


def test_few_rows_and_perfect_answers_foretell_nothing():
    task, none = Task("y", "number", metric="rmse"), np.zeros((50, 0), np.float32)
    few = NumberTarget().foresight(
        np.arange(50.0), Predictions(np.zeros(50)), task, matrix=none, folds=folds_of(50, seed=0)
    )
    assert few == {}


def test_a_shift_for_costs_is_taken_back():
    task, point = Task("y", "number", metric="cost"), Operating(details={"shift": 2.5})
    answers = NumberTarget().answers(np.array([1.0, 4.0]), task, point)
    assert NumberTarget().restored(answers, task, point).tolist() == [1.0, 4.0]
