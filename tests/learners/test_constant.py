from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ownproof.core.schema import Schema
from ownproof.learners.constant import ConstantLearner
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import table_sample


def fit(sample):
    return ConstantLearner().fit(
        sample.train, None, sample.task, {}, workdir=Path(), seed=0, cores=1, progress=lambda share, text: None
    )


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_it_keeps_to_the_protocol(kind, tmp_path: Path) -> None:
    check_learner(ConstantLearner, table_sample(kind), tmp_path)


def test_it_answers_the_shares_of_the_classes() -> None:
    sample = table_sample("multiclass")
    shares = np.bincount(sample.train.truth, minlength=4) / len(sample.train)
    assert fit(sample).predict(sample.validation).raw == pytest.approx(np.tile(shares, (100, 1)))


def test_it_answers_the_weighted_mean() -> None:
    sample = table_sample("number")
    weights = np.linspace(1, 9, len(sample.train))
    model = fit(replace(sample, train=replace(sample.train, weights=weights)))
    assert model.predict(sample.validation).raw[0] == pytest.approx(np.average(sample.train.truth, weights=weights))


def test_it_needs_no_column() -> None:
    assert ConstantLearner().accepts(Schema(()), table_sample("binary").task) is None
