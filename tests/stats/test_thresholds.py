"""From a score to a decision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from ownproof.stats import thresholds
from ownproof.stats.thresholds import Costs

rows = st.lists(st.tuples(st.integers(0, 1), st.integers(-4, 4), st.integers(0, 3)), min_size=1, max_size=20).map(
    lambda r: tuple(map(np.array, zip(*r, strict=True)))
)


def by_force(truth, score, value, weight):
    cuts = [score.max() + 1, *np.unique(score)[::-1]]
    worths = [thresholds.worth_at(truth, score >= c, value, weight)[0] for c in cuts]
    return np.nanmin(worths) if isinstance(value, Costs) else np.nanmax(worths)


@given(rows, st.sampled_from(["f1", Costs(fp=5, fn=100), Costs(tp=-3, fp=1, tn=-0.5, fn=2)]))
def test_the_best_threshold_is_the_best_of_all_that_there_are(case, value):
    truth, score, weight = case
    best = thresholds.best_threshold(truth, score, value, weight)
    if weight.sum() == 0 or (value == "f1" and weight[truth == 1].sum() == 0 and np.isnan(best.value)):
        assert np.isnan(best.threshold)
        return
    assert best.value == pytest.approx(by_force(truth, score, value, weight))
    assert thresholds.worth_at(truth, score >= best.threshold, value, weight)[0] == pytest.approx(best.value)


def test_f1_of_decisions_agrees_with_the_oracle():
    draw = np.random.default_rng(0)
    truth, said, weight = draw.integers(0, 2, 100), draw.integers(0, 2, 100), draw.random(100)
    assert thresholds.worth_at(truth, said, "f1", weight)[0] == pytest.approx(
        oracle.f1_score(truth, said, sample_weight=weight)
    )


def test_cost_worked_by_hand():
    # one hit, one false alarm, one quiet right, one miss
    assert thresholds.worth_at([1, 0, 0, 1], [1, 1, 0, 0], Costs(fp=5, fn=100)).tolist() == [26.25]


def test_a_dear_miss_lowers_and_a_dear_alarm_raises_the_threshold():
    draw = np.random.default_rng(1)
    proba = draw.random(4000)
    truth = draw.random(4000) < proba
    low = thresholds.best_threshold(truth, proba, Costs(fp=1, fn=9)).threshold
    high = thresholds.best_threshold(truth, proba, Costs(fp=9, fn=1)).threshold
    assert low == pytest.approx(0.1, abs=0.06)  # the theory of costs: fp / (fp + fn)
    assert high == pytest.approx(0.9, abs=0.06)


def test_the_threshold_lies_between_two_scores_so_that_rounding_flips_nobody():
    draw = np.random.default_rng(2)
    score = draw.random(500)
    truth = draw.random(500) < score
    cut = thresholds.best_threshold(truth, score).threshold
    assert ((score >= cut) == (score.astype(np.float32).astype(np.float64) >= cut)).all()


def test_when_alarms_only_cost_nobody_is_called_and_when_misses_only_cost_everybody():
    truth, score = [0, 1, 0], [0.2, 0.5, 1.0]
    assert thresholds.best_threshold(truth, score, Costs(fp=1)).threshold > 1.0
    assert thresholds.best_threshold(truth, score, Costs(tn=1, fn=1)).threshold < 0.2


def test_resamples_give_a_threshold_each():
    draw = np.random.default_rng(3)
    truth, score = draw.integers(0, 2, 300), draw.random(300)
    table = draw.integers(0, 3, (50, 300))
    many, worth = thresholds.best_thresholds(truth, score, "f1", table)
    one = [thresholds.best_threshold(truth, score, "f1", w) for w in table]
    np.testing.assert_allclose(many, [o.threshold for o in one])
    np.testing.assert_allclose(worth, [o.value for o in one])


def test_the_curve_holds_the_figures_of_each_threshold_and_is_thin():
    draw = np.random.default_rng(4)
    score = draw.random(3000)
    truth = (draw.random(3000) < score).astype(int)
    curve = thresholds.threshold_curve(truth, score, Costs(fp=1, fn=3))
    assert 150 < len(curve.threshold) <= 200
    assert (np.diff(curve.threshold) < 0).all()
    said = score >= curve.threshold[70]
    assert curve.precision[70] == pytest.approx(oracle.precision_score(truth, said))
    assert curve.recall[70] == pytest.approx(oracle.recall_score(truth, said))
    assert curve.f1[70] == pytest.approx(oracle.f1_score(truth, said))
    assert curve.alert_rate[70] == pytest.approx(said.mean())
    assert curve.cost[70] == pytest.approx(thresholds.worth_at(truth, said, Costs(fp=1, fn=3))[0])
    assert curve.alert_rate[-1] == 1.0
    assert np.isnan(thresholds.threshold_curve(truth, score).cost).all()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.floats(0, 1))
def test_the_alert_rate_is_the_nearest_that_ties_allow(values, rate):
    score = np.array(values, dtype=float)
    cut = thresholds.threshold_at_alert_rate(score, rate)
    reachable = [(score >= c).mean() for c in [*np.unique(score), np.inf]]
    assert abs((score >= cut).mean() - rate) == pytest.approx(min(abs(r - rate) for r in reachable))


def test_nothing_to_choose_from_is_unknown():
    assert np.isnan(thresholds.best_threshold([], [], "f1").threshold)
    assert np.isnan(thresholds.threshold_at_alert_rate([], 0.2))
    assert np.isnan(thresholds.best_threshold([0, 1], [np.nan, 1.0], "f1").value)
