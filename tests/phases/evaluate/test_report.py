import json
import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.prediction import Predictions
from ownproof.core.report import blocks_from_json, blocks_to_json, plain
from ownproof.core.target import Operating
from ownproof.core.task import Costs, Wishes
from ownproof.phases.evaluate import Contender, evaluate
from tests.phases.evaluate.contests import (
    LABELS,
    NUMBERS,
    POLICY,
    PRICE,
    TWO,
    constant,
    dataset,
    findings,
    gate,
    hard,
    judge,
    late,
    scored,
    two,
)

TRUTH = late(1000)
GOOD, FAIR, NOTHING = scored(TRUTH, 2.5), scored(TRUTH, 1.5, seed=2), constant(1000)


def test_a_model_that_ranks_is_better_than_a_constant_of_auc_one_half():
    report = judge(TRUTH, GOOD, NOTHING)
    verdict = report.facts["verdict"]
    assert (verdict.word, verdict.metric, verdict.value) == ("BETTER", "roc_auc", 0.5)
    assert verdict.worthwhile == pytest.approx(0.05 * 0.5)
    assert verdict.gain == pytest.approx(verdict.model - 0.5)
    assert verdict.low < verdict.gain < verdict.high
    assert gate(report, "evaluate.baseline").status == "pass"
    assert not report.refused


def test_a_model_as_good_as_the_baseline_is_refused():
    twin = two(np.log(FAIR.raw[:, 1] / FAIR.raw[:, 0]) + 0.05 * np.random.default_rng(9).normal(size=1000))
    report = judge(TRUTH, twin, FAIR)
    assert report.facts["verdict"].word == "NOT BETTER"
    found = gate(report, "evaluate.baseline")
    assert found.status == "refused"
    assert found.advice
    assert found.interval[1] < found.threshold


def test_too_little_evidence_cannot_tell_and_says_how_much_would():
    truth = np.r_[np.ones(12, int), np.zeros(28, int)]
    report = judge(truth, scored(truth, 1.2), scored(truth, 0.9, seed=5))
    verdict, found = report.facts["verdict"], gate(report, "evaluate.baseline")
    assert verdict.word == "CANNOT TELL"
    assert found.status == "inconclusive"
    assert verdict.units_needed > 40
    assert f"{verdict.units_needed:,} rows" in found.advice


@pytest.mark.parametrize("predictions", [GOOD, FAIR, hard(TRUTH)])
def test_equal_answers_are_never_better(predictions):
    verdict = judge(TRUTH, predictions, predictions).facts["verdict"]
    assert (verdict.word, verdict.gain, verdict.different) == ("CANNOT TELL", 0.0, 0)
    assert verdict.units_needed is None


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 60), st.booleans())
def test_equal_answers_are_never_better_whatever_they_are(seed, n, numbers):
    draw = np.random.default_rng(seed)
    if numbers:
        answers = Predictions(draw.normal(size=n))
        report = judge(draw.normal(size=n), answers, answers, task=PRICE, target=NUMBERS)
    else:
        truth = np.r_[0, 1, draw.integers(0, 2, n - 2)]
        answers = two(draw.normal(size=n).round(1))
        report = judge(truth, answers, answers)
    assert report.facts["verdict"].word == "CANNOT TELL"


def test_the_same_arguments_give_the_same_report():
    assert plain(judge(TRUTH, GOOD, FAIR).facts) == plain(judge(TRUTH, GOOD, FAIR).facts)


@pytest.mark.parametrize("where", ["model", "baseline"])
def test_one_answer_that_is_no_number_stops_everything(where):
    broken = Predictions(GOOD.raw.copy())
    broken.raw[3, 1] = np.nan
    report = judge(TRUTH, broken, NOTHING) if where == "model" else judge(TRUTH, GOOD, broken)
    found = gate(report, "evaluate.finite")
    assert found.status == "refused"
    assert "1 of 1,000 rows" in found.advice
    assert gate(report, "evaluate.baseline").status == "not-run"
    assert report.facts["verdict"] is None


def test_an_infinite_truth_or_weight_stops_everything():
    truth = np.r_[np.inf, np.arange(99.0)]
    answers = Predictions(np.zeros(100))
    assert judge(truth, answers, answers, task=PRICE, target=NUMBERS).refused
    weights = np.r_[np.nan, np.ones(999)]
    assert "the weights" in judge(TRUTH, GOOD, NOTHING, weights=weights).refused[0].advice


