"""Chances that rise with a score."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.stats.isotonic import Rising, cross_fitted, folds_of, isotonic


def test_the_fit_is_that_of_scikit_learn():
    from sklearn.isotonic import IsotonicRegression

    draw = np.random.default_rng(0)
    x = draw.random(300)
    y = (draw.random(300) < x).astype(float)
    weight = draw.random(300)
    oracle = IsotonicRegression().fit(x, y, sample_weight=weight)
    ours = isotonic(x, y, weight)
    # the values of the pools are the same; between pools we draw lines through their middles
    assert set(np.round(ours.y, 9)) == set(np.round(oracle.predict(x), 9))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 1)), min_size=1, max_size=60))
def test_it_never_falls_and_keeps_the_mean(pairs):
    x, y = np.array(pairs).T
    fitted = isotonic(x, y)
    assert (np.diff(fitted.y) >= -1e-12).all()
    assert (np.diff(fitted.x) > -1e-12).all()
    assert min(y) - 1e-9 <= min(fitted.y) <= max(fitted.y) <= max(y) + 1e-9


def test_chances_learnt_across_folds_are_honest_on_rows_they_have_not_seen():
    draw = np.random.default_rng(1)
    chance = draw.random(8000)
    truth = (draw.random(8000) < chance).astype(float)
    fitted, out = cross_fitted(chance**3, truth, folds_of(8000, seed=0))
    assert np.abs(fitted.apply(chance**3) - chance).mean() < 0.02
    assert out.mean() == pytest.approx(truth.mean(), abs=0.01)
    assert Rising.from_json(fitted.to_json()) == fitted


def test_rows_of_a_unit_share_a_fold():
    units = np.repeat(np.arange(50), 3)
    folds = folds_of(150, seed=3, units=units)
    assert all(len(set(folds[units == u])) == 1 for u in range(50))
    assert set(folds) == {0, 1, 2, 3, 4}
