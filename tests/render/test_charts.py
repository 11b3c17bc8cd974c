"""Every form of chart draws, whatever it is given."""

import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownproof.core.report import Chart, Series
from ownproof.render import charts
from tests.render import example

FORMS = ("line", "step", "points", "bars", "columns", "dots", "heat")
NAMED = {"bars", "columns", "dots", "heat"}
EXAMPLES = example.charts()


def drawn(chart):
    return ET.fromstring(charts.draw(chart))


def one(form, ys, *, xs=None, **more):
    xs = xs if xs is not None else [f"n{i}" for i in range(len(ys))] if form in NAMED else list(range(len(ys)))
    return Chart("t", form, (Series("s", tuple(xs), tuple(ys)),), **more)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_chart_is_a_well_formed_picture_with_a_name_and_words_for_it(name):
    svg = drawn(EXAMPLES[name])
    assert svg.get("role") == "img"
    ids = {e.get("id"): "".join(e.itertext()) for e in svg.iter() if e.get("id")}
    assert ids[svg.get("aria-labelledby")] == EXAMPLES[name].title
    assert len(ids[svg.get("aria-describedby")]) > 20
    assert svg.get("width") is None
    assert svg.get("viewBox").startswith("0 0 ")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_draws_something_for_one_value(form):
    kinds = {e.get("class", "").split()[0] for e in drawn(one(form, [0.5])).iter() if e.get("class")}
    assert kinds & {"fill", "line", "dot"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ys", [[], [math.nan], [math.nan, math.inf]])
def test_nothing_to_draw_is_said(form, ys):
    assert "nothing to draw" in charts.draw(one(form, ys))


@pytest.mark.parametrize("form", FORMS)
def test_no_coordinate_is_nan_when_values_are(form):
    chart = one(
        form, [1.0, math.nan, -2.0, math.inf, 3.0], reference="zero", marks=((math.nan, 1.0, "m"), (1, math.nan, "m"))
    )
    text = charts.draw(chart)
    assert "nan" not in text.lower()
    assert "inf" not in text.lower()


def test_a_gap_breaks_a_line():
    paths = list(drawn(one("line", [1.0, 2.0, math.nan, 3.0, 4.0] * 4)).iter("path"))
    assert len(paths) == 5


@pytest.mark.parametrize("form", FORMS)
def test_names_from_data_are_escaped(form):
    chart = Chart(example.EVIL, form, (Series(example.EVIL, (example.EVIL, "a"), (1.0, 2.0)), Series("b", ("a",), (1.0,))),
                  example.EVIL, example.EVIL, ((0, 1.0, example.EVIL),))  # fmt: skip
    text = charts.draw(chart)
    assert "<script" not in text
    assert "script" in text
    ET.fromstring(text)


@pytest.mark.parametrize("form", FORMS)
def test_ten_thousand_values_are_thinned(form):
    text = charts.draw(one(form, [math.sin(i / 50) + 2 for i in range(10_000)]))
    assert len(text) < 300_000


def test_of_a_thousand_bars_the_largest_are_drawn_and_the_rest_is_counted():
    svg = drawn(one("bars", [float(i) for i in range(1000)]))
    assert sum(e.tag == "rect" for e in svg.iter()) == 30
    words = " ".join(svg.itertext())
    assert "the 30 largest of 1,000" in words
    assert "n999" in words
    assert "n5 " not in words


def test_a_histogram_of_a_thousand_bins_is_one_outline():
    svg = drawn(one("columns", [1.0] * 1000, xs=range(1001)))
    assert [e.tag for e in svg.iter() if e.get("class", "").startswith("fill")] == ["path"]


def test_an_interval_is_a_band_on_a_line_and_a_whisker_elsewhere():
    ends = {"low": (0.4, 0.5), "high": (0.6, 0.7)}
    for form, kind in (
        ("line", "band"),
        ("points", "whisker"),
        ("bars", "whisker"),
        ("dots", "whisker"),
        ("columns", "whisker"),
    ):
        xs = ("a", "b") if form in NAMED else (1, 2)
        svg = drawn(Chart("t", form, (Series("s", xs, (0.5, 0.6), **ends),)))
        assert any(e.get("class", "").startswith(kind) for e in svg.iter()), form


@pytest.mark.parametrize("form", ["line", "step", "points", "bars", "dots", "columns"])
def test_a_reference_line_is_drawn_and_always_in_sight(form):
    svg = drawn(one(form, [0.5, 0.6], reference="y=0.9"))
    found = [e for e in svg.iter("line") if e.get("class") == "reference"]
    assert len(found) == 1
    assert all(0 <= float(found[0].get(k)) <= 420 for k in ("x1", "x2"))


def test_a_mark_carries_its_words():
    svg = drawn(one("line", [0.0, 1.0], marks=((1, 1.0, "operating point"),)))
    assert "operating point" in " ".join(svg.itertext())
    assert any(e.get("class") == "mark" for e in svg.iter("circle"))


def test_shares_are_written_in_percent_and_large_numbers_in_thousands():
    assert "80 %" in " ".join(drawn(EXAMPLES["roc"]).itertext())
    assert "30k" in " ".join(drawn(EXAMPLES["names"]).itertext())


def test_more_series_than_colours_still_draw():
    chart = Chart("t", "line", tuple(Series(f"s{i}", (0, 1), (float(i), 1.0)) for i in range(20)))
    assert sum(e.tag == "path" for e in drawn(chart).iter()) == 20


def test_words_on_the_x_axis_of_a_line_are_taken_in_order():
    text = " ".join(
        drawn(Chart("t", "line", (Series("s", ("2024-01", "2024-02", "2024-03"), (1.0, 3.0, 2.0)),))).itertext()
    )
    assert "2024-01" in text
    assert "2024-03" in text


def test_a_correlation_of_both_signs_has_two_colours():
    kinds = {e.get("class") for e in drawn(EXAMPLES["correlation"]).iter("rect")}
    assert {"fill s1", "fill s2"} <= kinds


def test_a_large_heat_map_says_what_it_leaves_out():
    names = tuple(f"c{i}" for i in range(60))
    chart = Chart("t", "heat", tuple(Series(n, names, tuple(float(j) for j in range(60))) for n in names))
    assert "20 more are not drawn" in " ".join(drawn(chart).itertext())


values = st.lists(st.one_of(st.floats(allow_nan=False), st.just(math.nan), st.just(math.inf)), max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(FORMS),
    st.lists(st.tuples(values, st.text(max_size=8)), max_size=3),
    st.sampled_from(["", "zero", "diagonal", "y=1e5"]),
    st.booleans(),
)
def test_whatever_comes_is_a_well_formed_picture(form, series, reference, words):
    made = tuple(Series(name, tuple(f"n{i}" if words else i for i in range(len(ys))), tuple(ys)) for ys, name in series)
    svg = drawn(Chart("t", form, made, reference=reference))
    assert all(
        math.isfinite(float(v))
        for e in svg.iter()
        for k, v in e.items()
        if k in {"x", "y", "x1", "y1", "cx", "cy", "width", "height"}
    )
