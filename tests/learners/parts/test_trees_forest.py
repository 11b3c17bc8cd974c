from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, RandomForestRegressor

from ownproof.errors import InputError
from ownproof.learners.parts.trees import from_sklearn_forest
from tests.rough_tables import hard, matrix, scores

KINDS = {"two classes": RandomForestClassifier, "four classes": ExtraTreesClassifier, "numbers": RandomForestRegressor}


def truth(kind: str, x: np.ndarray) -> np.ndarray:
    score = scores(x, 1)
    return score if kind == "numbers" else np.digitize(score, [0] if kind == "two classes" else [-1.5, 0, 1.5])


@pytest.mark.parametrize("gaps", [0.0, 0.15])
@pytest.mark.parametrize("kind", KINDS)
def test_the_trees_answer_as_the_forest_does(kind: str, gaps: float) -> None:
    x = matrix(1, 600, gaps=gaps)
    forest: Any = KINDS[kind](12, random_state=1, n_jobs=1, min_samples_leaf=2).fit(x, truth(kind, x))
    trees = from_sklearn_forest(forest)
    tried = hard(trees, matrix(2, 200, gaps=gaps))
    if not gaps:
        tried = np.nan_to_num(tried)  # a forest that met no gap in training refuses one
    expected = forest.predict(tried) if kind == "numbers" else forest.predict_proba(tried)
    assert np.abs(trees.answer(tried) - expected).max() < 1e-12 * max(1.0, np.abs(expected).max())


def test_class_weights_and_one_leaf_trees_change_nothing() -> None:
    x = matrix(1, 100)
    y = truth("two classes", x)
    forest = RandomForestClassifier(4, random_state=1, min_samples_leaf=60, class_weight={0: 1.0, 1: 7.0}).fit(x, y)
    trees = from_sklearn_forest(forest)
    assert (trees.kind == 0).all()
    assert trees.answer(x[:5]) == pytest.approx(forest.predict_proba(x[:5]))


def test_other_classes_than_positions_and_several_targets_are_refused() -> None:
    x = matrix(1, 50)
    y = truth("two classes", x)
    with pytest.raises(InputError, match="for the classes"):
        from_sklearn_forest(RandomForestClassifier(2, random_state=1).fit(x, y + 1))
    with pytest.raises(InputError, match="2 targets"):
        from_sklearn_forest(RandomForestRegressor(2, random_state=1).fit(x, np.column_stack([y, y])))
