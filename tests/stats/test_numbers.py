"""Measures of predicted numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn
from sklearn import metrics as oracle

from ownproof.stats import numbers

sizes = st.integers(2, 20)
column = st.floats(-100, 100, width=32)
rows = sizes.flatmap(
    lambda n: st.tuples(
        hn.arrays(float, n, elements=column),
        hn.arrays(float, n, elements=column),
        hn.arrays(int, n, elements=st.integers(0, 3)),
    )
)
MEASURES = (numbers.rmse, numbers.mae, numbers.r2, numbers.bias, numbers.median_absolute_error)


def test_figures_worked_by_hand():
    truth, said = [3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0]
    assert numbers.mae(truth, said)[0] == 0.5
    assert numbers.rmse(truth, said)[0] == pytest.approx(np.sqrt(0.375))
    assert numbers.r2(truth, said)[0] == pytest.approx(0.9486081370449679)
    assert numbers.bias(truth, said)[0] == 0.25
    assert numbers.median_absolute_error(truth, said)[0] == 0.5


@given(rows)
def test_measures_agree_with_the_oracle_under_weights(case):
    truth, said, weight = case
    if weight.sum() == 0:
        assert all(np.isnan(f(truth, said, weight)).all() for f in MEASURES)
        return
    assert numbers.rmse(truth, said, weight)[0] == pytest.approx(
        oracle.root_mean_squared_error(truth, said, sample_weight=weight)
    )
    assert numbers.mae(truth, said, weight)[0] == pytest.approx(
        oracle.mean_absolute_error(truth, said, sample_weight=weight)
    )
    if np.ptp(truth[weight > 0]) > 1e-3:
        assert numbers.r2(truth, said, weight)[0] == pytest.approx(
            oracle.r2_score(truth, said, sample_weight=weight), rel=1e-6
        )


@given(rows)
def test_a_weight_is_a_number_of_equal_rows(case):
    truth, said, weight = case
    spread = np.repeat(np.arange(len(truth)), weight)
    for measure in MEASURES:
        if measure is numbers.r2 and (not len(spread) or np.ptp(truth[spread]) < 1e-3):
            continue
        np.testing.assert_allclose(
            measure(truth, said, weight), measure(truth[spread], said[spread]), rtol=1e-7, atol=1e-9
        )


def test_a_constant_truth_has_no_share_of_variance():
    assert np.isnan(numbers.r2([5.0, 5.0], [5.0, 6.0])).all()
    assert np.isnan(numbers.r2([1e9, 1e9, 3.0], [5.0, 6.0, 7.0], [[1, 1, 0]])).all()


def test_r2_keeps_its_digits_far_from_zero():
    draw = np.random.default_rng(0)
    truth = draw.normal(size=1000)
    said = truth + 0.3 * draw.normal(size=1000)
    assert numbers.r2(truth + 1e8, said + 1e8)[0] == pytest.approx(numbers.r2(truth, said)[0], abs=1e-6)


def test_residual_quantiles_are_signed_too_high_is_positive():
    assert numbers.residual_quantiles([0.0, 0.0, 0.0], [1.0, 2.0, 9.0], [0.0, 0.5, 1.0]).tolist() == [[1.0, 2.0, 9.0]]


def test_cost_over_and_under_are_priced_apart():
    assert numbers.cost_per_row([10.0, 10.0], [13.0, 8.0], over=2.0, under=10.0).tolist() == [13.0]


def test_an_answer_that_is_no_number_makes_the_figure_unknown():
    assert np.isnan(numbers.rmse([1.0, 2.0], [np.nan, 2.0])).all()
    assert np.isnan(numbers.mae([], [])).all()
