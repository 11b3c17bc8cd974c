"""The same answer for every row: the bar that every model has to clear."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.errors import InputError


class ConstantScorer:
    """Class shares, or a number, from `model.json`: `{"format": "constant", "classes": k or null, "answer": ...}`."""

    name: ClassVar[str] = "constant"
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    shared: ClassVar[Literal[True]] = True

    def __init__(self, says: Mapping[str, Any]) -> None:
        self._answer = np.asarray(says["answer"], np.float64)
        wanted = () if says["classes"] is None else (int(says["classes"]),)
        if says["format"] != self.name or self._answer.shape != wanted or not np.isfinite(self._answer).all():
            raise ValueError(f"format {says['format']!r}, classes {says['classes']!r}, answer {says['answer']!r}")

    @classmethod
    def load(cls, folder: Path) -> ConstantScorer:
        """Open `model.json`. Raises InputError when it is not that of a constant."""
        path = Path(folder) / "model.json"
        try:
            return cls(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as why:
            raise InputError(
                f"the model cannot be opened: {why}",
                expected="format 'constant' and one finite answer",
                hint="package the model again",
                where=path.name,
                code="model-unreadable",
            ) from why

    def score(self, batch: NDArray[np.float32]) -> NDArray[np.float64]:
        """The answer for each row of a matrix (n, p): (n, k) or (n,)."""
        return np.repeat(self._answer[None], len(batch), axis=0)

    def score_one(self, row: NDArray[np.float32]) -> NDArray[np.float64]:
        """The answer: (k,) or ()."""
        return self._answer.copy()
