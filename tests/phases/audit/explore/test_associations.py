"""The map of columns: every pair, the strongest columns, the target last; twins are named."""

import numpy as np
import polars as pl
import pytest

from ownproof.core.report import Chart
from ownproof.stats.association import correlation_ratio, cramers_v, ranks, spearman
from tests.phases.audit.tables import audited, loans, prices, put

RNG = np.random.default_rng(9)


def heat(report):
    chapter = next(s for s in report.sections if s.id == "associations")
    return next(b for b in chapter.blocks if isinstance(b, Chart))


def cell(chart, row, column):
    series = next(s for s in chart.series if s.name == row)
    return series.y[series.x.index(column)]


def test_every_pair_is_measured_by_what_the_two_are():
    frame = put(prices(), blend=prices()["size"].to_numpy() + RNG.normal(0, 20, 600))
    chart = heat(audited(frame))
    assert cell(chart, "size", "blend") == pytest.approx(spearman(frame["size"].to_numpy(), frame["blend"].to_numpy()))
    zone = np.unique(frame["zone"].to_numpy(), return_inverse=True)[1]
    assert cell(chart, "zone", "y") == pytest.approx(correlation_ratio(zone, ranks(frame["y"].to_numpy())))
    assert cell(chart, "size", "blend") == cell(chart, "blend", "size")
    assert cell(chart, "size", "size") == 1.0


def test_two_columns_of_levels():
    frame = put(loans(), district=np.where(RNG.random(600) < 0.7, loans()["town"].to_numpy(), "elsewhere"))
    chart = heat(audited(frame))
    a, b = (np.unique(frame[c].to_numpy(), return_inverse=True)[1] for c in ("town", "district"))
    assert cell(chart, "town", "district") == pytest.approx(cramers_v(a, b))


def test_the_target_is_the_last_row_and_at_most_twenty_columns_stand_above_it():
    frame = put(loans(), **{f"n{i}": RNG.normal(size=600) for i in range(40)})
    chart = heat(audited(frame))
    assert len(chart.series) == 21
    assert chart.series[-1].name == "y"
    assert "income" in chart.series[0].x


def test_columns_that_say_the_same_are_named_once():
    frame = loans()
    twins = put(
        frame,
        canton=np.char.add("canton of ", frame["town"].to_numpy().astype(str)),
        cents=frame["income"].to_numpy() * 100,
    )
    said = {f.columns for f in audited(twins).findings if f.rule == "quality.redundant"}
    assert said == {("canton", "town"), ("cents", "income")}


def test_a_finer_column_is_not_the_same_as_a_coarser_one():
    town = loans()["town"].to_numpy()
    finer = np.where(town == "Bern", np.where(RNG.random(600) < 0.5, "Bern north", "Bern south"), town)
    assert not [f for f in audited(put(loans(), finer=finer)).findings if f.rule == "quality.redundant"]


def test_one_column_alone_has_no_map():
    report = audited(pl.DataFrame({"a": RNG.normal(size=200), "y": np.where(RNG.random(200) < 0.5, "u", "v")}))
    assert not [s for s in report.sections if s.id == "associations"]
