"""What a model that was made elsewhere asks and answers, whatever its format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ownproof.errors import InputError

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Asked:
    """One input of the model. kind: the input kind that reads its column. levels: what the model itself knows a
    category's codes by, in their order; None where it does not say, or needs no codes."""

    name: str
    kind: Literal["number", "category"] = "number"
    levels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Original:
    """A model as its own library opens it.

    format: for people. inputs: in the model's order; named: their names mean columns (else only the order counts).
    target: `label` or `number`; outputs: classes it answers, 1 for a number; classes: their names, where it knows them.
    answer: a table whose columns are called as the inputs, typed, to raw answers (n, classes) or (n,), computed by the
    model's own library. decide: to its own decisions as text, where it makes some. save: write the model into a folder;
    gives the scorer's name. wide: it compares numbers in float64. reads: `matrix` or `columns`, as the scorer.
    """

    format: str
    inputs: tuple[Asked, ...]
    named: bool
    target: Literal["label", "number"]
    outputs: int
    answer: Callable[[pl.DataFrame], np.ndarray]
    save: Callable[[Path, dict[str, str]], str]
    classes: tuple[Any, ...] | None = None
    decide: Callable[[pl.DataFrame], list[Any]] | None = None
    wide: bool = False
    reads: Literal["matrix", "columns"] = "matrix"


def numbers_of(table: pl.DataFrame, inputs: tuple[Asked, ...]) -> np.ndarray:
    """The table as the float64 matrix that a model of numbers and category codes takes; a level it does not know, and a
    missing cell, are NaN."""
    import polars as pl

    columns = []
    for asked in inputs:
        column = table[asked.name]
        if asked.levels is not None:
            codes = {level: float(i) for i, level in enumerate(asked.levels)}
            column = pl.Series([codes.get(cell) for cell in column.to_list()], dtype=pl.Float64)
        columns.append(column.cast(pl.Float64).fill_null(np.nan).to_numpy())
    return np.column_stack(columns).astype(np.float64)


def two_shares(share: np.ndarray) -> np.ndarray:
    """(n, 2) from the shares of class 1, (n,)."""
    return np.column_stack([1.0 - share, share])


def not_carried(what: str, why: str, hint: str, where: str = "MODEL") -> InputError:
    """The error for a model that cannot become a bundle as it is."""
    return InputError(
        f"{what}: {why}", expected="a model that a bundle can answer for", hint=hint, where=where, code="model-form"
    )
