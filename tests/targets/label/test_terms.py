import numpy as np
import pytest

from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Costs, Task
from ownproof.targets.label.decide import decide
from ownproof.targets.label.terms import terms

N = 100
DRAW = np.random.default_rng(0)
SCORES = DRAW.random(N)
MODEL = Predictions(np.column_stack([1 - SCORES, SCORES]))
RULE = Predictions(np.eye(2)[(np.arange(N) < 30).astype(int)], hard=True)
CONSTANT = Predictions(np.eye(2)[np.zeros(N, dtype=int)], hard=True)
OWN, OTHER = Operating(0.5), Operating()


def task(metric="roc_auc", costs=None):
    return Task("y", "label", classes=("no", "yes"), positive="yes", metric=metric, costs=costs)


def agreed(model, baseline, asked):
    return terms(model, baseline, np.ones(N), asked, operating=(OWN, OTHER))


def test_two_scorers_are_compared_by_the_metric_of_the_task():
    found = agreed(MODEL, MODEL, task())
    assert (found.metric, found.model, found.baseline) == ("roc_auc", OWN, OTHER)


def test_against_a_hard_rule_the_model_decides_at_the_rules_alert_rate():
    found = agreed(MODEL, RULE, task())
    assert found.metric == "f1"
    assert decide(MODEL.raw, task(), found.model).mean() == pytest.approx(0.30)
    assert "30.0 %" in found.why


def test_against_a_hard_rule_a_metric_of_decisions_is_kept():
    assert agreed(MODEL, RULE, task("recall")).metric == "recall"


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "log_loss", "brier"])
def test_a_hard_rule_is_never_compared_by_a_metric_of_scores(metric):
    assert agreed(MODEL, RULE, task(metric)).metric == "f1"


def test_with_costs_a_hard_rule_is_compared_by_cost_at_the_models_own_point():
    found = agreed(MODEL, RULE, task(costs=Costs(fp=1.0, fn=5.0)))
    assert (found.metric, found.model) == ("cost", OWN)


def test_a_constant_rule_is_a_scorer_or_is_compared_by_cost():
    assert agreed(MODEL, CONSTANT, task()).metric == "roc_auc"
    assert agreed(MODEL, CONSTANT, task(costs=Costs(fp=1.0, fn=5.0))).metric == "cost"


def test_a_model_that_only_decides_is_compared_as_a_decider():
    found = agreed(RULE, MODEL, task())
    assert (found.metric, found.model, found.baseline) == ("f1", OWN, OTHER)


def test_several_classes_are_compared_by_weighted_f1_against_a_rule():
    three = Task("y", "label", classes=("a", "b", "c"), metric="log_loss")
    raw = np.full((N, 3), 1 / 3)
    rule = Predictions(np.eye(3)[np.arange(N) % 3], hard=True)
    assert agreed(Predictions(raw), rule, three).metric == "weighted_f1"
