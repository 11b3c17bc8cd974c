"""Exact tests of rare events, against an oracle and by counting all cases."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as oracle

from ownproof.stats.drift import exact


@given(st.integers(2, 60), st.data())
def test_the_tail_is_the_sum_over_all_cases(total, data):
    marked, drawn = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    count = data.draw(st.integers(0, min(marked, drawn) + 1))
    cases = sum(comb(marked, k) * comb(total - marked, drawn - k) for k in range(count, min(marked, drawn) + 1))
    assert exact.at_least(count, marked, drawn, total) == pytest.approx(cases / comb(total, drawn), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("count", "marked", "drawn", "total"), [(40, 45, 1_000, 21_000), (900, 1_500, 500_000, 10**6)])
def test_the_far_tail_agrees_with_the_oracle(count, marked, drawn, total):
    assert exact.at_least(count, marked, drawn, total) == pytest.approx(
        oracle.hypergeom.sf(count - 1, total, marked, drawn), rel=1e-6
    )


def test_a_tasting_lady_who_guesses_three_of_four_has_the_p_of_fisher():
    assert exact.more(1, 4, 3, 4) == pytest.approx(17 / 70)


@given(st.integers(1, 30), st.integers(30, 300), st.integers(30, 300))
def test_no_division_of_the_marked_rows_has_a_smaller_p_than_is_attainable(marked, of_old, of_new):
    least = min(exact.changed(marked - new, of_old, new, of_new) for new in range(marked + 1))
    assert exact.attainable(marked, of_old, of_new) == pytest.approx(least, rel=1e-6)


def test_levels_that_can_show_nothing_cost_nothing():
    assert exact.least_of([1e-6, 0.3, 0.3], [1e-9, 0.01, 0.01]) == 1e-6
    assert exact.least_of([1e-6, 0.3, 0.3], [1e-9, 1e-8, 0.01]) == 2e-6
    assert exact.least_of([], []) == 1.0
