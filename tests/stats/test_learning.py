import numpy as np
import pytest

from ownproof.stats.learning import doubling


def rows_of(means, spread=0.05, n=2000, seed=0):
    rng = np.random.default_rng(seed)
    hard = rng.gamma(2.0, 0.5, n)
    return np.stack([m * hard / hard.mean() + spread * rng.normal(size=n) for m in means])


def test_a_power_law_is_carried_on():
    curve = [0.3 + 2.0 * n**-0.5 for n in (500, 1000, 2000, 4000, 8000)]
    found = doubling(rows_of(curve[:4], spread=0.0), np.ones(2000))
    assert found.next == pytest.approx((curve[3] - curve[4]) / curve[3], rel=0.15)
    assert found.helps(0.01) == "yes"


def test_a_flat_curve_needs_no_more_rows():
    found = doubling(rows_of([0.4, 0.4, 0.4], spread=0.01), np.ones(2000))
    assert found.last_low < 0 < found.last_high
    assert found.helps(0.01) == "no"


def test_few_rows_do_not_tell():
    found = doubling(rows_of([0.5, 0.48, 0.465], spread=0.5, n=60), np.ones(60))
    assert found.helps(0.01) == "unsure"


def test_the_interval_of_the_last_gain_holds_it_in_95_of_100_samples():
    held = 0
    for seed in range(200):
        found = doubling(rows_of([0.5, 0.45], spread=0.3, n=300, seed=seed), np.ones(300))
        held += found.last_low <= 0.1 <= found.last_high
    assert held >= 180
