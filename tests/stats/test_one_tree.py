"""The ranges of a tree on one column are those of a general decision tree."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from ownproof.stats.one_tree import tree_edges


@pytest.mark.parametrize("classes", [2, 3, 40])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("decimals", [1, 6])
def test_edges_are_those_of_a_best_first_entropy_tree(classes, seed, decimals):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, classes, 3_000)
    values = (codes % 3 + rng.normal(0, 0.8, 3_000)).astype(np.float32).astype(np.float64).round(decimals)
    values = values.astype(np.float32).astype(np.float64)
    tree = DecisionTreeClassifier(criterion="entropy", max_leaf_nodes=12, min_samples_leaf=30, random_state=0)
    there = tree.fit(values[:, None], codes).tree_
    expected = np.sort(there.threshold[there.children_left >= 0])
    assert np.allclose(tree_edges(values, codes, most=12, least=30), expected, atol=1e-12)


def test_a_range_holds_its_rows_at_least_and_pure_ranges_are_not_cut():
    values, codes = np.arange(10.0), np.array([0, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    assert tree_edges(values, codes, most=5, least=1).tolist() == [0.5]
    assert tree_edges(values, codes, most=5, least=6).tolist() == []
    assert tree_edges(values, np.zeros(10, dtype=np.int64), most=5, least=1).tolist() == []
    assert tree_edges(np.ones(10), codes, most=5, least=1).tolist() == []


def test_values_of_neighbouring_floats_and_huge_ones_are_cut_apart():
    low, high = 1.0, np.nextafter(1.0, 2.0)
    edges = tree_edges(np.array([low, low, high, high]), np.array([0, 0, 1, 1]), most=2, least=1)
    assert low <= edges[0] < high
    assert tree_edges(np.array([-1e308, 1e308]), np.array([0, 1]), most=2, least=1).tolist() == [0.0]
