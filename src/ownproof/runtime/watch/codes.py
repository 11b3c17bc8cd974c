"""Rows as the numbers of the cells they fall into, for whoever looks at all columns together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ownproof.core import registry
from ownproof.core.input import Input
from ownproof.core.watch import Reference, View, view_name
from ownproof.runtime.watch.views import plain_views
from ownproof.stats.drift.edges import cells_of

if TYPE_CHECKING:
    import polars as pl


def codes(
    reference: Reference, frame: pl.DataFrame, *, inputs: Mapping[str, Input] | None = None
) -> tuple[list[str], NDArray[np.float32]]:
    """The views of typed rows, and the cell of each row in each of them: float32 (n, views), NaN where missing.

    Levels are numbered by how frequent they were; what has no cell is one further number.
    """
    kinds = registry.inputs() if inputs is None else inputs
    names, columns = [], []
    for column in reference.columns:
        if column.name not in frame.columns or frame[column.name].null_count() == frame.height:
            continue
        views = {v.name: v for v in column.views}
        for name, plain in plain_views(kinds[column.kind], column.known, frame[column.name]).items():
            view = views.get(view_name(column.name, name))
            if view is not None and len(plain) == frame.height:
                names.append(view.name)
                columns.append(_codes(view, plain))
    matrix = np.column_stack(columns) if columns else np.empty((frame.height, 0))
    return names, matrix.astype(np.float32)


def _codes(view: View, plain: pl.Series) -> NDArray[np.float64]:
    import polars as pl

    if view.form == "number":
        values = plain.to_numpy()
        found = cells_of(values, np.array(view.edges)).astype(np.float64)
        found[np.isnan(values)] = np.nan
        return found
    if not view.levels:
        return np.where(plain.is_null().to_numpy(), np.nan, 0.0)
    places = pl.Series(np.arange(len(view.levels), dtype=np.float64))
    coded = plain.replace_strict(
        pl.Series(list(view.levels)), places, default=float(len(view.levels)), return_dtype=pl.Float64
    ).to_numpy()
    return np.where(plain.is_null().to_numpy(), np.nan, coded)
