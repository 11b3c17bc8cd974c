"""How two columns hang together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn
from scipy import stats as oracle

from ownproof.stats import association as a

finite = st.floats(-1e6, 1e6, width=32)
pairs = st.integers(3, 25).flatmap(
    lambda n: st.tuples(hn.arrays(float, n, elements=finite), hn.arrays(float, n, elements=finite))
)
codes = st.integers(2, 40).flatmap(
    lambda n: st.tuples(hn.arrays(int, n, elements=st.integers(-1, 4)), hn.arrays(int, n, elements=st.integers(-1, 3)))
)


def test_correlation_of_anscombes_four_is_the_same_and_its_ranks_are_not():
    x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    first = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    second = [9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74]
    assert a.pearson(x, first) == pytest.approx(0.816, abs=1e-3)
    assert a.pearson(x, second) == pytest.approx(0.816, abs=1e-3)
    assert a.spearman(x, first) == pytest.approx(0.818, abs=1e-3)
    assert a.spearman(x, second) == pytest.approx(0.691, abs=1e-3)


@given(pairs)
def test_correlations_stay_in_range_are_symmetric_and_ranks_ignore_monotone_maps(pair):
    x, y = pair
    for measure in (a.pearson, a.spearman):
        value = measure(x, y)
        assert np.isnan(value) or -1 <= value <= 1
        np.testing.assert_allclose(measure(y, x), value, atol=1e-9)
    if np.ptp(x) > 0 and np.ptp(y) > 0:
        assert a.spearman(x, y) == pytest.approx(oracle.spearmanr(x, y).statistic, abs=1e-9)
        assert a.spearman(np.arctan(x / 1e6), y) == pytest.approx(a.spearman(x, y), abs=1e-9)


def test_gaps_are_left_out_and_constants_unknown():
    assert a.pearson([1, 2, np.nan, 4], [2, 4, 9, 8]) == pytest.approx(1.0)
    assert a.spearman([1, 2, 3], [np.inf, 4, 5]) == pytest.approx(1.0)
    assert np.isnan(a.pearson([1, 1, 1], [1, 2, 3]))
    assert np.isnan(a.spearman([], []))


def test_huge_numbers_do_not_overflow_the_correlation():
    assert a.pearson([1e300, 2e300, 3e300], [1, 2, 3]) == pytest.approx(1.0)


def test_cramers_v_of_a_table_by_hand():
    # 2 x 2: 30 10 / 10 30; chi2 / n = 0.25; Bergsma's correction with n = 80
    first, second = np.repeat([0, 0, 1, 1], [30, 10, 10, 30]), np.repeat([0, 1, 0, 1], [30, 10, 10, 30])
    side = 2 - 1 / 79
    assert a.cramers_v(first, second) == pytest.approx(np.sqrt((0.25 - 1 / 79) / (side - 1)))


@given(codes)
def test_cramers_v_is_symmetric_in_range_and_blind_to_the_names_of_levels(pair):
    x, y = pair
    value = a.cramers_v(x, y)
    assert np.isnan(value) or 0 <= value <= 1
    np.testing.assert_allclose(a.cramers_v(y, x), value, atol=1e-12)
    np.testing.assert_allclose(a.cramers_v(np.where(x < 0, -1, 100 - x), y), value, atol=1e-12)


def test_many_levels_on_few_rows_are_no_association():
    draw = np.random.default_rng(0)
    many, few = draw.integers(0, 150, 300), draw.integers(0, 2, 300)
    assert a.cramers_v(many, few) < 0.25
    assert a.cramers_v(np.arange(300), few) == pytest.approx(0.0, abs=0.1)
    assert a.correlation_ratio(many, draw.normal(size=300)) < 0.35
    assert a.correlation_ratio(np.arange(300), draw.normal(size=300)) == 0.0


def test_the_correlation_ratio_of_a_split_that_fixes_the_number_is_one():
    level = np.array([0, 0, 1, 1, 2, 2])
    assert a.correlation_ratio(level, level * 10.0) == pytest.approx(1.0)
    assert np.isnan(a.correlation_ratio(level, np.ones(6)))
    assert np.isnan(a.correlation_ratio([0, 0, 0], [1.0, 2.0, 3.0]))


def test_the_correlation_ratio_worked_by_hand():
    # within 2 * 0.5 + 2 * 0.5 = 2 (of means 1 and 4 around 2.5: between 9): eps2 = 1 - 2/11... by Kelley
    value = a.correlation_ratio([0, 0, 0, 1, 1, 1], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert value == pytest.approx(np.sqrt(1 - 4.0 / 17.5 * 5 / 4))


@given(codes, st.permutations(range(5)))
def test_a_renamed_column_is_found_whole(pair, names):
    x, _ = pair
    renamed = np.where(x < 0, -1, np.array(names)[x])
    match = a.mutual_match(x, renamed)
    assert match.share == 1.0 or (x < 0).all()


def test_a_few_wrong_cells_lower_the_share_by_as_much():
    x = np.arange(1000) % 4
    y = (x + 1) % 4
    y[:30] = (y[:30] + 1) % 4
    match = a.mutual_match(x, y)
    assert match.share == pytest.approx(0.97)
    assert match.chance == pytest.approx(0.25, abs=0.01)
    assert match.beyond_chance == pytest.approx(0.96, abs=0.01)


def test_two_lopsided_strangers_share_much_but_nothing_beyond_chance():
    draw = np.random.default_rng(1)
    x, y = draw.random(5000) < 0.02, draw.random(5000) < 0.02
    match = a.mutual_match(x.astype(int), y.astype(int))
    assert match.share > 0.95
    assert abs(match.beyond_chance) < 0.1


def test_a_finer_column_is_no_re_coding():
    assert a.mutual_match(np.arange(100), np.arange(100) // 50).share == pytest.approx(0.02)
    assert np.isnan(a.mutual_match([], []).share)


@given(hn.arrays(float, st.integers(3, 30), elements=st.integers(-9, 9).map(float)))
def test_a_strictly_monotone_copy_has_every_rank_in_place(x):
    for copy, direction in ((np.exp(x / 3) + 5, "rising"), (-(x**3), "falling")):
        match = a.monotone_match(x, copy)
        assert np.isnan(match.share) if np.ptp(x) == 0 else match.share == 1.0
        if len(np.unique(x)) > 2:
            assert match.direction == direction


def test_a_noisy_copy_or_a_stranger_has_few_ranks_in_place():
    draw = np.random.default_rng(2)
    x = draw.normal(size=2000)
    assert a.monotone_match(x, x + 0.1 * draw.normal(size=2000)).share < 0.1
    assert a.monotone_match(x, draw.normal(size=2000)).share < 0.01
    assert np.isnan(a.monotone_match([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]).share)
