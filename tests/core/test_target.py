import numpy as np
import pytest

from ownproof.core.prediction import Predictions
from ownproof.core.target import Metric, Operating, Target, chosen_metric
from ownproof.core.task import Task
from ownproof.errors import UsageError

METRICS = [Metric("roc_auc"), Metric("f1", decides=True), Metric("bias", judges=False)]


class Bare(Target):
    """Answers nothing but a distance and leaves the rest to the protocol."""

    name = "bare"

    def distance(self, a, b):
        return float(a != b)

    def to_json(self, answer, task):
        return answer


def objects(*values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def test_without_a_wish_the_first_metric_is_taken():
    assert chosen_metric(None, METRICS) == "roc_auc"


@pytest.mark.parametrize("wish", ["ROC AUC", "roc-auc", " Roc_Auc "])
def test_a_metric_is_found_however_it_is_written(wish):
    assert chosen_metric(wish, METRICS) == "roc_auc"


def test_an_unknown_metric_is_answered_with_the_near_miss():
    with pytest.raises(UsageError) as caught:
        chosen_metric("rok_auc", METRICS)
    assert "roc_auc" in caught.value.hint


def test_a_metric_that_only_shows_cannot_judge():
    with pytest.raises(UsageError):
        chosen_metric("bias", METRICS)


def test_a_gain_is_positive_where_the_model_is_better():
    up, down = Metric("auc"), Metric("rmse", greater=False)
    assert up.gain(np.array([0.9]), np.array([0.8]))[0] == pytest.approx(0.1)
    assert down.gain(np.array([2.0]), np.array([3.0]))[0] == 1.0


def test_an_operating_point_survives_json():
    point = Operating(0.3, 12.5, "least cost", {"shift": 1.5})
    assert Operating.from_json(point.to_json()) == point


def test_a_kind_that_answers_little_still_has_losses_agreement_and_answers():
    bare, task = Bare(), Task("y", "bare", metric="exact")
    truth, same, other = objects("a", "b"), Predictions(objects("a", "b")), Predictions(objects("a", "c"))
    assert bare.losses(truth, other, task).tolist() == [0.0, 1.0]
    assert bare.agree(same, same, task) == 1.0
    assert bare.agree(same, other, task) == 0.5
    assert bare.answers(same.raw, task, Operating()) == [{"prediction": "a"}, {"prediction": "b"}]
    terms = bare.terms(same, other, np.ones(2), task, operating=(Operating(0.1), Operating(0.2)))
    assert (terms.metric, terms.model.threshold, terms.baseline.threshold) == ("exact", 0.1, 0.2)
    assert bare.strata(truth, task).tolist() == [0, 0]
