"""What orders rows is a moment or a number, and reads back from text exactly."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from ownproof.core.dataset import Dataset
from ownproof.core.moments import missing, moments, spell
from ownproof.core.schema import Column, Schema
from ownproof.errors import InputError


def held(series):
    return Dataset(series.to_frame("t").lazy(), Schema((Column("t", "moment", "time"),)), "x", len(series))


def test_dates_and_moments_become_microseconds_in_utc():
    zoned = pl.Series([dt.datetime(2024, 7, 1, 2), None]).dt.replace_time_zone("Europe/Zurich")
    assert moments(held(zoned), "t")[0] == np.datetime64("2024-07-01T00:00:00", "us")
    for series in (
        pl.Series([dt.date(2024, 7, 1), None]),
        pl.Series([dt.datetime(2024, 7, 1), None], dtype=pl.Datetime("ns")),
    ):
        times = moments(held(series), "t")
        assert times.dtype == "datetime64[us]"
        assert times[0] == np.datetime64("2024-07-01", "us")
        assert missing(times).tolist() == [False, True]


def test_numbers_order_rows_as_well():
    times = moments(held(pl.Series([2013, None, 2011])), "t")
    assert times[[0, 2]].tolist() == [2013.0, 2011.0]
    assert missing(times).tolist() == [False, True, False]


def test_a_column_of_texts_has_no_order():
    with pytest.raises(InputError, match="'t' has no order in time") as caught:
        moments(held(pl.Series(["a", "b"])), "t")
    assert caught.value.where == "--time"


@pytest.mark.parametrize(
    "text", ["2024-07-01", "2024-07-01T10:30:00", "2024-07-01T10:30:00.000001", "1969-12-31T23:59:59"]
)
def test_a_spelt_moment_reads_back(text):
    moment = np.datetime64(text, "us")
    assert np.datetime64(spell(moment), "us") == moment
    assert spell(moment) == text


@pytest.mark.parametrize("number", [2013.0, 0.1, -5e300])
def test_a_spelt_number_reads_back(number):
    assert float(spell(np.float64(number))) == number
