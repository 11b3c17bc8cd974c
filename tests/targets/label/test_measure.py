import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Costs, Task
from ownproof.targets.label.measure import differ, metrics_of, score, tally

TWO = Task("y", "label", classes=("no", "yes"), positive="yes", metric="roc_auc", costs=Costs(fp=1.0, fn=10.0))
THREE = Task("y", "label", classes=("a", "b", "c"), metric="weighted_f1")


def two(*probabilities):
    p = np.array(probabilities)
    return Predictions(np.column_stack([1.0 - p, p]))


def test_the_default_metric_comes_first():
    assert next(iter(metrics_of(TWO))) == "roc_auc"
    assert next(iter(metrics_of(THREE))) == "weighted_f1"


def test_cost_is_a_metric_only_where_there_are_costs():
    assert "cost" in metrics_of(TWO)
    assert "cost" not in metrics_of(THREE)


def test_the_figures_of_two_classes_are_those_of_the_textbook():
    truth = np.array([0, 0, 1, 1])
    table = tally(truth, two(0.1, 0.4, 0.35, 0.8), TWO, Operating(0.38))
    found = {name: float(v[0]) for name, v in score(table, np.ones((1, 4)), TWO).items()}
    assert found["roc_auc"] == 0.75
    assert found["average_precision"] == pytest.approx(5 / 6)
    # decisions no, yes, no, yes: one of each cell
    assert [found[n] for n in ("precision", "recall", "f1", "accuracy", "balanced_accuracy")] == [0.5] * 5
    assert found["cost"] == (1.0 + 10.0) / 4
    assert found["log_loss"] == pytest.approx(-(math.log(0.9) + math.log(0.6) + math.log(0.35) + math.log(0.8)) / 4)
    assert found["brier"] == pytest.approx((0.01 + 0.16 + 0.65**2 + 0.04) / 4)


def test_the_positive_class_may_stand_first():
    task = Task("y", "label", classes=("bad", "good"), positive="bad", metric="roc_auc")
    raw = Predictions(np.array([[0.9, 0.1], [0.2, 0.8]]))
    table = tally(np.array([0, 1]), raw, task, Operating(0.5))
    found = score(table, np.ones((1, 2)), task, ["roc_auc", "recall", "brier"])
    assert [float(v[0]) for v in found.values()] == pytest.approx([1.0, 1.0, 0.025])


def test_figures_of_one_class_go_by_its_name():
    truth = np.array([0, 0, 1, 2])
    said = Predictions(np.eye(3)[[0, 1, 1, 1]])
    found = score(tally(truth, said, THREE, Operating()), np.ones((1, 4)), THREE, ["recall:a", "precision:b", "f1:c"])
    assert [float(v[0]) for v in found.values()] == [0.5, pytest.approx(1 / 3), 0.0]


def test_a_metric_without_a_meaning_is_nan():
    only_yes = tally(np.array([1, 1]), two(0.2, 0.8), TWO, Operating(0.5))
    assert math.isnan(score(only_yes, np.ones((1, 2)), TWO, ["roc_auc"])["roc_auc"][0])
    never = tally(np.array([0, 1]), two(0.1, 0.2), TWO, Operating(0.5))
    assert math.isnan(score(never, np.ones((1, 2)), TWO, ["precision"])["precision"][0])


def test_many_classes_are_measured_a_few_weightings_at_a_time():
    task = Task("y", "label", classes=tuple(f"c{i:03}" for i in range(300)), metric="weighted_f1")
    truth = np.arange(600) % 300
    table = tally(truth, Predictions(np.eye(300)[truth]), task, Operating())
    found = score(table, np.ones((30, 600)), task, ["weighted_f1", "macro_f1", "recall:c007"])
    assert all((v == np.ones(30)).all() for v in found.values())


rows = st.integers(4, 20)


@given(st.integers(0, 2**32 - 1), rows, st.sampled_from([TWO, THREE]))
def test_a_row_of_weight_k_counts_as_k_rows(seed, n, task):
    draw = np.random.default_rng(seed)
    k = len(task.classes)
    truth = draw.integers(0, k, n)
    raw = draw.dirichlet(np.ones(k), n).round(1) + 0.05  # with ties
    raw /= raw.sum(axis=1, keepdims=True)
    table = tally(truth, Predictions(raw), task, Operating(0.4))
    weights = draw.integers(0, 4, (3, n))
    together = score(table, weights, task)
    for i, line in enumerate(weights):
        apart = score(np.repeat(table, line, axis=0), np.ones((1, line.sum())), task)
        for name, values in together.items():
            assert values[i] == pytest.approx(apart[name][0], nan_ok=True, abs=1e-9), name


def test_rankings_differ_by_probability_and_decisions_by_class():
    a, b = two(0.2, 0.6), two(0.3, 0.6)
    point = (Operating(0.5), Operating(0.5))
    assert differ(a, b, TWO, point).tolist() == [True, False]
    deciding = Task("y", "label", classes=("no", "yes"), positive="yes", metric="f1")
    assert differ(a, b, deciding, point).tolist() == [False, False]
    assert differ(a, b, deciding, (Operating(0.5), Operating(0.25))).tolist() == [True, False]
