"""Quantiles and histograms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from ownproof.stats import shapes

rows = st.integers(1, 20).flatmap(
    lambda n: st.tuples(
        hn.arrays(float, n, elements=st.integers(-5, 5).map(float)), hn.arrays(int, n, elements=st.integers(0, 3))
    )
)


@given(rows, st.floats(0, 1))
def test_weighted_quantiles_are_those_of_repeated_rows(case, share):
    values, weight = case
    got = shapes.quantiles(values, [share], weight)[0, 0]
    spread = np.repeat(values, weight)
    if not len(spread):
        assert np.isnan(got)
        return
    assert got == np.quantile(spread, share, method="averaged_inverted_cdf") or (
        abs(share * len(spread) - round(share * len(spread))) < 1e-6
    )


def test_the_median_of_an_even_count_is_the_middle_of_the_two():
    assert shapes.quantiles([1.0, 2.0, 10.0, 20.0], [0.5]).tolist() == [[6.0]]
    assert shapes.quantiles([1.0, 2.0, 10.0], [0.5], [[1, 1, 2]]).tolist() == [[6.0]]


def test_values_that_are_no_number_are_left_out():
    assert shapes.quantiles([np.nan, 1.0, 3.0], [0.0, 1.0]).tolist() == [[1.0, 3.0]]
    assert np.isnan(shapes.quantiles([np.nan], [0.5])).all()


def test_one_wild_value_does_not_flatten_the_histogram():
    values = np.concatenate([np.linspace(0, 1, 1000), [1e12, -1e9, np.inf, np.nan]])
    h = shapes.histogram(values, 20)
    assert h.edges[-1] < 1.1
    assert h.edges[0] > -0.1
    assert h.counts.sum() == 1003
    assert h.missing == 1
    assert h.above >= 2
    assert h.below >= 1


@given(hn.arrays(float, st.integers(0, 30)))
def test_every_known_value_is_counted_once_whatever_comes(values):
    h = shapes.histogram(values, 7)
    assert int(h.counts.sum()) + h.missing in (len(values), h.missing)
    assert len(h.edges) == 8
    if np.isfinite(values).any():
        assert int(h.counts.sum()) + h.missing == len(values)
        assert (np.diff(h.edges) >= 0).all()


def test_a_constant_has_a_histogram_too():
    assert shapes.histogram([3.0, 3.0], 2).counts.sum() == 2
    assert shapes.histogram([1e300, 1e300], 2).counts.sum() == 2


@pytest.mark.parametrize("values", [[], [np.nan], [np.inf, -np.inf]])
def test_nothing_finite_gives_empty_bins(values):
    h = shapes.histogram(values, 3)
    assert h.counts.tolist() == [0, 0, 0]
