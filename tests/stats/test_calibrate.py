"""Probabilities made honest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from ownproof.stats import calibrate
from ownproof.stats.calibrate import Calibration


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def test_a_known_distortion_is_undone():
    draw = np.random.default_rng(0)
    honest = draw.normal(size=60_000) * 1.5
    truth = (draw.random(60_000) < sigmoid(honest)).astype(int)
    fitted = calibrate.fit(truth, sigmoid((honest - 0.7) / 0.5))
    assert fitted.kind == "logit"
    assert fitted.slope == pytest.approx(0.5, abs=0.02)
    assert fitted.intercept == pytest.approx(0.7, abs=0.04)


def test_the_slope_and_intercept_are_those_of_an_unpenalised_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    draw = np.random.default_rng(1)
    z = draw.normal(size=500)
    truth, weight = (draw.random(500) < sigmoid(2 * z - 1)).astype(int), draw.random(500)
    oracle = LogisticRegression(C=1e10, tol=1e-10).fit(z[:, None], truth, sample_weight=weight)
    fitted = calibrate.fit(truth, sigmoid(z), weight)
    assert fitted.slope == pytest.approx(oracle.coef_[0, 0], rel=1e-3)
    assert fitted.intercept == pytest.approx(oracle.intercept_[0], rel=1e-3)


def test_a_known_temperature_is_found():
    draw = np.random.default_rng(2)
    z = draw.normal(size=(20_000, 4)) * 2
    honest = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    truth = (draw.random(20_000)[:, None] > honest.cumsum(axis=1)).sum(axis=1)
    hot = honest**3 / (honest**3).sum(axis=1, keepdims=True)
    fitted = calibrate.fit(truth, hot)
    assert fitted.kind == "temperature"
    assert fitted.slope == pytest.approx(1 / 3, abs=0.02)
    before, after = calibrate.honesty(truth, hot), calibrate.honesty(truth, fitted.apply(hot))
    assert after.ece < 0.02 < before.ece
    assert after.log_loss < before.log_loss


probabilities = st.integers(2, 40).flatmap(
    lambda n: st.tuples(hn.arrays(float, n, elements=st.floats(0, 1)), hn.arrays(int, n, elements=st.integers(0, 1)))
)


@settings(deadline=None)
@given(probabilities)
def test_whatever_comes_the_loss_does_not_rise_and_no_two_rows_change_places(case):
    proba, truth = case
    fitted = calibrate.fit(truth, proba)
    after = fitted.apply(proba)
    assert np.isfinite([fitted.slope, fitted.intercept]).all()
    assert fitted.slope > 0
    assert ((after >= 0) & (after <= 1)).all()
    order = np.argsort(proba, kind="stable")
    assert (np.diff(after[order]) >= -1e-12).all()
    kept = np.clip(proba, calibrate.CLIP, 1 - calibrate.CLIP)
    assert calibrate.honesty(truth, after).log_loss <= calibrate.honesty(truth, kept).log_loss + 1e-4


def test_an_answer_that_is_backwards_is_flattened_not_reversed():
    draw = np.random.default_rng(3)
    z = draw.normal(size=1000)
    truth = (draw.random(1000) < sigmoid(-2 * z)).astype(int)
    fitted = calibrate.fit(truth, sigmoid(z))
    assert fitted.slope == calibrate.LEAST_SLOPE
    assert fitted.apply(sigmoid(z)).mean() == pytest.approx(truth.mean(), abs=1e-3)


def test_perfectly_separated_rows_end_in_finite_numbers():
    fitted = calibrate.fit([0] * 50 + [1] * 50, np.repeat([0.4, 0.6], 50))
    assert np.isfinite(fitted.slope)
    assert fitted.apply([0.6])[0] > 0.99
    three = calibrate.fit([0, 1, 2] * 20, np.tile(np.eye(3) * 0.4 + 0.2, (20, 1)))
    assert np.isfinite(three.slope)
    assert three.slope > 1


def test_one_column_and_two_columns_are_the_same_answer():
    draw = np.random.default_rng(4)
    proba, truth = draw.random(200), draw.integers(0, 2, 200)
    one, two = calibrate.fit(truth, proba), calibrate.fit(truth, np.column_stack([1 - proba, proba]))
    assert one == two
    np.testing.assert_allclose(two.apply(np.column_stack([1 - proba, proba]))[:, 1], one.apply(proba))


def test_a_weight_is_a_number_of_equal_rows():
    draw = np.random.default_rng(5)
    proba, truth, weight = draw.random(60), draw.integers(0, 2, 60), draw.integers(0, 4, 60)
    spread = np.repeat(np.arange(60), weight)
    once, repeated = calibrate.fit(truth, proba, weight), calibrate.fit(truth[spread], proba[spread])
    assert once.slope == pytest.approx(repeated.slope)
    assert once.intercept == pytest.approx(repeated.intercept)


@pytest.mark.parametrize(
    ("truth", "proba", "weight"),
    [([], [], None), ([1, 1], [0.2, 0.3], None), ([0, 1], [np.nan, 0.3], None), ([0, 1], [0.2, 0.3], [1, 0])],
)
def test_nothing_to_learn_from_changes_nothing(truth, proba, weight):
    assert calibrate.fit(truth, proba, weight) == Calibration("logit")


def test_the_neutral_correction_gives_back_what_came():
    np.testing.assert_allclose(Calibration("logit").apply([0.1, 0.9]), [0.1, 0.9])
    table = [[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]]
    np.testing.assert_allclose(Calibration("temperature").apply(table), table)
    assert np.isnan(calibrate.honesty([], []).ece)
