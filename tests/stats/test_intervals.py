"""Intervals: bootstrap over units and closed forms, and the verdict that they lead to."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from bench import verdict_simulation
from hypothesis import given
from hypothesis import strategies as st

from ownproof.stats import intervals
from ownproof.stats.curves import roc_auc
from ownproof.stats.numbers import rmse
from ownproof.stats.weights import mean


def chunks(units, resamples, seed):
    return np.concatenate(list(intervals.resample_counts(units, resamples, seed)))


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30), st.integers(1, 20), st.integers(0, 99))
def test_rows_of_a_unit_move_together_and_as_many_units_are_drawn_as_there_are(units, resamples, seed):
    counts = chunks(units, resamples, seed)
    assert counts.shape == (resamples, len(units))
    codes, first = np.unique(units, return_index=True)
    assert (counts[:, first].sum(axis=1) == len(codes)).all()
    for code in codes:
        assert (np.ptp(counts[:, np.array(units) == code], axis=1) == 0).all()


def test_the_same_seed_draws_the_same_whatever_the_chunks(monkeypatch):
    whole = chunks(np.arange(50) % 17, 40, 3)
    monkeypatch.setattr(intervals, "BLOCK_CELLS", 100)
    assert len(list(intervals.resample_counts(np.arange(50) % 17, 40, 3))) > 1
    np.testing.assert_array_equal(chunks(np.arange(50) % 17, 40, 3), whole)
    assert (chunks(np.arange(50) % 17, 40, 4) != whole).any()


def test_the_draws_are_these_on_every_machine():
    assert chunks(np.arange(8), 2, 42).tolist() == DRAWN


DRAWN = [[2, 0, 0, 2, 0, 2, 2, 0], [1, 1, 0, 0, 1, 2, 2, 1]]


def test_counts_are_those_of_drawing_with_replacement():
    counts = chunks(np.arange(40), 5000, 0)
    assert counts.mean() == 1.0
    assert counts.mean(axis=0) == pytest.approx(np.ones(40), abs=0.08)
    assert counts.var() == pytest.approx(1 - 1 / 40, abs=0.02)
    assert (counts == 0).mean() == pytest.approx((1 - 1 / 40) ** 40, abs=0.01)
    assert np.cov(counts[:, 0], counts[:, 1])[0, 1] == pytest.approx(-1 / 40, abs=0.04)


def test_no_rows_draw_nothing():
    assert list(intervals.resample_counts([], 5, 0)) == []
    assert np.isnan(intervals.bootstrap(lambda w: w.sum(axis=1), [], 5, 0)).all()


def test_the_interval_of_a_mean_is_students():
    values = np.random.default_rng(0).normal(size=60)
    seen = intervals.interval(
        intervals.bootstrap(lambda w: mean(values, w), np.arange(60), 20_000, 1), values.mean(), 0.95, 60
    )
    reach = 2.000995 * values.std(ddof=1) / math.sqrt(60)  # t of 59 degrees of freedom
    assert (seen.low, seen.high) == pytest.approx((values.mean() - reach, values.mean() + reach), rel=0.05)


def test_units_that_move_together_widen_the_interval():
    draw = np.random.default_rng(1)
    values = np.repeat(draw.normal(size=50), 20)
    lone, together = (
        intervals.bootstrap(lambda w: mean(values, w), units, 500, 2)
        for units in (np.arange(1000), np.repeat(np.arange(50), 20))
    )
    assert together.std() / lone.std() == pytest.approx(math.sqrt(20), rel=0.15)


def test_a_share_stays_within_0_and_1_and_a_size_above_0():
    values = np.linspace(0.9, 1.0, 101)
    share = intervals.interval(values, 0.97, 0.95, 20, scale="share")
    assert 0 < share.low < 0.97 < share.high < 1
    assert share.high - 0.97 < 0.97 - share.low
    size = intervals.interval(np.linspace(0.1, 6.0, 101), 2.0, 0.95, 10, scale="positive")
    assert 0 < size.low < 2.0 < size.high
    assert size.high / 2.0 == pytest.approx(2.0 / size.low)


def test_a_perfect_score_is_no_certainty():
    perfect = intervals.interval(np.ones(500), 1.0, 0.95, 100, scale="share", carrying=18.0)
    assert perfect.high == 1.0
    assert perfect.low == intervals.wilson(18, 18).low < 0.83
    assert intervals.interval(np.zeros(500), 0.0, 0.95, 50, scale="share").high == pytest.approx(0.0713, abs=1e-3)


@pytest.mark.parametrize(
    ("values", "point", "units"),
    [([], 0.5, 50), ([np.nan] * 9 + [0.5] * 4, 0.5, 50), ([0.5] * 10, 0.5, 1), ([0.5] * 10, math.nan, 50)],
)
def test_too_little_is_unknown(values, point, units):
    seen = intervals.interval(values, point, 0.95, units)
    assert math.isnan(seen.low)
    assert math.isnan(seen.high)


def test_a_higher_level_is_wider_and_fewer_carrying_units_too():
    values = np.random.default_rng(3).normal(size=500)
    widths = [intervals.interval(values, 0.0, level, 50).high for level in (0.8, 0.95, 0.995)]
    assert widths == sorted(widths)
    assert intervals.interval(values, 0.0, 0.95, 50, carrying=9.0).high > widths[1]


def test_wilsons_interval_is_the_printed_one():
    # Newcombe 1998, table I, method 3: 81/263, 15/148, 0/20, 1/29
    for hit, n, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        seen = intervals.wilson(hit, n)
        assert (seen.low, seen.high) == pytest.approx((low, high), abs=5e-5)
    assert math.isnan(intervals.wilson(0, 0).low)


def test_several_intervals_share_the_error():
    assert intervals.bonferroni(0.95, 10) == pytest.approx(0.995)
    assert intervals.bonferroni(0.95, 0) == 0.95


def test_many_units_need_fewer_resamples():
    assert intervals.resamples_for(10_000) == 1000
    assert intervals.resamples_for(50_000) == 400
    assert intervals.resamples_for(50_001) == 200
    assert intervals.resamples_for(10**6, 100) == 100


def test_the_harmonic_count_of_the_rarer_class():
    assert intervals.carrying_units([50, 50]) == 50.0
    assert intervals.carrying_units([3, 0]) == 0.0
    assert intervals.carrying_units([]) == 0.0


def covered(draw_one, truth, rounds, n, **how):
    hits = 0
    for r in range(rounds):
        statistic, carrying = draw_one(np.random.default_rng([n, r]), n)
        values = intervals.bootstrap(statistic, np.arange(n), 200, r)
        seen = intervals.interval(values, float(statistic(None)[0]), 0.95, n, carrying=carrying, **how)
        hits += seen.low <= truth <= seen.high
    return hits / rounds


def test_an_auc_on_few_positives_is_covered():
    shift = math.sqrt(2) * NormalDist().inv_cdf(0.9)

    def one(draw, n):
        truth = draw.random(n) < 0.1
        score = shift * truth + draw.normal(size=n)
        return (lambda w: roc_auc(truth, score, w)), intervals.carrying_units([truth.sum(), n - truth.sum()])

    assert 0.91 <= covered(one, 0.9, 300, 200, scale="share") <= 0.98


def test_an_rmse_is_covered():
    def one(draw, n):
        errors = draw.normal(size=n)
        return (lambda w: rmse(np.zeros(n), errors, w)), None

    assert 0.91 <= covered(one, 1.0, 300, 150, scale="positive") <= 0.98


@pytest.mark.parametrize("case", verdict_simulation.CASES, ids=lambda c: c.name)
def test_with_no_gain_the_verdict_is_seldom_better_and_the_interval_covers(case):
    out = verdict_simulation.simulate(case, 250, 0.0, rounds=160, resamples=150, seed=5)
    assert out.better <= 0.057  # 2.5 % and its chance of one in a hundred
    assert 0.9 <= out.cover <= 0.99


def test_a_gain_of_twice_the_worthwhile_is_seen_with_enough_rows():
    case = verdict_simulation.CASES[1]
    pilot = verdict_simulation.simulate(case, 1000, 2 * case.worthwhile, rounds=20, resamples=200, seed=6)
    n = verdict_simulation.enough(case, 1000, pilot.error)
    assert 500 < n < 20_000
    out = verdict_simulation.simulate(case, n, 2 * case.worthwhile, rounds=50, resamples=150, seed=7)
    assert out.better >= 0.65  # 80 % and its chance of one in a hundred
    assert out.not_better == 0.0
