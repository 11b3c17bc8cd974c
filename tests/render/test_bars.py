"""Bars and dots beside names."""

from xml.etree import ElementTree as ET

from ownproof.core.report import Chart, Series
from ownproof.render import bars


def parts(chart):
    return ET.fromstring(f"<svg>{bars.draw(chart)[0]}</svg>")


def test_a_bar_to_the_left_leaves_room_for_its_value_beside_the_name():
    svg = parts(Chart("t", "bars", (Series("s", ("worse", "better"), (-0.2, 0.4)),)))
    names = [e for e in svg.iter("text") if e.get("class") == "name"]
    values = [e for e in svg.iter("text") if e.get("class") == "value"]
    assert [e.text for e in values] == ["-0.200", "0.400"]
    assert float(values[0].get("x")) - 30 > float(names[0].get("x"))


def test_several_series_stand_side_by_side_with_a_legend():
    svg = parts(Chart("t", "bars", (Series("model", ("a", "b"), (1.0, 2.0)), Series("rule", ("a",), (3.0,)))))
    assert sum(e.get("class") == "fill s1" for e in svg.iter("rect")) == 3
    assert sum(e.get("class") == "fill s2" for e in svg.iter("rect")) == 2
    assert {"model", "rule"} <= {e.text for e in svg.iter("text")}


def test_the_height_grows_with_the_names():
    def height(n):
        return bars.draw(Chart("t", "dots", (Series("s", tuple(map(str, range(n))), (1.0,) * n),)))[1]

    assert height(20) > height(10) > height(1)


def test_what_is_too_small_to_be_written_is_said_to_be_about_nothing():
    text = bars.draw(Chart("t", "bars", (Series("s", ("a", "b", "c"), (0.5, 0.00001, 0.0)),)))[0]
    assert ">≈ 0<" in text
    assert ">0<" in text


def test_of_two_labels_the_first_is_of_the_names_and_the_second_of_the_values():
    svg = parts(Chart("t", "dots", (Series("s", ("a", "b"), (1.0, 2.0)),), "size", "mean error"))
    places = {e.text: float(e.get("y")) for e in svg.iter("text") if e.get("class") == "axis"}
    assert places["size"] < 30 < places["mean error"]


def test_a_blank_name_is_written_as_such():
    assert "(blank)" in bars.draw(Chart("t", "bars", (Series("s", ("",), (1.0,)),)))[0]
