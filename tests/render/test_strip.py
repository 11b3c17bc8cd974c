"""The gain on one line."""

from xml.etree import ElementTree as ET

import pytest

from ownproof.render import strip
from tests.render import example

BASE = example.answer()["baseline"]


def test_the_strip_shows_gain_interval_and_what_is_worth_having():
    words = " ".join(ET.fromstring(strip.draw(BASE)).itertext())
    assert all(w in words for w in ("+14.9 points", "14.1 to 15.7", "worth having from 1.1"))


def test_without_a_gain_there_is_no_strip():
    assert strip.draw({}) == strip.draw({"gain": None}) == strip.draw({"gain": float("nan")}) == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"gain": -0.2, "low": -0.3, "high": -0.1},
        {"gain": 0.0, "low": 0.0, "high": 0.0, "worthwhile": 0},
        {"low": None, "high": None, "worthwhile": None},
        {"gain": 0.001, "low": -0.4, "high": 0.4},
        {"metric": "rmse", "gain": 12345.0, "low": 10000, "high": 15000, "worthwhile": 900},
    ],
)
def test_everything_stays_inside_the_drawing(changes):
    svg = ET.fromstring(strip.draw({**BASE, **changes}))
    places = [float(v) for e in svg.iter() for k, v in e.items() if k in {"x", "x1", "x2", "cx"}]
    assert all(-0.01 <= p <= strip.WIDTH + 0.01 for p in places)
