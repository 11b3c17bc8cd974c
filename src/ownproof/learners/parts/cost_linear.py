"""What a linear model takes, by formula from the shape of the data and the passes that its fits made."""

from __future__ import annotations

from dataclasses import dataclass

from ownproof.core.learner import Shape
from ownproof.learners.parts.linear_columns import FULL, PRODUCTS_UP_TO


@dataclass(frozen=True, slots=True)
class Work:
    """What was done to some rows. strengths: how many were tried; passes: over all rows and strengths (classes only)."""

    rows: int
    strengths: float
    passes: float = 0.0


def seconds(shape: Shape, work: Work, *, squares: bool) -> float:
    """CPU seconds of one walk along the strengths, on the columns as they are written out for it.

    Fitted by least relative squares on made-up tables of 500 to 140,000 rows and 5 to 500 columns, of full numbers, of
    codes of up to 1,500 levels and of numbers that are mostly 0 (`bench/costs.py`).
    """
    rows, numbers = work.rows, shape.features - len(shape.levels)
    columns = numbers * (1 + squares) + sum(shape.levels) + len(shape.levels)
    told = numbers * (1 + squares) * shape.filled + len(shape.levels)
    sparse = told <= FULL * columns
    cells = told if sparse else columns
    took = 3e-3 + rows * (2e-7 + 2.5e-8 * cells) + work.strengths * 2e-8 * shape.held * shape.features
    if shape.answers > 1:
        outputs = shape.answers if shape.answers > 2 else 1
        cell = 1.7e-9 if sparse else 3.5e-10
        return took + work.passes * (
            3e-4 + 6e-8 * outputs * columns + rows * (3.6e-8 + outputs * (9e-9 + cell * cells))
        )
    if columns > PRODUCTS_UP_TO:
        return took + 9e-8 * work.strengths * rows * cells
    products = 4.5e-9 * cells**2 if sparse else 3.5e-10 * columns**2
    return took + rows * products + 3.5e-11 * work.strengths * columns**3
