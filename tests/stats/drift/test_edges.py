"""Edges of a numeric column: equal shares, ties by themselves, both tails alike."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ownproof.stats.drift.edges import LARGEST, cells_of, edges_of


def places(edges, values):
    return np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)


def test_a_smooth_column_has_twenty_equal_shares_and_thin_tails():
    values = np.sort(np.random.default_rng(0).normal(size=20_000))
    counts = places(edges_of(values), values)
    assert counts[[0, 1, -2, -1]].tolist() == [0, 0, 0, 0]  # infinite, or beyond what was seen
    assert counts[2:5].tolist() == [20, 180, 800]
    assert set(counts[5:-5].tolist()) == {1000}


def test_few_values_and_heavy_ones_have_a_cell_each():
    few = np.repeat([1.0, 2.0, 3.0], [5, 80, 15])
    assert places(edges_of(few), few).tolist() == [0, 0, 5, 80, 15, 0, 0]
    zeros = np.sort(np.concatenate((np.zeros(800), np.random.default_rng(1).uniform(1, 2, 200))))
    edges = edges_of(zeros)
    assert 800 in places(edges, zeros)
    assert places(edges, np.array([0.4])).tolist() == places(edges, np.array([0.0])).tolist()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=80))
def test_edges_ascend_are_finite_and_hold_every_value(values):
    ordered = np.sort(np.array(values))
    edges = edges_of(ordered)
    assert (edges[1:] > edges[:-1]).all()
    assert np.isfinite(edges).all()
    counts = places(edges, ordered)
    assert counts.sum() == len(values)
    assert counts[0] == counts[-1] == 0
    assert (edges[0], edges[-1]) == (-LARGEST, LARGEST)


@given(st.lists(st.floats(allow_infinity=True, allow_nan=False), max_size=50), st.integers(1, 120))
def test_comparing_with_every_edge_finds_what_searching_finds(values, many):
    edges, some = np.linspace(-3, 3, many), np.array(values)
    assert cells_of(some, edges).tolist() == np.searchsorted(edges, some).tolist()
    assert cells_of(np.array([np.nan]), edges).tolist() == [0]
