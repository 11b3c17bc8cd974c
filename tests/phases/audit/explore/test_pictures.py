"""Pictures of one column count what they say they count."""

import numpy as np
import pytest

from ownproof.phases.audit.explore import pictures
from ownproof.stats.shapes import histogram


def test_a_histogram_says_what_lies_beyond_it():
    chart = pictures.number_histogram("n", histogram(np.r_[np.linspace(0, 1, 1000), 50.0]))
    assert sum(chart.series[0].y) == 1001
    assert "further out" in chart.caption


def test_classes_are_shares_of_their_own_rows():
    values, codes = np.array([0.1, 0.9, 0.9, 0.1, np.nan]), np.array([0, 0, 0, 1, 1])
    chart = pictures.by_class("n", np.array([0.0, 0.5, 1.0]), values, codes=codes, names=["a", "b"])
    assert chart.series[0].y == pytest.approx((1 / 3, 2 / 3))
    assert chart.series[1].y == (1.0, 0.0)


def test_levels_of_no_class_and_missing_ones_are_left_out():
    chart = pictures.level_shares("n", ["x", "z"], np.array([0, 1, -1, 1]), codes=np.array([0, 0, 0, -1]), names=["a"])
    assert chart.series[0].y == pytest.approx((1 / 3, 1 / 3))


def test_means_by_level_and_along_a_number():
    truth = np.array([1.0, 3.0, 10.0, np.nan])
    chart = pictures.mean_by_level("n", ["x", "z"], np.array([0, 0, 1, 1]), truth=truth, target="y")
    assert chart.series[0].y == (2.0, 10.0)
    line = pictures.mean_by_bin("n", np.arange(100.0), np.arange(100.0) * 2, "y").series[0]
    assert np.allclose(np.array(line.y), 2 * np.array(line.x))
    assert len(line.x) == 20
