"""Some units of every stratum stand for all: the same standard errors at a fraction of the price."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.stats import little_bootstrap
from ownproof.stats.curves import roc_auc
from ownproof.stats.intervals import bootstrap
from ownproof.stats.little_bootstrap import bag, bag_counts
from ownproof.stats.weights import mean


def drawn(chosen, resamples, seed):
    return np.concatenate(list(bag_counts(chosen, resamples, seed)))


def test_few_units_need_no_bag():
    assert bag(np.arange(10), np.zeros(10, int), 10) is None


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), min_size=5, max_size=80), st.integers(1, 20))
def test_units_are_whole_and_stand_for_all_units_of_their_stratum(pairs, most):
    units, strata = np.array(pairs).T
    chosen = bag(units, strata, most)
    if chosen is None:
        assert len(np.unique(units)) <= most
        return
    inside = np.unique(units[chosen.rows])
    assert set(np.flatnonzero(np.isin(units, inside))) == set(chosen.rows.tolist())
    assert len(inside) == len(chosen.rates) <= max(most, len(np.unique(strata)))
    assert chosen.rates.sum() == pytest.approx(len(np.unique(units)))
    assert (chosen.rates >= 1).all()


def test_a_rare_stratum_is_there_as_a_whole():
    strata = (np.arange(10_000) % 100 == 0).astype(int)
    chosen = bag(np.arange(10_000), strata, 1000)
    assert strata[chosen.rows].sum() == 100
    assert len(chosen.rows) == 1000
    assert chosen.weights[strata[chosen.rows] == 1].tolist() == [1.0] * 100


def test_counts_have_the_mean_and_the_variance_of_poisson():
    chosen = bag(np.arange(4000), (np.arange(4000) < 3000).astype(int), 1000)
    counts = drawn(chosen, 2000, 1)
    assert counts.mean(axis=0) == pytest.approx(chosen.weights, rel=0.2)
    assert counts.mean() == pytest.approx(chosen.weights.mean(), rel=0.01)
    assert counts.var(axis=0).mean() == pytest.approx(chosen.rates.mean(), rel=0.02)


def test_the_same_seed_draws_the_same_whatever_the_chunks(monkeypatch):
    chosen = bag(np.arange(300) // 2, np.zeros(300, int), 40)
    whole = drawn(chosen, 30, 5)
    monkeypatch.setattr(little_bootstrap, "BLOCK_CELLS", 100)
    assert len(list(bag_counts(chosen, 30, 5))) > 1
    np.testing.assert_array_equal(drawn(chosen, 30, 5), whole)
    assert (drawn(chosen, 30, 6) != whole).any()
    assert (whole[:, ::2] == whole[:, 1::2]).all()


def test_standard_errors_are_those_of_the_bootstrap_over_all_units():
    rng = np.random.default_rng(0)
    n = 20_000
    truth = (rng.random(n) < 0.02).astype(int)
    score = rng.normal(size=n) + truth
    chosen = bag(np.arange(n), truth, 3000)
    for statistic in (roc_auc, lambda y, s, w: mean((y - s) ** 2, w)):
        all_of_them = bootstrap(lambda w, f=statistic: f(truth, score, w), np.arange(n), 400, 1).std()
        some = np.concatenate(
            [statistic(truth[chosen.rows], score[chosen.rows], w) for w in bag_counts(chosen, 400, 1)]
        ).std()
        assert some == pytest.approx(all_of_them, rel=0.15)
