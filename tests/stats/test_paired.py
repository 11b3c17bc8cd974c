"""The verdict, and what a test can show."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.stats import paired

figure = st.floats(-1, 1)


@pytest.mark.parametrize(
    ("gain", "low", "high", "word"),
    [
        (0.05, 0.01, 0.09, "BETTER"),
        (0.02, 0.001, 0.04, "BETTER"),  # the gain is exactly the worthwhile one
        (0.019, 0.001, 0.04, "CANNOT TELL"),  # surely a gain, perhaps too small
        (0.05, 0.0, 0.1, "CANNOT TELL"),  # the lower end must be above 0
        (0.05, -0.01, 0.11, "CANNOT TELL"),
        (0.0, -0.019, 0.0199, "NOT BETTER"),
        (0.0, -0.02, 0.02, "CANNOT TELL"),  # the upper end must be below the worthwhile gain
        (0.01, 0.005, 0.015, "NOT BETTER"),  # a sure gain that is too small to be worth having
        (-0.3, -0.4, -0.2, "NOT BETTER"),
        (math.nan, math.nan, math.nan, "CANNOT TELL"),
        (0.05, math.nan, math.nan, "CANNOT TELL"),
    ],
)
def test_the_word_for_each_place_of_the_interval(gain, low, high, word):
    assert paired.verdict(gain, low, high, worthwhile=0.02, units=500, different=50) == word


@pytest.mark.parametrize(
    ("units", "different", "word"), [(100, 10, "NOT BETTER"), (99, 10, "CANNOT TELL"), (100, 9, "CANNOT TELL")]
)
def test_no_refusal_on_few_units_or_few_different_answers(units, different, word):
    assert paired.verdict(-0.1, -0.2, -0.05, worthwhile=0.02, units=units, different=different) == word
    assert paired.verdict(0.1, 0.05, 0.2, worthwhile=0.02, units=units, different=different) == "BETTER"


@given(figure, figure, figure, st.floats(0.001, 0.5))
def test_a_higher_interval_never_gets_a_worse_word(gain, low, high, lift):
    rank = {"NOT BETTER": 0, "CANNOT TELL": 1, "BETTER": 2}
    low, gain, high = sorted((gain, low, high))
    first = paired.verdict(gain, low, high, worthwhile=0.1, units=500, different=50)
    second = paired.verdict(gain + lift, low + lift, high + lift, worthwhile=0.1, units=500, different=50)
    assert rank[second] >= rank[first]


def test_worthwhile_gain_is_a_twentieth_of_the_error_left_or_a_fiftieth_of_the_value():
    assert paired.worthwhile_gain(True, 0.9) == pytest.approx(0.005)
    assert paired.worthwhile_gain(False, 30.0) == pytest.approx(0.6)
    assert paired.worthwhile_gain(True, 1.0) == 0.0
    assert paired.worthwhile_gain(True, 0.5, share_of_error=0.1) == pytest.approx(0.05)


def test_alpha_is_spent_in_the_stated_parts_and_sums_to_a_twentieth():
    spent = [paired.spend_alpha(k) for k in range(5)]
    assert spent == [0.04, 0.005, 0.005, None, None]
    assert sum(a for a in spent if a) == pytest.approx(0.05)
    assert paired.spend_alpha(-1) is None


def test_a_margin_decides_whether_it_is_not_worse():
    assert paired.not_worse(-0.009, margin=0.01)
    assert not paired.not_worse(-0.01, margin=0.01)
    assert not paired.not_worse(math.nan, margin=0.01)


@pytest.mark.parametrize(("gain", "disagreement", "rows"), [(0.04, 0.15, 733), (0.02, 0.12, 2352)])
def test_rows_for_mcnemars_test_are_connors(gain, disagreement, rows):
    assert paired.detectable_gain("share", 0.8, rows, disagreement=disagreement) == pytest.approx(gain, rel=2e-3)


@pytest.mark.parametrize(("rows", "points"), [(150, 5.7), (300, 4.0), (750, 2.6), (1500, 1.8)])
def test_the_width_of_an_accuracy(rows, points):
    assert 100 * paired.expected_width("share", 0.85, rows) == pytest.approx(points, abs=0.05)


def test_the_error_of_an_auc_is_hanley_and_mcneils():
    # their table II: AUC 0.893, 51 abnormal and 58 normal; standard error 0.032
    assert paired.auc_error(0.893, 51, 58) == pytest.approx(0.032, abs=1e-3)
    assert math.isnan(paired.auc_error(0.9, 0, 50))


def test_the_width_of_an_rmse_is_that_of_the_chi_distribution():
    draw = np.random.default_rng(0)
    values = np.sqrt((draw.normal(size=(4000, 400)) ** 2).mean(axis=1))
    assert paired.standard_error("rmse", 1.0, 400) == pytest.approx(values.std(), rel=0.05)
    assert paired.standard_error("rmse", 1.0, 400, kurtosis=9.0) == pytest.approx(2 / math.sqrt(2) * 0.05)


@pytest.mark.parametrize("measure", ["share", "auc", "rmse"])
def test_more_rows_show_smaller_gains_and_nothing_shows_nothing(measure):
    gains = [paired.detectable_gain(measure, 0.8, n, positive_share=0.2) for n in (50, 200, 1000, 5000)]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] > 0
    assert math.isnan(paired.detectable_gain(measure, 0.8, 0))
    assert math.isnan(paired.expected_width(measure, 0.8, 0))


def test_units_needed_worked_by_hand():
    # towards BETTER: error 0.02 at 400 units; 0.03 / (1.96 + 0.8416) = 0.01071 and (0.03 - 0.02) / 0.8416 = 0.01188
    reach = 1.959964 * 0.02
    assert paired.units_needed(0.03, 0.03 - reach, 0.03 + reach, 400, worthwhile=0.02) == math.ceil(
        400 * (0.02 / (0.03 / 2.801585)) ** 2
    )
    # towards NOT BETTER: the way from 0 up to 0.02
    assert paired.units_needed(0.0, -reach, reach, 400, worthwhile=0.02) == pytest.approx(
        400 * (0.02 / (0.02 / 2.801585)) ** 2, abs=1
    )


@pytest.mark.parametrize("figures", [(0.02, -0.1, 0.1), (math.nan, 0.0, 0.1), (0.05, math.nan, 0.1)])
def test_sometimes_no_number_of_units_decides(figures):
    assert paired.units_needed(*figures, 400, worthwhile=0.02) is None


def test_with_the_units_that_it_asks_for_the_verdict_falls_four_times_in_five():
    draw = np.random.default_rng(1)
    for gain, word in ((0.05, "BETTER"), (0.005, "NOT BETTER")):
        reach = 1.96 * 1.0 / math.sqrt(100)
        n = paired.units_needed(gain, gain - reach, gain + reach, 100, worthwhile=0.03)
        seen = gain + draw.normal(size=4000) / math.sqrt(n)
        half = 1.96 / math.sqrt(n)
        words = [paired.verdict(g, g - half, g + half, worthwhile=0.03, units=n, different=n) for g in seen]
        assert words.count(word) / 4000 == pytest.approx(0.8, abs=0.03)
