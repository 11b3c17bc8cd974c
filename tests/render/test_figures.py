"""Numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.render import figures


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.9187, "91.9 %"),
        (0.0, "0.0 %"),
        (1.0, "100.0 %"),
        (0.99996, "99.996 %"),
        (0.0004, "0.04 %"),
        (-0.031, "-3.1 %"),
    ],
)
def test_a_share_is_written_in_percent(share, text):
    assert figures.percent(share) == text


@given(st.floats(1e-6, 1 - 1e-6))
def test_what_is_not_certain_never_reads_as_certain(share):
    assert float(figures.percent(share, sign=False)) not in {0.0, 100.0}


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf, "text", True])
def test_what_is_no_number_is_a_dash(nothing):
    assert figures.number(nothing) == figures.percent(nothing) == figures.seconds(nothing) == figures.NOTHING


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234567, "1,234,567"), (-12.0, "-12"), (3.14159, "3.14"), (1e22, "1.00e+22"), (3.1e-8, "3.1e-08"), (0, "0")],
)
def test_numbers_show_thousands_and_three_digits(value, text):
    assert figures.number(value) == text


@given(st.floats(-1e300, 1e300))
def test_every_number_can_be_read_back_roughly(value):
    read = float(figures.number(value).replace(",", ""))
    assert math.isclose(read, value, rel_tol=0.06) or abs(read - value) <= 0.5


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.2, "0.2 s"), (42, "42 s"), (60, "1 min"), (200, "3 min 20 s"), (3600, "1 h"), (7260, "2 h 1 min")],
)
def test_durations_use_the_unit_that_fits(value, text):
    assert figures.seconds(value) == text


def test_the_numbers_of_a_column_have_the_same_decimals_and_none_is_blank():
    assert figures.column_texts("mae", [1.5, 10.25, None, 3]) == ["1.5", "10.2", "", "3.0"]


def test_a_column_of_unlike_quantities_hides_none_of_them():
    assert figures.column_texts("value", [21922.4, 0.9293, 17.8]) == ["21,922", "0.929", "18"]


def test_a_column_of_shares_is_written_in_percent_but_a_column_of_counts_is_not():
    assert figures.column_texts("missing share", [0.5, 0.125]) == ["50.0 %", "12.5 %"]
    assert figures.column_texts("share", [5, 12]) == ["5", "12"]


def test_a_word_within_another_does_not_make_a_share():
    assert not figures.is_share("operated", [0.5])
    assert figures.is_share("false alarm rate", [0.5])
    assert not figures.is_share("false alarm rate", [1.5])
