"""What one window shows."""

import numpy as np
import pytest

from ownproof.core.policy import Policy
from ownproof.phases.monitor.sightings import follow, slowly
from ownproof.runtime.watch import build, count
from tests.phases.monitor.customers import KINDS, rows

POLICY = Policy()


@pytest.fixture(scope="module")
def reference():
    return build(rows(5000, 0), KINDS)


def windows(reference, days, n=300, step=0.0, effect=0.05, seed=10, start=0):
    draw = np.random.default_rng(seed)
    drifts = [draw.normal(0, effect) + max(0, day - start) * step for day in range(days)]
    return [count(reference, rows(n, [seed, day], age=drifts[day])) for day in range(days)]


def test_slow_drift_is_seen_before_any_window_stands_out(reference):
    seen = windows(reference, 60, step=0.006, start=20)
    first = next(d for d in range(20, 61) if list(slowly(follow(reference, seen[:d], POLICY), reference, POLICY)))
    found = list(slowly(follow(reference, seen[:first], POLICY), reference, POLICY))
    assert 30 <= first <= 60
    assert found[0].what == ("age",)
    assert found[0].sure


def test_ordinary_days_add_up_to_nothing(reference):
    for seed in range(4):
        seen = windows(reference, 60, seed=100 + seed)
        assert not any(list(slowly(follow(reference, seen[:d], POLICY), reference, POLICY)) for d in range(20, 61, 10))


def test_a_level_that_grows_slowly_is_followed_too(reference):
    shares = [(0.5 - 0.004 * d, 0.3 + 0.004 * d, 0.2) for d in range(40)]
    seen = [count(reference, rows(300, [7, d], plan=shares[d])) for d in range(40)]
    found = list(slowly(follow(reference, seen, POLICY), reference, POLICY))
    assert [s.what for s in found] == [("plan",)]
