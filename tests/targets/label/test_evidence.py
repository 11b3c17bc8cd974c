import numpy as np
import pytest

from ownproof.core.prediction import Predictions
from ownproof.core.report import Chart, Grid
from ownproof.core.target import Operating
from ownproof.core.task import Costs, Task
from ownproof.targets.label.evidence import evidence_of, roc, thresholds

TWO = Task("y", "label", classes=("no", "yes"), positive="yes", metric="roc_auc")
TRUTH = np.array([0, 0, 1, 1])
P = np.array([0.1, 0.4, 0.35, 0.8])
PREDICTIONS = Predictions(np.column_stack([1 - P, P]))


def titles(blocks):
    return [b.title if isinstance(b, Chart) else "grid" for b in blocks]


def test_two_classes_show_ranking_calibration_thresholds_and_confusion():
    found = titles(evidence_of(TRUTH, PREDICTIONS, TWO, Operating(0.38, why="highest F1")))
    assert found == [
        "ROC curve", "Precision and recall", "Calibration", "What each threshold gives", "Probabilities by class",
        "Confusion", "grid",
    ]  # fmt: skip


def test_a_hard_rule_shows_its_decisions_only():
    hard = Predictions(np.eye(2)[TRUTH], hard=True)
    assert titles(evidence_of(TRUTH, hard, TWO, Operating())) == ["Confusion", "grid"]


def test_the_operating_point_lies_on_the_curve():
    chart = roc(TRUTH == 1, P, P >= 0.38)
    assert chart.marks == ((0.5, 0.5, "operating point"),)
    assert (0.5, 0.5) in list(zip(chart.series[0].x, chart.series[0].y, strict=True))


def test_with_costs_the_thresholds_are_drawn_in_money():
    task = Task("y", "label", classes=("no", "yes"), positive="yes", metric="roc_auc", costs=Costs(fp=1.0, fn=10.0))
    chart = thresholds(TRUTH == 1, P, task, Operating(0.35, why="least cost"))
    assert chart.title == "Cost by threshold"
    at = dict(zip(chart.series[0].x, chart.series[0].y, strict=True))
    assert at[0.35] == pytest.approx(1000 * 1.0 / 4)  # one false alarm in four
    assert at[0.8] == pytest.approx(1000 * 10.0 / 4)  # one missed in four


def test_nothing_to_show_is_nothing_shown():
    assert evidence_of(TRUTH[:0], PREDICTIONS.take(np.arange(0)), TWO, Operating()) == ()


def test_the_last_block_is_the_grid_of_classes():
    grid = evidence_of(TRUTH, PREDICTIONS, TWO, Operating(0.38))[-1]
    assert isinstance(grid, Grid)
    assert grid.rows == (("no", 2, 0.5, 0.5, 0.5), ("yes", 2, 0.5, 0.5, 0.5))
