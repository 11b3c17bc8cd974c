"""Rows are drawn by hash: the same ones in any order, and some of every class."""

import numpy as np
import pytest

from ownproof.phases.audit.rows import Rows, sample
from ownproof.stats.hashing import mixed


def rows(n):
    return Rows(mixed(np.arange(n, dtype=np.uint64)), np.zeros(n, dtype=np.uint64))


def test_a_small_table_is_taken_whole():
    assert sorted(sample(rows(50), np.zeros(50, dtype=int)).tolist()) == list(range(50))


def test_the_order_of_the_file_does_not_change_what_is_drawn():
    plain, order = rows(5000), np.random.default_rng(0).permutation(5000)
    codes = np.arange(5000) % 3
    drawn = sample(plain, codes, 1000)
    again = sample(Rows(plain.keys[order], plain.truths[order]), codes[order], 1000)
    assert drawn.tolist() == order[again].tolist()


def test_a_rare_class_is_drawn_up_to_its_even_share():
    codes = (np.arange(100_000) < 700).astype(int)
    drawn = sample(rows(100_000), codes, 1000)
    assert codes[drawn].sum() == 500
    assert len(drawn) < 1600
    many = sample(rows(100_000), np.arange(100_000) % 1000, 1000)
    assert len(many) == 100_000


def test_equal_rows_are_drawn_like_any_others():
    same = Rows(np.zeros(1000, dtype=np.uint64), np.zeros(1000, dtype=np.uint64))
    assert len(sample(same, np.zeros(1000, dtype=int), 400)) == 400


@pytest.mark.parametrize("classes", [1, 3, 49])
def test_a_part_that_is_sorted_gives_what_the_whole_sorted_table_gives(classes):
    rng = np.random.default_rng(classes)
    table = Rows(
        mixed(rng.integers(0, 3000, 9000).astype(np.uint64)), mixed(rng.integers(0, 2, 9000).astype(np.uint64))
    )
    codes = rng.integers(0, classes, 9000) * (rng.random(9000) < 0.2)
    rank = mixed(table.keys ^ mixed(table.truths))
    order = np.lexsort((table.truths, rank))
    least = max(200, 1000 // len(np.unique(codes)))
    wanted = set(order[:1000])
    for code in range(classes):
        wanted |= set(order[codes[order] == code][:least])
    assert sample(table, codes, 1000).tolist() == [row for row in order.tolist() if row in wanted]
