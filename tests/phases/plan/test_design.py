"""The rows of a learning curve: nested, whole units, in the target's shares, and before what they answer."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.split import Fold, Split
from ownproof.phases.plan import design

N = 600


def made(*, units=None, folds=5, kind="stratified"):
    rows = np.arange(N)
    dealt = rows // 10 % folds
    parts = [Fold(rows[dealt != k], rows[dealt == k]) for k in range(folds)]
    return Split(kind, "", rows, np.empty(0, np.int64), tuple(parts), rows if units is None else units)


STRATA = (np.arange(N) % 10 == 0).astype(np.int64)
SIZES = design.sizes(480)


def test_each_size_holds_the_one_before():
    for draw in design.draws(made(), STRATA, SIZES, repeats=5, held_most=100, seed=0):
        for small, large in zip(range(5), range(1, 6), strict=True):
            assert set(draw.train(small)) < set(draw.train(large))
        assert not set(draw.train(5)) & set(draw.held)


def test_every_size_has_the_shares_of_the_target():
    draw = design.draws(made(), STRATA, SIZES, repeats=1, held_most=100, seed=0)[0]
    for size in range(6):
        rows = draw.train(size)
        assert abs(STRATA[rows].mean() - STRATA.mean()) <= 1.5 / len(rows)


def test_a_unit_is_learnt_from_whole_or_not_at_all():
    units = np.arange(N) // 6  # one unit lies in every fold: the folds are made of units below
    rows = np.arange(N)
    parts = tuple(Fold(rows[units % 5 != k], rows[units % 5 == k]) for k in range(5))
    split = Split("group", "", rows, np.empty(0, np.int64), parts, units)
    for draw in design.draws(split, STRATA, SIZES, repeats=5, held_most=50, seed=0):
        for size in range(6):
            mine = set(units[draw.train(size)])
            assert np.isin(units, list(mine)).sum() == len(draw.train(size))


def test_repeats_differ_and_a_seed_repeats_them():
    first, again = (design.draws(made(), STRATA, SIZES, repeats=6, held_most=100, seed=4) for _ in range(2))
    assert all(np.array_equal(a.order, b.order) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].order, first[5].order)  # the same fold, drawn anew


def test_forward_windows_with_little_before_them_are_left_out():
    rows = np.arange(N)
    folds = tuple(Fold(rows[:end], rows[end : end + 100]) for end in (100, 300, 400))
    split = Split("temporal", "", rows, np.empty(0, np.int64), folds, rows)
    assert design.usable_folds(split) == [1, 2]
    for draw in design.draws(split, STRATA, design.sizes(design.room(split)), repeats=6, held_most=80, seed=0):
        assert draw.train(5).max() < draw.held.min()


@given(st.integers(1, 10**6))
def test_sizes_grow_and_are_six_or_none(most):
    found = design.sizes(most)
    assert len(found) in (0, 6)
    if found:
        assert found[-1] == most
        assert found[0] >= design.ROWS_LEAST - 1
        assert all(1.2 < b / a < 1.85 for a, b in itertools.pairwise(found))
    else:
        assert most < 130


@pytest.mark.parametrize("rows", [122, 123])
def test_the_least_rows_that_hold_six_sizes(rows):
    assert bool(design.sizes(rows)) == (rows >= 123)
