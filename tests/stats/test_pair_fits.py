"""The closed form is the least-squares fit, on the complete rows of each pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.stats.pair_fits import pair_fits


@given(st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_both_is_the_least_squares_fit_on_the_complete_rows_of_the_pair(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(60, 4)) * [1, 10, 1e6, 1e-3], rng.normal(size=60)
    x[rng.random(x.shape) < 0.2] = np.nan
    y = y + np.nan_to_num(x[:, 0])
    fit = pair_fits(x, y)
    for i, j in ((0, 1), (1, 3), (3, 2)):
        known = np.isfinite(x[:, i]) & np.isfinite(x[:, j])
        design = np.column_stack([np.ones(known.sum()), x[known, i], x[known, j]])
        design[:, 1:] /= np.abs(design[:, 1:]).max(axis=0)
        rest = y[known] - design @ np.linalg.lstsq(design, y[known], rcond=None)[0]
        wanted = 1 - (rest**2).sum() / ((y[known] - y[known].mean()) ** 2).sum()
        assert fit.both[i, j] == pytest.approx(wanted, abs=1e-9)
        assert fit.both[i, j] == pytest.approx(fit.both[j, i], abs=1e-9)
        assert fit.both[i, j] >= fit.best[i, j] - 1e-9


def test_a_difference_of_two_columns_that_are_nearly_the_same_is_seen():
    rng = np.random.default_rng(0)
    start, span = rng.uniform(0, 1e8, 500), rng.uniform(0, 3000, 500)
    fit = pair_fits(np.column_stack([start, start + span]), span)
    assert fit.both[0, 1] > 0.99
    assert fit.best[0, 1] < 0.05
    assert fit.alike[0, 1] > 1 - 1e-6


def test_constant_and_empty_columns_give_nothing():
    x = np.column_stack([np.ones(9), np.full(9, np.nan), np.arange(9.0)])
    fit = pair_fits(x, np.arange(9.0) ** 2)
    assert np.isnan(fit.both[[0, 0, 1], [1, 2, 2]]).all()
