"""How good answers are, before and after their truths come."""

import numpy as np
import pytest

from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.report import Measure
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.phases.monitor.performance import Watched, expected, grade, realised
from ownproof.stats.isotonic import folds_of
from ownproof.targets.label import LabelTarget
from ownproof.targets.number import NumberTarget

POLICY = Policy()
LABELS = Task("y", "label", classes=("no", "yes"), positive="yes", metric="roc_auc")
NUMBERS = Task("y", "number", metric="rmse")


def labels(n, seed, *, hard=0.0, flip=False):
    """Answers that are too sure, and their truths; hard: how near to a coin the rows are; flip: the concept changed."""
    draw = np.random.default_rng(seed)
    z = draw.normal(size=n) * (2.0 - hard)
    truth = (draw.random(n) < 1 / (1 + np.exp(z if flip else -z))).astype(np.int64)
    said = 1 / (1 + np.exp(-1.8 * z))
    return np.column_stack([1 - said, said]), truth


def watched(task, target, raw, truth, matrix=None):
    matrix = np.zeros((len(truth), 0), np.float32) if matrix is None else matrix
    known = target.foresight(truth, Predictions(raw), task, matrix=matrix, folds=folds_of(len(truth), seed=0))
    return Watched(target, task, Operating(0.5), known, {})


def both(bundle, raw, truth, matrix=None):
    matrix = np.zeros((len(truth), 0), np.float32) if matrix is None else matrix
    seen = bundle.target.foreseen(raw, matrix, bundle.foresight)
    foretold = expected(bundle, raw, seen, policy=POLICY, seed=1)
    return foretold, realised(bundle, raw, truth, policy=POLICY, seed=1)


def test_harder_rows_are_foretold_by_the_answers_alone():
    target = LabelTarget()
    bundle = watched(LABELS, target, *labels(20_000, 0))
    usual, _ = both(bundle, *labels(2000, 1))
    foretold, came = both(bundle, *labels(2000, 2, hard=1.2))
    assert usual["roc_auc"].value - came["roc_auc"].value > 0.1
    for name in bundle.names:
        assert foretold[name].value == pytest.approx(came[name].value, abs=0.035), name
        assert foretold[name].low < foretold[name].value < foretold[name].high


def test_the_interval_holds_the_truth_as_often_as_it_says():
    target = LabelTarget()
    bundle = watched(LABELS, target, *labels(20_000, 3))
    held = []
    for seed in range(40):
        raw, truth = labels(300, 100 + seed)
        seen = target.foreseen(raw, np.zeros((300, 0), np.float32), bundle.foresight)
        foretold = expected(bundle, raw, seen, policy=POLICY, seed=seed)["roc_auc"]
        came = target.score(
            target.tally(truth, Predictions(raw), LABELS, Operating(0.5)), np.ones((1, 300)), LABELS, ["roc_auc"]
        )
        held.append(foretold.low <= came["roc_auc"][0] <= foretold.high)
    assert sum(held) >= 34


def test_a_concept_change_is_not_foretold_and_fails_the_grade():
    bundle = watched(LABELS, LabelTarget(), *labels(20_000, 4))
    foretold, came = both(bundle, *labels(2000, 5, flip=True))
    assert foretold["roc_auc"].value - came["roc_auc"].value > 0.3
    pairs = [tuple(m["roc_auc"] for m in both(bundle, *labels(500, 10 + i, flip=True))) for i in range(5)]
    assert grade(pairs, 0.01, POLICY).holds is False
    sound = [tuple(m["roc_auc"] for m in both(bundle, *labels(500, 20 + i))) for i in range(5)]
    assert grade(sound, 0.01, POLICY).holds is True


def test_several_classes_are_foretold_too():
    draw = np.random.default_rng(6)
    task = Task("y", "label", classes=("a", "b", "c"), metric="macro_f1")

    def made(n, spread):
        z = draw.normal(size=(n, 3)) * spread
        honest = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        truth = (draw.random(n)[:, None] > honest.cumsum(axis=1)).sum(axis=1)
        sure = honest**2 / (honest**2).sum(axis=1, keepdims=True)
        return sure, truth

    bundle = watched(task, LabelTarget(), *made(12_000, 2.0))
    foretold, came = both(bundle, *made(2000, 1.0))
    assert foretold["macro_f1"].value == pytest.approx(came["macro_f1"].value, abs=0.04)


def numbers(n, seed, middle=0.0):
    draw = np.random.default_rng(seed)
    x = draw.normal(middle, 1.0, size=(n, 2))
    raw = 10 + 3 * x[:, 1]
    return raw, raw + np.exp(0.7 * x[:, 0]) * draw.normal(size=n), x.astype(np.float32)


@pytest.mark.parametrize("metric", ["rmse", "mae"])
def test_the_errors_of_numbers_are_foretold_from_the_features(metric):
    task = Task("y", "number", metric=metric)
    raw, truth, x = numbers(12_000, 7)
    bundle = watched(task, NumberTarget(), raw, truth, x)
    usual, _ = both(bundle, *numbers(2000, 8))
    hard_raw, hard_truth, hard = numbers(2000, 9, middle=0.8)
    foretold, came = both(bundle, hard_raw, hard_truth, hard)
    assert came[metric].value > 1.4 * usual[metric].value
    assert foretold[metric].value == pytest.approx(came[metric].value, rel=0.2)


def test_a_kind_that_foretells_nothing_gives_no_estimate():
    bundle = Watched(LabelTarget(), LABELS, Operating(0.5), {}, {})
    raw, _ = labels(50, 0)
    assert expected(bundle, raw, np.zeros((50, 0)), policy=POLICY, seed=0) == {}


def test_few_matured_windows_get_no_grade():
    assert grade([(Measure(0.8, 0.7, 0.9), Measure(0.8, 0.7, 0.9))], 0.01, POLICY).holds is None
