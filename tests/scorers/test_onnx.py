from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ownproof.errors import InputError
from ownproof.learners.parts import onnx_graph, onnx_trees
from ownproof.scorers.onnx import OnnxScorer
from ownproof.testing.scorer import check_scorer
from tests.learners.parts.test_onnx_trees import KINDS, forest
from tests.rough_tables import matrix


def write(folder: Path, kind: str) -> None:
    link, outputs = KINDS[kind]
    trees = forest(1, outputs=outputs, link=link)
    (folder / "model.onnx").write_bytes(onnx_trees.write(trees, classes=trees.classes))


@pytest.mark.parametrize("kind", KINDS)
def test_it_keeps_to_the_protocol(kind: str, tmp_path: Path) -> None:
    write(tmp_path, kind)
    check_scorer(OnnxScorer, tmp_path, matrix(2, 120))


def test_a_batch_larger_than_one_call_is_put_together_again(tmp_path: Path) -> None:
    write(tmp_path, "numbers")
    scorer, x = OnnxScorer.load(tmp_path), matrix(3, 4096)
    once = scorer.score(x)
    assert (scorer.score(np.concatenate([x, x, x[:5]])) == np.concatenate([once, once, once[:5]])).all()


def test_threads_may_share_it(tmp_path: Path) -> None:
    write(tmp_path, "two classes")
    scorer, x = OnnxScorer.load(tmp_path), matrix(4, 400)
    expected = [scorer.score_one(row) for row in x]
    with ThreadPoolExecutor(4) as pool:
        assert np.array_equal(list(pool.map(scorer.score_one, x)), expected)


def foreign(folder: Path, *, output: int, classes: int | None = None) -> OnnxScorer:
    """A graph of somebody else: two float32 outputs of one column, none called `answers`, and one of labels."""
    from onnx import helper

    names = ["label", "first", "probability"]
    types = [onnx_graph.INT64, onnx_graph.FLOAT, output]
    nodes = [
        helper.make_node("Cast", ["x"], ["label"], to=onnx_graph.INT64),
        helper.make_node("Neg", ["x"], ["first"]),
        helper.make_node("Cast", ["x"], ["probability"], to=output),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", onnx_graph.FLOAT, [None, 1])],
        [helper.make_tensor_value_info(n, t, [None, 1]) for n, t in zip(names, types, strict=True)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    if classes:
        (folder / "model.json").write_text(json.dumps({"classes": classes}))
    return OnnxScorer.load(folder)


def test_one_column_is_a_number_or_the_share_of_class_1_when_two_classes_are_said(tmp_path: Path) -> None:
    x = np.array([[0.25], [0.5]], np.float32)
    assert foreign(tmp_path, output=onnx_graph.FLOAT).score(x).tolist() == [0.25, 0.5]
    labels = foreign(tmp_path, output=onnx_graph.FLOAT, classes=2)
    assert labels.score(x).tolist() == [[0.75, 0.25], [0.5, 0.5]]
    check_scorer(OnnxScorer, tmp_path, x)


def test_an_output_that_is_not_of_numbers_is_passed_over(tmp_path: Path) -> None:
    scorer = foreign(tmp_path, output=onnx_graph.INT64)
    assert scorer.score(np.array([[0.25]], np.float32)).tolist() == [-0.25]


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        OnnxScorer.load(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be opened"):
        OnnxScorer.load(tmp_path)


def test_a_matrix_of_another_width_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "numbers")
    scorer = OnnxScorer.load(tmp_path)
    with pytest.raises(InputError, match="has 3 columns"):
        scorer.score(np.zeros((2, 3), np.float32))
    with pytest.raises(InputError, match="has 3 columns"):
        scorer.score_one(np.zeros(3, np.float32))
