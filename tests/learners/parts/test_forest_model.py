from pathlib import Path

import numpy as np
import pytest

from ownproof.core.dataset import Encoded
from ownproof.core.input import Feature
from ownproof.learners.parts.forest_model import graph, learnable
from ownproof.learners.parts.level_means import LevelMeans, outcomes
from ownproof.learners.parts.trees import Planter
from ownproof.scorers.onnx import OnnxScorer

ROWS = np.array([[0.1, 0, 2], [0.9, 3, np.nan], [np.nan, 9, 0], [0.5, np.nan, 1]], np.float32)
FEATURES = (Feature("x", "x"), Feature("c", "c", "categorical", 4), Feature("d", "d", "categorical", 3))


def means() -> LevelMeans:
    rng = np.random.default_rng(0)
    matrix = np.column_stack([rng.normal(size=60), rng.integers(0, 4, 60), rng.integers(0, 3, 60)]).astype(np.float32)
    matrix[::7, 1] = np.nan
    return LevelMeans.fit(Encoded(matrix, FEATURES), outcomes(rng.integers(0, 2, 60), 2), None)


def test_the_graph_looks_level_means_up_exactly(tmp_path: Path) -> None:
    table = means()
    wide = table.apply(ROWS)
    for column in (3, 4):
        for threshold in np.unique(wide[:, column]):  # a threshold on the value itself: the last bit decides
            planter = Planter(n_features=5)
            top = planter.numeric(column, float(threshold), missing_left=False)
            planter.join(top, planter.leaf(1.0), planter.leaf(2.0))
            planter.tree(top)
            trees = planter.done(link="identity")
            (tmp_path / "model.onnx").write_bytes(graph(trees, table, (), 0))
            scorer = OnnxScorer.load(tmp_path)
            assert scorer.score(ROWS).tolist() == trees.answer(wide).tolist()
            assert scorer.score(ROWS[:0]).shape == (0,)


@pytest.mark.parametrize("present", [(0, 3), (1, 2), (0, 1, 3)])
def test_classes_that_training_never_met_get_a_zero(present: tuple[int, ...], tmp_path: Path) -> None:
    planter = Planter(n_features=5)
    for output in range(len(present) if len(present) > 2 else 1):
        top = planter.numeric(0, 0.4, missing_left=True)
        planter.join(top, planter.leaf(1.0 + output), planter.leaf(-1.0))
        planter.tree(top, output=output)
    two = len(present) == 2
    trees = planter.done(link="sigmoid" if two else "softmax", base=(0.0,) * (1 if two else len(present)))
    (tmp_path / "model.onnx").write_bytes(graph(trees, means(), present, 4))
    answers = OnnxScorer.load(tmp_path).score(ROWS)
    absent = [c for c in range(4) if c not in present]
    assert answers.shape == (4, 4)
    assert (answers[:, absent] == 0).all()
    assert answers[:, present] == pytest.approx(trees.answer(means().apply(ROWS)), abs=1e-15)


def test_equal_rows_cannot_be_learnt_from() -> None:
    assert not learnable(np.array([[1, np.nan], [1, np.nan]], np.float32))
    assert learnable(np.array([[1, np.nan], [1, 2]], np.float32))
    assert learnable(np.array([[1], [np.nan]], np.float32))
    assert not learnable(np.empty((3, 0), np.float32))
