"""Windows go forward, and a time column is guessed only where it is plain."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.policy import Policy
from ownproof.phases.split import guess_time
from ownproof.phases.split.windows import before, forward
from tests.typed_tables import INPUTS, customers, typed

POLICY = Policy()
DAY = np.datetime64("2024-01-01", "us")


@settings(max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=4, max_size=60), st.integers(0, 2**32), st.integers(0, 5))
def test_every_window_is_answered_from_its_past_alone(counts, seed, gap_days):
    times = np.repeat(DAY + np.arange(len(counts)).astype("m8[D]"), counts)
    times = np.random.default_rng(seed).permutation(times)
    folds = forward(times, np.arange(len(times)), share=0.18, horizon_us=gap_days * 86400e6, least=2)
    for fold in folds:
        gap = times[fold.validation].min() - times[fold.train].max()
        assert gap >= max(np.timedelta64(gap_days, "D"), np.timedelta64(1, "us"))
    ends = [times[f.validation].max() for f in folds]
    for one, other in pairwise(folds):
        assert times[one.validation].max() < times[other.validation].min()
    assert not ends or ends[-1] == times.max()


def test_what_is_known_by_a_moment_includes_rows_without_one():
    times = np.array([1.0, 2.0, 3.0, np.nan])
    assert before(times, 3.0, 0).tolist() == [True, True, False, True]
    assert before(times, 3.0, 1e6).tolist() == [True, True, False, True]
    assert before(times, 3.0, 1.5e6).tolist() == [True, False, False, True]


def guessed(frame, **roles):
    return guess_time(typed(frame, target="churn", **roles), INPUTS, policy=POLICY)


def dated(**names):
    """Customers with columns of dates: shuffled unless `True`."""
    frame = customers(600).drop("joined")
    rng = np.random.default_rng(3)
    for name, in_order in names.items():
        times = DAY + np.sort(rng.integers(0, 500 * 86400, 600)).astype("m8[s]")
        frame = frame.with_columns(pl.Series(name, times if in_order else rng.permutation(times)))
    return frame


@pytest.mark.parametrize("name", ["created_at", "orderDate", "timestamp", "date", "EVENT_TIME"])
def test_a_name_that_says_so_makes_a_time_column(name):
    guess = guessed(dated(**{name: False}))
    assert guess.column == name
    assert "name" in guess.reason
    assert (guess.findings[0].rule, guess.findings[0].level) == ("split.time-guessed", "ok")
    assert f"--time {name}" in guess.findings[0].advice


def test_rows_that_lie_in_the_order_of_a_column_make_it_one():
    guess = guessed(dated(x17=True))
    assert guess.column == "x17"
    assert "the rows lie in its order" in guess.reason
    assert guessed(dated(x17=True)[::-1]).column == "x17"


@pytest.mark.parametrize("name", ["birth_date", "dob", "expiryDate", "due_date", "updated_at", "contract_end_date"])
@pytest.mark.parametrize("in_order", [True, False])
def test_births_expiries_and_what_is_known_later_are_no_order(name, in_order):
    guess = guessed(dated(**{name: in_order}))
    assert guess.column is None
    assert (guess.findings[0].rule, guess.findings[0].level, guess.findings[0].columns) == (
        "split.time-unclear",
        "ok",
        (name,),
    )


def test_a_nameless_unordered_date_is_only_mentioned():
    guess = guessed(dated(x17=False))
    assert guess.column is None
    assert guess.findings[0].advice == "if one does, say so: --time x17"


def test_of_two_names_neither_is_chosen_unless_the_rows_lie_in_the_order_of_one():
    guess = guessed(dated(created=False, submitted=False))
    assert guess.column is None
    assert guess.findings[0].columns == ("created", "submitted")
    assert guessed(dated(created=False, submitted=True)).column == "submitted"
    assert guessed(dated(created=True, submitted=True)).column is None


def test_a_birth_beside_a_time_does_not_confuse():
    assert guessed(dated(birth_date=False, created_at=False)).column == "created_at"


@pytest.mark.parametrize(
    "times",
    [
        np.where(np.arange(600) % 2 == 0, DAY, DAY + np.timedelta64(1, "D")),  # two moments
        np.where(np.arange(600) % 5 == 0, np.datetime64("NaT"), DAY + np.arange(600).astype("m8[h]")),  # many missing
        np.r_[DAY + np.arange(200).astype("m8[h]"), np.repeat(DAY + np.timedelta64(999, "h"), 400)],  # no latest 15 %
    ],
)
def test_a_column_that_could_not_part_off_the_latest_rows_is_not_chosen(times):
    frame = customers(600).drop("joined").with_columns(pl.Series("created_at", times.astype("datetime64[us]")))
    assert guessed(frame).column is None


def test_a_table_without_dates_has_nothing_to_say():
    guess = guessed(customers(300).drop("joined"))
    assert (guess.column, guess.reason, guess.findings) == (None, "", ())


def test_columns_with_another_role_are_left_alone():
    assert guessed(dated(created_at=False), drop=("created_at",)).findings == ()


def test_of_very_many_rows_the_last_windows_are_enough():
    times = DAY + np.arange(400).astype("m8[h]")
    three, two = (forward(times, np.arange(400), share=0.15, most=most) for most in (3, 2))
    assert (len(three), len(two)) == (3, 2)
    for one, other in zip(three[1:], two, strict=True):
        assert one.train.tolist() == other.train.tolist()
        assert one.validation.tolist() == other.validation.tolist()
