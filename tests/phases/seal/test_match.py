"""A seal is found again in later data, refuses to speak for other data, and guards training."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.policy import Policy
from ownproof.errors import InputError, Tampered
from ownproof.phases.seal import Seal, first, guard, identity, marked, match
from ownproof.phases.seal.match import within
from tests.typed_tables import INPUTS, customers, strata, typed

POLICY = Policy()


def sealed(frame, **roles):
    dataset = typed(frame, target="churn", **roles)
    return first(dataset, strata(dataset), INPUTS, policy=POLICY)[0]


def found(seal, frame, **roles):
    return match(seal, typed(frame, target="churn", **roles), INPUTS, policy=POLICY)


def test_a_seal_comes_back_from_json_and_its_list_of_keys():
    seal = sealed(customers(), time="joined")
    back = Seal.from_json(json.loads(json.dumps(seal.to_json())), seal.keys.copy())
    assert back.to_json() == seal.to_json()
    assert (back.keys == seal.keys).all()
    assert back.units == seal.units
    assert back.time == seal.time
    assert "keys" not in seal.to_json()


def test_another_list_of_keys_is_tampering():
    seal = sealed(customers())
    for keys in (seal.keys[1:], np.r_[seal.keys[:-1], seal.keys[-1] ^ np.uint64(1)], np.empty(0, np.uint64)):
        with pytest.raises(Tampered) as caught:
            Seal.from_json(seal.to_json(), keys)
        assert caught.value.exit == 7


def test_shuffled_rows_and_added_columns_change_nothing():
    frame = customers()
    seal = sealed(frame)
    before = found(seal, frame).sealed
    order = np.random.default_rng(1).permutation(len(frame))
    wider = frame[order].with_columns(pl.Series("new", np.random.default_rng(2).normal(size=len(frame))))
    after = found(seal, wider)
    assert (after.sealed == before[order]).all()
    assert after.found_share == 1.0
    assert before.sum() == seal.sealed_rows


def test_a_later_drop_changes_nothing():
    frame = customers()
    seal = sealed(frame)
    assert (found(seal, frame, drop=("town", "visits")).sealed == found(seal, frame).sealed).all()
    again = sealed(frame, drop=("town",))
    assert (again.keys == seal.keys).all()


def test_appended_rows_are_not_sealed_and_the_old_ones_stay_so():
    frame = customers()
    seal = sealed(frame)
    after = found(seal, pl.concat([frame, customers(600, seed=9)]))
    assert (after.sealed[:1200] == found(seal, frame).sealed).all()
    assert not after.sealed[1200:].any()
    assert not after.late.any()


def test_rows_at_or_after_the_cut_that_were_not_sealed_are_late():
    frame = customers()
    seal = sealed(frame, time="joined")
    cut = np.datetime64(seal.cut, "us")
    further = customers(300, seed=9)
    after = found(seal, pl.concat([frame, further]), time="joined")
    assert (after.late[1200:] == (further["joined"].to_numpy() >= cut)).all()
    assert after.late.any()
    assert not after.late[:1200].any()
    assert not (after.late & after.sealed).any()


def test_a_row_at_the_very_cut_is_late():
    frame = customers()
    seal = sealed(frame, time="joined")
    further = customers(2, seed=9).with_columns(
        pl.Series("joined", np.array([seal.cut] * 2, "M8[us]") - np.array([0, 1], "m8[us]"))
    )
    assert found(seal, pl.concat([frame, further]), time="joined").late[1200:].tolist() == [True, False]


def test_with_fewer_than_95_percent_of_the_sealed_units_the_run_stops_and_names_the_way_out():
    frame = customers()
    seal = sealed(frame)
    rows = np.flatnonzero(found(seal, frame).sealed)
    for lost, stops in ((0, False), (9, False), (10, True), (180, True)):  # 171 of 180 are 95 %
        keep = np.ones(len(frame), dtype=bool)
        keep[rows[:lost]] = False
        if not stops:
            assert found(seal, frame.filter(keep)).found_share >= 0.95
            continue
        with pytest.raises(InputError) as caught:
            found(seal, frame.filter(keep))
        assert caught.value.exit == 2
        assert 'ownproof seal --new "reason"' in caught.value.hint
        assert marked(seal, typed(frame.filter(keep), target="churn"), INPUTS).found_share == 1 - lost / 180


def test_training_rows_may_go_without_a_word():
    frame = customers()
    seal = sealed(frame)
    rows = np.flatnonzero(~found(seal, frame).sealed)
    keep = np.ones(len(frame), dtype=bool)
    keep[rows[:900]] = False
    assert found(seal, frame.filter(keep)).found_share == 1.0


def test_a_missing_column_of_that_day_stops_and_is_named():
    frame = customers()
    for roles, gone in (({}, "town"), ({"time": "joined", "id": "visits"}, "visits")):
        seal = sealed(frame, **roles)
        left = {k: v for k, v in roles.items() if v != gone}
        with pytest.raises(InputError, match=f"'{gone}'") as caught:
            found(seal, frame.drop(gone), **left)
        assert caught.value.exit == 2
        assert "ownproof seal --new" in caught.value.hint


def test_training_refuses_sealed_rows_by_hash():
    frame = customers()
    seal = sealed(frame)
    dataset = typed(frame, target="churn")
    keys = identity(dataset, seal.units, INPUTS)
    mine = found(seal, frame).sealed
    clean = guard(keys[~mine], seal)
    assert (clean.id, clean.status, clean.value) == ("seal.train", "pass", 0)
    dirty = guard(np.r_[keys[~mine], keys[mine][:3]], seal)
    assert (dirty.status, dirty.value) == ("refused", 3)
    assert dirty.advice
    assert guard(np.empty(0, np.uint64), seal).status == "pass"


def test_a_relabelled_sealed_row_is_still_refused():
    frame = customers()
    seal = sealed(frame)
    flipped = frame.with_columns(
        pl.when(pl.col("churn") == "yes").then(pl.lit("no")).otherwise(pl.lit("yes")).alias("churn")
    )
    keys = identity(typed(flipped, target="churn"), seal.units, INPUTS)
    assert guard(keys, seal).value == seal.sealed_rows


@given(st.lists(st.integers(0, 2**64 - 1), max_size=40), st.lists(st.integers(0, 2**64 - 1), max_size=40))
def test_keys_are_found_in_a_list_whatever_their_first_bits(keys, listed):
    column = np.array(keys + listed[:5] + [k // 2 for k in listed], dtype=np.uint64)
    ordered = np.unique(np.array(listed, dtype=np.uint64))
    assert within(column, ordered).tolist() == [k in set(ordered.tolist()) for k in column.tolist()]
