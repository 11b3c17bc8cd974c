"""Trees over numbers with level means in front: one ONNX graph, whichever library grew them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ownproof.core.dataset import Dataset
from ownproof.core.prediction import Predictions
from ownproof.learners.parts import onnx_trees, table
from ownproof.learners.parts.level_means import LevelMeans
from ownproof.learners.parts.onnx_graph import DOUBLE, FLOAT, INT64, tensor
from ownproof.learners.parts.tree_nodes import Trees

if TYPE_CHECKING:
    import onnx

Answer = Callable[[NDArray[np.float32]], NDArray[np.floating[Any]]]
_WIDE = "wide"


@dataclass(frozen=True, slots=True, eq=False)
class ForestModel:
    """A fitted forest of CatBoost, XGBoost or scikit-learn.

    answer: the library's own answers to the widened matrix: (n, present) probabilities, or (n,) numbers.
    present: the classes that training met, in order; empty for numbers. native: further files by name.
    """

    answer: Answer
    trees: Callable[[], Trees]
    means: LevelMeans
    present: tuple[int, ...]
    classes: int
    facts: Mapping[str, Any]
    native: Mapping[str, bytes] = field(default_factory=dict)

    def predict(self, dataset: Dataset) -> Predictions:
        """Probabilities (n, classes), or numbers (n,)."""
        raw = np.asarray(self.answer(self.means.apply(table.matrix(dataset))), np.float64)
        if not self.classes:
            return Predictions(raw.reshape(len(dataset)))
        full = np.zeros((len(dataset), self.classes))
        full[:, self.present] = raw / raw.sum(axis=1, keepdims=True)
        return Predictions(full)

    def save(self, folder: Path) -> str:
        """Write `model.onnx` for the scorer `onnx`, and the library's own file beside it."""
        (folder / "model.onnx").write_bytes(graph(self.trees(), self.means, self.present, self.classes))
        for name, content in self.native.items():
            (folder / name).write_bytes(content)
        return "onnx"


def learnable(matrix: NDArray[np.float32]) -> bool:
    """Whether any column tells two rows apart."""
    first = matrix[:1]
    return bool(np.any((matrix != first) & ~(np.isnan(matrix) & np.isnan(first))))


def graph(trees: Trees, means: LevelMeans, present: Sequence[int], classes: int) -> bytes:
    """The trees' graph with the level means in front and a place for every class behind."""
    import onnx

    model = onnx.load_from_string(onnx_trees.write(trees, classes=len(present) or None))
    if means.width:
        _widen(model.graph, means, trees.n_features - means.width)
    if classes and len(present) < classes:
        _place(model.graph, present, classes)
    return bytes(model.SerializeToString(deterministic=True))


def _widen(drawn: onnx.GraphProto, means: LevelMeans, features: int) -> None:
    """Let the trees read the matrix with the means beside it."""
    from onnx import helper

    for node in drawn.node:
        for i, name in enumerate(node.input):
            if name == "matrix":
                node.input[i] = _WIDE
    constants: dict[str, tuple[Any, Any]] = {
        "means_columns": (means.categorical, np.int64),
        "means_levels": (means.levels[None], np.float32),
        "means_starts": (means.starts[None], np.int64),
        "means_table": (means.table, np.float32),
        "means_zero": (0.0, np.float32),
        "means_shape": ([0, means.width], np.int64),
    }
    drawn.initializer.extend([tensor(values, dtype, name=name) for name, (values, dtype) in constants.items()])
    steps: list[tuple[str, list[str], dict[str, Any]]] = [
        ("Gather", ["matrix", "means_columns"], {"axis": 1}),
        ("GreaterOrEqual", ["means_0", "means_zero"], {}),
        ("Less", ["means_0", "means_levels"], {}),
        ("And", ["means_1", "means_2"], {}),
        ("Where", ["means_3", "means_0", "means_levels"], {}),
        ("Cast", ["means_4"], {"to": INT64}),
        ("Add", ["means_5", "means_starts"], {}),
        ("Gather", ["means_table", "means_6"], {"axis": 0}),
        ("Reshape", ["means_7", "means_shape"], {}),
        ("Concat", ["matrix", "means_8"], {"axis": 1}),
    ]
    nodes = [
        helper.make_node(operator, inputs, [_WIDE if operator == "Concat" else f"means_{i}"], **attributes)
        for i, (operator, inputs, attributes) in enumerate(steps)
    ]
    nodes += list(drawn.node)
    del drawn.node[:]
    drawn.node.extend(nodes)
    drawn.input[0].CopyFrom(helper.make_tensor_value_info("matrix", FLOAT, ["rows", features]))


def _place(drawn: onnx.GraphProto, present: Sequence[int], classes: int) -> None:
    """Give each class its column, those that training never met a 0."""
    from onnx import helper

    where = np.zeros((len(present), classes))
    where[np.arange(len(present)), list(present)] = 1.0
    drawn.initializer.append(tensor(where, np.float64, name="class_places"))
    answering = next(node for node in drawn.node if node.output[0] == "answers")
    answering.output[0] = "present"
    for given in list(drawn.output)[1:]:  # scores of the classes that are there say nothing of the others
        drawn.output.remove(given)
    drawn.node.append(helper.make_node("MatMul", ["present", "class_places"], ["answers"]))
    drawn.output[0].CopyFrom(helper.make_tensor_value_info("answers", DOUBLE, ["rows", classes]))
