"""Label windows that reach over a split in time."""

import numpy as np
import polars as pl

from ownproof.phases.audit.leaks.horizon import hinted, reaching
from tests.phases.audit.tables import audited, finding, gate, leaks, loans, put

DAY = 86_400e6


def days(*numbers):
    return np.datetime64("2024-01-01", "us") + np.array(numbers) * np.timedelta64(1, "D")


def test_rows_within_the_horizon_before_the_test_are_counted_by_hand():
    times = days(0, 10, 20, 25, 30, 40)
    count, said = reaching(times, np.array([0, 0, 0, 0, 1, 1], bool), 10 * DAY)
    assert count == 1
    assert (said.rule, said.level, said.value) == ("leak.horizon", "block", 0.25)
    assert "2024-01-26" in said.evidence
    assert said.advice == "train on rows up to 2024-01-21 only"


def test_a_gap_as_long_as_the_horizon_is_enough():
    times = days(0, 10, 20, 30, 40)
    assert reaching(times, np.array([0, 0, 0, 1, 1], bool), 10 * DAY) == (0, None)


def test_times_that_are_numbers_count_in_their_own_unit():
    times = np.array([1.0, 2.0, 3.0, 4.0])
    assert reaching(times, np.array([0, 0, 0, 1], bool), 2e6)[0] == 1


def test_a_split_that_is_none_in_time_is_not_asked():
    times = days(0, 30, 10, 20)
    assert reaching(times, np.array([0, 0, 1, 1], bool), 10 * DAY) == (0, None)


def test_a_declared_window_over_a_split_in_time_stops_and_a_shorter_one_passes():
    frame = put(loans(1000), day=np.sort(np.datetime64("2024-01-01", "us") + np.arange(1000) * np.timedelta64(6, "h")))
    late = np.arange(1000) >= 800
    report = audited(frame, sealed=late, supplied=True, time="day", horizon_us=30 * DAY)
    assert leaks(report) == [("leak.horizon", "block", ())]
    assert gate(report, "horizon").status == "refused"
    assert "119 of 800" in finding(report, "leak.horizon").evidence
    apart = frame.filter(pl.Series((np.arange(1000) < 680) | late))
    report = audited(apart, sealed=np.arange(len(apart)) >= 680, supplied=True, time="day", horizon_us=30 * DAY)
    assert leaks(report) == []
    assert gate(report, "horizon").status == "pass"


def test_what_the_tool_sealed_itself_is_not_accused_because_the_split_purges_it():
    frame = put(loans(1000), day=np.datetime64("2024-01-01", "us") + np.arange(1000) * np.timedelta64(6, "h"))
    report = audited(frame, sealed=np.arange(1000) >= 850, time="day", horizon_us=30 * DAY)
    assert leaks(report) == []
    assert gate(report, "horizon").status == "not-run"


def test_the_name_of_a_target_that_speaks_of_a_window_is_a_hint_and_no_accusation():
    assert hinted("readmitted_within_4weeks", time="at").advice.endswith("--horizon 28d")
    assert hinted("sales_next_week", time="at").advice.endswith("--horizon 7d")
    assert hinted("late_24h", time="at").advice.endswith("--horizon 1d")
    assert hinted("next_best_offer", time="at") is None
    assert hinted("class_3", time="at") is None
    frame = put(loans(600), day=np.datetime64("2024-01-01", "us") + np.arange(600) * np.timedelta64(6, "h"))
    report = audited(frame.rename({"y": "default_90d"}), target="default_90d", time="day")
    assert finding(report, "leak.horizon").level == "ok"
    assert leaks(report) == []
