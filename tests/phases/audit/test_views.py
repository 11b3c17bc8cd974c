"""Columns become arrays by what their cells are, not by what they are called."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.phases.audit.views import levels_of, of_numbers, view

KEYS = np.arange(4, dtype=np.uint64)


@pytest.mark.parametrize(("cells", "codes", "numbers"), [
    ([2.0, None, 1.0, 2.0], [1, -1, 0, 1], [2.0, np.nan, 1.0, 2.0]),
    ([True, None, False, True], [1, -1, 0, 1], [1.0, np.nan, 0.0, 1.0]),
    (["b", None, "a", "b"], [1, -1, 0, 1], None),
    (["row 10", "row 9", None, "row 9"], [1, 0, -1, 0], None),
])  # fmt: skip
def test_codes_and_numbers(cells, codes, numbers):
    found = view(pl.Series(cells), lambda: KEYS)
    assert found.codes.tolist() == codes
    assert found.levels == 2
    assert found.missing.tolist() == [c == -1 for c in codes]
    assert (found.numbers is None) == (numbers is None)
    if numbers is not None:
        np.testing.assert_array_equal(found.numbers, numbers)


def test_moments_have_a_magnitude():
    found = view(pl.Series([dt.date(2024, 1, 2), None, dt.date(2024, 1, 1), dt.date(2024, 1, 2)]), lambda: KEYS)
    assert found.codes.tolist() == [1, -1, 0, 1]
    assert found.numbers[0] - found.numbers[2] > 0


def test_cells_of_which_nothing_is_known_are_told_apart_by_their_keys():
    found = view(pl.Series([[1], None, [2], [1]]), lambda: np.array([7, 3, 5, 7], dtype=np.uint64))
    assert found.codes.tolist() == [1, -1, 0, 1]
    assert found.levels == 2


def test_a_column_of_nothing():
    for dtype in (pl.String, pl.Float64):
        found = view(pl.Series([None] * 4, dtype=dtype), lambda: KEYS)
        assert found.levels == 0
        assert found.missing.all()


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), max_size=30))
def test_codes_follow_the_order_of_numbers(values):
    numbers = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    found = of_numbers(numbers)
    known = ~np.isnan(numbers)
    assert (found.missing == ~known).all()
    for i in np.flatnonzero(known):
        assert ((numbers[known] < numbers[i]) == (found.codes[known] < found.codes[i])).all()


def test_some_rows_may_be_numbered_anew():
    found = of_numbers(np.array([5.0, 1.0, 9.0, 5.0])).take(np.array([0, 2])).numbered()
    assert found.codes.tolist() == [0, 1]
    assert found.levels == 2


@pytest.mark.parametrize("levels", [7, 200])
def test_some_rows_of_a_lazy_view_are_coded_as_rows_of_a_coded_one(levels):
    rng = np.random.default_rng(levels)
    numbers = rng.integers(0, levels, 600).astype(float)
    rows = rng.permutation(600)[:150]
    for column in (pl.Series(numbers), pl.Series([f"row {int(n)}" for n in numbers])):
        lazy, made = view(column, lambda: KEYS), view(column, lambda: KEYS)
        whole = made.codes
        some = lazy.take(rows)
        assert some.levels == lazy.levels
        assert some.numbered().codes.tolist() == made.take(rows).numbered().codes.tolist()
        if levels <= 50:  # these are known by name
            assert some.codes.tolist() == whole[rows].tolist()


def test_a_view_knows_its_order_and_how_many_cells_there_are():
    found = of_numbers(np.array([3.0, np.nan, 1.0, 3.0]))
    assert (found.known, found.ordered.tolist()) == (3, [1.0, 3.0, 3.0])
    assert found.take(np.array([1, 3])).known == 1


def test_levels_are_named_in_the_order_of_their_codes():
    texts, days = pl.Series(["bb", "a", None, "bb"]), pl.Series([dt.date(2024, 1, 2), None, dt.date(2024, 1, 1)])
    assert levels_of(texts, view(texts, lambda: KEYS)) == ["a", "bb"]
    assert levels_of(days, view(days, lambda: KEYS)) == [dt.date(2024, 1, 1), dt.date(2024, 1, 2)]
    assert levels_of(pl.Series([2.0, float("nan"), 1.0]), of_numbers(np.array([2.0, np.nan, 1.0]))) == [1.0, 2.0]
