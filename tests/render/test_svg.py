"""SVG as text."""

import math
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from ownproof.render import svg


@given(st.text())
def test_any_text_becomes_well_formed_xml(text):
    found = ET.fromstring(f"<svg>{svg.label((0, 0), text, room=50)}{svg.circle((1, 1), 2.0, 'a', title=text)}</svg>")
    assert found.tag == "svg"


@given(st.text(max_size=80), st.floats(10, 400))
def test_shortened_text_fits_its_room_and_keeps_both_ends(text, room):
    short = svg.shorten(text, room)
    whole = " ".join(svg.fit_for_xml(text).split())
    assert svg.width_of(short) <= room or len(short) <= 4
    assert short == whole or "…" in short


def test_what_was_shortened_is_there_as_a_tooltip():
    assert "<title>a_very_long_name_of_a_column</title>" in svg.label((0, 0), "a_very_long_name_of_a_column", room=60)
    assert "<title>" not in svg.label((0, 0), "short", room=60)


def test_an_attribute_cannot_be_left():
    assert svg.tag("g", kind='x" onload="y') == '<g class="x&quot; onload=&quot;y"/>'


def test_a_gap_splits_a_line_and_infinity_is_a_gap_too():
    assert svg.runs([(0, 0), (1, math.inf), (2, 1), (3, 2)]) == [[(0, 0)], [(2, 1), (3, 2)]]


def test_steps_run_level_until_the_next_point():
    assert svg.trace([(0, 0), (10, 5)], steps=True) == "M0 0H10V5"


def test_wide_letters_take_twice_the_room():
    assert svg.width_of("漢字") > 1.5 * svg.width_of("ab")
