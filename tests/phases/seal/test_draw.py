"""The test set is drawn from the data alone, once, over whole units and within classes."""

import inspect

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.schema import Column, Schema
from ownproof.errors import InputError
from ownproof.phases import seal as phase
from ownproof.phases.seal import Past, draw, draw_new, first, identity, marked, match, supplied, unit_columns
from ownproof.phases.seal.draw import latest, size_limit
from tests.typed_tables import INPUTS, customers, strata, typed

POLICY = Policy()


def sealed(frame, *, groups=None, **roles):
    dataset = typed(frame, target="churn", **roles)
    seal, findings = first(dataset, strata(dataset), INPUTS, groups=groups, policy=POLICY)
    return dataset, seal, findings, match(seal, dataset, INPUTS, policy=POLICY)


def test_two_sealings_of_the_same_rows_agree_in_any_order_and_format(tmp_path):
    frame = customers()
    expected = sealed(frame)[1]
    frame.sample(fraction=1, shuffle=True, seed=4).write_csv(tmp_path / "a.csv")
    frame.select(reversed(frame.columns)).write_parquet(tmp_path / "a.parquet")
    for where in (frame, tmp_path / "a.csv", tmp_path / "a.parquet"):
        seal = sealed(where)[1]
        assert (seal.keys == expected.keys).all()
        assert seal.digest == expected.digest


def test_the_draw_never_changes():
    keys = np.arange(1, 41, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    seal = draw(np.arange(40) % 2, keys, columns=(), policy=POLICY)
    assert np.flatnonzero(np.isin(keys, seal.keys)).tolist() == KNOWN


KNOWN = [3, 13, 14, 18, 20, 23]


def test_there_is_no_seed_to_shop_with():
    for function in (first, draw, draw_new, supplied):
        assert not {"seed", "key", "random_state", "rng"} & set(inspect.signature(function).parameters)


def test_fifteen_percent_of_every_class_is_sealed():
    dataset, seal, findings, found = sealed(customers(4000))
    assert (seal.kind, findings, seal.cut) == ("hash", (), None)
    assert seal.unit_columns == ("income", "town", "visits", "joined")
    assert seal.sealed_rows == found.sealed.sum() == 600
    for stratum in (0, 1):
        assert found.sealed[strata(dataset) == stratum].mean() == pytest.approx(0.15, abs=0.002)
    assert "15.0%" in seal.reason


def levels(cells):
    """A dataset of a few levels, without the reading: (number, text, label) a row."""
    frame = pl.DataFrame(
        {
            "n": [float(c[0]) for c in cells],
            "t": [c[1] for c in cells],
            "churn": ["yes" if c[2] else "no" for c in cells],
        }
    )
    columns = (Column("n", "number"), Column("t", "category"), Column("churn", "category", "target"))
    return Dataset(frame.lazy(), Schema(columns), "x", len(frame))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from("abc"), st.booleans()), min_size=30, max_size=120))
def test_equal_rows_fall_on_one_side_whatever_their_labels_say(cells):
    dataset = levels(cells)
    rows = len(dataset)
    counts = [sum(c[:2] == other for c in cells) for other in {c[:2] for c in cells}]
    try:
        seal, _ = first(dataset, strata(dataset), INPUTS, policy=POLICY)
    except InputError:
        assert max(counts) > 0.3 * rows or len(counts) < 3
        return
    side = marked(seal, dataset, INPUTS).sealed
    assert 0 < side.sum() <= 0.3 * rows + 1
    for one in {c[:2] for c in cells}:
        assert len({s for s, c in zip(side.tolist(), cells, strict=True) if c[:2] == one}) == 1


def test_a_group_of_more_than_one_percent_stays_in_training():
    frame = customers(5000)
    who = np.r_[np.zeros(51), np.ones(50), np.arange(2, 4901)].astype(int).astype(str)
    _, seal, findings, found = sealed(frame.with_columns(pl.Series("who", who)), group="who")
    assert seal.kind == "groups"
    assert seal.unit_columns == ("who",)
    assert not found.sealed[who == "0"].any()
    assert [f.rule for f in findings] == ["seal.large-units"]
    assert findings[0].level == "ok"
    assert found.sealed.mean() == pytest.approx(0.15, abs=0.002)


def test_groups_are_sealed_whole_when_no_time_is_said_or_groups_are_new():
    rng = np.random.default_rng(0)
    frame = customers(3000).with_columns(pl.Series("who", rng.integers(0, 400, 3000).astype(str)))
    for roles, groups in (({}, None), ({"time": "joined"}, "new")):
        dataset, seal, _, found = sealed(frame, groups=groups, group="who", **roles)
        assert seal.kind == "groups"
        who = dataset.column("who").to_numpy()
        assert not set(who[found.sealed]) & set(who[~found.sealed])
        assert found.sealed.mean() == pytest.approx(0.15, abs=0.01)


