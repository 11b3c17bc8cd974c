import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.calendar import FORMATS, moment, moments


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("2024-02-29", "iso", (2024, 2, 29)),
        ("2024-02-29T23:59:59.123456789", "iso", (2024, 2, 29, 23, 59, 59, 123456)),
        ("2024-03-01 01:30+02:00", "iso", (2024, 2, 29, 23, 30)),
        ("2024-03-01T01:30:00Z", "iso", (2024, 3, 1, 1, 30)),
        ("31/12/99", "d/m/y", (1999, 12, 31)),
        ("12/31/68 12:05 am", "m/d/y", (2068, 12, 31, 0, 5)),
        ("1.2.2003, 12:05 PM", "d.m.y", (2003, 2, 1, 12, 5)),
        ("03-Apr-2020", "d mon y", (2020, 4, 3)),
        ("03/Apr/2020:10:11:12 -0700", "d mon y", (2020, 4, 3, 17, 11, 12)),
        ("Mon, 02 Jan 2006 15:04:05 GMT", "d mon y", (2006, 1, 2, 15, 4, 5)),
        ("September 1st, 2001", "mon d y", (2001, 9, 1)),
        ("Jan 2020", "mon y", (2020, 1, 1)),
        ("20240131", "ymd", (2024, 1, 31)),
        ("2024-07", "y-m", (2024, 7, 1)),
        ("2024/7/9 8:05", "y/m/d", (2024, 7, 9, 8, 5)),
    ],
)
def test_the_usual_spellings_are_read(text, name, wanted):
    assert moment(text, [name]) == dt.datetime(*wanted)
    assert moments(pl.Series([text]), [name]).to_list() == [dt.datetime(*wanted)]


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29",
        "2024-13-01",
        "2024-00-10",
        "0000-01-01",
        "2024-01-01T24:00",
        "2024-01-01T10:61",
        "2024-01-01T13:00 pm",
        "2024-01-01T00:10 am",
        "9999-12-31T23:00-02:00",
        "0001-01-01T01:00+02:00",
        "2024-01-01x",
        "٢٠٢٤-01-01",
        "",
    ],
)
def test_what_the_calendar_lacks_is_refused(text):
    with pytest.raises(ValueError, match="known format"):
        moment(text, ["iso"])
    assert moments(pl.Series([text]), ["iso"]).to_list() == [None]


def test_the_first_format_that_fits_is_taken():
    cells = pl.Series(["03/04/2020", "13/04/2020", "04/13/2020", None])
    assert moments(cells, ["m/d/y", "d/m/y"]).to_list() == [
        dt.datetime(2020, 3, 4),
        dt.datetime(2020, 4, 13),
        dt.datetime(2020, 4, 13),
        None,
    ]


two = st.integers(0, 60).map(lambda n: f"{n:02d}")
four = st.sampled_from(["0000", "0001", "1969", "2000", "2024", "9999", "99", "68", "69", "1900"])
month = st.sampled_from(["Jan", "february", "MAR", "Sept", "dec", "Mayor", "02", "2", "12"])
mark = st.sampled_from(["-", "/", ".", " ", ", ", ""])
clock = st.builds(
    lambda h, m, s, f, p, z: f"{h}:{m}{s}{f}{p}{z}",
    two,
    two,
    st.sampled_from(["", ":00", ":59", ":60"]),
    st.sampled_from(["", ".1", ",123456789"]),
    st.sampled_from(["", " am", "PM", " p.m."]),
    st.sampled_from(["", "Z", "+02:00", "-1130", " UTC", "+99"]),
)
date = st.one_of(
    st.builds("{}{}{}{}{}".format, four, mark, month, mark, two),
    st.builds("{}{}{}{}{}".format, two, mark, month, mark, four),
)
spelt = st.one_of(
    date,
    st.builds("{}{}{}".format, date, st.sampled_from(["T", " ", ":", ", "]), clock),
    st.text(st.sampled_from("0123456789-/.: TZamJn+"), max_size=20),
    st.datetimes().map(str),
    st.datetimes(timezones=st.just(dt.UTC)).map(lambda d: d.isoformat()),
    st.dates().map(str),
)


@given(
    st.lists(st.one_of(spelt, st.none()), min_size=1, max_size=30),
    st.lists(st.sampled_from(sorted(FORMATS)), min_size=1, max_size=3),
)
@settings(max_examples=150, deadline=None)
def test_a_column_and_a_cell_are_read_alike(cells, formats):
    column = moments(pl.Series("c", cells, dtype=pl.String), formats).to_list()
    for cell, found in zip(cells, column, strict=True):
        try:
            wanted = None if cell is None else moment(cell, formats)
        except ValueError:
            wanted = None
        assert found == wanted, cell
