"""Units are drawn and dealt by what they are: shares met, strata kept, nothing left to chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.stats.units import deal, gather, lowest, nearest_start


def singles(strata):
    return gather(np.arange(len(strata), dtype=np.uint64), np.asarray(strata))


def test_a_unit_knows_its_rows_and_its_most_frequent_stratum():
    keys = np.array([9, 4, 9, 9, 4, 2], dtype=np.uint64)
    units = gather(keys, np.array([5, 5, 7, 7, 9, 9]))
    assert units.keys.tolist() == [2, 4, 9]
    assert units.rows.tolist() == [1, 2, 3]
    assert units.codes.tolist() == [2, 1, 2, 2, 1, 0]
    assert units.strata.tolist() == [2, 0, 1]  # 9; 5 and 9 tie, the smaller counts; 7 twice against 5


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(-2, 3)), min_size=1, max_size=60))
def test_the_most_frequent_stratum_is_what_counting_by_hand_gives(pairs):
    keys = np.array([k for k, _ in pairs], dtype=np.uint64)
    strata = np.array([s for _, s in pairs])
    units = gather(keys, strata)
    names = sorted(set(strata.tolist()))
    for at, key in enumerate(units.keys.tolist()):
        mine = strata[keys == key].tolist()
        assert names[units.strata[at]] == min(mine, key=lambda s: (-mine.count(s), s))


def test_the_share_is_met_in_every_stratum():
    strata = np.repeat([0, 1, 2], [6000, 3000, 1000])
    taken = lowest(singles(strata), share=0.15, key=1)
    assert np.bincount(strata, taken).tolist() == [900, 450, 150]


def test_units_of_many_rows_meet_the_share_as_nearly_as_they_can():
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 500, 20_000).astype(np.uint64)
    units = gather(keys, rng.integers(0, 3, 20_000))
    share = units.rows[lowest(units, share=0.15, key=1)].sum() / 20_000
    assert share == pytest.approx(0.15, abs=0.005)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=60), st.integers(0, 100))
def test_no_stratum_is_ever_taken_whole(strata, key):
    units = singles(strata)
    taken = lowest(units, share=0.15, key=key)
    for stratum in range(units.strata.max() + 1):
        assert not taken[units.strata == stratum].all()


@pytest.mark.parametrize("sizes", [(17, 3), (40, 2), (20, 10, 5), (30, 2, 2, 2)])
def test_tiny_strata_give_one_unit_where_they_have_two(sizes):
    strata = np.repeat(np.arange(len(sizes)), sizes)
    assert (np.bincount(strata, lowest(singles(strata), share=0.15, key=3)) >= 1).all()


def test_thousands_of_tiny_strata_do_not_swell_the_share():
    strata = np.repeat(np.arange(2000), 2)
    taken = lowest(singles(strata), share=0.15, key=1)
    assert 0.13 <= taken.mean() <= 0.19
    assert np.bincount(strata, taken).max() == 1


def test_only_eligible_units_are_taken_and_never_more_than_asked_of_them():
    strata = np.repeat([0, 1], 500)
    eligible = np.arange(1000) % 5 == 0
    units = singles(strata)
    assert not lowest(units, share=0.15, key=1, eligible=eligible)[~eligible].any()
    assert lowest(units, share=0.15, key=1, eligible=eligible).sum() == 100  # half of the 200
    assert lowest(units, share=0.15, key=1, eligible=eligible, most=1.0).sum() == 150
    assert not lowest(units, share=0.15, key=1, eligible=np.zeros(1000, bool)).any()


def test_a_draw_is_decided_by_the_keys_alone_and_another_key_draws_another():
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 2**63, 2000).astype(np.uint64)
    strata = rng.integers(0, 2, 2000)
    order = rng.permutation(2000)

    def drawn(keys, strata, key):
        units = gather(keys, strata)
        return set(units.keys[lowest(units, share=0.15, key=key)].tolist())

    assert drawn(keys, strata, 1) == drawn(keys[order], strata[order], 1)
    other = drawn(keys, strata, 2)
    assert len(other & drawn(keys, strata, 1)) / 300 == pytest.approx(0.15, abs=0.08)  # as chance has it


@settings(max_examples=50)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=80), st.integers(2, 6))
def test_parts_and_strata_are_dealt_evenly(strata, parts):
    units = singles(strata)
    part = deal(units, parts=parts, key=5)
    totals = np.bincount(part, minlength=parts)
    assert totals.max() - totals.min() <= 1
    for stratum in range(units.strata.max() + 1):
        counts = np.bincount(part[units.strata == stratum], minlength=parts)
        assert counts.max() - counts.min() <= 1


def test_large_units_are_spread_so_that_parts_differ_by_one_unit_at_most():
    rng = np.random.default_rng(1)
    keys = np.repeat(np.arange(100), rng.integers(1, 60, 100)).astype(np.uint64)
    units = gather(keys, np.zeros(len(keys), dtype=np.int64))
    rows = np.bincount(deal(units, parts=5, key=1), units.rows)
    assert rows.max() - rows.min() <= units.rows.max()


@pytest.mark.parametrize(("wanted", "expected"), [(0, 2), (2.9, 2), (3.6, 5), (5, 5), (9, 5)])
def test_a_cut_falls_where_a_new_value_begins(wanted, expected):
    assert nearest_start(np.array([1, 1, 2, 2, 2, 3]), wanted) == expected


@pytest.mark.parametrize("values", [[], [1], [1, 1, 1]])
def test_where_nothing_new_begins_there_is_no_cut(values):
    assert nearest_start(np.array(values), 1) == 0


@given(st.lists(st.integers(0, 5), max_size=20), st.floats(-3, 25))
def test_the_nearest_start_is_the_one_that_a_look_at_all_of_them_gives(values, wanted):
    ordered = np.sort(np.array(values, dtype=np.int64))
    starts = [i for i in range(1, len(ordered)) if ordered[i] != ordered[i - 1]]
    assert nearest_start(ordered, wanted) == min(starts, key=lambda i: abs(i - wanted), default=0)
