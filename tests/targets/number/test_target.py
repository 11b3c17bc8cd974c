import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Costs, Task, Wishes
from ownproof.targets.number import NumberTarget
from ownproof.testing.target import check_target

DRAW = np.random.default_rng(0)
TARGET, TASK = NumberTarget(), Task("price", "number", metric="rmse")
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("column", "wishes"),
    [
        (pl.Series("price", DRAW.normal(size=50)), Wishes()),
        (pl.Series("wide", DRAW.normal(size=80)), Wishes(interval=0.9)),
        (pl.Series("count", DRAW.integers(0, 50, 80).astype(float)), Wishes(metric="mae")),
        (pl.Series("claim", [0.0] * 10 + [1e6, -3.5] * 6), Wishes(costs=Costs(over=1.0, under=3.0))),
        (pl.Series("tiny", [1e-100, 2e-100, 3e-100] * 8), Wishes(metric="median_absolute_error")),
    ],
)
def test_numbers_keep_the_contract_of_targets(column, wishes):
    check_target(NumberTarget, column, wishes=wishes)


@given(NUMBERS, NUMBERS)
def test_a_distance_lies_between_0_and_1_and_is_the_same_both_ways(a, b):
    apart = TARGET.distance(a, b)
    assert 0.0 <= apart <= 1.0
    assert apart == TARGET.distance(b, a)
    assert (apart == 0.0) == (a == b) or math.isclose(a, b)


@pytest.mark.parametrize("cell", [None, True, "many", float("nan"), "inf", [1]])
def test_a_cell_that_is_no_finite_number_is_refused_with_a_reason(cell):
    with pytest.raises(ValueError, match=r"number|finite"):
        TARGET.read(cell, TASK)


def test_numbers_written_as_text_are_read():
    assert TARGET.read(" 2.5 ", TASK) == 2.5


def test_only_numbers_are_claimed():
    assert TARGET.recognise(pl.Series([1.5, 2.0])) > 0
    assert TARGET.recognise(pl.Series(["a"])) == 0.0


def test_an_answer_is_shifted_where_costs_ask_for_it():
    assert TARGET.answers(np.array([1.0]), TASK, Operating(details={"shift": 0.5})) == [{"prediction": 1.5}]


def test_an_answer_has_an_interval_where_one_was_asked_for():
    draw = np.random.default_rng(1)
    answers, rows = draw.normal(size=500), np.arange(500)
    truth = answers + draw.normal(size=500)
    asked = TARGET.task(pl.Series("price", truth), Wishes(interval=0.9))
    point = TARGET.bounded(
        truth, Predictions(answers), np.ones(500), asked, operating=Operating(), units=rows, windows=0 * rows
    )
    first = TARGET.answers(answers[:1], asked, point)[0]
    assert first["low"] < first["prediction"] < first["high"]
    scores = TARGET.score(TARGET.tally(truth, Predictions(answers), asked, point), np.ones((1, 500)), asked)
    assert scores["coverage"][0] >= 0.9
    assert scores["interval_width"][0] < 4.5
    titles = [getattr(b, "title", "") for b in TARGET.evidence(truth, Predictions(answers), asked, point)]
    assert titles[-2:] == ["Answers with their interval", "Coverage by size of the answer"]
    none = TARGET.bounded(
        truth, Predictions(answers), np.ones(500), TASK, operating=Operating(), units=rows, windows=0 * rows
    )
    assert none == Operating()


def test_a_shift_that_was_asked_for_is_no_bias():
    truth = np.arange(100.0)
    answers = Predictions(truth + 20)
    assert TARGET.findings(truth, answers, TASK, Operating())[0].level == "warn"
    assert TARGET.findings(truth, answers, TASK, Operating(details={"shift": 20.0})) == ()
