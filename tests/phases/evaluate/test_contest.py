from dataclasses import replace

import numpy as np
import pytest

from ownproof.core.prediction import Predictions
from ownproof.core.target import Metric, Operating, Terms
from ownproof.phases.evaluate.contest import (
    Ask,
    Contender,
    Rows,
    Sampled,
    Size,
    bagged,
    gained,
    judged,
    sample,
    tails,
    unique,
    worthwhile,
)
from tests.phases.evaluate.contests import LABELS, NUMBERS, POLICY, PRICE, TWO, late, scored

TRUTH = late(300)
ROWS = Rows(TRUTH, np.ones(300), np.arange(300), TRUTH)
TALLY = LABELS.tally(TRUTH, scored(TRUTH, 2.0), TWO, Operating(0.5))


def sampled(ask, rows=ROWS):
    return sample({"it": ask}, rows, LABELS, TWO, policy=POLICY, seed=1)["it"]


def test_all_metrics_are_sampled_together_around_their_points():
    found = sampled(Ask(TALLY, ("roc_auc", "f1")))
    assert set(found) == {"roc_auc", "f1"}
    assert all(len(s.values) == POLICY.resamples for s in found.values())
    assert found["roc_auc"].values.mean() == pytest.approx(found["roc_auc"].point, abs=0.01)


def test_asks_see_the_same_resamples():
    asks = {"a": Ask(TALLY, ("accuracy",)), "b": Ask(TALLY.copy(), ("accuracy",))}
    found = sample(asks, ROWS, LABELS, TWO, policy=POLICY, seed=1)
    assert np.array_equal(found["a"]["accuracy"].values, found["b"]["accuracy"].values)


def test_a_part_is_measured_on_its_own_rows():
    mask = np.arange(300) < 150
    part, alone = (
        sampled(Ask(TALLY, ("accuracy",), mask)),
        LABELS.score(TALLY[mask], np.ones((1, 150)), TWO, ["accuracy"]),
    )
    assert part["accuracy"].point == alone["accuracy"][0]


def test_weights_of_the_data_multiply_the_resamples():
    silent = Rows(TRUTH, np.where(np.arange(300) < 150, 1.0, 0.0), np.arange(300), TRUTH)
    mask = np.arange(300) < 150
    assert (
        sampled(Ask(TALLY, ("accuracy",)), silent)["accuracy"].point
        == sampled(Ask(TALLY, ("accuracy",), mask))["accuracy"].point
    )


def test_a_metric_between_classes_rests_on_the_rarer_one():
    strata = np.r_[np.ones(10, int), np.zeros(90, int)]
    rows = Rows(strata, np.ones(100), np.arange(100), strata)
    assert rows.size(Metric("accuracy")) == Size(100, 100.0)
    assert rows.size(Metric("roc_auc", between=True)) == Size(100, 18.0)
    assert rows.size(Metric("roc_auc", between=True), strata == 0) == Size(90, 90.0)


def test_units_are_counted_once():
    rows = Rows(np.zeros(4), np.ones(4), np.array([7, 7, 9, 9]), np.zeros(4, int))
    assert rows.unit_count == 2
    assert rows.units_where(np.array([True, True, False, False])) == 1


def test_a_gain_is_paired_resample_by_resample():
    model, baseline = Sampled(2.0, np.array([2.0, 3.0])), Sampled(3.0, np.array([2.5, 3.5]))
    found = gained(Metric("rmse", greater=False), model, baseline)
    assert found.point == 1.0
    assert found.values.tolist() == [0.5, 0.5]


def test_what_is_worth_having_follows_the_kind_of_metric():
    assert worthwhile(TWO, Metric("roc_auc"), 0.8, POLICY) == pytest.approx(0.01)
    assert worthwhile(TWO, Metric("rmse", share=False, greater=False), 50.0, POLICY) == pytest.approx(1.0)


def test_answers_that_hardly_differ_need_more_units_before_they_count_as_equal():
    values = np.random.default_rng(0).normal(0.0, 1e-4, 200)
    figures = (Sampled(0.8, 0.8 + values), Sampled(0.8001, np.full(200, 0.8001)))
    found = judged(Terms("accuracy", Operating(), Operating()), Metric("accuracy"), figures, name="rule",
                   size=Size(500, 500.0), different=5, task=TWO, level=0.95, policy=POLICY)  # fmt: skip
    assert found.word == "CANNOT TELL"
    assert found.units_needed == 1000


def test_names_are_kept_once_in_order():
    assert unique(["b", "a", "b"]) == ("b", "a")


def test_beyond_so_many_units_some_stand_for_all_and_those_of_a_small_part_for_themselves():
    truth = late(6000, share=0.05)
    rows = Rows(truth, np.ones(6000), np.arange(6000), truth)
    tally = LABELS.tally(truth, scored(truth, 1.5), TWO, Operating(0.5))
    small = np.arange(6000) % 60 == 0
    asks = {"all": Ask(tally, ("roc_auc", "accuracy")), "part": Ask(tally, ("accuracy",), small)}
    whole, some = (
        sample(asks, rows, LABELS, TWO, policy=replace(POLICY, bag_units=units), seed=1) for units in (10_000, 1500)
    )
    assert bagged(rows, POLICY) is None
    kept = bagged(rows, replace(POLICY, bag_units=1500), parts=[small])
    assert len(kept.rows) == 1500
    assert small[kept.rows].sum() == small.sum()
    for key, name in (("all", "roc_auc"), ("all", "accuracy"), ("part", "accuracy")):
        assert some[key][name].point == whole[key][name].point
        assert some[key][name].values.std() == pytest.approx(whole[key][name].values.std(), rel=0.2)


def test_where_tails_are_heavy_the_worst_rows_are_never_missing_from_the_bag():
    draw = np.random.default_rng(4)
    truth = draw.standard_t(2.5, 20_000)
    rows = Rows(truth, np.ones(20_000), draw.permutation(20_000), NUMBERS.strata(truth, PRICE))
    one = Contender("model", Predictions(np.zeros(20_000)))
    few = replace(POLICY, bag_units=2000)
    (worst,) = tails([one], rows, NUMBERS, PRICE, policy=few)
    assert np.abs(truth[worst]).min() > np.quantile(np.abs(truth), 0.98)
    assert tails([one], rows, NUMBERS, PRICE, policy=replace(few, bag_units=20_000)) == []
    ask = {"it": Ask(NUMBERS.tally(truth, one.predictions, PRICE, Operating()), ("rmse",))}
    whole, some = (
        sample(ask, rows, NUMBERS, PRICE, policy=policy, seed=1, apart=apart)["it"]["rmse"].values.std()
        for policy, apart in ((replace(POLICY, bag_units=20_000), []), (few, [worst]))
    )
    assert some == pytest.approx(whole, rel=0.2)
