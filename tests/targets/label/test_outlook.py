"""Which class each answer will turn out to be."""

import numpy as np
import pytest

from ownproof.core.foresight import Foresees, Restores
from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.stats.isotonic import folds_of
from ownproof.targets.label import LabelTarget

TASK = Task("y", "label", classes=("no", "yes"), positive="yes", metric="roc_auc")
NOTHING = np.zeros((0, 0), np.float32)


def test_labels_foresee_and_restore():
    assert isinstance(LabelTarget(), Foresees)
    assert isinstance(LabelTarget(), Restores)


def test_chances_are_honest_where_probabilities_were_not():
    draw = np.random.default_rng(0)
    chance = draw.random(6000)
    truth = (draw.random(6000) < chance).astype(np.int64)
    raw = np.column_stack([1 - chance**2, chance**2])
    target = LabelTarget()
    said = target.foresight(truth, Predictions(raw), TASK, matrix=NOTHING, folds=folds_of(6000, seed=0))
    seen = target.foreseen(raw, NOTHING, said)
    assert np.abs(seen[:, 1] - chance).mean() < 0.03
    look = target.outlook(raw, seen, said, TASK)
    assert np.bincount(look.rows, look.chance) == pytest.approx(np.ones(6000))


def test_hard_answers_and_rare_classes_foretell_nothing():
    target, raw = LabelTarget(), np.tile([0.4, 0.6], (100, 1))
    truth = np.array([1] * 95 + [0] * 5)
    assert target.foresight(truth, Predictions(raw), TASK, matrix=NOTHING, folds=folds_of(100, seed=0)) == {}
    half = np.arange(100) % 2
    assert target.foresight(half, Predictions(raw, hard=True), TASK, matrix=NOTHING, folds=folds_of(100, seed=0)) == {}


def test_answers_of_a_journal_are_the_raw_ones_again():
    raw = np.array([[0.25, 0.75], [0.9, 0.1]])
    answers = LabelTarget().answers(raw, TASK, Operating(0.5))
    assert LabelTarget().restored(answers, TASK, Operating(0.5)).tolist() == raw.tolist()
    assert LabelTarget().restored([{"prediction": "yes"}], TASK, Operating()).tolist() == [[0.0, 1.0]]
    with pytest.raises(KeyError):
        LabelTarget().restored([{"prediction": "maybe"}], TASK, Operating())
