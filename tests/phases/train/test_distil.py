from dataclasses import replace

import numpy as np
import pytest

from ownproof.core.task import Task
from ownproof.phases.train.distil import Soft, softened
from ownproof.testing.samples import table_sample


def test_a_label_stands_once_for_each_class_that_is_likely():
    sample = table_sample("binary", rows=40)
    train = sample.train.take(np.arange(3))
    train = replace(train, truth=np.array([1, 0, 1]))
    told = softened(train, np.array([[0.5, 0.5], [1.0, 0.0], [np.nan, np.nan]]), sample.task)
    assert told.positions.tolist() == [*train.positions[[0, 0, 1, 2]]]
    assert told.truth.tolist() == [0, 1, 0, 1]
    assert told.weights.tolist() == [0.25, 0.75, 1.0, 1.0]
    assert told.encoded.matrix.shape == (4, 6)


def test_numbers_are_mixed_with_the_word_of_the_teacher():
    sample = table_sample("number", rows=40)
    train = replace(sample.train.take(np.arange(2)), truth=np.array([10.0, 20.0]))
    told = softened(train, np.array([14.0, np.nan]), Task("y", "number"))
    assert told.truth.tolist() == [12.0, 20.0]


@pytest.mark.parametrize("width", [(), (2,)])
def test_a_teacher_is_silent_on_rows_that_nobody_held_out(width):
    sample = table_sample("number", rows=40).train.take(np.array([5, 2, 9]))
    raw = np.arange(2 * max(1, *width, 1)).reshape(2, *width).astype(float)
    found = Soft(np.array([2, 9]), raw).of(sample)
    assert np.isnan(found[0]).all()
    assert np.array_equal(found[1:], raw)
