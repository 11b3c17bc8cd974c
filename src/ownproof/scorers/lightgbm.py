"""Answers from `model.txt` by LightGBM's shared library, opened by path; without it, the same ones from `model.onnx`."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.core import registry
from ownproof.core.scorer import Scorer
from ownproof.errors import InputError

LIBRARY = "OWNPROOF_LIGHTGBM_LIB"
"""Environment variable: the path of LightGBM's shared library, for machines without its Python package."""

_FILES = ("lib_lightgbm.so", "lib_lightgbm.dylib", "lib_lightgbm.dll")
_ROWS = 65536
_NORMAL, _FLOAT32, _FLOAT64, _BY_ROWS = (
    0,
    0,
    1,
    1,
)  # what to predict, the type and the layout of the matrix: LightGBM's C numbers


class LightgbmScorer:
    """A booster of LightGBM: labels by `binary` or `multiclass`, numbers by any other objective.

    Safe to share between threads: batches run side by side, single rows take turns.
    """

    name: ClassVar[str] = "lightgbm"
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    shared: ClassVar[Literal[True]] = True

    def __init__(self, library: ctypes.CDLL, text: bytes, *, threads: int = 1) -> None:
        self._lib = library
        self._model = ctypes.c_void_p()
        self._check(
            library.LGBM_BoosterLoadModelFromString(
                ctypes.c_char_p(text), ctypes.byref(ctypes.c_int()), ctypes.byref(self._model)
            )
        )
        self._finalizer = weakref.finalize(self, library.LGBM_BoosterFree, self._model)
        self._p = self._ask("LGBM_BoosterGetNumFeature")
        self._k = self._ask("LGBM_BoosterGetNumClasses")
        self._pair = _objective(text) in ("binary", "cross_entropy")
        self._settings = f"num_threads={threads} verbosity=-1".encode()
        self._lock = threading.Lock()
        self._row, self._out, self._one = self._fast_path()

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> Scorer:
        """Open `folder/model.txt`, or `folder/model.onnx` where the library is not there. Raises InputError."""
        library = open_library()
        if library is None:
            other: Scorer = registry.load("scorers", "onnx").load(folder, threads=threads)
            return other
        path = Path(folder) / "model.txt"
        try:
            text = path.read_bytes()
        except OSError as why:
            raise InputError(
                f"the model cannot be opened: {why}",
                expected="a model text of LightGBM",
                hint="package the model again",
                where=path.name,
                code="model-unreadable",
            ) from why
        return cls(library, text, threads=threads)

    def score(self, batch: NDArray[np.floating]) -> NDArray[np.float64]:
        """Answers of a matrix (n, p) of float32 or float64: probabilities (n, k) or numbers (n,). Raises InputError for another p."""
        wide = batch.dtype == np.float64
        matrix = np.ascontiguousarray(batch, np.float64 if wide else np.float32)
        if matrix.ndim != 2 or matrix.shape[1] != self._p:
            raise InputError(
                f"the matrix has the shape {matrix.shape}",
                expected=f"(n, {self._p})",
                hint="encode the rows with the bundle's encoder",
                where="matrix",
                code="matrix-shape",
            )
        out = np.empty((len(matrix), self._k), np.float64)
        for start in range(0, len(matrix), _ROWS):
            part, into = matrix[start : start + _ROWS], out[start : start + _ROWS]
            self._check(
                self._lib.LGBM_BoosterPredictForMat(
                    self._model,
                    ctypes.c_void_p(part.ctypes.data),
                    _FLOAT64 if wide else _FLOAT32,
                    len(part),
                    self._p,
                    _BY_ROWS,
                    _NORMAL,
                    0,
                    -1,
                    self._settings,
                    ctypes.byref(ctypes.c_int64()),
                    ctypes.c_void_p(into.ctypes.data),
                )
            )
        if self._pair:
            return np.concatenate([1.0 - out, out], axis=1)
        return out if self._k > 1 else out[:, 0]

    def score_one(self, row: NDArray[np.floating]) -> NDArray[np.float64]:
        """The answer of one row (p,): probabilities (k,) or a number ()."""
        with self._lock:
            self._row[:] = row
            if self._lib.LGBM_BoosterPredictForMatSingleRowFast(*self._one):
                self._check(-1)
            if self._pair:
                share = self._out[0]
                return np.array((1.0 - share, share))
            return self._out.copy() if self._k > 1 else np.array(self._out[0])

    def _fast_path(self) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[Any, ...]]:
        """One row's buffers (float64 holds what a float32 does), and the arguments of the call that reads the one and fills the other."""
        row, out = np.zeros(self._p), np.zeros(self._k, np.float64)
        call = ctypes.c_void_p()
        self._check(
            self._lib.LGBM_BoosterPredictForMatSingleRowFastInit(
                self._model, _NORMAL, 0, -1, _FLOAT64, self._p, self._settings, ctypes.byref(call)
            )
        )
        weakref.finalize(self, self._lib.LGBM_FastConfigFree, call)  # runs before the booster's: last in, first out
        return (
            row,
            out,
            (call, ctypes.c_void_p(row.ctypes.data), ctypes.byref(ctypes.c_int64()), ctypes.c_void_p(out.ctypes.data)),
        )

    def _ask(self, function: str) -> int:
        number = ctypes.c_int()
        self._check(getattr(self._lib, function)(self._model, ctypes.byref(number)))
        return number.value

    def _check(self, code: int) -> None:
        if code:
            why = self._lib.LGBM_GetLastError().decode("utf-8", "replace")
            raise InputError(
                f"LightGBM refused: {why}",
                expected="a model text of LightGBM 4",
                hint="package the model again",
                where="model.txt",
                code="model-unreadable",
            )


def open_library() -> ctypes.CDLL | None:
    """LightGBM's shared library, found without importing its package; None when it is not there or cannot be opened.

    Raises InputError when OWNPROOF_LIGHTGBM_LIB names a file that cannot be opened.
    """
    wanted = os.environ.get(LIBRARY)
    for path in [Path(wanted)] if wanted else _places():
        try:
            library = ctypes.CDLL(str(path))
        except OSError as why:  # no such file, another processor's, or its libgomp is missing
            if wanted:
                raise InputError(
                    f"{LIBRARY} names a library that cannot be opened: {why}",
                    expected="the path of LightGBM's shared library",
                    hint=f"unset {LIBRARY} to answer from model.onnx",
                    where=wanted,
                ) from why
            continue
        library.LGBM_GetLastError.restype = ctypes.c_char_p
        return library
    return None


def _places() -> Iterator[Path]:
    """Where the package keeps its library."""
    try:
        spec = importlib.util.find_spec("lightgbm")
    except (ImportError, ValueError):
        return
    for folder in (spec.submodule_search_locations if spec else None) or ():
        for inside in ("lib", "bin", "."):
            yield from (p for p in (Path(folder) / inside / f for f in _FILES) if p.is_file())


def _objective(text: bytes) -> str:
    """The first word of the line `objective=` in the head of a model text."""
    for line in text[: text.find(b"Tree=")].splitlines():
        if line.startswith(b"objective="):
            return line[len(b"objective=") :].split(b" ")[0].decode("ascii", "replace")
    return ""
