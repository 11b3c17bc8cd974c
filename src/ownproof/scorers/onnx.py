"""Answers from `model.onnx` by ONNX Runtime."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.errors import InputError
from ownproof.stats.linear import Link, linked

if TYPE_CHECKING:
    import onnxruntime as ort

_ROWS = 4096  # rows of one call: the widened copy of the matrix stays in the processor's cache
_LINKS: dict[str, Link] = {"scores_sigmoid": "sigmoid", "scores_softmax": "softmax", "scores_log": "log"}
_NUMBERS = ("tensor(double)", "tensor(float)")


class OnnxScorer:
    """A graph with one input (n, p) of float32 or float64 and an output of (n, classes) probabilities or (n, 1) numbers.

    The output is the one called `answers`, else the graph's last one of numbers; where there are scores whose link is known
    (`scores_sigmoid` ...), answers are computed from them here, because a runtime's exp of one number and of many differ in
    the last bit. Where `model.json` beside it says
    `{"classes": 2}` a single column is the probability of class 1; `{"alone": true}`: the graph answers a row beside
    others with another last bit than alone, so that rows go one by one. Safe to share between threads: batches run side
    by side, single rows take turns.
    """

    name: ClassVar[str] = "onnx"
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    shared: ClassVar[Literal[True]] = True

    def __init__(self, session: ort.InferenceSession, *, classes: int | None = None, alone: bool = False) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._cell = np.float64 if session.get_inputs()[0].type == "tensor(double)" else np.float32
        self._output = _output(session)
        self._link = _LINKS.get(self._output)
        self._classes = classes
        self._rows = 1 if alone else _ROWS
        self._lock = threading.Lock()
        self._bound: tuple[ort.IOBinding, NDArray[np.floating], NDArray[np.floating]] | None = None

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> OnnxScorer:
        """Open `folder/model.onnx`; a server keeps one thread for each of its workers. Raises InputError."""
        import json

        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = Path(folder) / "model.onnx"
        says = path.with_name("model.json")
        said = json.loads(says.read_text("utf-8")) if says.exists() else {}
        try:
            session = ort.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        except Exception as why:  # the runtime's errors share no class
            raise InputError(
                f"the model cannot be opened: {str(why)[:200]}",
                expected="an ONNX graph",
                hint="package the model again",
                where=path.name,
                code="model-unreadable",
            ) from why
        return cls(session, classes=said.get("classes"), alone=bool(said.get("alone")))

    def score(self, batch: NDArray[np.floating]) -> NDArray[np.float64]:
        """Answers of a matrix (n, p): probabilities (n, k) or numbers (n,)."""
        matrix = np.ascontiguousarray(batch, self._cell)
        self._check_width(matrix.shape[-1] if matrix.ndim == 2 else 0)
        parts = [
            self._session.run([self._output], {self._input: matrix[i : i + self._rows]})[0]
            for i in range(0, max(len(matrix), 1), self._rows)
        ]
        answers = np.concatenate(parts).astype(np.float64, copy=False)
        return self._shaped(answers.reshape(len(matrix), answers.shape[1] if answers.ndim > 1 else 1))

    def score_one(self, row: NDArray[np.floating]) -> NDArray[np.float64]:
        """The answer of one row (p,): probabilities (k,) or a number ()."""
        with self._lock:
            if self._bound is None:
                self._check_width(len(row))
                self._bound = self._bind(len(row))
            binding, into, out = self._bound
            into[0] = row
            self._session.run_with_iobinding(binding)
            answer = out.astype(np.float64)
        return np.asarray(self._shaped(answer)[0])

    def _bind(self, width: int) -> tuple[ort.IOBinding, NDArray[np.floating], NDArray[np.floating]]:
        """Buffers of one row that the runtime reads and writes in place; a first call tells the answer's shape."""
        into = np.zeros((1, width), self._cell)
        out = np.array(self._session.run([self._output], {self._input: into})[0])
        binding = self._session.io_binding()
        binding.bind_input(self._input, "cpu", 0, self._cell, into.shape, into.ctypes.data)
        binding.bind_output(self._output, "cpu", 0, out.dtype.type, out.shape, out.ctypes.data)
        return binding, into, out.reshape(1, -1)

    def _check_width(self, width: int) -> None:
        wanted = self._session.get_inputs()[0].shape[-1]
        if isinstance(wanted, int) and wanted != width:
            raise InputError(
                f"the matrix has {width} columns",
                expected=f"(n, {wanted})",
                hint="encode the rows with the bundle's encoder",
                where="matrix",
                code="matrix-shape",
            )

    def _shaped(self, answers: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._link:
            return linked(answers, self._link)
        if answers.shape[1] > 1:
            return answers
        if self._classes == 2:
            return np.concatenate([1.0 - answers, answers], axis=1)
        return answers[:, 0]


def _output(session: ort.InferenceSession) -> str:
    """The name of the output that holds the answers."""
    scores: list[str] = [o.name for o in session.get_outputs() if o.name in _LINKS]
    if scores:
        return scores[0]
    known = [o.name for o in session.get_outputs() if o.type in _NUMBERS]
    if not known:
        kinds = ", ".join(o.type for o in session.get_outputs())
        raise InputError(
            f"the graph answers in {kinds}",
            expected="one output of float or double",
            hint="cut ZipMap and sequence outputs off",
            where="model.onnx",
            code="model-form",
        )
    return "answers" if "answers" in known else known[-1]
