from dataclasses import replace

import numpy as np
import pytest

from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.report import Chart, Note
from ownproof.core.task import Costs
from tests.phases.evaluate.contests import NUMBERS, PRICE, TWO, constant, hard, judge, late, scored

N = 1500
TRUTH = late(N, share=0.06)
GOOD = scored(TRUTH, 2.0)
PRICED = replace(TWO, costs=Costs(fp=5.0, fn=100.0))


def texts(report):
    (section,) = [s for s in report.sections if s.id == "worth"]
    return [b.text for b in section.blocks if isinstance(b, Note)], [b for b in section.blocks if isinstance(b, Chart)]


def test_money_is_told_for_both_sides_and_their_difference_with_intervals():
    report = judge(TRUTH, GOOD, constant(N, 0.06), task=PRICED)
    money = report.facts["money"]
    model, baseline, saved = (money[k] for k in ("model", "baseline", "saved"))
    assert saved["value"] == pytest.approx(baseline["value"] - model["value"])
    assert saved["low"] > 0
    assert model["low"] < model["value"] < model["high"]
    # by hand: at its own threshold the model pays 5 a false alarm and 100 a positive that it misses
    said = GOOD.raw[:, 1] >= report.facts["operating"].threshold
    by_hand = 1000 * (5 * (said & (TRUTH == 0)).mean() + 100 * (~said & (TRUTH == 1)).mean())
    assert model["value"] == pytest.approx(by_hand)
    # a constant that may choose calls everybody: 5 a row that is on time, and that is less than missing 6 % of 100
    assert baseline["value"] == pytest.approx(1000 * 5 * (TRUTH == 0).mean())
    notes, charts = texts(report)
    assert "less" in notes[0]
    assert charts[0].title == "Cost of 1,000 decisions"


def test_costs_of_numbers_are_told_as_money_too():
    truth = np.random.default_rng(0).normal(100, 10, 600)
    task = replace(PRICE, metric="cost", costs=Costs(over=1.0, under=3.0))
    near = Predictions(truth + np.random.default_rng(1).normal(0, 2, 600))
    report = judge(truth, near, Predictions(np.full(600, 100.0)), task=task, target=NUMBERS)
    assert report.facts["money"]["saved"]["low"] > 0
    assert report.facts["at"] is None


def test_without_costs_there_is_no_money():
    assert judge(TRUTH, GOOD, constant(N, 0.06)).facts["money"] is None


def test_precision_at_the_stated_recall_has_an_interval_and_is_right():
    report = judge(TRUTH, GOOD, constant(N, 0.06))
    at = report.facts["at"]
    assert any("of the rows that are late" in text for text in texts(report)[0])
    assert at["recall"] == 0.8
    score = GOOD.raw[:, 1]
    found = score >= at["threshold"]["value"]
    assert (found & (TRUTH == 1)).sum() / (TRUTH == 1).sum() == pytest.approx(0.8, abs=0.02)
    assert at["precision"]["value"] == pytest.approx((found & (TRUTH == 1)).sum() / found.sum())
    assert at["precision"]["low"] < at["precision"]["value"] < at["precision"]["high"]
    assert at["alerts"]["value"] == pytest.approx(found.mean())


def test_the_interval_of_the_threshold_holds_the_threshold_and_is_drawn():
    report = judge(TRUTH, GOOD, constant(N, 0.06), task=PRICED)
    (evidence,) = [s for s in report.sections if s.id == "evidence"]
    (chart,) = [b for b in evidence.blocks if isinstance(b, Chart) and b.title == "Cost by threshold"]
    (line,) = [s for s in chart.series if s.name == "interval of the threshold"]
    assert line.x[0] <= report.facts["operating"].threshold <= line.x[1]


def test_calibration_is_told_before_and_after():
    odd = replace(GOOD, raw=np.column_stack([1 - GOOD.raw[:, 1] ** 0.5, GOOD.raw[:, 1] ** 0.5]))
    report = judge(TRUTH, GOOD, constant(N, 0.06), before=odd)
    told = report.facts["calibration"]
    assert told["before"]["log_loss"]["value"] != told["after"]["log_loss"]["value"]
    assert told["after"]["ece"]["low"] is not None
    (evidence,) = [s for s in report.sections if s.id == "evidence"]
    (chart,) = [b for b in evidence.blocks if isinstance(b, Chart) and b.title == "Calibration"]
    assert [s.name for s in chart.series] == ["calibrated", "before"]


def test_a_rule_that_only_decides_has_neither_threshold_nor_calibration():
    report = judge(TRUTH, hard(GOOD.raw[:, 1] > 0.5), constant(N, 0.06))
    assert (report.facts["at"], report.facts["calibration"]) == (None, None)


def test_of_many_units_some_stand_for_all_and_the_intervals_stay():
    truth = late(6000, share=0.06)
    model, plain = scored(truth, 2.0), constant(6000, 0.06)
    whole, some = (
        judge(truth, model, plain, policy=replace(Policy(), resamples=200, bag_units=units)) for units in (10_000, 2000)
    )
    for name in ("ece", "log_loss"):
        one, other = (r.facts["calibration"]["after"][name] for r in (whole, some))
        assert other["value"] == one["value"]
        assert other["high"] - other["low"] == pytest.approx(one["high"] - one["low"], rel=0.3)
    threshold = whole.facts["operating"].threshold
    between = [
        next(b for s in r.sections for b in s.blocks if isinstance(b, Note) and "other samples" in b.text).text
        for r in (whole, some)
    ]
    assert all(f"{threshold:.2f}"[:3] in text for text in between)
