import datetime as dt
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.cells import as_json
from ownproof.inputs.moment import MomentInput
from ownproof.testing.input import check_input

KIND = MomentInput()


def recognised(cells):
    return KIND.recognise(pl.Series("x", cells))


def typed(cells, details=None):
    column = pl.Series("x", cells)
    details = KIND.recognise(column).details if details is None else details
    return column.to_frame().select(KIND.cast(pl.col("x"), details)).to_series().to_list()


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["2024-01-31", "2023-12-01"], ["iso"]),
        (["2024-01-31T10:00:00Z", "2023-12-01T10:00:00+02:00"], ["iso"]),
        (["31/01/2024", "01/02/2024"], ["d/m/y"]),
        (["01/31/2024", "02/01/2024"], ["m/d/y"]),
        (["31.1.24", "1.2.24"], ["d.m.y"]),
        (["3 Jan 2020", "14 February 2021"], ["d mon y"]),
        (["Jan 3, 2020", "February 14, 2021"], ["mon d y"]),
        (["20240131", "20231201", "20230105", "20221231", "20220101"], ["ymd"]),
        (["2024-01", "2024-02", "2023-12"], ["y-m"]),
    ],
)
def test_the_format_of_a_column_is_found(cells, formats):
    found = recognised(cells)
    assert found.confidence > 0.9
    assert found.details["formats"] == formats
    assert not found.findings


@pytest.mark.parametrize(
    "cells",
    [
        ["12.5", "13.7"],
        ["red", "blue"],
        ["1500000000", "1500000001"],
        ["12:30", "13:45"],
        ["1.2.3.4"],
        ["2024-13-45", "2024-99-99"],
        ["99999999", "12345678"],
        ["555-12-3456"],
    ],
)
def test_what_is_no_date_is_not_taken_for_one(cells):
    assert recognised(cells * 5).confidence == 0


def test_whole_numbers_are_dates_only_when_all_of_them_are():
    days = [20240101 + n for n in range(28)]
    assert recognised(days).confidence > 0.9
    assert typed(days)[0] == dt.datetime(2024, 1, 1)
    assert recognised([*days, 20241399]).confidence == 0
    assert recognised([1_600_000_000 + n for n in range(50)]).confidence == 0


def test_day_or_month_first_is_decided_by_the_days_above_twelve():
    assert typed(["03/04/2020", "25/12/2020"])[0] == dt.datetime(2020, 4, 3)
    assert typed(["03/04/2020", "12/25/2020"])[0] == dt.datetime(2020, 3, 4)


def test_day_or_month_first_is_decided_by_a_field_that_never_changes():
    firsts = [f"01/{m:02d}/2020" for m in range(1, 13)]
    found = recognised(firsts)
    assert (found.details["formats"], found.findings) == (["d/m/y"], ())
    assert recognised([f"{m:02d}/01/2020" for m in range(1, 13)]).details["formats"] == ["m/d/y"]


def test_when_nothing_decides_it_is_said():
    found = recognised(["01/02/2020", "03/04/2021", "05/06/2022"])
    assert [f.rule for f in found.findings] == ["quality.mixed-dates"]
    assert "nothing shows" in found.findings[0].evidence
    assert recognised(["01.02.2020", "03.04.2021", "05.06.2022"]).details["formats"] == ["d.m.y"]


def test_dates_that_contradict_each_other_are_counted():
    found = recognised(["13/01/2020"] * 8 + ["01/13/2020"] * 2 + ["03/04/2020"] * 5)
    assert found.details["formats"] == ["d/m/y", "m/d/y"]
    (finding, *_) = found.findings
    assert "8 dates can only be d/m/y, 2 only m/d/y; the 5 that fit both" in finding.evidence


def test_mixed_formats_are_counted():
    found = recognised(["2020-01-31"] * 6 + ["31.01.2020"] * 4)
    assert "iso (6), d.m.y (4)" in found.findings[0].evidence
    assert set(typed(["2020-01-31"] * 6 + ["31.01.2020"] * 4)) == {dt.datetime(2020, 1, 31)}


def test_a_zone_in_some_cells_only_is_said():
    found = recognised(["2020-01-31T10:00:00+02:00", "2020-01-31T10:00:00"])
    assert [f.rule for f in found.findings] == ["quality.mixed-zones"]
    assert typed(["2020-01-31T10:00:00+02:00", "2020-01-31T10:00:00"]) == [
        dt.datetime(2020, 1, 31, 8),
        dt.datetime(2020, 1, 31, 10),
    ]


