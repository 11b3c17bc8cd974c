import numpy as np
import pytest

from ownproof.phases.evaluate.compare import Setting, compare
from ownproof.phases.evaluate.contest import Rows
from tests.phases.evaluate.contests import LABELS, POLICY, TWO, constant, contender, hard, late, scored

TRUTH = late(400)
SETTING = Setting(Rows(TRUTH, np.ones(400), np.arange(400), TRUTH), TWO, LABELS, 0.95, POLICY, 1)
MODEL, BASE = contender("lightgbm", scored(TRUTH, 2.0), TRUTH), contender("majority", constant(400), TRUTH)


def test_the_baseline_comes_first_and_every_other_after_it():
    linear = contender("linear", scored(TRUTH, 1.0, seed=4), TRUTH)
    found = compare(SETTING, model=MODEL, baseline=BASE, others=[linear], slices={})
    assert [r.contender.name for r in found.rivals] == ["majority", "linear"]
    assert found.rivals[1].measure.low < found.rivals[1].measure.value < found.rivals[1].measure.high


def test_the_models_own_figures_stay_at_its_own_operating_point():
    rule = contender("rule", hard(np.random.default_rng(0).random(400) < 0.5), TRUTH)
    against_rule = compare(SETTING, model=MODEL, baseline=rule, others=[], slices={})
    against_base = compare(SETTING, model=MODEL, baseline=BASE, others=[], slices={})
    assert against_rule.metrics["f1"].value == against_base.metrics["f1"].value
    assert against_rule.rivals[0].verdict.model != against_rule.metrics["f1"].value


def test_a_hard_rule_has_no_figures_of_ranking():
    rule = contender("rule", hard(TRUTH), TRUTH)
    found = compare(SETTING, model=MODEL, baseline=rule, others=[], slices={})
    assert "roc_auc" not in found.baseline
    assert found.baseline["f1"] == 1.0


def test_a_hard_rule_beside_a_scorer_is_compared_on_its_own_terms():
    rule = contender("rule", hard(TRUTH), TRUTH)
    found = compare(SETTING, model=MODEL, baseline=BASE, others=[rule], slices={})
    assert [r.verdict.metric for r in found.rivals] == ["roc_auc", "f1"]


def test_parts_are_compared_with_the_baseline_there():
    found = compare(SETTING, model=MODEL, baseline=BASE, others=[], slices={"a=b": np.arange(400) % 2 == 0})
    assert [p.part.name for p in found.parts] == ["on time", "late", "a=b"]
    assert found.parts[2].gain.value == pytest.approx(found.parts[2].measure.value - 0.5)
