"""Answers from `model.onnx` whose inputs are the columns of a table, texts among them, by ONNX Runtime."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.errors import InputError

if TYPE_CHECKING:
    import onnxruntime as ort

_ROWS = 4096


class OnnxColumnsScorer:
    """A graph with an input (n, 1) for each column: what `adopt` makes of a scikit-learn pipeline or such a graph.

    `model.json`: `{"inputs": [[column, input], ...], "output": name, "classes": k or null, "alone": bool}`. A missing number
    is NaN, a missing text "". One output column is a number, or with two classes the probability of class 1.
    alone: the graph answers a row beside others with another last bit than alone, so that rows go one by one.
    """

    name: ClassVar[str] = "onnx_columns"
    reads: ClassVar[Literal["matrix", "columns"]] = "columns"
    shared: ClassVar[Literal[True]] = True

    def __init__(self, session: ort.InferenceSession, says: Mapping[str, Any]) -> None:
        types = {i.name: i.type for i in session.get_inputs()}
        self._session = session
        self._columns = [(column, name, _filler(types[name])) for column, name in says["inputs"]]
        self._output, self._classes = str(says["output"]), says.get("classes")
        self._rows = 1 if says.get("alone") else _ROWS

    @classmethod
    def load(cls, folder: Path) -> OnnxColumnsScorer:
        """Open the two files. Raises InputError when they are not those of such a graph."""
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = Path(folder) / "model.onnx"
        try:
            says = json.loads(path.with_name("model.json").read_text("utf-8"))
            session = ort.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
            return cls(session, says)
        except Exception as why:  # the runtime's errors share no class
            raise InputError(
                f"the model cannot be opened: {str(why)[:200]}",
                expected="an ONNX graph and its model.json",
                hint="adopt the model again",
                where=path.name,
                code="model-unreadable",
            ) from why

    def score(self, batch: Mapping[str, Sequence[Any]]) -> NDArray[np.float64]:
        """Answers of columns of n read cells: probabilities (n, k) or numbers (n,)."""
        feed = {name: fill(batch[column]) for column, name, fill in self._columns}
        rows = max(map(len, feed.values()))
        parts = [
            self._session.run([self._output], {n: v[i : i + self._rows] for n, v in feed.items()})[0]
            for i in range(0, max(rows, 1), self._rows)
        ]
        answers = np.concatenate(parts).astype(np.float64, copy=False)
        answers = answers.reshape(rows, answers.shape[1] if answers.ndim > 1 else 1)
        if answers.shape[1] > 1:
            return answers
        return np.concatenate([1.0 - answers, answers], axis=1) if self._classes == 2 else answers[:, 0]

    def score_one(self, row: Mapping[str, Any]) -> NDArray[np.float64]:
        """The answer of one row of read cells: probabilities (k,) or a number ()."""
        return np.asarray(self.score({column: [row.get(column)] for column, _, _ in self._columns})[0])


def _filler(kind: str) -> Callable[[Sequence[Any]], NDArray[Any]]:
    """A function from read cells to the (n, 1) tensor of an input."""
    if kind == "tensor(string)":
        return lambda cells: np.array(["" if c is None else str(c) for c in cells], dtype=object).reshape(-1, 1)
    cell = {"tensor(double)": np.float64, "tensor(int64)": np.int64, "tensor(bool)": np.bool_}.get(kind, np.float32)
    if cell in (np.int64, np.bool_):
        return lambda cells: np.array([0 if c is None else int(c) for c in cells], dtype=cell).reshape(-1, 1)
    return lambda cells: np.array([np.nan if c is None else c for c in cells], dtype=cell).reshape(-1, 1)
