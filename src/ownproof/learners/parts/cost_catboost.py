"""What rounds of CatBoost take, by formula from the shape of the data."""

from __future__ import annotations

from typing import Final

from ownproof.core.learner import Shape
from ownproof.learners.parts.level_means import outputs

_MEAN_BINS: Final = 200.0  # of a column of level means


def seconds(shape: Shape, *, rounds: float, depth: int, above: int) -> float:
    """CPU seconds of a fit, the answers to the held-out rows included.

    above: columns of more levels than this get means beside them. Fitted by least relative squares on made-up tables
    of 500 to 200,000 rows and 5 to 100 columns (`bench/costs.py`); a leaf of several classes solves for all of them.
    """
    rows, means = shape.rows, sum(levels > above for levels in shape.levels) * outputs(shape.answers)
    columns, leaves = shape.features + means, 2.0**depth
    bins = shape.bins * shape.features + _MEAN_BINS * means
    many = shape.answers if shape.answers > 2 else 0
    if many:
        one = 9.2e-4 + 2.8e-5 * columns + many * (9.6e-9 * rows * depth + 4.1e-8 * shape.held)
        one += rows * columns * depth**2 * (4e-10 + 1.1e-10 * many)
        one += leaves * columns * many * (5.1e-7 + 2.2e-8 * many)
    elif shape.answers == 2:
        one = 6e-4 + rows * (7e-9 + 1e-8 * depth) + 5.6e-8 * shape.held
        one += rows * columns * (9e-10 + 8.6e-10 * depth) + bins * (4e-8 + 7.1e-9 * leaves)
    else:
        one = 1e-4 + 1.1e-7 * rows + rows * columns * (1.5e-9 + 6e-10 * depth) + bins * (1.2e-7 + 8.8e-9 * leaves)
    return 6e-3 + 1.6e-7 * rows * shape.features + 1.2e-7 * rows * means + rounds * one
