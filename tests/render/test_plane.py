"""Lines and points."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.report import Chart, Series
from ownproof.render import plane


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=200))
def test_a_thinned_line_keeps_its_ends_and_its_extremes(ys):
    points = [(float(i), y) for i, y in enumerate(ys)]
    few = plane.thin(points, 40)
    assert len(few) <= 40
    assert few[0] == points[0]
    assert few[-1] == points[-1]
    assert {min(ys), max(ys)} <= {y for _, y in few}
    assert few == sorted(few)


def test_points_that_fall_on_one_place_are_drawn_once():
    series = Series("s", tuple([1.0] * 500 + [2.0]), tuple([1.0] * 500 + [2.0]))
    body, _ = plane.draw(Chart("t", "points", (series,)))
    assert body.count("<circle") == 2


def test_unknown_places_are_gaps():
    assert [math.isnan(x) for x in plane.places(Series("s", (1, None, 2), (1.0, 1.0, 1.0)), [])] == [False, True, False]


def test_a_diagonal_has_the_same_scale_on_both_axes():
    body, _ = plane.draw(Chart("t", "points", (Series("s", (10.0, 90.0), (20.0, 70.0)),), reference="diagonal"))
    assert 'class="reference"' in body


def test_a_series_without_y_is_a_band_behind_the_points():
    band = Series("interval", (1.0, 2.0, 3.0), (), (0.0, 1.0, 2.0), (2.0, 3.0, 4.0))
    body, _ = plane.draw(Chart("t", "points", (band, Series("rows", (1.0, 3.0), (1.5, 2.5)))))
    assert body.count('class="band') == 1
    assert body.count("<circle") == 2


def test_on_axes_of_factors_a_power_law_is_straight_and_zero_is_a_gap():
    xs = (0.0, 1.0, 10.0, 100.0)
    chart = Chart("t", "line", (Series("s", xs, tuple(3 * x for x in xs)),), marks=((0.0, 0.0, "origin"),), log="xy")
    body, _ = plane.draw(chart)
    assert "nan" not in body.lower()
    assert "origin" not in body
