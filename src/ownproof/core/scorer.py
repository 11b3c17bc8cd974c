"""How the weights of a bundle answer, without any training library."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Scorer(Protocol):
    """Opens the `model/` folder of a bundle and answers.

    reads: `matrix` (the encoded float32 matrix (n, p)) or `columns` (a mapping of column name to a list of read
    cells, for kinds that have no matrix).
    """

    name: ClassVar[str]
    reads: ClassVar[Literal["matrix", "columns"]]

    @classmethod
    def load(cls, folder: Path) -> Scorer:
        """Open the weights. Raises Tampered or InputError when they cannot be read."""

    def score(self, batch: Any) -> np.ndarray:
        """Raw answers of a batch, as `Predictions.raw`."""

    def score_one(self, row: Any) -> np.ndarray:
        """The raw answer of one row: the matrix row float32 (p,), or a mapping of column name to read cell."""


@runtime_checkable
class Shared(Protocol):
    """The ability of a scorer to have `score` called by several threads at once."""

    shared: ClassVar[Literal[True]]
    """Batches may run side by side."""
