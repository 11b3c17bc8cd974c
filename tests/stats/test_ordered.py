"""Ascending values tell what numpy would work out anew."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ownproof.stats import ordered

VALUES = st.lists(st.floats(-1e9, 1e9).map(lambda v: round(v, 2)), min_size=1, max_size=200).map(
    lambda cells: np.sort(np.array(cells))
)
SHARES = np.array([0.0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.995, 1.0])


@given(VALUES)
def test_quantiles_are_those_of_numpy_to_the_last_bit(values: np.ndarray) -> None:
    assert (ordered.quantiles(values, SHARES) == np.quantile(values, SHARES)).all()
    assert (ordered.steps(values, SHARES) == np.quantile(values, SHARES, method="inverted_cdf")).all()


@given(VALUES)
def test_counts_are_those_of_a_histogram_with_the_last_edge_inside(values: np.ndarray) -> None:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, 9), method="inverted_cdf"))
    if len(edges) > 1:
        assert ordered.counts(values, edges).tolist() == np.histogram(values, edges)[0].tolist()


def test_different_values_are_found_among_ascending_and_among_mixed_ones() -> None:
    assert ordered.different(np.array([1, 1, 2, 5, 5])).tolist() == [1, 2, 5]
    assert ordered.distinct(np.array([5, 1, 2, 1, 5], dtype=np.uint64)).tolist() == [1, 2, 5]
    assert ordered.distinct(np.empty(0)).tolist() == []


@given(st.lists(st.integers(-3, 40), max_size=60))
def test_whole_numbers_are_numbered_as_numpy_does_whether_counted_or_sorted(values: list[int]) -> None:
    column = np.array(values, dtype=np.int64)
    for cells in (column, column * 10**9):
        found, places = ordered.numbered(cells)
        wanted, inverse = np.unique(cells, return_inverse=True)
        assert found.tolist() == wanted.tolist()
        assert places.tolist() == inverse.reshape(-1).tolist()
        assert ordered.count(np.sort(cells)) == len(wanted)
