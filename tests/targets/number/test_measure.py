import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Costs, Task
from ownproof.errors import InputError
from ownproof.targets.number.measure import differ, losses, metrics_of, operate, score, tally, values_of

PLAIN = Task("y", "number", metric="rmse")
COSTLY = Task("y", "number", metric="cost", costs=Costs(over=1.0, under=4.0))
TRUTH = np.array([1.0, 2.0, 3.0, 10.0])
SAID = Predictions(np.array([2.0, 2.0, 2.0, 7.0]))


def figures(task, operating=None):
    table = tally(TRUTH, SAID, operating or Operating())
    return {name: float(v[0]) for name, v in score(table, np.ones((1, 4)), task).items()}


def test_the_figures_are_those_of_the_textbook():
    found = figures(COSTLY)  # errors: 1, 0, -1, -3
    assert found["rmse"] == pytest.approx((11 / 4) ** 0.5)
    assert found["mae"] == 1.25
    assert found["median_absolute_error"] == 1.0
    assert found["bias"] == -0.75
    assert found["r2"] == pytest.approx(1 - 11 / 50)
    assert found["cost"] == (1.0 + 4.0 + 12.0) / 4


def test_the_default_metric_comes_first():
    assert next(iter(metrics_of(PLAIN))) == "rmse"
    assert next(iter(metrics_of(COSTLY))) == "cost"
    assert "cost" not in metrics_of(PLAIN)


def test_a_shift_is_part_of_the_answer():
    assert figures(PLAIN, Operating(details={"shift": 0.75}))["bias"] == pytest.approx(0.0)


def test_where_the_verdict_is_cost_answers_move_to_the_cheaper_side():
    draw = np.random.default_rng(0)
    truth = draw.normal(size=20_000)
    flat = Predictions(np.zeros(20_000))
    point = operate(truth, flat, np.ones(20_000), COSTLY)
    assert point.details["shift"] == pytest.approx(0.8416, abs=0.03)  # the normal's 80 % quantile
    unmoved = operate(truth, flat, np.ones(20_000), Task("y", "number", metric="rmse", costs=COSTLY.costs))
    assert unmoved.details == {}
    assert point.cost < unmoved.cost


def test_a_quantile_is_judged_and_minimised_by_its_own_loss():
    task = Task("y", "number", metric="pinball@0.9", details={"quantile": 0.9})
    assert losses(TRUTH, SAID, task).tolist() == pytest.approx([0.1, 0.0, 0.9, 2.7])
    assert figures(task)["pinball@0.9"] == pytest.approx(3.7 / 4)
    draw = np.random.default_rng(0)
    truth = draw.normal(size=20_000)
    point = operate(truth, Predictions(np.zeros(20_000)), np.ones(20_000), task)
    assert point.details["shift"] == pytest.approx(1.2816, abs=0.04)


def test_where_absolute_errors_are_judged_a_constant_is_the_median():
    point = operate(TRUTH, Predictions(np.full(4, 4.0)), np.ones(4), Task("y", "number", metric="mae"))
    assert point.details["shift"] == 2.5 - 4.0


def test_without_costs_nothing_is_tuned():
    assert operate(TRUTH, SAID, np.ones(4), PLAIN) == Operating()


def test_absolute_errors_are_minimised_where_they_judge():
    assert losses(TRUTH, SAID, PLAIN).tolist() == [1.0, 0.0, 1.0, 9.0]
    assert losses(TRUTH, SAID, Task("y", "number", metric="mae")).tolist() == [1.0, 0.0, 1.0, 3.0]


def test_answers_differ_beyond_rounding():
    a, b = Predictions(np.array([1e9, 1.0])), Predictions(np.array([1e9 + 1e-3, 1.1]))
    assert differ(a, b, (Operating(), Operating())).tolist() == [False, True]


def test_a_value_that_is_no_number_is_refused_with_its_count():
    assert values_of(pl.Series("y", ["1", "2.5"]), PLAIN).tolist() == [1.0, 2.5]
    with pytest.raises(InputError, match="2 of 3"):
        values_of(pl.Series("y", [1.0, None, float("inf")]), PLAIN)


@given(st.integers(0, 2**32 - 1), st.integers(4, 20))
def test_a_row_of_weight_k_counts_as_k_rows(seed, n):
    draw = np.random.default_rng(seed)
    table = tally(draw.normal(size=n).round(1), Predictions(draw.normal(size=n).round(1)), Operating())
    weights = draw.integers(0, 4, (3, n))
    weights[:, :2] = 1
    together = score(table, weights, COSTLY)
    for i, line in enumerate(weights):
        repeated = np.repeat(table, line, axis=0)
        apart = score(repeated, np.ones((1, len(repeated))), COSTLY)
        for name, values in together.items():
            assert values[i] == pytest.approx(apart[name][0], nan_ok=True, abs=1e-9), name
