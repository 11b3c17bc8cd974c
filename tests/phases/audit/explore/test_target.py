"""The target's chapter shows its balance or its distribution, and says what is rare or skewed."""

import numpy as np
import polars as pl

from ownproof.core.report import Chart, Grid
from tests.phases.audit.tables import audited, finding, loans, prices, put

RNG = np.random.default_rng(7)


def chapter(report):
    return next(s for s in report.sections if s.id == "target")


def chart(report):
    return next(b for b in chapter(report).blocks if isinstance(b, Chart))


def test_the_balance_of_a_label():
    report = audited(loans(share=0.25))
    said = finding(report, "quality.balance")
    assert (said.level, said.value) == ("ok", 0.25)
    assert "75.0% of 600 rows are good, 25.0% are bad" in said.evidence
    assert chart(report).series[0].x == ("good", "bad")
    assert chart(report).series[0].y == (450.0, 150.0)


def test_a_class_of_few_rows_is_named():
    y = np.array(["common"] * 500 + ["seldom"] * 19 + ["usual"] * 81)
    report = audited(put(loans(), y=y))
    said = finding(report, "quality.rare-class")
    assert (said.level, said.value) == ("warn", 1.0)
    assert "seldom (19)" in said.evidence
    assert not [f for f in audited(loans()).findings if f.rule == "quality.rare-class"]


def test_the_distribution_of_a_number():
    report = audited(prices())
    drawn = chart(report)
    assert drawn.form == "columns"
    assert sum(drawn.series[0].y) == 600
    table = next(b for b in chapter(report).blocks if isinstance(b, Grid))
    assert "median" in table.columns


def test_a_skewed_number_is_said_and_an_even_one_is_not():
    skewed = put(prices(), y=RNG.lognormal(3, 1.5, 600))
    assert finding(audited(skewed), "quality.skew").value > 2
    even = put(prices(), y=RNG.normal(100, 5, 600))
    assert not [f for f in audited(even).findings if f.rule == "quality.skew"]


def test_sealed_rows_are_not_counted():
    frame = pl.concat([loans(300), loans(300, seed=8).with_columns(y=pl.lit("bad"))])
    report = audited(frame, sealed=np.arange(600) >= 300)
    assert "of 300 rows" in finding(report, "quality.balance").evidence
