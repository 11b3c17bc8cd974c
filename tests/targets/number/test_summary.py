import numpy as np
import pytest

from ownproof.core.task import Task
from ownproof.targets.number.summary import agreement, findings_on, plans, strata_of

TASK = Task("price", "number", metric="rmse")


def test_strata_are_ten_bins_of_equal_count():
    counts = np.bincount(strata_of(np.random.default_rng(0).normal(size=1000)))
    assert len(counts) == 10
    assert counts.min() > 90


def test_equal_values_are_never_parted():
    truth = np.array([0.0] * 90 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0])
    strata = strata_of(truth)
    assert len(set(strata[:90])) == 1
    assert strata.dtype == np.int64
    assert len(strata_of(truth[:0])) == 0


def test_answers_agree_with_themselves_even_when_constant():
    assert agreement(np.full(5, 2.0), np.full(5, 2.0)) == 1.0
    assert agreement(np.full(5, 2.0), np.arange(5.0)) == 0.0
    assert agreement(np.arange(5.0), -np.arange(5.0)) == pytest.approx(-1.0)


def test_a_bias_is_accused_only_when_it_is_sure_and_matters():
    draw = np.random.default_rng(0)
    truth = draw.normal(size=2000) * 10
    noise = draw.normal(size=2000)
    assert findings_on(truth, truth + noise)[0].level == "ok"
    assert findings_on(truth, truth + noise + 0.2)[0].level == "ok"  # sure, but small beside the spread of 10
    found = findings_on(truth, truth + noise + 3.0)[0]
    assert (found.rule, found.level) == ("bias", "warn")
    assert "too high" in found.evidence


def test_without_a_spread_nothing_is_said():
    assert findings_on(np.full(5, 1.0), np.arange(5.0)) == ()


def test_a_plan_says_what_the_sealed_test_can_and_cannot_show():
    width, gain = plans(np.random.default_rng(0).normal(size=4000), TASK, 200)
    assert "±9.8 %" in width  # 1.96 / sqrt(2 x 200)
    assert "80 % power" in gain
    assert plans(np.arange(10.0), TASK, 1) == ()
