"""The weights that every measure takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.stats import weights


def test_none_and_one_row_become_a_table():
    assert weights.rows(None, 4).tolist() == [[1.0, 1.0, 1.0, 1.0]]
    assert weights.rows([1, 2], 2).shape == (1, 2)


@pytest.mark.parametrize("bad", [np.ones(3), np.ones((2, 3)), np.ones((1, 2, 2))])
def test_weights_of_another_length_are_an_error_that_names_both_shapes(bad):
    with pytest.raises(ValueError, match=r"must have the shape \(B, 2\)"):
        weights.rows(bad, 2)


@given(st.integers(1, 5000), st.integers(1, 3_000_000))
def test_blocks_cover_every_row_once_and_stay_small(count, width):
    parts = list(weights.blocks(count, width))
    assert [i for p in parts for i in range(p.start, p.stop)] == list(range(count))
    assert all((p.stop - p.start) * width <= max(weights.BLOCK_CELLS, width) for p in parts)


def test_mean_of_nothing_is_unknown():
    assert np.isnan(weights.mean([1.0, 2.0], [[0, 0]])).all()
    assert np.isnan(weights.mean([])).all()


def test_many_rows_of_weights_give_the_same_as_one_at_a_time():
    draw = np.random.default_rng(0)
    values, table = draw.normal(size=3000), draw.integers(0, 4, size=(900, 3000))
    assert len(list(weights.blocks(*table.shape))) > 1
    np.testing.assert_allclose(weights.mean(values, table), [np.average(values, weights=w) for w in table])