def test_with_time_and_groups_that_return_the_latest_rows_are_sealed_by_group_and_time():
    rng = np.random.default_rng(0)
    frame = customers(3000).with_columns(pl.Series("who", rng.integers(0, 400, 3000).astype(str)))
    dataset, seal, _, found = sealed(frame, group="who", time="joined")
    joined, who = dataset.column("joined").to_numpy(), dataset.column("who").to_numpy()
    assert (seal.kind, seal.unit_columns) == ("temporal", ("who", "joined"))
    assert joined[found.sealed].min() > joined[~found.sealed].max()
    assert seal.cut == str(joined[found.sealed].min().astype("datetime64[s]"))
    assert found.sealed.mean() == pytest.approx(0.15, abs=0.001)
    assert set(who[found.sealed]) & set(who[~found.sealed])


def test_few_large_groups_are_sealed_all_the_same_and_it_is_said():
    frame = customers(2000).with_columns(pl.Series("who", np.repeat(np.arange(20), 100).astype(str)))
    _, _, findings, found = sealed(frame, group="who")
    assert 0.05 <= found.sealed.mean() <= 0.30
    assert (findings[0].rule, findings[0].level) == ("seal.large-units", "warn")


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_groups_are_an_error_that_says_so(count):
    frame = customers(200).with_columns(pl.Series("who", (np.arange(200) % count).astype(str)))
    with pytest.raises(
        InputError, match=f"too few or too large units to set a test apart: {count}, told apart by who"
    ) as caught:
        sealed(frame, group="who")
    assert caught.value.exit == 2


def test_too_few_rows_are_an_error():
    with pytest.raises(InputError, match="2 rows are too few"):
        sealed(customers(2))


def test_a_table_of_few_levels_is_told_apart_by_its_numbering_column():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "a": rng.choice(["x", "y"], 3000),
            "b": rng.choice(["u", "v", "w"], 3000),
            "row_id": ["K" + str(i) for i in range(3000)],
            "churn": rng.choice(["yes", "no"], 3000),
        }
    )
    _, seal, _, found = sealed(frame, kinds={"row_id": "identifier"})
    assert seal.unit_columns == ("a", "b", "row_id")
    assert found.sealed.mean() == pytest.approx(0.15, abs=0.002)
    _, seal, findings, found = sealed(frame.drop("row_id"))
    assert 0.05 <= found.sealed.mean() <= 0.30
    assert findings[0].level == "warn"
    assert "--id" in findings[0].advice


def test_tiny_tables_keep_every_class_on_both_sides():
    frame = customers(24).with_columns(pl.Series("churn", ["no"] * 20 + ["yes"] * 4))
    dataset, _, _, found = sealed(frame)
    for stratum in (0, 1):
        mine = found.sealed[strata(dataset) == stratum]
        assert 0 < mine.sum() < len(mine)


def test_a_class_of_one_unit_is_never_sealed_away():
    frame = customers(100).with_columns(pl.Series("churn", ["no"] * 99 + ["yes"]))
    assert not sealed(frame)[3].sealed[99]


# ---------------------------------------------------------------- time
def days(counts):
    return np.repeat(np.datetime64("2024-01-01", "us") + np.arange(len(counts)).astype("m8[D]"), counts)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 30), min_size=2, max_size=40), st.integers(0, 2**32))
def test_the_latest_rows_are_cut_off_between_two_moments_nearest_to_the_share(counts, seed):
    times = np.random.default_rng(seed).permutation(days(counts))
    chosen = latest(times, POLICY)
    n, tails = len(times), np.cumsum(counts[::-1])[:-1]
    best = min(abs(t - 0.15 * n) for t in tails)
    inside = [t for t in tails if abs(t - 0.15 * n) == best and 0.05 * n <= t <= 0.30 * n]
    if not chosen.any():
        assert len(inside) < 2  # (of two equally near ones, one may lie outside)
        return
    assert times[chosen].min() > times[~chosen].max()
    assert chosen.sum() in inside


def test_a_temporal_draw_without_times_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="needs times"):
        draw(np.zeros(40, int), np.arange(40, dtype=np.uint64), columns=(), policy=POLICY, kind="temporal")


def test_rows_of_one_moment_stay_together():
    chosen = latest(days([80, 6, 6, 8]), POLICY)
    assert np.flatnonzero(chosen).tolist() == list(range(86, 100))


def test_rows_without_a_time_are_never_sealed_as_the_latest():
    times = days([1] * 100)
    times[::10] = np.datetime64("NaT")
    chosen = latest(times, POLICY)
    assert chosen.sum() == 15
    assert not np.isnat(times[chosen]).any()


