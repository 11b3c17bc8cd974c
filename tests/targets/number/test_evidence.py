import numpy as np
import pytest

from ownproof.core.task import Task
from ownproof.targets.number.evidence import bias_by_size, evidence_of, thinned

TASK = Task("price", "number", metric="rmse")


def test_four_pictures_are_shown_and_none_of_nothing():
    truth = np.arange(50.0)
    found = [b.title for b in evidence_of(truth, truth + 1, TASK)]
    assert found == ["Predicted and true", "Errors by size of the answer", "Errors", "Bias by size of the answer"]
    assert evidence_of(truth[:0], truth[:0], TASK) == ()


def test_a_million_rows_are_drawn_as_fifteen_hundred_points():
    places = thinned(1_000_000)
    assert len(places) == 1500
    assert (places[0], places[-1]) == (0, 999_999)
    assert thinned(3).tolist() == [0, 1, 2]


def test_bias_is_shown_for_each_tenth_of_the_answers():
    said = np.arange(100.0)
    truth = np.where(said < 50, said, said - 2.0)
    series = bias_by_size(truth, said).series[0]
    assert series.y == (0.0,) * 5 + (2.0,) * 5
    assert series.x[0] == "0 to 9"


def test_few_rows_make_few_groups():
    series = bias_by_size(np.array([1.0, 2.0]), np.array([1.0, 3.0])).series[0]
    assert series.y == (0.0, 1.0)
    assert series.low == pytest.approx((0.0, 1.0))
