"""Missing cells and far values are counted, and said where they matter."""

import numpy as np
import polars as pl
import pytest

from ownproof.core.report import Chart, Grid, Note
from tests.phases.audit.tables import audited, finding, is_bad, loans, prices, put

RNG = np.random.default_rng(8)


def chapter(report, name):
    return next((s for s in report.sections if s.id == name), None)


def holed(values, where):
    return [None if gap else v for v, gap in zip(list(values), where, strict=True)]


def test_missing_cells_are_counted_column_by_column():
    frame = loans().drop("holed")
    report = audited(
        put(frame, a=holed(RNG.normal(size=600), np.arange(600) < 60), b=holed(["x"] * 599 + ["y"], np.arange(600) < 6))
    )
    said = finding(report, "quality.missing")
    assert (said.level, said.columns) == ("ok", ("a", "b"))
    assert said.value == pytest.approx(66 / (7 * 600))
    drawn = next(b for b in chapter(report, "missing").blocks if isinstance(b, Chart))
    assert drawn.series[0].y == (0.1, 0.01)


def test_a_table_without_gaps_says_so():
    report = audited(loans().drop("holed"))
    assert isinstance(chapter(report, "missing").blocks[0], Note)
    assert not [f for f in report.findings if f.rule == "quality.missing"]


def test_a_column_that_is_hardly_there_is_a_warning():
    report = audited(put(loans(), thin=holed(RNG.normal(size=600), np.arange(600) % 50 > 0)))
    warned = [f for f in report.findings if f.rule == "quality.missing" and f.level == "warn"]
    assert [f.columns for f in warned] == [("thin",)]


def test_gaps_that_go_with_the_target_are_said():
    frame = loans()
    where = RNG.random(600) < np.where(is_bad(frame), 0.6, 0.1)
    report = audited(put(frame, told=holed(RNG.normal(size=600), where)))
    said = [f for f in report.findings if f.rule == "quality.missing" and f.columns == ("told",)]
    assert [f.level for f in said] == ["ok"]
    assert "goes with y" in said[0].evidence
    numbers = prices()
    high = numbers["y"].to_numpy() > np.median(numbers["y"].to_numpy())
    report = audited(put(numbers, told=holed(RNG.normal(size=600), RNG.random(600) < np.where(high, 0.6, 0.1))))
    assert [f.columns for f in report.findings if f.rule == "quality.missing"] == [("told",), ("told",)]


def test_far_values_are_counted_beyond_three_quartile_ranges():
    values = np.arange(600) % 100 * 1.0
    values[:3] = [9999, 9999, -5000]
    report = audited(put(loans(), odd=values).drop("income"))
    grid = chapter(report, "outliers").blocks[0]
    assert isinstance(grid, Grid)
    row = next(r for r in grid.rows if r[0] == "odd")
    assert row[1:4] == (1, 2, 3 / 600)
    assert row[-2:] == (-5000.0, 9999.0)
    assert finding(report, "quality.outliers").columns == ("odd",)


def test_a_table_without_far_values_has_no_chapter_on_them():
    frame = pl.DataFrame(
        {"a": RNG.uniform(size=300), "b": RNG.uniform(size=300), "y": np.where(RNG.random(300) < 0.5, "u", "v")}
    )
    assert chapter(audited(frame), "outliers") is None
