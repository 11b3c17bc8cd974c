import numpy as np
import pytest

from ownproof.core.prediction import Predictions
from ownproof.core.task import Task
from ownproof.targets.label.summary import (
    agreement,
    drifted,
    findings_on,
    fitted_calibration,
    parts_of,
    plans,
    profile_of,
)

TWO = Task("y", "label", classes=("no", "yes"), positive="yes", metric="roc_auc")
THREE = Task("y", "label", classes=("a", "b", "c"), metric="weighted_f1")


def honest(n, slope=1.0, seed=0):
    """Truth drawn from probabilities whose odds are then raised to a power: 1 leaves them honest."""
    draw = np.random.default_rng(seed)
    z = draw.normal(size=n) * 1.5
    truth = (draw.random(n) < 1 / (1 + np.exp(-z))).astype(int)
    p = 1 / (1 + np.exp(-slope * z))
    return truth, Predictions(np.column_stack([1 - p, p]))


def test_overconfident_probabilities_are_calibrated_back():
    truth, predictions = honest(3000, slope=3.0)
    found = fitted_calibration(truth, predictions, np.ones(3000), TWO)
    assert found["kind"] == "logit"
    assert found["slope"] == pytest.approx(1 / 3, abs=0.05)


def test_few_rows_a_rare_class_or_a_hard_rule_are_left_alone():
    truth, predictions = honest(150, slope=3.0)
    assert fitted_calibration(truth, predictions, np.ones(150), TWO) == {}
    truth, predictions = honest(1000, slope=3.0)
    assert fitted_calibration(truth, Predictions(predictions.raw, hard=True), np.ones(1000), TWO) == {}
    rare = np.zeros(1000, dtype=int)
    rare[:5] = 1
    assert fitted_calibration(rare, predictions, np.ones(1000), TWO) == {}


def test_honest_probabilities_are_not_accused_and_wrong_ones_are():
    truth, predictions = honest(3000)
    (fine,) = findings_on(truth, predictions, TWO)
    assert (fine.rule, fine.level) == ("calibration", "ok")
    truth, predictions = honest(3000, slope=5.0)
    (off,) = findings_on(truth, predictions, TWO)
    assert off.level == "warn"
    assert off.advice


def test_a_class_that_cannot_be_measured_is_named():
    truth = np.r_[np.zeros(10, int), np.ones(10, int), [2]]
    found = findings_on(truth, Predictions(np.eye(3)[truth]), THREE)
    assert [f.rule for f in found] == ["class.rare"]
    assert "'c' (1)" in found[0].evidence


def test_answers_agree_with_themselves_even_when_constant():
    constant = np.full((5, 2), 0.5)
    assert agreement(constant, constant) == 1.0
    _, predictions = honest(100)
    assert agreement(predictions.raw, predictions.raw) == 1.0
    assert agreement(predictions.raw, predictions.raw[:, ::-1]) == pytest.approx(-1.0)


def test_parts_are_the_classes():
    found = parts_of(np.array([0, 2, 2]), THREE)
    assert [p.name for p in found] == ["a", "b", "c"]
    assert found[2].rows.tolist() == [False, True, True]


def test_a_profile_counts_classes_and_a_shift_is_seen():
    before, after = profile_of(np.arange(300) % 3, THREE), profile_of(np.zeros(300, int), THREE)
    assert before.levels == (("a", 100), ("b", 100), ("c", 100))
    assert drifted(before, before).level == "ok"
    moved = drifted(before, after)
    assert (moved.rule, moved.level) == ("drift.target", "warn")
    assert "'a' 33.3 % before, 100.0 % now" in moved.evidence


def test_a_plan_says_what_the_sealed_test_can_and_cannot_show():
    truth = (np.arange(1000) % 5 == 0).astype(int)
    width, gain = plans(truth, TWO, 150)
    assert "150 sealed rows, about 30 of them 'yes'" in width
    assert "80 % power" in gain
    small = plans(truth, TWO, 5)
    assert "too small" in small[-1] or "too few" in small[-1]
    assert plans(truth, TWO, 0) == ()


def test_a_plan_for_shares_is_the_one_of_the_literature():
    # accuracy .85 on 150 rows: plus-minus 5.7 points
    assert "±0.057" in plans(np.arange(900) % 3, THREE, 150)[0]
