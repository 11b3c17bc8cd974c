from pathlib import Path

import numpy as np
import pytest

from ownproof.learners.random_forest import RandomForestLearner
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import table_sample

QUICK = {"name": "quick", "trees": 20, "min_samples_leaf": 3}


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_it_keeps_to_the_protocol(kind, tmp_path: Path) -> None:
    check_learner(RandomForestLearner, table_sample(kind), tmp_path, params=QUICK)


def test_trees_are_bounded_in_size_whatever_the_rows() -> None:
    sample = table_sample("multiclass", rows=40_000)
    params = {"trees": 1, "min_samples_leaf": 1, "max_features": 1.0}
    model = RandomForestLearner().fit(
        sample.train, None, sample.task, params, workdir=Path(), seed=0, cores=1, progress=lambda share, text: None
    )
    leaves = int((model.trees().kind == 0).sum())
    assert leaves == 8192 // 4


def test_the_default_recipe_beats_a_constant() -> None:
    sample = table_sample("number", rows=800)
    recipe = RandomForestLearner().portfolio(sample.task, sample.shape)[0]
    truth = sample.validation.truth
    model = RandomForestLearner().fit(
        sample.train, None, sample.task, recipe, workdir=Path(), seed=0, cores=1, progress=lambda share, text: None
    )
    assert np.mean((model.predict(sample.validation).raw - truth) ** 2) < 0.4 * np.var(truth)
    assert not RandomForestLearner.default
