import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.learners.parts import steps


def outcomes(truth, classes: int = 0) -> steps.Outcomes:
    values = np.array(truth)
    return steps.Outcomes(values, np.ones(len(values)), classes)


def test_edges_lie_half_way_between_values() -> None:
    assert steps.edges(np.array([3, 1, 2, 2, np.nan], np.float32)).tolist() == [1.5, 2.5]
    assert steps.edges(np.array([np.nan, np.inf], np.float32)).tolist() == []
    assert steps.edges(np.array([5, 5], np.float32)).tolist() == []


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=200), st.integers(2, 40))
def test_edges_ascend_and_leave_no_bin_empty(values: list[float], most: int) -> None:
    x = np.array(values, np.float32)
    found = steps.edges(x, most)
    assert len(found) < most
    assert (np.diff(found) > 0).all()
    assert len(np.unique(np.searchsorted(found, x.astype(float)))) == len(found) + 1


def test_disorder_is_the_log_loss_of_shares_and_the_squared_error_of_means() -> None:
    labels = outcomes([0, 0, 0, 1], 2)
    assert labels.disorder(labels.sums(np.zeros(4, int), 1))[0] == pytest.approx(-(3 * np.log(0.75) + np.log(0.25)))
    numbers = outcomes([1.0, 2.0, 6.0])
    assert numbers.disorder(numbers.sums(np.zeros(3, int), 1))[0] == pytest.approx(14)  # mean 3: 4 + 1 + 9


def test_the_cuts_are_those_that_explain_most() -> None:
    y = np.repeat([0.0, 0.0, 9.0, 9.0, 9.0, 2.0], 5)
    own = outcomes(y)
    sums = own.sums(np.repeat(np.arange(6), 5), 6)
    assert steps.leaves(own, sums, most=2) == [0, 2]
    assert steps.leaves(own, sums) == [0, 2, 5]  # three levels, and no cut that explains nothing
    assert steps.leaves(own, sums, least=6) == [0, 2, 4]  # the last level is too small to stand alone


def test_levels_are_drawn_towards_the_overall_answer() -> None:
    own = outcomes([1, 1, 1, 0, 0, 0], 2)
    column = steps.Column.of(np.zeros(6, np.float32), 2)
    codes = np.array([0, 0, 0, 1, 1, np.nan], np.float32)
    sums = own.sums(column.places(codes), 3)
    answers, _ = column.answer(own, sums, np.array([0.5, 0.5]))
    assert answers[:, 1] == pytest.approx([(3 + 5) / 13, 5 / 12, 5 / 11])


def test_a_column_that_tells_nothing_does_not_beat_the_constant_on_unseen_rows() -> None:
    rng = np.random.default_rng(0)
    y, own_code = rng.integers(0, 2, 400), np.arange(400, dtype=np.float32)
    fold, own = np.arange(400) % 3, outcomes(y, 2)
    ids = steps.Column.of(own_code, 400)
    assert steps.held_out_loss(own, ids, ids.places(own_code), fold) > 0.99 * np.log(2)
    told = steps.Column.of(y.astype(np.float32), None)
    assert steps.held_out_loss(own, told, told.places(y.astype(np.float32)), fold) < 0.05
