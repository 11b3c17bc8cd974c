"""A mean of the target that knows the row itself is told from one that does not."""

import numpy as np
import polars as pl
import pytest

from ownproof.phases.audit.leaks.aggregate import closeness, means_of
from tests.phases.audit.tables import audited, finding, gate, leaks, put


def towns(seed, *, levels, number=False, rows=3000):
    """A table with a town, what each town's answers come from, and what they came to."""
    rng = np.random.default_rng(seed)
    town, x = rng.integers(0, levels, rows), rng.normal(size=rows)
    level = rng.normal(100, 30, levels) if number else rng.beta(2, 4, levels)
    y = level[town] * rng.lognormal(0, 0.5, rows) if number else (rng.random(rows) < level[town])
    frame = pl.DataFrame(
        {"x": x + (0.003 if number else 0.5) * y, "town": [f"town {t}" for t in town], "c": rng.integers(0, 9, rows)}
    )
    frame = put(frame, y=y.round(1) if number else np.where(y, "yes", "no"))
    mean = np.bincount(town, y, levels) / np.maximum(np.bincount(town, minlength=levels), 1)
    past = rng.normal(level, 5) if number else rng.binomial(300, level) / 300
    return frame, mean[town], level[town], past[town], rng.random(rows) < 0.15


@pytest.mark.parametrize("number", [False, True])
@pytest.mark.parametrize("levels", [60, 400])
def test_a_mean_over_all_rows_stops_even_when_some_of_them_are_sealed(levels, number):
    frame, mean, _, _, sealed = towns(1, levels=levels, number=number)
    report = audited(put(frame, rate=mean.round(6)), sealed=sealed)
    assert leaks(report) == [("leak.aggregate", "block", ("rate",))]
    assert gate(report, "aggregate").status == "refused"
    assert "--drop rate" in finding(report, "leak.aggregate").advice
    percent = audited(put(frame, rate=7 + 100 * mean), sealed=sealed)
    assert leaks(percent) == [("leak.aggregate", "block", ("rate",))]


@pytest.mark.parametrize("number", [False, True])
@pytest.mark.parametrize("levels", [12, 60, 400])
def test_the_true_level_and_the_rate_of_earlier_rows_are_honest(levels, number):
    for seed in range(3):
        frame, _, level, past, sealed = towns(seed, levels=levels, number=number)
        assert leaks(audited(put(frame, level=level, past=past), sealed=sealed)) == []


def test_a_mean_whose_groups_are_not_in_the_table_is_found_by_its_own_values():
    frame, mean, *_, sealed = towns(2, levels=100)
    report = audited(put(frame.drop("town"), rate=mean), sealed=sealed)
    assert leaks(report) == [("leak.aggregate", "block", ("rate",))]


def test_few_groups_are_no_certainty():
    frame, mean, *_, sealed = towns(2, levels=20, number=True)
    assert leaks(audited(put(frame, rate=mean), sealed=sealed)) == [("leak.aggregate", "warn", ("rate",))]


def test_a_mean_that_is_declared_known_before_is_left_alone():
    frame, mean, *_, sealed = towns(1, levels=60)
    assert leaks(audited(put(frame, rate=mean), sealed=sealed, available={"rate": "before"})) == []


def test_equal_shares_by_design_accuse_nobody():
    n = 2000
    person = np.arange(n) // 20
    frame = pl.DataFrame({"age": 20.0 + person % 50, "x": np.random.default_rng(0).normal(size=n)})
    assert leaks(audited(put(frame, y=np.where(np.arange(n) % 2, "left", "right")))) == []


def test_the_bound_is_no_smaller_than_how_often_chance_comes_so_close():
    """Honest values, small groups of yes and no: a chance of one in 100 is met by at most one in 100."""
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        level = rng.uniform(0.1, 0.9, 20)
        codes = np.repeat(np.arange(20), 6)
        y = (rng.random(120) < level[codes]).astype(float)
        means = means_of(codes, level[codes], y, discrete=True)
        close = closeness(means)
        hits += close is not None and close.log10_chance < -2
    assert hits <= 6


def test_the_means_are_drawn_against_the_column():
    frame, mean, *_ = towns(1, levels=60)
    titles = [getattr(b, "title", "") for b in audited(put(frame, rate=mean)).sections[0].blocks]
    assert "rate against the share of y = yes by group" in titles
