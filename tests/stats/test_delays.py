"""How long truths take to come."""

import numpy as np
import pytest

from ownproof.stats.delays import delay_curve


def test_the_curve_is_the_one_of_the_textbook():
    # Remission times of 21 patients (Freireich and others 1963): S(6) = 0.857, S(10) = 0.753, S(23) = 0.448
    times = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    came = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    curve = delay_curve(times, came)
    assert [1 - curve.at(t) for t in (6, 10, 23)] == pytest.approx([0.857, 0.753, 0.448], abs=5e-4)


def test_rows_that_still_wait_do_not_make_labels_look_rare():
    draw = np.random.default_rng(0)
    delay = draw.exponential(5.0, 20_000)
    age = draw.uniform(0.0, 60.0, 20_000)
    curve = delay_curve(np.minimum(delay, age), delay <= age)
    assert curve.at(5.0) == pytest.approx(1 - np.exp(-1), abs=0.02)
    assert curve.ripe(0.9) == pytest.approx(5.0 * np.log(10), rel=0.15)


def test_while_labels_still_stream_in_nobody_can_tell_when_they_are_ripe():
    draw = np.random.default_rng(1)
    delay = draw.exponential(30.0, 5000)
    age = draw.uniform(0.0, 10.0, 5000)
    assert delay_curve(np.minimum(delay, age), delay <= age).ripe(0.9) is None


def test_without_a_row_or_a_label_there_is_no_curve():
    assert delay_curve([], []).most == 0.0
    assert delay_curve([3.0, 4.0], [False, False]).ripe(0.9) is None