def test_a_metric_that_is_undefined_on_the_rows_stops_everything():
    report = judge(np.zeros(50, dtype=np.int64), constant(50), constant(50))
    assert report.refused[0].id == "evaluate.finite"
    assert "ROC AUC is undefined" in report.refused[0].advice


def test_another_model_that_is_broken_is_left_out():
    broken = Predictions(np.full((1000, 2), np.nan))
    report = judge(TRUTH, GOOD, NOTHING, others=[("catboost", broken), ("linear", FAIR)])
    assert [r["name"] for r in report.facts["ranking"]] == ["lightgbm", "majority", "linear"]


def test_lengths_that_do_not_match_are_named():
    with pytest.raises(ValueError, match=r"units has 7; majority has 9"):
        evaluate(dataset(TRUTH), np.arange(7), TWO, LABELS, model=Contender("lightgbm", GOOD),
                 baseline=Contender("majority", constant(9)), evidence="supplied", level=0.95, policy=POLICY, seed=1)  # fmt: skip


def test_against_a_hard_rule_f1_is_compared_at_its_alert_rate():
    draw = np.random.default_rng(4)
    rule = hard(draw.random(1000) < 0.1 + 0.4 * TRUTH)
    report = judge(TRUTH, GOOD, rule)
    verdict = report.facts["verdict"]
    rate = rule.raw[:, 1].mean()
    threshold = np.quantile(GOOD.raw[:, 1], 1 - rate)
    alert = GOOD.raw[:, 1] >= threshold
    assert verdict.metric == "f1"
    assert verdict.model == pytest.approx(2 * (alert & (TRUTH == 1)).sum() / (alert.sum() + TRUTH.sum()), abs=0.01)
    assert "alert rate" in report.facts["terms"]["why"]


def test_a_constant_rule_counts_as_guessing():
    verdict = judge(TRUTH, GOOD, hard(np.zeros(1000))).facts["verdict"]
    assert (verdict.metric, verdict.value) == ("roc_auc", 0.5)


def test_with_costs_a_rule_is_compared_in_money_and_less_is_better():
    task = replace(TWO, costs=Costs(fp=1.0, fn=10.0))
    verdict = judge(TRUTH, GOOD, hard(np.zeros(1000)), task=task).facts["verdict"]
    assert verdict.metric == "cost"
    assert verdict.value == pytest.approx(10.0 * TRUTH.mean())
    assert verdict.gain == pytest.approx(verdict.value - verdict.model)
    assert verdict.word == "BETTER"


def test_answers_without_probabilities_are_judged_as_decisions():
    report = judge(TRUTH, hard(GOOD.raw[:, 1] > 0.5), NOTHING, evidence="supplied")
    verdict = report.facts["verdict"]
    share = TRUTH.mean()
    assert (verdict.metric, verdict.word) == ("f1", "BETTER")
    assert verdict.value == pytest.approx(2 * share / (1 + share))  # the best a constant decider does: all positive
    assert "roc_auc" not in report.facts["metrics"]


def test_numbers_are_compared_by_rmse_where_less_is_better():
    draw = np.random.default_rng(0)
    x = draw.normal(size=400)
    truth = 3 * x + draw.normal(size=400)
    report = judge(truth, Predictions(3 * x), Predictions(np.full(400, truth.mean())), task=PRICE, target=NUMBERS)
    verdict = report.facts["verdict"]
    assert (verdict.word, verdict.metric) == ("BETTER", "rmse")
    assert verdict.worthwhile == pytest.approx(0.02 * verdict.value)


def test_a_worthwhile_gain_of_ones_own_counts_for_its_own_metric_only():
    assert judge(TRUTH, GOOD, NOTHING, task=replace(TWO, worthwhile=0.2)).facts["verdict"].worthwhile == 0.2
    ruled = judge(TRUTH, GOOD, hard(GOOD.raw[:, 1] > 0.6), task=replace(TWO, worthwhile=0.2))
    assert ruled.facts["verdict"].worthwhile != 0.2


def test_units_not_rows_are_counted_and_resampled():
    tenfold = np.repeat(np.arange(100), 10)
    truth = np.repeat(late(100, share=0.4), 10)
    model, baseline = Predictions(np.repeat(scored(truth[::10], 1.5).raw, 10, axis=0)), constant(1000)
    apart, together = judge(truth, model, baseline), judge(truth, model, baseline, units=tenfold)
    assert (apart.facts["verdict"].units, together.facts["verdict"].units) == (1000, 100)
    wide, narrow = together.facts["verdict"], apart.facts["verdict"]
    assert wide.high - wide.low > 2.5 * (narrow.high - narrow.low)


