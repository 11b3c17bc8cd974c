"""What a model answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Raw answers of a model, one per example, in the order of the dataset they were asked for.

    raw: what the target kind makes answers of. Labels: probabilities, float64 (n, classes), each row sums to 1.
    Numbers: float64 (n,). Other kinds: an object array (n,).
    hard: the answers are decisions without a ranking (an imported rule).
    """

    raw: np.ndarray
    hard: bool = False

    def __len__(self) -> int:
        return len(self.raw)

    def take(self, positions: np.ndarray) -> Predictions:
        """The answers at some positions."""
        return Predictions(self.raw[positions], self.hard)
