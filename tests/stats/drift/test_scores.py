"""Location and scale of binned samples, against permutation and against what is known of normal ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.stats.distributions import normal_tail
from ownproof.stats.drift import scores


def test_scores_are_the_means_of_the_slices_of_a_normal():
    first, second = scores.normal_scores(np.array([1, 2, 1]))
    assert first == pytest.approx([-1.2711, 0, 1.2711], abs=1e-4)  # phi(0.6745) / 0.25
    assert first @ [1, 2, 1] == pytest.approx(0)
    assert second @ [1, 2, 1] == pytest.approx(0)


def test_a_shift_of_a_fifth_of_a_standard_deviation_is_measured_and_sure():
    rng, edges = np.random.default_rng(0), np.linspace(-2, 2, 20)
    old = np.bincount(np.searchsorted(edges, rng.normal(size=20_000)), minlength=21)
    new = np.bincount(np.searchsorted(edges, rng.normal(0.2, size=4_000)), minlength=21)
    found = scores.location(old, new)
    assert found.effect == pytest.approx(0.2, abs=0.04)
    assert found.p < 1e-15
    assert abs(scores.scale(old, new).z) < 4


def test_a_wider_sample_is_wider_by_its_own_measure():
    rng, edges = np.random.default_rng(1), np.linspace(-2.5, 2.5, 24)
    old = np.bincount(np.searchsorted(edges, rng.normal(size=20_000)), minlength=25)
    new = np.bincount(np.searchsorted(edges, 1.3 * rng.normal(size=4_000)), minlength=25)
    assert np.exp(scores.scale(old, new).effect) == pytest.approx(1.25, abs=0.06)


def test_skewness_of_a_rare_score_is_allowed_for():
    """One row in a hundred is marked: of 200 rows, 7 or more are in 4.6 cases in a thousand (binomial)."""
    old, new = np.array([19_800, 200]), np.array([193, 7])
    found = scores.linear(np.array([0.0, 1.0]), old, new)
    assert 0.001 < found.p / 2 < 0.006
    normal = normal_tail((7 - 2.0) / np.sqrt(200 * 0.01 * 0.99))
    assert normal < found.p / 4  # an uncorrected normal tail is wrong by factors


@settings(max_examples=40)
@given(st.lists(st.integers(0, 50), min_size=2, max_size=12), st.integers(1, 5))
def test_the_same_shares_twice_are_no_move(counts, times):
    old = np.array(counts)
    for found in (scores.location(old, old * times), scores.scale(old, old * times)):
        assert found.effect == pytest.approx(0, abs=1e-9)
        assert found.p > 0.5
