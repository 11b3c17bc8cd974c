import numpy as np
import polars as pl
import pytest

from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Costs, Wishes
from ownproof.targets.label import LabelTarget
from ownproof.testing.target import check_target

DRAW = np.random.default_rng(0)
MATRIX = {t: {d: 2.0 for d in "abc" if d != t} for t in "abc"}


@pytest.mark.parametrize(
    ("column", "wishes"),
    [
        (pl.Series("paid", ["late", "on time", "on time"] * 10), Wishes()),
        (pl.Series("flag", DRAW.integers(0, 2, 60).astype(float)), Wishes()),
        (pl.Series("flag", DRAW.integers(0, 2, 60).astype(float)), Wishes(metric="f1", positive="0")),
        (pl.Series("stars", DRAW.integers(1, 6, 300).astype(float)), Wishes()),
        (pl.Series("kind", [f"c{i}" for i in DRAW.integers(0, 5, 120)]), Wishes(metric="log_loss")),
        (pl.Series("kind", ["a", "b", "c"] * 10), Wishes(costs=Costs(matrix=MATRIX))),
        (pl.Series("kind", ["a", "b", "b"] * 10), Wishes(costs=Costs(fp=1.0, fn=10.0), metric="cost")),
        (pl.Series("odd", ["1", "01", " ", "\x00", "É"] * 8), Wishes()),
    ],
)
def test_labels_keep_the_contract_of_targets(column, wishes):
    check_target(LabelTarget, column, wishes=wishes)


def test_a_calibration_travels_as_json_and_changes_one_row_as_it_changes_many():
    target = LabelTarget()
    raw = np.array([[0.9, 0.1], [0.4, 0.6]])
    made = {"kind": "logit", "slope": 0.5, "intercept": 0.1}
    many = target.calibrated(raw, made)
    assert np.allclose(many.sum(axis=1), 1.0)
    assert np.array_equal(target.calibrated(raw[1:], made), many[1:])


def test_an_answer_at_the_operating_point_is_the_decision():
    target = LabelTarget()
    task = target.task(pl.Series("paid", ["late", "on time"] * 5), Wishes())
    assert target.answers(np.array([[0.3, 0.7]]), task, Operating(0.25))[0]["prediction"] == "late"


def test_slices_are_held_to_a_share_even_where_the_verdict_is_about_losses():
    target = LabelTarget()
    column = pl.Series("paid", ["late", "on time"] * 5)
    assert target.part_metric(target.task(column, Wishes(metric="log_loss"))) == "accuracy"
    assert target.part_metric(target.task(column, Wishes())) == "roc_auc"


def test_losses_are_log_losses_whatever_the_metric():
    target = LabelTarget()
    task = target.task(pl.Series("paid", ["late", "on time"] * 5), Wishes(metric="f1"))
    losses = target.losses(np.array([0, 1]), Predictions(np.array([[0.5, 0.5], [0.75, 0.25]])), task)
    assert losses == pytest.approx(-np.log([0.5, 0.25]))
