"""Builds a small ONNX graph from `matrix` to `answers`, always to the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

if TYPE_CHECKING:
    import onnx

FLOAT: Final = 1
INT64: Final = 7
DOUBLE: Final = 11
"""Element types, by ONNX's own numbers."""

_OPSET: Final = 18
_ML: Final = "ai.onnx.ml"
_ML_OPSETS: Final = {"TreeEnsemble": 5, "TreeEnsembleRegressor": 3}  # the one replaced the other; a graph holds one
_IR_VERSION: Final = 10  # of the same year as the opsets: older runtimes refuse newer files


@dataclass(frozen=True, slots=True)
class Scores:
    """What the answers are made of: the name of the result, how many columns it has, and the link to the answers."""

    name: str
    outputs: int
    link: str


class Graph:
    """Collects operators; each gives back the name of its result. The input is called `matrix`."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._opsets = {"": _OPSET}

    def add(self, operator: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Append an operator with one result."""
        from onnx import helper

        result = f"{operator.lower()}_{len(self._nodes)}"
        domain = _ML if operator in _ML_OPSETS else ""
        if domain:
            self._opsets[domain] = _ML_OPSETS[operator]
        self._nodes.append(helper.make_node(operator, list(inputs), [result], domain=domain, **attributes))
        return result

    def constant(self, values: ArrayLike, dtype: DTypeLike) -> str:
        """Keep an array in the graph."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(tensor(values, dtype, name=name))
        return name

    def to_bytes(
        self, answers: str, *, inputs: int, outputs: int, scores: Scores | None = None, double: bool = False
    ) -> bytes:
        """The file, when `answers` (float64, n by `outputs`) answers a matrix of `inputs` columns.

        scores: given out too, as `scores_<link>`: a runtime computes exp of one number and of many with another last bit,
        who needs them equal takes the scores and computes it alone. double: the matrix is of float64, not float32.
        """
        from onnx import helper

        self._nodes.append(helper.make_node("Identity", [answers], ["answers"]))
        given = [helper.make_tensor_value_info("answers", DOUBLE, ["rows", outputs])]
        if scores is not None:
            name = f"scores_{scores.link}"
            self._nodes.append(helper.make_node("Identity", [scores.name], [name]))
            given.append(helper.make_tensor_value_info(name, DOUBLE, ["rows", scores.outputs]))
        graph = helper.make_graph(
            self._nodes,
            "ownproof",
            [helper.make_tensor_value_info("matrix", DOUBLE if double else FLOAT, ["rows", inputs])],
            given,
            self._constants,
        )
        model = helper.make_model(
            graph,
            producer_name="ownproof",
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_opsetid(domain, version) for domain, version in self._opsets.items()],
        )
        return bytes(model.SerializeToString(deterministic=True))


def tensor(values: ArrayLike, dtype: DTypeLike, *, name: str = "") -> onnx.TensorProto:
    """An array as ONNX keeps it."""
    from onnx import numpy_helper

    return numpy_helper.from_array(np.asarray(values, dtype), name)