def test_numbers_may_order_the_rows():
    frame = customers(1000).with_columns(pl.Series("week", np.arange(1000) // 10 + 0.5))
    _, seal, _, found = sealed(frame, time="week")
    assert (seal.kind, seal.cut, found.sealed.sum()) == ("temporal", "85.5", 150)


def test_times_that_part_off_no_useful_share_fall_back_to_the_hash_and_it_is_said():
    frame = customers(1000).with_columns(pl.Series("day", days([400, 600])))
    _, seal, findings, found = sealed(frame, time="day")
    assert seal.kind == "hash"
    assert found.sealed.sum() == 150
    assert [(f.rule, f.level, f.columns) for f in findings] == [("seal.time", "warn", ("day",))]


def test_when_time_falls_back_a_group_is_still_kept_whole():
    frame = customers(1000).with_columns(
        pl.Series("day", days([400, 600])), pl.Series("who", (np.arange(1000) % 200).astype(str))
    )
    dataset, seal, _, found = sealed(frame, time="day", group="who")
    who = dataset.column("who").to_numpy()
    assert (seal.kind, seal.unit_columns) == ("groups", ("who",))
    assert not set(who[found.sealed]) & set(who[~found.sealed])


# ---------------------------------------------------------------- the next generation
def test_a_new_generation_takes_only_units_that_nothing_was_trained_on_or_sealed_from():
    old = customers(1000)
    _, seal, _, found = sealed(old)
    past = Past(seal, found.keys[~found.sealed])
    whole = typed(pl.concat([old, customers(600, seed=5)]), target="churn")
    again = draw_new(whole, strata(whole), INPUTS, past=[past], policy=POLICY, reason="rows of March")
    chosen = marked(again, whole, INPUTS).sealed
    assert again.generation == 2
    assert chosen.sum() == pytest.approx(240, abs=1)
    assert not chosen[:1000].any()
    assert again.reason.endswith("drawn anew: rows of March")


def test_a_third_generation_remembers_both():
    old = customers(1000)
    _, one, _, found = sealed(old)
    whole = typed(pl.concat([old, customers(600, seed=5)]), target="churn")
    first_past = Past(one, found.keys[~found.sealed])
    two = draw_new(whole, strata(whole), INPUTS, past=[first_past], policy=POLICY)
    used = marked(two, whole, INPUTS)
    larger = typed(pl.concat([old, customers(600, seed=5), customers(700, seed=6)]), target="churn")
    three = draw_new(
        larger, strata(larger), INPUTS, policy=POLICY, past=[first_past, Past(two, used.keys[~used.sealed])]
    )
    chosen = marked(three, larger, INPUTS).sealed
    assert three.generation == 3
    assert not chosen[:1600].any()
    assert chosen.sum() == pytest.approx(345, abs=2)


def test_with_too_few_untouched_rows_the_error_counts_those_that_lack():
    old = customers(1000)
    _, seal, _, found = sealed(old)
    past = Past(seal, found.keys[~found.sealed])

    def attempt(rows):
        whole = typed(pl.concat([old, customers(rows, seed=5)]) if rows else old, target="churn")
        return draw_new(whole, strata(whole), INPUTS, past=[past], policy=POLICY)

    with pytest.raises(InputError, match="only 0 of 1000 rows") as caught:
        attempt(0)
    assert "add about 177 new labelled rows" in caught.value.hint  # 177 of 1177 are 15 %
    with pytest.raises(InputError, match="only 100 of 1100 rows"):
        attempt(100)
    assert attempt(180).sealed_rows == pytest.approx(177, abs=1)


def test_rows_that_were_set_apart_but_never_trained_on_may_be_sealed_anew():
    old = customers(1000)
    _, seal, _, found = sealed(old)
    trained = np.flatnonzero(~found.sealed)[:500]
    dataset = typed(old, target="churn")
    again = draw_new(dataset, strata(dataset), INPUTS, past=[Past(seal, found.keys[trained])], policy=POLICY)
    chosen = marked(again, dataset, INPUTS).sealed
    assert chosen.sum() == pytest.approx(150, abs=1)
    assert not chosen[trained].any()
    assert not (chosen & found.sealed).any()


def test_a_group_that_was_trained_on_in_part_is_not_sealed_anew():
    frame = customers(1200).with_columns(pl.Series("who", (np.arange(1200) % 300).astype(str)))
    _, seal, _, found = sealed(frame)  # drawn by value: rows of one group fall on both sides
    dataset = typed(frame, target="churn", group="who")
    trained = np.arange(1200) < 150  # a row each of half of the groups
    again = draw_new(dataset, strata(dataset), INPUTS, past=[Past(seal, found.keys[trained])], policy=POLICY)
    chosen = marked(again, dataset, INPUTS).sealed
    who = frame["who"].to_numpy()
    assert again.kind == "groups"
    assert chosen.any()
    assert not set(who[chosen]) & set(who[trained | found.sealed])


def test_in_time_all_that_is_left_may_be_sealed_where_it_is_near_enough_to_the_share():
    old = customers(1000)
    _, seal, _, found = sealed(old, time="joined")
    later = customers(100, seed=5).with_columns(pl.col("joined") + pl.duration(days=401))
    whole = typed(pl.concat([old, later]), target="churn", time="joined")
    again = draw_new(whole, strata(whole), INPUTS, past=[Past(seal, found.keys[~found.sealed])], policy=POLICY)
    assert again.sealed_rows == 100  # 9 %; 15 % would be 165


def test_in_time_a_new_generation_is_later_than_everything_touched():
    old = customers(1000)
    _, seal, _, found = sealed(old, time="joined")
    past = Past(seal, found.keys[~found.sealed])
    later = customers(400, seed=5).with_columns(pl.col("joined") + pl.duration(days=401))
    whole = typed(pl.concat([old, later]), target="churn", time="joined")
    again = draw_new(whole, strata(whole), INPUTS, past=[past], policy=POLICY)
    chosen = marked(again, whole, INPUTS).sealed
    assert (again.kind, again.generation) == ("temporal", 2)
    assert chosen.sum() == pytest.approx(210, abs=1)
    assert not chosen[:1000].any()
    little = typed(pl.concat([old, later.head(20)]), target="churn", time="joined")
    with pytest.raises(InputError, match="only 20 of 1020 rows"):
        draw_new(little, strata(little), INPUTS, past=[past], policy=POLICY)


def test_without_a_column_of_that_day_nobody_knows_what_was_trained_on():
    old = customers(1000)
    _, seal, _, found = sealed(old)
    less = typed(old.drop("town"), target="churn")
    with pytest.raises(InputError, match="'town'") as caught:
        draw_new(less, strata(less), INPUTS, past=[Past(seal, found.keys)], policy=POLICY)
    assert "--out" in caught.value.hint
    assert "--new" not in caught.value.hint


# ---------------------------------------------------------------- the user's own test
def test_a_supplied_test_is_the_sealed_set_and_its_copies_in_the_data_are_found():
    data, test = customers(500), customers(100, seed=8)
    whole = typed(pl.concat([data, data.head(0), test.head(3), test]), target="churn")
    which = np.arange(603) >= 503
    seal = supplied(whole, INPUTS, which)
    found = match(seal, whole, INPUTS, policy=POLICY)
    assert (seal.kind, seal.sealed_rows, seal.rows) == ("supplied", 100, 603)
    assert np.flatnonzero(found.sealed).tolist() == list(range(500, 603))
    assert found.found_share == 1.0


def test_a_supplied_test_with_times_knows_its_first_moment():
    whole = pl.concat([customers(500), customers(100, seed=8)]).with_columns(
        pl.when(pl.int_range(600) == 550).then(None).otherwise(pl.col("joined")).alias("joined")
    )
    dataset, which = typed(whole, target="churn", time="joined"), np.arange(600) >= 500
    seal = supplied(dataset, INPUTS, which)
    earliest = whole["joined"].filter(pl.Series(which)).min()
    assert seal.cut == earliest.isoformat()
    assert seal.time.name == "joined"
    assert not match(seal, dataset, INPUTS, policy=POLICY).late.any()


def test_ids_that_start_anew_in_each_file_make_no_copies():
    data, test = customers(500), customers(100, seed=8)
    whole = pl.concat([data, test]).with_columns(pl.Series("nr", np.r_[np.arange(500), np.arange(100)].astype(str)))
    dataset = typed(whole, target="churn", id="nr")
    found = marked(supplied(dataset, INPUTS, np.arange(600) >= 500), dataset, INPUTS)
    assert np.flatnonzero(found.sealed).tolist() == list(range(500, 600))


def test_the_size_limit_is_one_percent_and_rises_only_as_far_as_it_must():
    assert size_limit(np.ones(1000, int), POLICY) == 10
    assert size_limit(np.ones(30, int), POLICY) == 1
    assert size_limit(np.r_[np.full(9, 100), np.ones(100, int)], POLICY) == 100
    assert size_limit(np.r_[900, np.ones(100, int)], POLICY) == 300


def test_the_room_offers_what_the_project_needs():
    for name in phase.__all__:
        assert getattr(phase, name).__doc__
    assert identity is phase.identity
    assert unit_columns is phase.unit_columns
