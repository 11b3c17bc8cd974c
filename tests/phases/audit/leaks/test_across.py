"""What lies on both sides of a split that was handed in."""

import numpy as np
import polars as pl
import pytest

from ownproof.phases.audit.leaks.across import duplicates, twins
from tests.phases.audit.tables import audited, finding, gate, leaks, loans, put

RNG = np.random.default_rng(4)


def halves(first, second):
    """Two tables under one another, and the rows of the second."""
    return pl.concat([first, second]), np.r_[np.zeros(len(first), bool), np.ones(len(second), bool)]


def handed_in(first, second, **more):
    frame, mask = halves(first, second)
    return audited(frame, sealed=mask, supplied=True, **more)


def test_a_split_without_equal_rows_passes():
    report = handed_in(loans(800), loans(200, seed=9))
    assert leaks(report) == []
    assert (gate(report, "duplicates").status, gate(report, "duplicates").value) == ("pass", 0)
    assert gate(report, "group-overlap").status == "not-run"
    assert gate(report, "time-overlap").status == "not-run"


def test_training_rows_that_lie_in_the_test_stop():
    train = loans(800)
    report = handed_in(train, pl.concat([loans(160, seed=9), train[:40]]))
    assert leaks(report) == [("leak.duplicates", "block", ())]
    assert "40 of 200 rows" in finding(report, "leak.duplicates").evidence
    assert finding(report, "leak.duplicates").value == 0.2
    assert gate(report, "duplicates").status == "refused"


def test_rows_that_repeat_in_each_side_as_much_are_no_leak():
    whole = loans(1000)
    whole = pl.concat([whole, whole[:60]]).sample(1060, shuffle=True, seed=2)
    report = handed_in(whole[:800], whole[800:])
    assert leaks(report) == []
    assert finding(report, "quality.duplicates").value > 0


def test_a_table_of_few_levels_repeats_by_chance():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        frame = pl.DataFrame({f"answer_{i}": rng.integers(0, 3, 1500) for i in range(5)}).with_columns(
            pl.Series("y", rng.choice(["yes", "no"], 1500))
        )
        assert leaks(handed_in(frame[:1200], frame[1200:])) == []


def test_equal_rows_are_weighed_against_the_repeats_by_hand():
    keys = np.array([1, 1, 2, 2, 3, 4, 5, 6], dtype=np.uint64)
    second = np.array([0, 1, 0, 0, 0, 1, 1, 1], dtype=bool)
    found = twins(keys, second)
    assert (found.repeated, found.both, found.rows) == (2, 1, 1)
    assert found.expected == pytest.approx(2 * (1 - 0.25 - 0.25))
    assert found.chance == pytest.approx(0.75)  # at least one of two, each with one half
    assert duplicates(found, 4).level == "ok"
    assert duplicates(twins(np.arange(8, dtype=np.uint64), second), 4) is None


def test_the_tool_s_own_seal_keeps_equal_rows_apart_and_says_nothing():
    train = loans(800)
    frame, mask = halves(train, train[:40])
    report = audited(frame, sealed=mask)
    assert leaks(report) == []
    assert gate(report, "duplicates").status == "not-run"
    assert gate(audited(loans(), sealed=np.arange(600) < 90), "duplicates").status == "pass"


# ---------------------------------------------------------------- groups
def grouped(groups, rows=600):
    return put(loans(rows), customer=np.array([f"customer {g}" for g in groups]))


def test_a_group_on_both_sides_stops():
    frame = grouped(np.arange(600) // 4)
    apart = audited(frame, sealed=np.arange(600) >= 500, supplied=True, group="customer")
    assert leaks(apart) == []
    assert (gate(apart, "group-overlap").status, gate(apart, "group-overlap").value) == ("pass", 0)
    report = audited(frame, sealed=np.arange(600) >= 498, supplied=True, group="customer")
    assert leaks(report) == [("leak.group-overlap", "block", ())]
    assert "1 of the 26 groups" in finding(report, "leak.group-overlap").evidence
    assert "--groups returning" in gate(report, "group-overlap").advice


def test_groups_that_may_return_are_only_said():
    frame = grouped(np.arange(600) % 50)
    report = audited(frame, sealed=np.arange(600) >= 500, supplied=True, returning=True, group="customer")
    assert leaks(report) == []
    assert finding(report, "leak.group-overlap").level == "ok"
    assert gate(report, "group-overlap").status == "pass"


def test_groups_of_the_own_seal_are_not_accused():
    frame = grouped(np.arange(600) % 50)
    report = audited(frame, sealed=np.arange(600) >= 500, group="customer")
    assert leaks(report) == []
    assert gate(report, "group-overlap").status == "not-run"


def test_rows_without_a_group_are_no_group():
    names = [f"customer {i // 4}" if i % 5 else None for i in range(600)]
    frame = loans().with_columns(pl.Series("customer", names))
    assert leaks(audited(frame, sealed=np.arange(600) >= 500, supplied=True, group="customer")) == []


# ---------------------------------------------------------------- time
def dated(rows=600, *, step="1h"):
    hours = {"1h": 1, "1d": 24}[step]
    at = np.datetime64("2024-01-01", "us") + (np.arange(rows) * hours * 3600 * 10**6).astype("m8[us]")
    return put(loans(rows), at=at)


def test_a_test_of_later_rows_passes_and_a_shuffled_one_stops():
    frame = dated()
    later = audited(frame, sealed=np.arange(600) >= 500, supplied=True, time="at")
    assert (leaks(later), gate(later, "time-overlap").value) == ([], 0)
    mixed = audited(frame, sealed=RNG.random(600) < 0.2, supplied=True, time="at")
    assert leaks(mixed) == [("leak.time-overlap", "block", ())]
    assert gate(mixed, "time-overlap").status == "refused"


def test_a_day_that_is_cut_in_two_is_a_warning():
    frame = dated().with_columns(pl.col("at").dt.truncate("1d"))
    report = audited(frame, sealed=np.arange(600) >= 500, supplied=True, time="at")
    assert leaks(report) == [("leak.time-overlap", "warn", ())]
    assert "20 of 500 training rows" in finding(report, "leak.time-overlap").evidence
    assert gate(report, "time-overlap").status == "pass"


def test_a_split_by_groups_may_overlap_in_time_with_a_warning():
    frame = put(dated(), customer=np.array([f"c{i % 60}" for i in range(600)]))
    report = audited(frame, sealed=np.arange(600) % 60 >= 50, supplied=True, time="at", group="customer")
    assert leaks(report) == [("leak.time-overlap", "warn", ())]


def test_rows_without_a_time_do_not_count():
    frame = dated().with_columns(at=pl.when(pl.int_range(pl.len()) % 7 == 0).then(None).otherwise(pl.col("at")))
    assert leaks(audited(frame, sealed=np.arange(600) >= 500, supplied=True, time="at")) == []


def test_rows_may_be_ordered_by_numbers():
    frame = put(loans(), year=2000.0 + np.arange(600) // 20)
    assert (
        leaks(audited(frame, sealed=np.arange(600) >= 500, supplied=True, time="year", kinds={"year": "number"})) == []
    )
    report = audited(frame, sealed=np.arange(600) < 100, supplied=True, time="year", kinds={"year": "number"})
    assert leaks(report) == [("leak.time-overlap", "block", ())]
