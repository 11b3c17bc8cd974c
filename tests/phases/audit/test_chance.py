"""Chances by hand, and against the sums that they stand for."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.phases.audit.chance import binomial_tail, log10_arrangements, log10_factorial


def test_arrangements_by_hand():
    assert 10 ** log10_arrangements([1, 1, 1]) == pytest.approx(6)
    assert 10 ** log10_arrangements([3, 2]) == pytest.approx(10)
    assert log10_arrangements([7]) == pytest.approx(0)
    assert 10 ** log10_factorial(5) == pytest.approx(120)


@given(st.integers(0, 30), st.integers(1, 30), st.floats(0.01, 0.99))
def test_the_tail_is_the_sum_of_its_terms(hits, tries, share):
    terms = sum(math.comb(tries, k) * share**k * (1 - share) ** (tries - k) for k in range(hits, tries + 1))
    assert binomial_tail(hits, tries, share) == pytest.approx(terms, abs=1e-9)


def test_the_ends_of_the_tail():
    assert binomial_tail(0, 0, 0.5) == 1.0
    assert binomial_tail(1, 5, 0.0) == 0.0
    assert binomial_tail(5, 5, 1.0) == 1.0
