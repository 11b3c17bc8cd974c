import numpy as np
import polars as pl
import pytest

from ownproof.core.prediction import Predictions
from ownproof.core.task import Wishes
from ownproof.errors import UsageError
from ownproof.targets.anomaly import AnomalyTarget
from ownproof.testing.target import check_target

TARGET = AnomalyTarget()
SCORES = pl.Series("anomaly", np.random.default_rng(0).random(60).round(3))


@pytest.mark.parametrize("wishes", [Wishes(), Wishes(share=0.2)])
def test_scores_keep_the_contract_of_targets(wishes):
    check_target(AnomalyTarget, SCORES, wishes=wishes)


def test_a_table_is_looked_at_this_way_only_where_it_was_asked_for():
    assert TARGET.recognise(SCORES) < 0.01


def test_the_declared_share_of_held_out_rows_is_flagged():
    raw = np.random.default_rng(1).lognormal(size=2000)
    task = TARGET.task(SCORES, Wishes(share=0.05))
    ones = np.ones(2000)
    calibration = TARGET.calibrate(ones, Predictions(raw), ones, task)
    ranks = TARGET.calibrated(raw, calibration)
    answers = TARGET.answers(ranks, task, TARGET.operate(ones, Predictions(ranks), ones, task))
    assert sum(a["flagged"] for a in answers) == pytest.approx(100, abs=2)
    assert TARGET.calibrated(np.array([-5.0, 1e9]), calibration).tolist() == [0.0, 1.0]
    assert np.array_equal(np.argsort(ranks), np.argsort(raw))


@pytest.mark.parametrize("wishes", [Wishes(metric="f1"), Wishes(floors={"a": 0.5}), Wishes(positive="x")])
def test_what_needs_known_answers_is_refused(wishes):
    with pytest.raises(UsageError, match="without a target"):
        TARGET.task(SCORES, wishes)


@pytest.mark.parametrize("cell", [None, True, "0.5", 1.5, -0.1, float("nan")])
def test_a_score_lies_between_0_and_1(cell):
    with pytest.raises(ValueError, match="no score"):
        TARGET.read(cell, TARGET.task(SCORES, Wishes()))
