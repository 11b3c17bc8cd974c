"""Every column is listed with its usual values, and the most telling ones are drawn against the target."""

import numpy as np
import pytest

from ownproof.core.report import Chart
from tests.phases.audit.tables import audited, finding, is_bad, loans, prices, put

RNG = np.random.default_rng(10)


def chapter(report, name):
    return next(s for s in report.sections if s.id == name)


def row(report, name):
    grid = chapter(report, "columns").blocks[0]
    return dict(zip(grid.columns, next(r for r in grid.rows if r[0] == name), strict=True))


def test_the_list_has_every_column_in_the_order_of_the_data():
    frame = put(loans(), always=["x"] * 600)
    report = audited(frame, drop=("noise",))
    assert [r[0] for r in chapter(report, "columns").blocks[0].rows] == frame.columns
    assert row(report, "noise")["role"] == "drop"
    assert row(report, "noise")["usual values"] == ""
    assert row(report, "y")["role"] == "target"
    assert row(report, "holed")["missing share"] == pytest.approx(frame["holed"].null_count() / 600)


def test_usual_values_in_a_few_words():
    frame = put(loans(), flag=np.arange(600) % 4 == 0, whole=np.arange(600) % 5)
    report = audited(frame)
    assert row(report, "flag")["usual values"].startswith("false 75%, true 25%")
    assert row(report, "whole")["usual values"] == "2 (1 to 3)"
    assert "Bern" in row(report, "town")["usual values"]


def test_columns_that_say_nothing_are_named():
    report = audited(put(loans(), always=["x"] * 600, loan_id=RNG.permutation(600) + 7000))
    assert finding(report, "quality.constant").columns == ("always",)
    assert finding(report, "quality.identifier").columns == ("loan_id",)


def test_strengths_stand_in_order_and_idle_columns_are_left_out():
    report = audited(put(loans(), loan_id=RNG.permutation(600) + 7000))
    chart = chapter(report, "strength").blocks[0]
    values = chart.series[0].y
    assert list(values) == sorted(values, reverse=True)
    assert set(chart.series[0].x[:2]) == {"income", "grade"}
    assert "loan_id" not in chart.series[0].x
    assert chart.reference == "y=0.5"
    assert chapter(audited(prices()), "strength").blocks[0].reference == "y=0.0"


def titles(report):
    return [b.title for b in chapter(report, "distributions").blocks if isinstance(b, Chart)]


def test_a_column_of_numbers_is_drawn_class_by_class():
    report = audited(loans())
    chart = next(b for b in chapter(report, "distributions").blocks if b.title == "income")
    assert [s.name for s in chart.series] == ["good", "bad"]
    for series in chart.series:
        assert len(series.x) == len(series.y) + 1
        assert sum(series.y) == pytest.approx(1.0)


def test_a_column_of_levels_is_drawn_level_by_level():
    report = audited(loans())
    chart = next(b for b in chapter(report, "distributions").blocks if b.title == "grade")
    assert chart.series[0].x == ("1", "2", "3", "4", "5")
    frame = loans()
    share = float(((frame["grade"] == 5).to_numpy() & is_bad(frame)).sum() / is_bad(frame).sum())
    assert chart.series[1].y[4] == pytest.approx(share)


def test_against_a_number_the_mean_is_drawn():
    frame = prices()
    report = audited(frame)
    assert titles(report)[0] == "size"
    drawn = {b.title: b for b in chapter(report, "distributions").blocks}
    assert drawn["size"].form == "line"
    zones = drawn["zone"].series[0]
    mean = frame.filter(frame["zone"] == zones.x[0])["y"].mean()
    assert zones.y[0] == pytest.approx(mean)
