from dataclasses import replace

import numpy as np
import pytest

from ownproof.core.prediction import Predictions
from tests.phases.evaluate.contests import NUMBERS, PRICE, TWO, constant, findings, gate, hard, judge, late, scored, two

N = 1200
TRUTH = late(N, share=0.3)
HALF = np.arange(N) % 2 == 0
SLICES = {"region=north": HALF, "region=south": ~HALF}
DRAW = np.random.default_rng(5)
# ranks well in the north and guesses in the south
SPLIT = two(np.where(HALF, 4.0 * (TRUTH - 0.5), 0.0) + DRAW.normal(size=N))
GOOD = scored(TRUTH, 3.0)


def floored(floors, model=GOOD, **wishes):
    return judge(TRUTH, model, constant(N, 0.3), task=replace(TWO, floors=floors), **wishes)


def test_a_class_floor_is_kept_or_missed_by_recall():
    kept = gate(floored({"late": 0.5}), "floor.late")
    assert kept.status == "pass"
    missed = gate(floored({"late": 0.99}), "floor.late")
    assert (missed.status, missed.columns) == ("refused", ("paid",))
    assert missed.interval[1] < 0.99
    alert = hard(GOOD.raw[:, 1] > 0.5).raw[:, 1]
    assert missed.value == pytest.approx(alert[TRUTH == 1].mean(), abs=0.15)


def test_a_floor_inside_the_interval_is_not_refused_and_says_so():
    value = gate(floored({"late": 0.5}), "floor.late").value
    near = gate(floored({"late": value + 0.005}), "floor.late")
    assert near.status == "pass"
    assert "more rows would tell" in near.advice


def test_several_floors_share_the_error():
    alone, among = floored({"late": 0.5}), floored({"late": 0.5, "on time": 0.5, "region=north": 0.5}, slices=SLICES)
    one, three = gate(alone, "floor.late").interval, gate(among, "floor.late").interval
    assert three[1] - three[0] > one[1] - one[0]


def test_a_slice_floor_is_held_by_the_metric_of_the_task_in_that_slice():
    report = floored({"region=south": 0.8}, model=SPLIT, slices=SLICES)
    found = gate(report, "floor.region=south")
    assert (found.status, found.columns) == ("refused", ("region",))
    assert found.value == pytest.approx(0.5, abs=0.06)
    assert not findings(report, "slice.weak") or "south" not in findings(report, "slice.weak")[0].evidence


def test_a_floor_for_a_slice_that_is_not_there_is_inconclusive_and_names_the_near_miss():
    found = gate(floored({"region=nroth": 0.8}, slices=SLICES), "floor.region=nroth")
    assert found.status == "inconclusive"
    assert "region=north" in found.advice


def test_a_slice_far_under_the_rest_is_a_warning_that_names_it():
    (found,) = findings(judge(TRUTH, SPLIT, constant(N, 0.3), slices={**SLICES}), "slice.weak")[-1:]
    assert (found.level, found.columns) == ("warn", ("region",))
    assert "region=south" in found.evidence
    assert "points under" in found.evidence


def test_a_good_model_is_not_accused():
    strong = scored(TRUTH, 5.0)
    assert findings(judge(TRUTH, strong, constant(N, 0.3), slices=SLICES), "slice.weak") == []


def test_a_class_that_is_mostly_missed_is_named():
    rare = late(N, seed=3, share=0.05)
    (found,) = findings(judge(rare, scored(rare, 1.0), constant(N, 0.05)), "slice.weak")
    assert "class late" in found.evidence
    assert "--cost" in found.advice


def test_a_slice_where_the_baseline_is_surely_better_is_named():
    baseline = two(np.where(HALF, 0.0, 3.0 * (TRUTH - 0.5)) + np.random.default_rng(6).normal(size=N))
    model = two(np.where(HALF, 6.0 * (TRUTH - 0.5), 2.0 * (TRUTH - 0.5)) + DRAW.normal(size=N))
    worse = [f for f in findings(judge(TRUTH, model, baseline, slices=SLICES), "slice.weak") if "worse" in f.evidence]
    assert ["region=south" in f.evidence for f in worse] == [True]


def test_too_few_units_are_not_judged():
    tiny = np.arange(N) < 30
    report = judge(TRUTH, SPLIT, constant(N, 0.3), slices={"shop=small": tiny})
    assert "shop=small" not in [p["name"] for p in report.facts["parts"]]


def test_an_error_in_units_has_a_ceiling_for_a_floor():
    draw = np.random.default_rng(0)
    truth = draw.normal(size=N)
    model = Predictions(truth + np.where(HALF, 0.1, 1.0) * draw.normal(size=N))
    task = replace(PRICE, floors={"region=north": 0.5, "region=south": 0.5})
    report = judge(truth, model, Predictions(np.zeros(N)), task=task, target=NUMBERS, slices=SLICES)
    assert gate(report, "floor.region=north").status == "pass"
    assert gate(report, "floor.region=south").status == "refused"
    assert "at most 0.5" in gate(report, "floor.region=south").rule


def test_a_slice_of_one_class_is_measured_by_what_can_be():
    report = judge(TRUTH, GOOD, constant(N, 0.3), slices={"paid=late": TRUTH == 1})
    (part,) = [p for p in report.facts["parts"] if p["name"] == "paid=late"]
    assert np.isnan(part["value"])
    assert part["low"] is None


def test_of_two_classes_the_threshold_trades_only_the_weaker_one_is_named():
    rare = late(N, seed=3, share=0.05)
    baseline = scored(rare, 1.6, seed=9)
    found = findings(judge(rare, scored(rare, 0.8), baseline), "slice.weak")
    assert len(found) <= 1


def test_two_classes_are_held_against_the_mean_of_both_and_not_against_the_frequent_one():
    rare = late(4000, seed=3, share=0.1)
    report = judge(rare, scored(rare, 2.0), constant(4000, 0.1))
    part = next(p for p in report.facts["parts"] if p["name"] == "late")
    accuracy = report.facts["metrics"]["accuracy"].value
    assert accuracy - part["value"] > 0.15  # for accuracy is the other class's recall under another name
    assert part["overall"] < accuracy - 0.05
    assert findings(report, "slice.weak") == []


def test_classes_too_small_for_a_figure_are_named():
    report = judge(late(N, share=0.01), scored(late(N, share=0.01), 2.0), constant(N, 0.01))
    assert report.facts["left_out"] == [["late", int(late(N, share=0.01).sum())]]
    (section,) = [s for s in report.sections if s.id == "parts"]
    assert "nothing is said of: late (" in section.blocks[-1].text
