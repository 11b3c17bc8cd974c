import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Costs, Task
from ownproof.targets.label.decide import answers, cost_table, decide, operate
from ownproof.targets.label.measure import score, tally

TWO = Task("y", "label", classes=("no", "yes"), positive="yes", metric="roc_auc")
MATRIX = {"a": {"b": 1.0, "c": 50.0}, "b": {"a": 1.0, "c": 1.0}, "c": {"a": 1.0, "b": 1.0}}
THREE = Task("y", "label", classes=("a", "b", "c"), metric="cost", costs=Costs(matrix=MATRIX))


def with_metric(metric, costs=None):
    return Task("y", "label", classes=("no", "yes"), positive="yes", metric=metric, costs=costs)


def two(p):
    return Predictions(np.column_stack([1.0 - np.asarray(p), p]))


def test_a_threshold_counts_from_itself_on():
    assert decide(two([0.2, 0.3, 0.4]).raw, TWO, Operating(0.3)).tolist() == [0, 1, 1]


def test_without_a_threshold_the_likeliest_wins():
    assert decide(two([0.2, 0.6]).raw, TWO, Operating()).tolist() == [0, 1]


def test_a_hard_rule_keeps_its_own_decisions():
    assert decide(np.eye(2)[[0, 1]], TWO, Operating(0.0), hard=True).tolist() == [0, 1]


def test_costs_stand_at_truth_by_decision_wherever_the_positive_class_stands():
    costs = Costs(fp=1.0, fn=2.0, tp=3.0, tn=4.0)
    first = Task("y", "label", classes=("bad", "good"), positive="bad", costs=costs)
    assert cost_table(first).tolist() == [[3.0, 2.0], [1.0, 4.0]]
    second = Task("y", "label", classes=("good", "bad"), positive="bad", costs=costs)
    assert cost_table(second).tolist() == [[4.0, 1.0], [2.0, 3.0]]


def test_several_classes_are_decided_by_least_expected_cost():
    raw = np.array([[0.1, 0.3, 0.6], [0.0, 0.3, 0.7]])
    # calling the first c risks 0.1 x 50; calling the second c risks only 0.3
    assert decide(raw, THREE, Operating()).tolist() == [1, 2]


def test_the_cheapest_threshold_follows_the_ratio_of_costs():
    draw = np.random.default_rng(0)
    p = draw.random(20_000)
    truth = (draw.random(20_000) < p).astype(int)
    point = operate(truth, two(p), np.ones(20_000), with_metric("roc_auc", Costs(fp=1.0, fn=9.0)))
    assert point.threshold == pytest.approx(0.1, abs=0.03)  # fp / (fp + fn), for honest probabilities
    table = tally(truth, two(p), with_metric("roc_auc", Costs(fp=1.0, fn=9.0)), point)
    mean = score(table, np.ones((1, 20_000)), with_metric("roc_auc", Costs(fp=1.0, fn=9.0)), ["cost"])["cost"][0]
    assert point.cost == pytest.approx(1000 * mean)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["f1", "accuracy", "balanced_accuracy", "weighted_f1", "macro_f1"]))
def test_no_other_threshold_is_better_for_the_metric_that_judges(seed, metric):
    draw = np.random.default_rng(seed)
    n = 30
    truth = np.r_[0, 1, draw.integers(0, 2, n - 2)]
    predictions, weights, task = two(draw.random(n).round(1)), draw.integers(1, 4, n).astype(float), with_metric(metric)
    point = operate(truth, predictions, weights, task)
    at = score(tally(truth, predictions, task, point), weights[None], task, [metric])[metric][0]
    for threshold in np.linspace(-0.05, 1.05, 23):
        other = tally(truth, predictions, task, Operating(threshold))
        value = score(other, weights[None], task, [metric])[metric][0]
        assert np.isnan(value) or at >= value - 1e-12


def test_a_constant_scorer_is_given_its_best_decision():
    truth = np.array([0, 0, 0, 1])
    point = operate(truth, two(np.full(4, 0.25)), np.ones(4), TWO)
    assert decide(two(np.full(4, 0.25)).raw, TWO, point).tolist() == [1, 1, 1, 1]


def test_answers_carry_the_class_in_its_own_type():
    task = Task("y", "label", classes=(0, 1), positive=1, metric="roc_auc")
    found = answers(np.array([[0.75, 0.25]]), task, Operating(0.2))
    assert found == [{"prediction": 1, "probabilities": {"0": 0.75, "1": 0.25}}]