def test_a_few_unreadable_cells_are_said_and_words_for_missing_are_not():
    found = recognised(["2020-01-31"] * 30 + ["soon", "NA", "NA"])
    assert [(f.rule, f.value) for f in found.findings] == [("quality.unreadable", 1)]
    assert found.details["missing"] == ["", "NA"]


def test_aware_columns_become_utc_and_dates_midnights():
    aware = pl.Series("x", [dt.datetime(2020, 7, 1, 12)]).dt.replace_time_zone("Europe/Berlin")
    out = aware.to_frame().select(KIND.cast(pl.col("x"), KIND.recognise(aware).details)).to_series()
    assert (out.dtype, out.to_list()) == (pl.Datetime("us"), [dt.datetime(2020, 7, 1, 10)])
    assert typed([dt.date(2020, 7, 1)]) == [dt.datetime(2020, 7, 1)]


def test_json_cells_are_texts_in_iso_or_the_columns_own_format():
    details = as_json({"cells": "text", "formats": ["d.m.y"], "missing": [""]})
    assert KIND.read("2.3.2020", details) == KIND.read("2020-03-02", details) == dt.datetime(2020, 3, 2)
    for wrong in (5, True, 1.5, ["2020"], "yesterday", "2020-02-30"):
        with pytest.raises(ValueError, match=r"date or time"):
            KIND.read(wrong, details)


def test_parts_that_do_not_vary_are_left_out_and_years_are_never_in():
    hours = pl.Series([dt.datetime(2020, 3, 2, h) for h in range(24)])
    assert KIND.fit_code(hours, {})["parts"] == ["hour"]
    years = pl.Series([dt.datetime(y, 3, 2) for y in (2015, 2016, 2020)])
    assert "month" not in KIND.fit_code(years, {})["parts"]
    code = KIND.fit_code(pl.Series([dt.datetime(2020, 1, 1), dt.datetime(2020, 12, 31, 5)]), {})
    assert KIND.one(code)(dt.datetime(1999, 12, 31, 7)) == [12, 31, 4, 7, 365]
    assert KIND.features(code, "t")[0].name == "t:month"


def test_elapsed_days_are_there_when_asked_for():
    column = pl.Series([dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 2, 12), None])
    code = KIND.fit_code(column, {"absolute": True})
    assert KIND.features(code, "t")[-1].name == "t:elapsed-days"
    assert KIND.encode(code, column)[:2, -1].tolist() == [0.0, 1.5]
    assert math.isnan(KIND.one(code)(None)[-1])


def test_a_later_span_is_no_drift_but_other_weekdays_are():
    def days(start, *weekdays):
        all_days = [start + dt.timedelta(days=n) for n in range(280)]
        return KIND.profile(pl.Series([d for d in all_days if d.weekday() in weekdays]))

    reference = days(dt.datetime(2020, 1, 1), 0, 1, 2, 3, 4)
    assert KIND.drift(reference, days(dt.datetime(2022, 1, 1), 0, 1, 2, 3, 4)).level == "ok"
    assert KIND.drift(reference, days(dt.datetime(2022, 1, 1), 5, 6)).level == "warn"


@given(st.lists(st.one_of(st.datetimes(), st.none()), min_size=1, max_size=30), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_column_of_moments_keeps_the_contract(cells, absolute):
    column = pl.Series("x", cells, dtype=pl.Datetime("us"))
    details = {"cells": "datetime", "absolute": absolute}
    typed_column = column.filter(
        column.dt.year().is_between(1700, 2200) | column.is_null()
    )  # keys are exact for 285 years around 1970
    if len(typed_column):
        check_input(MomentInput, typed_column, details)


@given(
    st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)), min_size=1, max_size=20),
    st.sampled_from(["%Y-%m-%d", "%d/%m/%Y %H:%M", "%d.%m.%y", "%d %b %Y", "%Y-%m-%dT%H:%M:%SZ"]),
)
@settings(max_examples=20, deadline=None)
def test_written_columns_keep_the_contract(moments, how):
    check_input(MomentInput, pl.Series("x", [m.strftime(how) for m in moments] + [None, "NA", "x"]))


def test_keys_are_microseconds():
    a, b = dt.datetime(2020, 1, 1, 0, 0, 0, 1), dt.datetime(2020, 1, 1, 0, 0, 0, 2)
    assert KIND.key(a) != KIND.key(b)
    assert len(np.unique(KIND.keys(pl.Series([a, b, None])))) == 3
