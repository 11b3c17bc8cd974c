from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ownproof.learners.parts import onnx_trees
from ownproof.learners.parts.trees import Planter, Trees, from_lightgbm
from ownproof.scorers.onnx import OnnxScorer
from tests.rough_tables import LEVELS, NUMBERS, hard, matrix

KINDS = {
    "two classes": ("sigmoid", 1),
    "four classes": ("softmax", 4),
    "numbers": ("identity", 1),
    "counts": ("log", 1),
}


def forest(seed: int, *, outputs: int = 1, link: str = "identity", trees: int = 60, depth: int = 6) -> Trees:
    """Random trees over the columns of `matrix`: numbers, codes (small and large sets), gaps to either side."""
    rng = np.random.default_rng(seed)
    planter = Planter(n_features=NUMBERS + len(LEVELS))

    def grow(level: int) -> int:
        if level == depth or rng.random() < 0.1:
            return planter.leaf(float(rng.normal()) / 4)
        gap = bool(rng.integers(2))
        column = int(rng.integers(NUMBERS + len(LEVELS)))
        if column < NUMBERS:
            node = planter.numeric(column, round(float(rng.normal()), 2), missing_left=gap)
        else:
            levels = LEVELS[column - NUMBERS]
            codes = rng.choice(levels, int(rng.integers(1, levels)), replace=False)
            node = planter.one_of(column, codes.tolist(), missing_left=gap)
        planter.join(node, grow(level + 1), grow(level + 1))
        return node

    for i in range(trees):
        planter.tree(grow(0), output=i % outputs)
    base = rng.normal(size=outputs).tolist()
    return planter.done(link=link, base=base, scale=0.7)  # type: ignore[arg-type]


