"""A later value is told from an earlier one by names and by where the gaps are."""

import numpy as np
import polars as pl
import pytest

from tests.phases.audit.tables import audited, finding, gate, leaks, put

RNG = np.random.default_rng(0)
SHOPS, DAYS = 20, 40
SHOP, DAY = np.repeat(np.arange(SHOPS), DAYS), np.tile(np.arange(DAYS), SHOPS)
N = SHOPS * DAYS
X = RNG.normal(size=(SHOPS, DAYS)).cumsum(1).round(2).ravel()
FRAME = pl.DataFrame(
    {
        "shop_id": [f"shop {s}" for s in SHOP],
        "at": np.datetime64("2024-01-01", "us") + DAY * np.timedelta64(1, "D"),
        "x": X,
        "z": RNG.normal(size=N),
        "w": RNG.integers(0, 5, N),
        "y": np.where(X + RNG.normal(0, 4, N) > 0, "up", "down"),
    }
)
ROLES = {"time": "at", "group": "shop_id"}
LATE, SOME = DAY > 33, RNG.random(N) < 0.15


def moved(name, by, source="x"):
    """The table with a column shifted within the shop; its gaps where the run begins (lag) or ends (lead)."""
    return FRAME.with_columns(pl.col(source).shift(by).over("shop_id").alias(name))


@pytest.mark.parametrize("sealed", [None, SOME], ids=["none", "some"])
@pytest.mark.parametrize("steps", [1, 7])
def test_a_lead_whose_gaps_are_seen_stops_whatever_its_name(steps, sealed):
    report = audited(moved("q", -steps), sealed=sealed, **ROLES)
    assert leaks(report) == [("leak.later", "block", ("q",))]
    assert gate(report, "later").status == "refused"
    assert "within each shop_id" in finding(report, "leak.later").evidence


@pytest.mark.parametrize("name", ["next_x", "x_ahead", "xTomorrow", "x_shifted"])
def test_a_lead_stops_by_its_name_where_the_ends_are_sealed(name):
    assert leaks(audited(moved(name, -1), sealed=LATE, **ROLES)) == [("leak.later", "block", (name,))]


def test_a_lead_of_which_nothing_tells_is_a_warning():
    assert leaks(audited(moved("q", -1), sealed=LATE, **ROLES)) == [("leak.later", "warn", ("q",))]


def test_groups_that_nobody_declared_are_found_by_their_name():
    assert ("leak.later", "block", ("q",)) in leaks(audited(moved("q", -1), sealed=SOME, time="at"))


def test_in_the_order_of_a_file_that_may_not_run_with_time_it_is_a_warning():
    frame = moved("x_next", -1).drop("at")
    assert leaks(audited(frame, sealed=SOME)) == [("leak.later", "warn", ("x_next",))]


@pytest.mark.parametrize("sealed", [None, SOME, LATE], ids=["none", "some", "late"])
@pytest.mark.parametrize("steps", [1, 7])
def test_lags_are_honest(steps, sealed):
    assert leaks(audited(moved("q", steps), sealed=sealed, **ROLES)) == []
    filled = moved("q", steps).with_columns(pl.col("q").fill_null(0.0))
    assert leaks(audited(filled, sealed=sealed, **ROLES)) == []


@pytest.mark.parametrize("name", ["x_lag1", "previous_x", "x1", "last week"])
def test_lags_without_their_first_rows_are_honest_by_their_name(name):
    assert leaks(audited(moved(name, 1).drop_nulls(), **ROLES)) == []


def test_windows_of_many_lags_are_honest():
    frame = FRAME.drop("x")
    for k in range(4):
        frame = put(frame, **{f"v{k}": np.roll(X, k)})
    assert leaks(audited(frame.filter(pl.Series(DAY > 4)), **ROLES)) == []
    names = frame.rename({"v0": "a", "v1": "b", "v2": "c", "v3": "d"})
    assert leaks(audited(names.filter(pl.Series(DAY > 4)), **ROLES)) == []


def test_a_later_value_of_the_target_stops_and_an_earlier_one_does_not():
    assert ("leak.later", "block", ("q",)) in leaks(audited(moved("q", -1, "y"), sealed=LATE, **ROLES))
    assert leaks(audited(moved("q", 1, "y"), sealed=LATE, **ROLES)) == []


def test_columns_that_hardly_change_say_nothing():
    slow = put(FRAME, slow=SHOP.astype(float), still=(SHOP * 2 + (DAY > 20)).astype(float))
    assert leaks(audited(slow.with_columns(n=pl.col("still").shift(-1).over("shop_id")), **ROLES)) == []


def test_a_column_that_is_declared_known_before_is_left_alone():
    assert leaks(audited(moved("next_x", -1), available={"next_x": "before"}, **ROLES)) == []


def test_both_columns_are_drawn_row_by_row():
    titles = [getattr(b, "title", "") for b in audited(moved("next_x", -1), **ROLES).sections[0].blocks]
    assert "next_x and x, row by row" in titles
