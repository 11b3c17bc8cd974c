"""Ticks, scales and extents."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.render import axes

numbers = st.floats(-1e9, 1e9)


@given(numbers, st.floats(1e-6, 1e9), st.integers(2, 8))
def test_ticks_lie_inside_at_equal_steps_of_one_two_or_five(low, span, count):
    span = max(span, abs(low) * 1e-8)
    high = low + span
    found = axes.ticks(low, high, count=count)
    assert 1 <= len(found) <= 3 * count
    assert all(low - span * 1e-3 <= t <= high + span * 1e-3 for t in found)
    step = axes.nice_step(high - low, count)
    first = round(step / 10 ** math.floor(math.log10(step) + 1e-9), 6)
    assert first in {1.0, 2.0, 5.0, 10.0}


@pytest.mark.parametrize(
    ("values", "share", "texts"),
    [
        ((0, 5000, 10_000, 15_000), False, ["0", "5k", "10k", "15k"]),
        ((0, 500_000, 1_000_000), False, ["0", "0.5M", "1.0M"]),
        ((0.0, 0.01, 0.02), True, ["0 %", "1 %", "2 %"]),
        ((0.0, 0.005), True, ["0 %", "0.5 %"]),
        ((-0.5, 0.0, 0.5), False, ["-0.5", "0.0", "0.5"]),
        ((1e-6, 2e-6), False, ["1.0e-06", "2.0e-06"]),
        ((7.0,), False, ["7.00"]),
    ],
)
def test_ticks_are_written_with_the_same_decimals(values, share, texts):
    assert axes.tick_texts(values, share=share) == texts


@given(st.lists(st.one_of(numbers, st.just(math.nan), st.just(math.inf))))
def test_an_extent_is_never_empty_and_holds_every_finite_value(values):
    low, high = axes.extent(values)
    assert low < high
    assert all(low <= v <= high for v in values if math.isfinite(v))


def test_shares_keep_inside_their_bounds_and_zero_stays_an_edge():
    assert axes.padded(0.0, 0.99, share=True)[1] == 1.0
    assert axes.padded(0.0, 10.0) == (0.0, 10.4)


@pytest.mark.parametrize(
    ("reference", "level"),
    [("zero", 0.0), ("y=0.25", 0.25), ("y=abc", None), ("y=nan", None), ("diagonal", None), ("", None)],
)
def test_a_reference_is_read_or_left_alone(reference, level):
    assert axes.reference_value(reference) == level


def test_a_legend_is_drawn_from_two_names_on_and_wraps():
    assert axes.legend(["one"], 0.0) == ("", 0.0)
    few, many = axes.legend(["a", "b"], 0.0), axes.legend([f"a rather long name {i}" for i in range(20)], 0.0)
    assert many[1] > few[1]
    assert "and 12 more" in many[0]


@given(st.floats(1e-6, 1e9), st.floats(1.2, 1e9))
def test_ticks_of_factors_are_ones_twos_and_fives_within_the_ends(low, factor):
    high = low * factor
    found = axes.log_ticks(low, high)
    assert 1 <= len(found) <= 7
    if len(found) > 1:
        assert all(low * (1 - 1e-9) <= t <= high * (1 + 1e-9) for t in found)
        assert {round(t / 10 ** math.floor(math.log10(t) + 1e-9), 6) for t in found} <= {1.0, 2.0, 5.0}


def test_equal_factors_are_equally_far_apart_and_nothing_lies_at_zero():
    scale = axes.Scale(1.0, 10_000.0, 0.0, 100.0, log=True)
    assert [scale(v) for v in (1.0, 100.0, 10_000.0)] == pytest.approx([0.0, 50.0, 100.0])
    assert math.isnan(scale(0.0))
    assert math.isnan(scale(math.inf))
