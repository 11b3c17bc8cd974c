"""A magnitude that was cut is told from two groups that nature keeps apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.phases.audit.leaks.cuts import intervals, seamless

RNG = np.random.default_rng(1)
SHAPES = {
    "normal": lambda n: RNG.normal(size=n),
    "uniform": lambda n: RNG.uniform(size=n),
    "exponential": lambda n: RNG.exponential(size=n),
    "lognormal": lambda n: RNG.lognormal(size=n),
    "heavy tails": lambda n: RNG.standard_t(3, size=n),
    "rounded": lambda n: RNG.normal(0, 5, n).round(),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_a_magnitude_that_was_cut_is_seen_as_one(shape, share):
    seen = []
    for _ in range(10):
        values = SHAPES[shape](400)
        found = intervals(values, (values > np.quantile(values, share)).astype(int))
        seen.append(found.cut)
    assert sum(seen) >= 9


@pytest.mark.parametrize("warp", [lambda v: v, np.exp, lambda v: v.round(1)], ids=["plain", "exp", "rounded"])
@pytest.mark.parametrize("rows", [60, 400])
def test_two_groups_apart_by_nature_are_not(warp, rows):
    seen = []
    for _ in range(40):
        kind = np.arange(rows) % 2
        found = intervals(warp(RNG.normal(size=rows) + 6.5 * kind), kind)
        seen += [found.cut] if found is not None else []
    assert len(seen) >= 20
    assert not any(seen)


def test_one_code_that_reaches_into_another_is_no_interval():
    assert intervals(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 1, 0, 1])) is None
    assert intervals(np.array([1.0, 2.0, 2.0, 4.0]), np.array([0, 0, 1, 1])) is None
    assert intervals(np.array([1.0, 2.0]), np.array([0, 0])) is None


def test_missing_values_and_codes_are_left_out():
    found = intervals(np.array([1.0, np.nan, 2.0, 3.0, 9.0, np.inf]), np.array([0, 1, 0, 1, -1, 0]))
    assert (found.rows, found.edges, found.order) == (3, ((2.0, 3.0),), (0, 1))


def test_several_cuts_are_all_told_in_order():
    values = np.arange(300.0)
    found = intervals(RNG.permutation(values), np.zeros(300, dtype=int))
    assert found is None
    order = RNG.permutation(300)
    found = intervals(values[order], np.searchsorted([100, 200], values, side="right")[order] * 7)
    assert found.edges == ((99.0, 100.0), (199.0, 200.0))
    assert found.order == (0, 7, 14)
    assert found.cut
    assert found.log10_chance < -100


def test_chance_is_the_share_of_all_arrangements():
    found = intervals(np.arange(8.0), np.array([0, 0, 0, 0, 1, 1, 1, 1]))
    assert found.log10_chance == pytest.approx(np.log10(2 / 70))  # 70 ways to place four of eight, two of them in runs


def test_a_side_of_few_rows_proves_nothing():
    values = RNG.normal(size=500)
    found = intervals(values, (values > np.sort(values)[-6]).astype(int))
    assert not found.cut
    assert seamless(np.arange(9.0), np.arange(9.0, 900.0)) is None


def test_a_rare_part_does_not_hide_the_others():
    values = np.arange(500.0)
    assert intervals(values, np.searchsorted([250, 495], values, side="right")).cut


def test_so_many_parts_are_not_kept_apart_by_nature():
    codes = np.arange(300) // 25
    assert intervals(10.0 * codes + RNG.normal(size=300), codes).cut
    few = np.arange(300) // 75
    assert not intervals(10.0 * few + RNG.normal(size=300), few).cut


def test_a_gap_far_wider_than_the_steps_is_no_cut():
    assert not seamless(np.linspace(0, 1, 200), np.linspace(2, 3, 200))
    assert seamless(np.linspace(0, 1, 200), np.linspace(1.005, 2.005, 200))


def test_a_side_of_one_value_only_cannot_thin_out():
    assert seamless(np.zeros(50), np.sort(RNG.lognormal(size=50)))


@given(st.floats(0.001, 1000.0), st.floats(-1e6, 1e6), st.booleans())
def test_unit_origin_and_direction_do_not_matter(scale, origin, falling):
    values = np.random.default_rng(3).normal(size=300).round(3)
    codes = (values > 0.25).astype(int)
    moved = (-1 if falling else 1) * scale * values + origin
    plain, other = intervals(values, codes), intervals(moved, codes)
    assert other is None or (other.cut, other.rows) == (plain.cut, plain.rows)
    assert other is not None or abs(origin) > 1e5 * scale
