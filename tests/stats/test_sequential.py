"""Looking again and again without crying wolf."""

import numpy as np
import pytest

from ownproof.stats.sequential import Cusum, begun, limit_for, run_length


def test_a_sum_runs_as_long_as_was_said_when_nothing_happens():
    draw = np.random.default_rng(0)
    steps = draw.normal(size=(1500, 2000))
    total, ran = np.zeros(1500), np.full(1500, 2000.0)
    limit = limit_for(200.0, 0.5)
    for day in range(2000):
        total = np.maximum(0.0, total + steps[:, day] - 0.5)
        ran = np.where((total > limit) & (ran == 2000.0), day + 1.0, ran)
    assert ran.mean() == pytest.approx(200.0, rel=0.1)


def test_the_limit_is_the_inverse_of_the_run_length():
    for windows in (50.0, 1000.0, 1e6):
        assert run_length(limit_for(windows, 0.5), 0.5) == pytest.approx(windows, rel=1e-6)


def test_a_sum_tells_since_when_it_has_been_going_on():
    total, sums = Cusum(), []
    for z in (0.1, 0.8, -1.0, 2.0, 2.0, 2.5):
        total = total.add(z, 0.5)
        sums.append(total.up)
    assert (round(total.up, 6), begun(sums, 4.0)) == (5.0, 3)
    assert total.capped(3.0).largest == 3.0
