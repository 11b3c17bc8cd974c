"""Rows follow each other within their run, sealed ones keep their places."""

import numpy as np

from ownproof.phases.audit.leaks.sequence import STEPS, anchors, sequences

SEALED = np.array([False, False, True, False, False, False])
TIMES = np.array([3.0, 1.0, 2.0, np.nan, 5.0, 4.0])


def test_pairs_leave_out_those_with_a_sealed_row_between_nothing_and_itself():
    (line,) = sequences(SEALED, times=None, groups={})
    assert [p.tolist() for p in line.pairs(1)] == [[0, 2, 3], [1, 3, 4]]
    assert [p.tolist() for p in line.pairs(2)] == [[1, 2], [2, 4]]
    assert not line.timed
    assert "file" in line.said


def test_time_orders_the_rows_that_have_one():
    (line,) = sequences(SEALED, times=TIMES, groups={})
    assert [p.tolist() for p in line.pairs(1)] == [[0, 4], [4, 3]]
    assert line.timed


def test_groups_are_runs_with_ends():
    within, whole = sequences(SEALED, times=None, groups={"shop": np.array([7, 9, 7, 9, 7, 9], dtype=np.uint64)})
    assert [p.tolist() for p in within.pairs(1)] == [[1, 2], [2, 4]]
    assert [sorted(e.tolist()) for e in within.ends(1)] == [[0, 1], [3, 4]]
    assert "shop" in within.said
    assert [e.tolist() for e in whole.ends(1)] == [[0], [4]]


def test_anchors_know_the_rows_that_come_later():
    (line,) = sequences(np.zeros(30, dtype=bool), times=None, groups={})
    places = anchors(line)
    assert places.shape == (29, 1 + len(STEPS))
    assert places[0].tolist() == [0, *STEPS]
    assert places[28].tolist() == [28, 29, *[-1] * (len(STEPS) - 1)]
    assert anchors(sequences(np.zeros(0, dtype=bool), times=None, groups={})[0]).shape[0] == 0
