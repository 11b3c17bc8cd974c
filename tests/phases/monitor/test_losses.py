"""Whether the model got worse, by truths as they mature."""

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import Measure
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.phases.monitor.cohorts import Cohort
from ownproof.phases.monitor.losses import Matured, loss
from ownproof.phases.monitor.performance import Watched
from ownproof.targets.label import LabelTarget
from ownproof.targets.number import NumberTarget

DAY = 86_400.0
POLICY = Policy()
WATCHED = Watched(
    LabelTarget(),
    Task("y", "label", classes=("no", "yes"), positive="yes", metric="roc_auc"),
    Operating(0.5),
    {},
    {"roc_auc": Measure(0.85, 0.84, 0.86)},
    0.01,
)


def matured(values, *, error=0.02, expected=None, apart=None):
    cohort = Cohort(200, 180, 0, DAY, apart, 1e-9 if apart else None)
    return [
        Matured(
            i * DAY,
            (i + 1) * DAY,
            (i + 6) * DAY,
            Measure(v, v - 1.96 * error, v + 1.96 * error),
            None if expected is None else Measure(expected, expected - 0.02, expected + 0.02),
            cohort,
        )
        for i, v in enumerate(values)
    ]


def test_ordinary_windows_prove_no_loss_in_ninety_days():
    alarms = 0
    for seed in range(12):
        values = 0.85 + 0.03 * np.random.default_rng(seed).normal(size=90)  # beyond chance: days differ
        alarms += any(loss(matured(values[: n + 1]), WATCHED, POLICY) for n in range(19, 90, 3))
    assert alarms == 0


def test_a_loss_is_proven_within_days_and_dated_to_where_it_began():
    values = 0.85 + 0.02 * np.random.default_rng(0).normal(size=60)
    values[40:] -= 0.1
    first = next(n for n in range(60) if loss(matured(values[: n + 1]), WATCHED, POLICY))
    found = loss(matured(values[: first + 1]), WATCHED, POLICY)
    assert 40 <= first <= 44
    assert found.kind == "loss"
    assert found.sure
    assert "0.85 was promised" in found.words
    began = first + 5 - found.back  # judged five windows after its own
    assert 38 <= began <= 41


def test_a_better_model_is_no_incident():
    assert loss(matured([0.95] * 50), WATCHED, POLICY) is None


def test_errors_that_grow_are_a_loss_of_a_model_of_numbers():
    task = Task("y", "number", metric="rmse")
    watched = Watched(NumberTarget(), task, Operating(), {}, {"rmse": Measure(10.0, 9.8, 10.2)}, 0.5)
    assert loss(matured([10.0, 10.1, 9.9, 10.0] * 5, error=0.3), watched, POLICY) is None
    assert loss(matured([10.0] * 20 + [13.0] * 5, error=0.3), watched, POLICY) is not None


def test_it_says_how_much_of_it_the_answers_foretold():
    found = loss(matured([0.70] * 10, expected=0.80), WATCHED, POLICY)
    assert "0.05 of the change in ROC AUC lies in other rows" in found.matters
    assert "0.1 in a changed relation" in found.matters


def test_where_labels_were_selected_the_answers_of_those_rows_are_the_bar():
    # Labels came for the hard rows only: what they show is what their answers foretold, and no loss.
    assert loss(matured([0.70] * 20, expected=0.70, apart=0.7), WATCHED, POLICY) is None
    assert loss(matured([0.70] * 20, expected=0.70), WATCHED, POLICY) is not None
