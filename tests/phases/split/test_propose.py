"""The split is what the data asks for, and holds what it promises."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.schema import Schema
from ownproof.errors import InputError
from ownproof.phases.split import propose

POLICY = Policy()
HOUR = 3_600_000_000


def rows(count):
    return Dataset(pl.LazyFrame(), Schema(()), "x", count)


def table(count, *, seed=0, positive=0.2):
    rng = np.random.default_rng(seed)
    keys = rng.integers(1, 2**63, count).astype(np.uint64)
    return keys, (rng.random(count) < positive).astype(int), rng.random(count) < 0.15


def split(count, *, policy=POLICY, seed=0, table_seed=0, **more):
    keys, strata, sealed = table(count, seed=table_seed)
    return propose(
        rows(count),
        more.pop("sealed", sealed),
        more.pop("units", keys),
        more.pop("strata", strata),
        policy=policy,
        seed=seed,
        **more,
    )


def gate(proposal, name):
    return next(g for g in proposal.report.gates if g.id == name)


def hours(count):
    return np.datetime64("2024-01-01", "us") + np.arange(count).astype("m8[h]")


@pytest.mark.parametrize(
    ("count", "kind", "folds", "repeats"),
    [
        (100, "repeated", 15, 3),
        (580, "repeated", 15, 3),
        (600, "stratified", 5, 1),
        (3000, "stratified", 5, 1),
        (14_000, "stratified", 5, 1),
        (14_500, "stratified", 3, 1),
        (46_000, "stratified", 3, 1),
        (48_000, "holdout", 1, 1),
    ],
)
def test_the_number_of_folds_follows_the_rows(count, kind, folds, repeats):
    made = split(count).split
    assert (made.kind, len(made.folds), made.repeats) == (kind, folds, repeats)
    assert f"{len(made.work):,} rows" in made.reason


@pytest.mark.parametrize("count", [100, 3000, 48_000])
def test_folds_part_the_work_rows_and_touch_no_sealed_one(count):
    made = split(count)
    sealed = set(made.split.sealed.tolist())
    assert sealed.isdisjoint(made.split.work.tolist())
    for fold in made.split.folds:
        both = np.concatenate([fold.train, fold.validation])
        assert sorted(both.tolist()) == made.split.work.tolist()
    if count < 48_000:
        held = np.concatenate([f.validation for f in made.split.folds])
        assert np.bincount(held)[made.split.work].tolist() == [made.split.repeats] * len(made.split.work)


def test_one_holdout_is_fifteen_of_eighty_five():
    made = split(48_000).split
    assert len(made.folds[0].validation) / len(made.work) == pytest.approx(15 / 85, abs=0.001)


def test_classes_are_spread_evenly_over_the_folds():
    _, strata, _ = table(3000)
    made = split(3000).split
    shares = [strata[f.validation].mean() for f in made.folds]
    assert max(shares) - min(shares) < 0.003


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=30, max_size=200), st.integers(0, 5))
def test_equal_rows_and_groups_are_never_on_both_sides(units, seed):
    keys = np.array(units, dtype=np.uint64)
    strata = keys.astype(int) % 3
    sealed = keys % 7 == 0
    if len(set(units)) - len({u for u in units if u % 7 == 0}) < 2:
        return
    for groups in (None, keys):
        made = propose(rows(len(keys)), sealed, keys, strata, policy=POLICY, seed=seed, groups=groups)
        for fold in made.split.folds:
            assert not set(keys[fold.train]) & set(keys[fold.validation])
        assert gate(made, "split.units").status == "pass"
        assert made.split.kind == ("repeated" if groups is None else "group")


def test_a_unit_that_was_sealed_by_half_is_seen_and_refused():
    keys, _, sealed = table(1000)
    keys[0] = keys[1]
    sealed[:2] = [True, False]
    made = split(1000, units=keys, sealed=sealed)
    assert (gate(made, "split.units").status, gate(made, "split.units").value) == ("refused", 1)


def test_folds_are_the_same_for_the_same_seed_whatever_the_order_of_the_rows():
    keys, strata, sealed = table(2000)
    order = np.random.default_rng(1).permutation(2000)

    def parts(proposal, keys):
        return [frozenset(keys[f.validation].tolist()) for f in proposal.split.folds]

    expected = parts(split(2000), keys)
    assert parts(split(2000), keys) == expected
    moved = propose(rows(2000), sealed[order], keys[order], strata[order], policy=POLICY)
    assert parts(moved, keys[order]) == expected
    assert parts(split(2000, seed=1), keys) != expected


def test_repeats_deal_anew():
    made = split(300).split
    thrice = [frozenset(made.folds[i].validation.tolist()) for i in (0, 5, 10)]
    assert len(set(thrice)) == 3


def test_groups_are_held_out_whole_and_counted_as_units():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 200, 3000).astype(np.uint64)
    made = split(3000, groups=groups, sealed=groups % 7 == 0)
    assert made.split.kind == "group"
    assert len(made.split.folds) == 5
    assert len(np.unique(made.split.units)) == 200
    assert "whole groups" in made.split.reason


def test_fewer_groups_than_folds_make_as_many_folds_as_groups():
    groups = (np.arange(900) % 3).astype(np.uint64)
    made = split(900, groups=groups, sealed=np.zeros(900, dtype=bool))
    assert len(made.split.folds) == 3


@pytest.mark.parametrize("named", [True, False])
def test_one_unit_is_too_few_to_split(named):
    same = np.zeros(100, dtype=np.uint64)
    with pytest.raises(InputError, match="only 1 unit left"):
        split(100, units=same, groups=same if named else None, sealed=np.zeros(100, dtype=bool))


def test_marks_for_other_rows_are_a_mistake_of_the_caller():
    keys, strata, sealed = table(100)
    with pytest.raises(ValueError, match="100 marks for 99 rows"):
        propose(rows(99), sealed, keys, strata, policy=POLICY)


# ---------------------------------------------------------------- time
def in_time(count, *, shuffle=0, **more):
    order = np.random.default_rng(shuffle).permutation(count)
    times = hours(count)[order]
    sealed = more.pop("sealed", times >= hours(count)[int(0.85 * count)])
    return times, split(count, times=times, sealed=sealed, **more)


def test_time_makes_three_forward_windows():
    times, made = in_time(2000)
    assert (made.split.kind, len(made.split.folds)) == ("temporal", 3)
    ends = []
    for fold in made.split.folds:
        assert times[fold.train].max() < times[fold.validation].min()
        assert len(fold.validation) == 300  # 15 % of all rows
        ends.append(times[fold.validation].max())
    assert ends == sorted(ends)
    assert ends[-1] < times[made.split.sealed].min()
    assert gate(made, "split.time").status == "pass"
    assert len(made.split.folds[0].train) == 800


def test_rows_whose_outcome_was_not_known_yet_are_purged_at_every_border():
    times, made = in_time(2000, horizon_us=48 * HOUR)
    gap = np.timedelta64(48, "h")
    for fold in made.split.folds:
        assert times[fold.validation].min() - times[fold.train].max() >= gap
    first_sealed = times[made.split.sealed].min()
    assert first_sealed - times[made.split.work].max() >= gap
    purged = next(f for f in made.report.findings if f.rule == "split.purged")
    assert purged.evidence.startswith("47 rows")


def test_numeric_times_count_their_horizon_in_seconds():
    times = np.arange(2000.0)
    made = split(2000, times=times, sealed=times >= 1700, horizon_us=20e6)
    for fold in made.split.folds:
        assert times[fold.validation].min() - times[fold.train].max() == 20
    assert made.split.intervals["sealed"] == ("1700.0", "1999.0")


def test_rows_of_one_moment_stay_on_one_side():
    times = np.repeat(hours(50), 40)
    made = split(2000, times=times, sealed=times >= hours(50)[43])
    for fold in made.split.folds:
        assert not set(times[fold.train].tolist()) & set(times[fold.validation].tolist())


def test_rows_set_aside_are_in_no_part():
    aside = np.arange(2000) >= 1900
    times = hours(2000)
    made = split(2000, times=times, sealed=(times >= hours(2000)[1600]) & ~aside, aside=aside)
    for part in (made.split.work, made.split.sealed, *(f.train for f in made.split.folds)):
        assert not aside[part].any()
    said = next(f for f in made.report.findings if f.rule == "split.aside")
    assert said.evidence.startswith("100 rows")
    plain = split(2000, aside=aside)
    assert not aside[plain.split.work].any()


def test_rows_without_a_time_are_trained_on_and_never_answered():
    times = hours(2000)
    times[::50] = np.datetime64("NaT")
    made = split(2000, times=times, sealed=times >= hours(2000)[1700])
    for fold in made.split.folds:
        assert np.isnat(times[fold.train]).sum() == 40
        assert not np.isnat(times[fold.validation]).any()
    assert [f.rule for f in made.report.findings] == ["split.time-missing"]


def test_groups_that_return_go_by_time_and_it_is_said_how_many_do():
    groups = (np.arange(2000) % 100).astype(np.uint64)
    groups[1990:] = 500
    _, made = in_time(2000, groups=groups)
    assert made.split.kind == "temporal"
    assert len(np.unique(made.split.units)) == 101
    assert made.report.facts["groups_returning"] > 0.9
    assert gate(made, "split.units").status == "pass"
    assert any("Groups may return" in getattr(b, "text", "") for b in made.report.sections[0].blocks)


def test_new_groups_go_before_time():
    groups = (np.arange(2000) % 100).astype(np.uint64)
    made = split(2000, times=hours(2000), groups=groups, returning=False, sealed=groups % 7 == 0)
    assert made.split.kind == "group"
    assert gate(made, "split.time").status == "not-run"
    assert made.split.intervals["train"][0] < made.split.intervals["train"][1]


def test_coarse_times_make_fewer_windows_and_hopeless_ones_none():
    times = np.repeat(hours(3), [800, 900, 300])
    made = split(2000, times=times, sealed=times == hours(3)[2])
    assert (made.split.kind, len(made.split.folds)) == ("temporal", 1)
    same = np.repeat(hours(2), [1700, 300])
    made = split(2000, times=same, sealed=same == hours(2)[1])
    assert made.split.kind == "stratified"
    assert [(f.rule, f.level) for f in made.report.findings] == [("split.time", "warn")]


def test_a_supplied_test_that_is_not_later_than_the_data_is_refused():
    times = hours(2000)
    mixed = split(2000, times=times, sealed=np.arange(2000) % 7 == 0, supplied=True)
    assert mixed.split.kind == "supplied"
    assert gate(mixed, "split.time").status == "refused"
    assert "--test" in gate(mixed, "split.time").advice
    later = split(2000, times=times, sealed=np.arange(2000) >= 1700, supplied=True)
    assert gate(later, "split.time").status == "pass"
    assert later.split.reason.startswith("your own test file is sealed")


def test_groups_that_also_occur_in_a_supplied_test_are_left_to_the_audit():
    groups = (np.arange(2000) % 100).astype(np.uint64)
    sealed = np.arange(2000) >= 1700
    assert gate(split(2000, groups=groups, sealed=sealed, supplied=True), "split.units").status == "pass"
    assert gate(split(2000, groups=groups, sealed=sealed), "split.units").value == 100


def test_the_intervals_of_the_parts_are_told():
    _, made = in_time(2000)
    spans = made.split.intervals
    assert spans["sealed"] == ("2024-03-11T20:00:00", "2024-03-24T07:00:00")
    assert spans["train"][0] == "2024-01-01"
    assert spans["train"][1] < spans["validation"][1] < spans["sealed"][0]
    assert split(2000).split.intervals == {}
