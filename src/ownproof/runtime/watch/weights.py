"""How much each column weighs in the answers: what they move by when its cells are shuffled among the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ownproof.core.target import Target
from ownproof.runtime.predictor import Predictor

if TYPE_CHECKING:
    import polars as pl

CELLS: Final = 20_000
"""Rows times columns that are asked for at most; every column asks for all rows again."""
ROWS: Final = 500


def weights(predictor: Predictor, table: pl.DataFrame, *, seed: int) -> dict[str, float]:
    """The mean move of the answers by column, as shares that add up to 1; all 0 for answers that never move.

    It says what a drift of the column can do to the answers, not how good the column is (Breiman 2001 shuffles for the
    loss). table: typed rows, of which a few hundred are looked at.
    """
    rows = table.head(max(20, min(ROWS, CELLS // max(1, len(predictor.names)))))
    order = np.random.default_rng(seed).permutation(rows.height)
    before = predictor.raw(rows)
    moved = {
        n: _apart(predictor.target, before, predictor.raw(rows.with_columns(rows[n][order]))) for n in predictor.names
    }
    whole = sum(moved.values())
    return {n: round(m / whole, 4) if whole > 0 else 0.0 for n, m in moved.items()}


def _apart(target: Target, a: np.ndarray, b: np.ndarray) -> float:
    if a.dtype == object:
        return float(np.mean([target.distance(x, y) for x, y in zip(a, b, strict=True)]))
    return float(np.mean(np.abs(a - b)))
