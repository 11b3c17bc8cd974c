"""Hashes that must never change: a sealed list of a year ago must still be found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.stats import hashing


def test_splitmix64_gives_the_published_first_outputs():
    # the reference stream of seed 1234567 (Vigna's splitmix64.c)
    state, out = 1234567, []
    for _ in range(3):
        out.append(hashing.mixed_one(state))
        state = (state + hashing.GOLDEN) & hashing.MASK
    assert out == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_known_answers_stay_for_ever():
    assert hashing.text_hash("") == KNOWN["empty"]
    assert hashing.text_hash("Zürich") == KNOWN["text"]
    assert hashing.text_hash(b"\x00\xff") == KNOWN["bytes"]
    assert hashing.number_hash([0.0, 1.0, -1.5, np.nan, np.inf]).tolist() == KNOWN["numbers"]
    cells = {"age": hashing.number_hash([31.0, 40.0]), "town": hashing.text_hashes(["Bern", "Zürich"])}
    assert hashing.combine(cells).tolist() == KNOWN["rows"]
    assert hashing.ranked(7, hashing.combine(cells)).tolist() == KNOWN["ranks"]


KNOWN = {
    "empty": 16409721914023199438,
    "text": 14527307367042289740,
    "bytes": 11318288918522268328,
    "numbers": [
        16294208416658607535,
        9860564707913756141,
        6650937253580682039,
        14351126860892846918,
        2638638862653029785,
    ],
    "rows": [12022722392615097913, 13605160223438407837],
    "ranks": [12596125594167811087, 11153536768733573141],
}


def test_the_vector_and_the_single_number_are_the_same_function():
    bits = np.random.default_rng(0).integers(0, 2**64, 100, dtype=np.uint64)
    assert hashing.mixed(bits).tolist() == [hashing.mixed_one(int(b)) for b in bits]


def test_minus_zero_is_zero_and_every_nan_is_the_same():
    odd = np.array([0x7FF8000000000001, 0xFFF8000000000000], dtype=np.uint64).view(np.float64)
    assert len(set(hashing.number_hash([0.0, -0.0]).tolist())) == 1
    assert len(set(hashing.number_hash([np.nan, *odd]).tolist())) == 1
    assert len(set(hashing.number_hash([np.nan, np.inf, -np.inf, 0.0]).tolist())) == 4


def test_integers_strided_and_float32_columns_hash_as_their_numbers():
    wide = np.arange(10, dtype=np.float64)
    expected = hashing.number_hash(wide[::2]).tolist()
    assert hashing.number_hash(np.arange(0, 10, 2)).tolist() == expected
    assert hashing.number_hash(np.arange(0, 10, 2, dtype=np.float32)).tolist() == expected


@given(st.text(), st.text())
def test_equal_texts_and_only_equal_texts_hash_alike(a, b):
    assert (hashing.text_hash(a) == hashing.text_hash(b)) == (a == b)
    assert 0 <= hashing.text_hash(a) < 2**64


def test_a_lone_surrogate_is_a_text_too():
    assert hashing.text_hash("\ud800") != hashing.text_hash("\ud801")


def test_the_order_of_the_columns_does_not_count_but_their_names_do():
    a, b = hashing.number_hash([1.0, 2.0]), hashing.number_hash([3.0, 4.0])
    rows = hashing.combine({"a": a, "b": b}).tolist()
    assert hashing.combine({"b": b, "a": a}).tolist() == rows
    assert hashing.combine({"a": b, "b": a}).tolist() != rows
    assert hashing.combine({"a": a, "c": b}).tolist() != rows
    assert hashing.combine({"a": a}).tolist() != rows


def test_equal_cells_of_two_columns_do_not_cancel():
    same = hashing.number_hash(np.arange(100.0))
    assert len(np.unique(hashing.combine({"a": same, "b": same}))) == 100


def test_rows_that_differ_in_one_cell_differ():
    draw = np.random.default_rng(1)
    grid = draw.integers(0, 3, (5000, 12))
    hashes = hashing.combine({f"c{i}": hashing.number_hash(grid[:, i]) for i in range(12)})
    assert len(np.unique(hashes)) == len(np.unique(grid, axis=0))


def test_nothing_to_combine_is_an_error():
    with pytest.raises(ValueError, match="at least one column"):
        hashing.combine({})


def test_ranks_under_a_key_are_even_distinct_and_independent_of_another_key():
    hashes = hashing.number_hash(np.arange(20_000.0))
    first, second = hashing.ranked(1, hashes), hashing.ranked(2, hashes)
    assert len(np.unique(first)) == 20_000
    chosen = [r < np.uint64(int(0.15 * 2**64)) for r in (first, second)]
    assert chosen[0].mean() == pytest.approx(0.15, abs=0.01)
    assert (chosen[0] & chosen[1]).mean() == pytest.approx(0.0225, abs=0.005)
    # every bit is a coin
    bits = np.unpackbits(first.view(np.uint8)).reshape(-1, 64)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 0.02
    assert (hashing.ranked(2**64 + 1, hashes) == first).all()