def opened(trees: Trees, folder: Path) -> OnnxScorer:
    (folder / "model.onnx").write_bytes(onnx_trees.write(trees, classes=trees.classes))
    return OnnxScorer.load(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_answers_as_the_trees_do(kind: str, tmp_path: Path) -> None:
    link, outputs = KINDS[kind]
    trees = forest(1, outputs=outputs, link=link)
    tried = hard(trees, matrix(2, 500))
    expected = trees.answer(tried)
    answers = opened(trees, tmp_path).score(tried)
    assert answers.shape == expected.shape
    assert np.abs(answers - expected).max() < 1e-13 * max(1.0, np.abs(expected).max())
    if kind == "two classes":
        assert ((answers[:, 1] >= 0.5) == (expected[:, 1] >= 0.5)).all()


@pytest.mark.parametrize("link", ["identity", "softmax"])
def test_leaves_with_a_value_for_each_class_answer_within_float32(link: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    planter = Planter(n_features=2)
    for _ in range(30):
        top, low = (
            planter.numeric(0, float(rng.normal()), missing_left=True),
            planter.numeric(1, 0.0, missing_left=False),
        )
        planter.join(top, low, planter.leaf(*rng.dirichlet([1, 1, 1])))
        planter.join(low, planter.leaf(*rng.dirichlet([1, 1, 1])), planter.leaf(*rng.dirichlet([1, 1, 1])))
        planter.tree(top, output=-1)
    planter.tree(planter.leaf(0.2, 0.3, 0.5), output=-1)
    trees = planter.done(link=link, base=[0.0, 0.0, 0.0], scale=1 / 31)  # type: ignore[arg-type]
    tried = hard(trees, matrix(4, 100, levels=())[:, :2])
    assert np.abs(opened(trees, tmp_path).score(tried) - trees.answer(tried)).max() < 3e-7


def test_the_shares_of_two_classes_keep_double_precision(tmp_path: Path) -> None:
    planter = Planter(n_features=1)
    for third in (0.1, 0.7):
        top = planter.numeric(0, third, missing_left=True)
        planter.join(top, planter.leaf(1 - third, third), planter.leaf(1.0, 0.0))
        planter.tree(top, output=-1)
    trees = planter.done(link="identity", base=[0.0, 0.0], scale=0.5)
    tried = hard(trees, np.linspace(-1, 1, 40, dtype=np.float32)[:, None])
    assert np.abs(opened(trees, tmp_path).score(tried) - trees.answer(tried)).max() < 1e-15


def test_no_trees_one_leaf_trees_and_an_output_without_trees(tmp_path: Path) -> None:
    row = np.array([[0.5, np.nan]], np.float32)
    assert opened(Planter(2).done(link="identity", base=[1.25]), tmp_path).score(row).tolist() == [1.25]
    assert opened(Planter(2).done(link="identity", base=[0.0]), tmp_path).score(row).tolist() == [0.0]
    planter = Planter(n_features=2)
    planter.tree(planter.leaf(2.0))
    planter.tree(planter.leaf(0.5))
    assert opened(planter.done(link="identity", base=[1.0], scale=2.0), tmp_path).score(row).tolist() == [6.0]
    top = planter.numeric(1, 0.0, missing_left=True)
    planter.join(top, planter.leaf(-1.0), planter.leaf(7.0))
    planter.tree(top, output=2)
    mixed = planter.done(link="softmax", base=[0.0, 0.25, 0.0])
    assert opened(mixed, tmp_path).score(row) == pytest.approx(mixed.answer(row), abs=1e-15)


def test_thresholds_beyond_float32_and_sets_of_hundreds(tmp_path: Path) -> None:
    planter = Planter(n_features=2)
    codes = list(range(0, 1000, 2))
    top, low = planter.one_of(1, codes), planter.numeric(0, 1.7e308, missing_left=False)
    planter.join(top, low, planter.leaf(0.0))
    planter.join(low, planter.leaf(1.0), planter.leaf(2.0))
    planter.tree(top)
    trees = planter.done(link="identity")
    cells = [(0, 0), (3e38, 998), (np.inf, 500), (np.nan, 2), (0, 1), (0, 999), (0, 1000), (0, np.nan), (0, -1)]
    assert opened(trees, tmp_path).score(np.array(cells, np.float32)).tolist() == [1, 1, 2, 2, 0, 0, 0, 0, 0]


def test_sums_of_a_thousand_trees_lose_nothing(tmp_path: Path) -> None:
    trees = forest(5, trees=1000, depth=4)
    tried = matrix(6, 200)
    assert np.abs(opened(trees, tmp_path).score(tried) - trees.answer(tried)).max() < 1e-12


def test_the_same_trees_give_the_same_bytes() -> None:
    assert onnx_trees.write(forest(1), classes=None) == onnx_trees.write(forest(1), classes=None)


def test_the_graph_passes_the_format_s_own_check() -> None:
    import onnx

    onnx.checker.check_model(onnx.load_from_string(onnx_trees.write(forest(1), classes=None)), full_check=True)


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="answer 2 classes, not None"):
        onnx_trees.write(forest(1, link="sigmoid"), classes=None)
    with pytest.raises(ValueError, match="without a feature"):
        onnx_trees.write(Planter(0).done(link="identity"), classes=None)
    planter = Planter(n_features=1)
    top, low = planter.one_of(0, [1]), planter.numeric(0, 0.5, missing_left=True)
    planter.join(top, planter.leaf(0.0), low)
    planter.join(low, planter.leaf(0.0), planter.leaf(1.0))
    planter.tree(top)
    with pytest.raises(ValueError, match="both as a number and as a category"):
        onnx_trees.write(planter.done(link="identity"), classes=None)


def test_a_booster_s_answers_survive_the_graph_bit_by_bit_but_the_last(tmp_path: Path) -> None:
    from tests.learners.parts.test_trees_lightgbm import grow, truth

    x = matrix(1, 1500)
    booster = grow(x, truth("binary", x), objective="binary", rounds=80)
    trees = from_lightgbm(booster.dump_model())
    tried = hard(trees, matrix(2, 500))
    expected = booster.predict(tried)
    answers = opened(trees, tmp_path).score(tried)[:, 1]
    assert np.abs(answers - expected).max() < 1e-15
    assert ((answers >= 0.5) == (expected >= 0.5)).all()
