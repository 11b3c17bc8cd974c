"""Which windows have met their truths."""

import numpy as np
import pytest

from ownproof.core.policy import Policy
from ownproof.phases.monitor.cohorts import cohort, delays, ripe_age
from ownproof.phases.monitor.sample import Sample, Told, joined

DAY = 86_400.0
POLICY = Policy()


def sample(n, seed=0, *, start=0.0, told=None, raw=None):
    draw = np.random.default_rng(seed)
    names = np.array([f"{seed}-{i}" for i in range(n)], dtype=object)
    raw = draw.random(n) if raw is None else raw
    marks = np.sort(draw.integers(0, 2**63, n).astype(np.uint64))
    at = start + np.sort(draw.uniform(0, DAY, n))
    return Sample(marks, names, np.full(n, None, dtype=object), at, raw, np.zeros((n, 0)), {}, told or {})


def test_windows_are_ripe_when_the_curve_is_level():
    samples = []
    for day in range(30):
        bare = sample(50, day, start=day * DAY)
        delay = np.random.default_rng([day, 1]).uniform(0, 4 * DAY, 50)
        told = {i: (Told(bare.at[i] + delay[i], bare.at[i] + delay[i], '"yes"'),) for i in range(50)}
        samples.append(bare.tell(told))
    waits = [(s.at, s.first_told()) for s in samples]
    early = delays(waits[:4], 4 * DAY)
    assert ripe_age(early, POLICY, None) is None
    late = delays(waits, 30 * DAY)
    assert ripe_age(late, POLICY, None) == pytest.approx(0.9 * 4 * DAY, rel=0.05)
    assert ripe_age(early, POLICY, 9 * DAY) == 9 * DAY


def test_only_what_was_logged_by_then_is_known_and_a_correction_counts_from_when_it_came():
    told = {0: (Told(1.0, 1.0, '"no"'), Told(5.0, 4.0, '"yes"')), 1: (Told(2.0, 2.0, '"no"'), Told(6.0, 6.0, None))}
    made = sample(3, told=told)
    assert made.known(0.5) == {}
    assert made.known(3.0) == {0: '"no"', 1: '"no"'}
    assert made.known(9.0) == {0: '"yes"'}  # the second was taken back
    assert [made.corrected(t) for t in (3.0, 5.5, 9.0)] == [0, 1, 2]


def test_labels_that_came_for_other_rows_than_the_rest_are_told():
    made = sample(400, raw=np.random.default_rng(3).random(400))
    high = np.flatnonzero(made.raw > 0.6)
    assert cohort(made, high, DAY).selected(POLICY)
    assert not cohort(made, np.arange(0, 400, 2), DAY).selected(POLICY)


def test_samples_of_parts_add_up_to_the_sample_of_the_whole():
    one, two = sample(300, 1), sample(200, 2)
    whole = joined(one, two, 100)
    both = np.sort(np.concatenate([one.marks, two.marks]))[:100]
    assert (whole.marks == both).all()
    assert (joined(two, one, 100).marks == both).all()
    assert len(joined(whole, one, 100)) == 100  # what is there already is not taken twice
    assert (joined(whole, one, 100).marks == both).all()
