from dataclasses import replace

import numpy as np
import pytest

from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.errors import InputError
from ownproof.learners.parts import table
from ownproof.testing.samples import table_sample

SAMPLE = table_sample("multiclass", rows=80)


def test_every_reason_to_refuse_is_said() -> None:
    schema, task = SAMPLE.train.schema, SAMPLE.task
    assert table.refusal(schema, task) is None
    assert "not spans" in (table.refusal(schema, replace(task, target="spans")) or "")
    assert "partial" in (table.refusal(schema, replace(task, truth="partial")) or "")
    assert "two classes" in (table.refusal(schema, replace(task, classes=("a",))) or "")
    assert "no column" in (table.refusal(Schema(()), task) or "")
    assert table.refusal(None, task) is None


def test_weights_lose_their_unit_and_equal_ones_are_none() -> None:
    train = SAMPLE.train
    some = np.arange(1.0, len(train) + 1)
    found = table.weights(replace(train, weights=some * 1e-9))
    assert found.mean() == pytest.approx(1)
    assert found / found[0] == pytest.approx(some)
    assert table.weights(train) is None
    assert table.weights(replace(train, weights=np.full(len(train), 7.0))) is None
    assert table.weights(replace(train, weights=np.zeros(len(train)))) is None


def test_shares_are_weighted() -> None:
    assert table.shares(np.array([0, 1, 1]), np.array([2.0, 1.0, 1.0]), 2).tolist() == [0.5, 0.5]


def test_rows_without_matrix_or_truth_are_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="no matrix"):
        table.matrix(replace(SAMPLE.train, encoded=None))
    with pytest.raises(InputError, match="no row with a known truth"):
        table.truth(replace(SAMPLE.train, truth=None), SAMPLE.task)


def test_rows_to_stop_by_are_those_of_classes_that_training_met() -> None:
    held = table.among(SAMPLE.validation, SAMPLE.task, (1, 2))
    wanted = SAMPLE.validation.truth[np.isin(SAMPLE.validation.truth, [1, 2])]
    assert (held.truth == wanted - 1).all()
    assert len(held.matrix) == len(wanted)
    assert table.among(SAMPLE.validation, SAMPLE.task, (9,)) is None
    assert table.among(None, SAMPLE.task, (1,)) is None
    number = table_sample("number", rows=40)
    assert len(table.among(number.validation, Task("y", "number"), ()).truth) == 10
