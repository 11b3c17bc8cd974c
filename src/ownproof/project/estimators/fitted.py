"""What a fit leaves: the written weights in memory, which answer through the scorers that ship."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core.reader import RawTable
from ownproof.core.recognise import Kind, read_typed
from ownproof.runtime.predictor import Predictor

if TYPE_CHECKING:
    import polars as pl


class Fitted:
    """Weights as bytes. They are opened when they are first asked, and travel as bytes when they are pickled."""

    def __init__(self, packed: bytes) -> None:
        self.packed = packed
        self._opened: Predictor | None = None

    @property
    def predictor(self) -> Predictor:
        """The opened weights; no file of them stays on the disk."""
        if self._opened is None:
            with tempfile.TemporaryDirectory(prefix="ownproof-fit-") as folder:
                path = Path(folder) / "fitted.zip"
                path.write_bytes(self.packed)
                self._opened = Predictor.open(path)
                self._opened.bundle.close()
        return self._opened

    def raw(self, table: pl.DataFrame) -> np.ndarray:
        """Calibrated answers for a table of cells: float64 (n, classes), or (n,) for numbers."""
        predictor = self.predictor
        kinds = [Kind(c.name, c.kind, c.details) for c in predictor.columns]
        typed = read_typed(RawTable(table.lazy(), source="X"), kinds, predictor.inputs).collect() if kinds else table
        return np.asarray(predictor.raw(typed))

    def __getstate__(self) -> dict[str, Any]:
        return {"packed": self.packed}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.packed, self._opened = state["packed"], None