def test_weights_count():
    heavy = np.where(np.arange(1000) < 500, 3.0, 1.0)
    whole = judge(np.r_[TRUTH, TRUTH[:500], TRUTH[:500]], Predictions(np.r_[GOOD.raw, GOOD.raw[:500], GOOD.raw[:500]]),
                  constant(2000)).facts["verdict"]  # fmt: skip
    assert judge(TRUTH, GOOD, NOTHING, weights=heavy).facts["verdict"].model == pytest.approx(whole.model)


def test_sealed_evidence_has_gates_of_its_own_and_its_own_level():
    report = judge(TRUTH, GOOD, NOTHING, evidence="sealed", level=0.96)
    assert gate(report, "prove.baseline").status == "pass"
    wider, usual = report.facts["verdict"], judge(TRUTH, GOOD, NOTHING).facts["verdict"]
    assert wider.level == 0.96
    assert wider.high - wider.low > usual.high - usual.low


def test_a_model_no_better_than_a_linear_one_is_told_so():
    (fine,) = findings(judge(TRUTH, GOOD, NOTHING, others=[("linear", FAIR)]), "baseline.linear")
    assert (fine.level, fine.advice) == ("ok", "")
    (poor,) = findings(judge(TRUTH, FAIR, NOTHING, others=[("linear", GOOD)]), "baseline.linear")
    assert poor.level == "warn"
    assert "not better than a linear model" in poor.evidence
    assert "--learners linear" in poor.advice


def test_everything_a_report_holds_can_be_written_and_drawn_again():
    report = judge(TRUTH, GOOD, NOTHING, others=[("linear", FAIR)], slices={"region=a": np.arange(1000) % 2 == 0})
    facts = json.loads(json.dumps(plain(report.facts), allow_nan=False))
    assert set(facts["metrics"]["roc_auc"]) == {"value", "low", "high"}
    assert facts["operating"]["threshold"] == report.facts["operating"].threshold
    assert facts["baseline"]["name"] == "majority"
    written = json.loads(json.dumps(blocks_to_json(report.sections), allow_nan=False))
    assert blocks_to_json(blocks_from_json(written)) == written


def test_every_metric_of_the_task_has_an_interval():
    metrics = judge(TRUTH, GOOD, NOTHING).facts["metrics"]
    assert {"roc_auc", "average_precision", "f1", "precision", "recall", "log_loss", "brier"} <= set(metrics)
    assert all(m.low <= m.value <= m.high for m in metrics.values())


@pytest.mark.slow
@pytest.mark.parametrize(("spread", "level"), [(1.0, "ok"), (1.6, "warn")])
def test_intervals_that_surely_hold_less_than_they_promise_are_accused(spread, level):
    draw = np.random.default_rng(5)
    rows, answers = np.arange(800), draw.normal(size=800)
    task = NUMBERS.task(pl.Series("price", answers), Wishes(interval=0.9))
    noise = draw.normal(size=800)
    point = NUMBERS.bounded(
        answers + noise, Predictions(answers), np.ones(800), task, operating=Operating(), units=rows, windows=0 * rows
    )
    truth = answers + spread * draw.normal(size=800)
    report = evaluate(
        dataset(truth), rows, task, NUMBERS, model=Contender("m", Predictions(answers), point),
        baseline=Contender("mean", Predictions(np.zeros(800))), evidence="sealed", level=0.96, policy=POLICY, seed=0,
    )  # fmt: skip
    (found,) = findings(report, "coverage")
    assert found.level == level
    assert found.value == report.facts["metrics"]["coverage"].value


def test_what_is_only_shown_and_does_not_apply_is_left_out():
    truth = np.random.default_rng(6).normal(size=200)
    task = NUMBERS.task(pl.Series("price", truth), Wishes(interval=0.9))
    report = judge(truth, Predictions(truth), Predictions(np.zeros(200)), task=task, target=NUMBERS)
    assert "rmse" in report.facts["metrics"]
    assert "coverage" not in report.facts["metrics"]


def test_no_gain_is_called_better_at_most_one_time_in_forty():
    calls = []
    for seed in range(400):
        truth = late(300, seed=seed, share=0.3)
        shared = 1.0 * truth + np.random.default_rng(seed).normal(size=300)
        model, baseline = (two(shared + np.random.default_rng(10_000 + 2 * seed + i).normal(size=300)) for i in (0, 1))
        calls.append(
            judge(truth, model, baseline, policy=replace(POLICY, resamples=100)).facts["verdict"].word == "BETTER"
        )
    assert np.mean(calls) <= 0.025 + 1.64 * math.sqrt(0.025 * 0.975 / 400)
