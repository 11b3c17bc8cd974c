"""Curves that are known are carried on to where they go."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.stats.learning_curves import FAMILIES, fit

SIZES = np.array([100.0, 180, 324, 583, 1050, 1890])


@pytest.mark.parametrize("exponent", [0.1, 0.35, 0.5, 1.0])
@pytest.mark.parametrize("floor", [0.0, 0.05, 0.2])
def test_a_power_law_without_noise_is_found_again(exponent, floor):
    errors = floor + 0.1 * (SIZES / SIZES[-1]) ** -exponent
    pow3 = fit(SIZES, errors[None], np.ones(6))[0]
    truth = floor + 0.1 * 4.0**-exponent
    assert pow3.at(4 * SIZES[-1])[0] == pytest.approx(truth, abs=0.002)


def test_figueroa_curve_of_one_over_the_root_needs_four_times_the_rows_for_half_the_error():
    plain = fit(SIZES, (2.0 * SIZES**-0.5)[None], np.ones(6))[1]
    assert plain.family == "power law without floor"
    assert plain.size_for(2.0 * 1890**-0.5 / 2)[0] == pytest.approx(4 * 1890, rel=0.02)


def test_an_mmf_curve_that_starts_flat_is_followed_by_the_mmf_and_by_no_power_law():
    errors = 0.05 + 0.25 / (1.0 + (SIZES / 600.0) ** 2.0)
    pow3, _, mmf = fit(SIZES, errors[None], np.ones(6))
    truth = 0.05 + 0.25 / (1.0 + (4 * 1890 / 600.0) ** 2.0)
    assert abs(mmf.at(4 * 1890)[0] - truth) < 0.007 < abs(pow3.at(4 * 1890)[0] - truth)


def test_a_floor_above_the_wish_is_never_reached():
    errors = 0.2 + 0.1 * (SIZES / SIZES[-1]) ** -1.0
    assert np.isinf(fit(SIZES, errors[None], np.ones(6))[0].size_for(0.1)[0])


@given(st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6), st.floats(1.0, 8.0))
def test_no_fit_rises_and_none_falls_below_perfect(errors, times):
    for found in fit(SIZES, np.array([errors]), SIZES / SIZES[-1]):
        now, then = found.at(SIZES[-1])[0], found.at(times * SIZES[-1])[0]
        assert 0.0 <= then <= now + 1e-12
        assert np.isfinite([now, then]).all()


@given(st.floats(0.05, 0.9), st.floats(0.05, 1.5), st.floats(0.0, 0.3), st.floats(0.31, 0.6))
def test_the_size_for_an_error_has_that_error(drop, exponent, floor, wish):
    errors = floor + drop * (SIZES / SIZES[0]) ** -exponent
    for found in fit(SIZES, errors[None], np.ones(6)):
        size = found.size_for(wish)[0]
        if np.isfinite(size) and size > 1e-6:
            assert found.at(size)[0] == pytest.approx(wish, rel=1e-6)


def test_many_curves_are_fitted_as_one_by_one():
    rng = np.random.default_rng(3)
    curves = 0.1 + 0.2 * (SIZES / SIZES[-1]) ** -0.4 + rng.normal(0, 0.01, (5, 6))
    together = fit(SIZES, curves, SIZES)
    for i, curve in enumerate(curves):
        for whole, one in zip(together, fit(SIZES, curve[None], SIZES), strict=True):
            assert whole.at(4000.0)[i] == pytest.approx(one.at(4000.0)[0], rel=1e-9)
    assert tuple(f.family for f in together) == FAMILIES
