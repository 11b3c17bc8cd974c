"""Features cut into levels that have a name: bins of numbers and moments, the frequent levels of categories."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.stats.segments import Binned, quantile_edges

if TYPE_CHECKING:
    import polars as pl

BINS = 5
LEVELS_MOST = 10


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A column, the level of each row, and each level as a condition that a person can read."""

    column: str
    binned: Binned
    conditions: tuple[str, ...]


def cuts(dataset: Dataset) -> list[Cut]:
    """Every feature that can be cut into two levels or more; long texts cannot."""
    names = [c.name for c in dataset.schema.features]
    if not names:
        return []
    table = dataset.table(names)
    made = (_cut(table[name]) for name in names)
    return [cut for cut in made if cut is not None and cut.binned.levels > 1]


def _cut(column: pl.Series) -> Cut | None:
    import polars as pl

    if column.dtype.is_temporal() and not isinstance(column.dtype, (pl.Time, pl.Duration)):
        moments = column.cast(pl.Datetime("us"), strict=False) if column.dtype == pl.Date else column
        numbers = moments.to_physical().cast(pl.Float64).to_numpy()
        return _of_numbers(column.name, numbers, dates=True)
    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64).to_numpy()
        distinct = column.drop_nulls().n_unique()
        return _of_numbers(column.name, numbers) if distinct > LEVELS_MOST else _of_levels(column)
    return _of_levels(column) if column.dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean) else None


def _of_numbers(name: str, values: np.ndarray, *, dates: bool = False) -> Cut:
    edges = quantile_edges(values, BINS)
    known = np.isfinite(values)
    codes = np.where(known, np.searchsorted(edges, np.where(known, values, 0.0), side="right"), len(edges) + 1)
    words = [_spelt(e, dates=dates) for e in edges.tolist()]
    conditions = [f"{name} < {words[0]}"] if words else [f"{name} known"]
    conditions += [f"{a} ≤ {name} < {b}" for a, b in pairwise(words)]
    conditions += [f"{name} ≥ {words[-1]}"] if words else []
    return Cut(name, Binned(codes.astype(np.int64), len(edges) + 2), (*conditions, f"{name} missing"))


def _spelt(edge: float, *, dates: bool) -> str:
    if dates:
        return str(np.datetime64(int(edge), "us").astype("datetime64[D]"))
    return f"{edge:.0f}" if edge == int(edge) and abs(edge) < 1e15 else f"{edge:.4g}"


def _of_levels(column: pl.Series) -> Cut | None:
    """The frequent levels; the rest stands together. None where hardly any row has a frequent level."""
    import polars as pl

    words = column.cast(pl.String)
    counts = words.drop_nulls().value_counts(sort=False, name="rows")
    ordered = counts.sort(["rows", words.name], descending=[True, False]).head(LEVELS_MOST)
    levels = ordered[words.name].to_list()
    if not levels or int(ordered["rows"].sum()) < 0.2 * len(words):
        return None
    places = {level: i for i, level in enumerate(levels)}
    codes = words.replace_strict(list(places), list(places.values()), default=len(levels), return_dtype=pl.Int64)
    filled = np.where(words.is_null().to_numpy(), len(levels) + 1, codes.fill_null(len(levels)).to_numpy())
    said = [f"{words.name} = {level[:40]}" for level in levels]
    conditions = (*said, f"{words.name} another level", f"{words.name} missing")
    return Cut(column.name, Binned(filled.astype(np.int64), len(levels) + 2), conditions)
