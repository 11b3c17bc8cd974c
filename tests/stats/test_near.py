"""Which things are nearly the same."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.stats.hashing import text_hashes
from ownproof.stats.near import alike, grid, joined, linked, sketches


def sketched(*texts):
    words = [t.split() for t in texts]
    starts = np.r_[0, np.cumsum([len(w) for w in words])]
    return sketches(text_hashes([w for ws in words for w in ws]), starts)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 30).flatmap(
        lambda n: st.tuples(
            st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=1, max_size=40)
        )
    )
)
def test_connected_parts_are_those_that_a_walk_finds(case):
    n, edges = case
    label = joined(n, np.array([a for a, _ in edges]), np.array([b for _, b in edges]))
    beside = {i: {i} for i in range(n)}
    for a, b in edges:
        whole = beside[a] | beside[b]
        for i in whole:
            beside[i] = whole
    assert label.tolist() == [min(beside[i]) for i in range(n)]


def test_rows_hang_together_over_any_key_and_over_a_third_row():
    keys = [np.array([1, 1, 2, 3, 4], np.uint64), np.array([9, 8, 8, 7, 6], np.uint64)]
    assert linked(5, keys).tolist() == [0, 0, 0, 3, 4]
    assert linked(3, []).tolist() == [0, 1, 2]


def test_numbers_that_move_a_thousandth_stay_in_a_cell_of_one_of_two_grids():
    rng = np.random.default_rng(0)
    numbers = rng.lognormal(3, 1, 5000)
    moved = numbers * (1 + 1e-4 * rng.normal(size=5000))
    both = np.r_[numbers, moved]
    same = [grid(both, shift=s)[:5000] == grid(both, shift=s)[5000:] for s in (0.0, 0.5)]
    assert (same[0] | same[1]).mean() > 0.999
    assert (grid(numbers, shift=0.0)[1:] == grid(numbers, shift=0.0)[:-1]).mean() < 0.02


def test_gaps_and_constants_have_a_cell_too():
    assert len(set(grid(np.array([np.nan, np.nan, 1.0, 1.0]), shift=0.0).tolist())) == 2
    assert set(grid(np.full(3, np.nan), shift=0.5).tolist()) == {0}


def test_a_text_of_which_a_word_was_changed_is_alike_and_another_is_not():
    long = " ".join(f"w{i}" for i in range(80))
    label = alike(sketched(long, long.replace("w40", "x"), " ".join(f"v{i}" for i in range(80)), "one word", "another"))
    assert label.tolist() == [0, 0, 2, 3, 4]


def test_empty_texts_are_like_nothing():
    assert alike(sketched("", "", "a")).tolist() == [0, 1, 2]
