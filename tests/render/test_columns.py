"""Histograms and columns over names."""

from xml.etree import ElementTree as ET

from ownproof.core.report import Chart, Series
from ownproof.render import columns


def parts(chart):
    return ET.fromstring(f"<svg>{columns.draw(chart)[0]}</svg>")


def test_bins_touch_and_stand_on_zero():
    svg = parts(Chart("t", "columns", (Series("", (0, 1, 3), (4.0, 2.0)),)))
    first, second = list(svg.iter("rect"))
    assert float(second.get("width")) > 1.9 * float(first.get("width"))
    assert float(first.get("y")) + float(first.get("height")) == float(second.get("y")) + float(second.get("height"))
    assert abs(float(first.get("height")) / float(second.get("height")) - 2) < 0.02


def test_columns_over_names_carry_their_value():
    svg = parts(Chart("t", "columns", (Series("", ("yes", "no"), (1200.0, 300.0)),)))
    assert {"1,200", "300", "yes", "no"} <= {e.text for e in svg.iter("text")}


def test_a_mark_is_an_upright_line_with_its_words():
    svg = parts(Chart("t", "columns", (Series("", (0, 1, 2), (4.0, 2.0)),), marks=((1.2, 0.0, "threshold"),)))
    flag = next(e for e in svg.iter("line") if e.get("class") == "flag")
    assert flag.get("x1") == flag.get("x2")
    assert "threshold" in "".join(svg.itertext())


def test_names_too_many_to_write_are_written_here_and_there():
    svg = parts(Chart("t", "columns", (Series("", tuple(f"n{i}" for i in range(300)), (1.0,) * 300),)))
    assert 2 <= sum(e.get("class") == "tick" and e.text.startswith("n") for e in svg.iter("text")) <= 12
