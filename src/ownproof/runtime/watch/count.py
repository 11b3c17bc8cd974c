"""Rows as counts in a reference's cells."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ownproof.core import registry
from ownproof.core.cells import hashed_texts
from ownproof.core.input import Details, Input
from ownproof.core.watch import Counts, Pairs, Reference, Tally, View, Watched, most_frequent, view_name
from ownproof.runtime.watch.views import plain_views
from ownproof.stats.drift.edges import cells_of

if TYPE_CHECKING:
    import polars as pl

ROWS: Final = 131_072
"""Rows of a table that are held at a time."""
FAR: Final = 1e100
"""Values beyond it count as it in sums, whose squares must stay finite."""


def count(
    reference: Reference,
    frame: pl.DataFrame,
    *,
    raw: Mapping[str, Details] | None = None,
    inputs: Mapping[str, Input] | None = None,
) -> Counts:
    """A window of typed rows as counts. Columns that the frame lacks are left out, further ones not looked at.

    raw: details of text columns that are still as they were stored. inputs: instances by name; by default all that are
    installed.
    """
    kinds = registry.inputs() if inputs is None else inputs
    crossing = Crossing(reference.pairs, frame.height)
    tallies: dict[str, Tally] = {}
    for column in reference.columns:
        if column.name not in frame.columns:
            continue
        cells, details = frame[column.name], (raw or {}).get(column.name)
        if details is not None and rereads(column):
            tallies |= _reread(column, kinds, cells, details)
            continue
        if details is not None:
            cells = _typed(kinds[column.kind], cells, details)
        tallies |= counted(column, kinds, cells, crossing)
    return Counts(reference.mark, frame.height, tallies, crossing.products())


def count_all(
    reference: Reference,
    frame: pl.LazyFrame,
    *,
    raw: Mapping[str, Details] | None = None,
    inputs: Mapping[str, Input] | None = None,
) -> Counts:
    """All rows of a lazy typed table; few are held at a time.

    raw: the details of text columns that are still as they were stored: each of their levels is read once a batch.
    """
    kinds = registry.inputs() if inputs is None else inputs
    there = frame.collect_schema().names()
    wanted = [c.name for c in reference.columns if c.name in there]
    parts = frame.select(wanted).collect_batches(chunk_size=ROWS, engine="streaming")
    windows = (count(reference, part, raw=raw, inputs=kinds) for part in parts)
    nothing = count(reference, frame.select(wanted).head(0).collect(), raw=raw, inputs=kinds)
    return reduce(add, windows, nothing)


def rereads(column: Watched) -> bool:
    """Whether a column is watched by its levels and by nothing else."""
    return len(column.views) == 1 and column.views[0].form == "levels" and column.views[0].name == column.name


def _typed(kind: Input, cells: pl.Series, details: Details) -> pl.Series:
    import polars as pl

    return pl.select(kind.cast(pl.lit(cells), details)).to_series().alias(cells.name)


def _reread(column: Watched, kinds: Mapping[str, Input], cells: pl.Series, details: Details) -> dict[str, Tally]:
    """The tally of raw texts: each different one is read as its kind once, and counts as often as it comes."""
    table = cells.alias("level").value_counts(name="rows")
    typed = _typed(kinds[column.kind], table["level"], details)
    plain = plain_views(kinds[column.kind], column.known, typed)[""]
    view = column.views[0]
    return {view.name: _levels(view, plain.alias("level"), table["rows"], len(cells))}


class Crossing:
    """Whole scores of the paired views of some rows, for the sums of their products."""

    def __init__(self, pairs: Pairs, rows: int) -> None:
        self.places = {name: i for i, name in enumerate(pairs.views)}
        self.scores = [np.array(s, dtype=np.float64) for s in pairs.scores]
        self.matrix = np.zeros((len(pairs.views), rows))

    def put(self, name: str, cells: NDArray[np.int64], missing: NDArray[np.bool_] | None) -> None:
        """The cell of every row in one view."""
        place = self.places.get(name)
        if place is not None:
            np.take(self.scores[place], cells, out=self.matrix[place], mode="clip")
            if missing is not None:
                self.matrix[place][missing] = 0.0

    def products(self) -> NDArray[np.int64]:
        """Sums of products over the rows, int64 (k, k): exact, for they stay below 2**53."""
        return np.rint(self.matrix @ self.matrix.T).astype(np.int64)


def counted(
    column: Watched, kinds: Mapping[str, Input], cells: pl.Series, crossing: Crossing | None = None
) -> dict[str, Tally]:
    """The tallies of a column's views by the views' names."""
    if cells.null_count() == len(cells):  # of whatever type: nothing that a kind could look at
        return {v.name: Tally(len(cells), len(cells), np.zeros(v.cells, np.int64)) for v in column.views}
    views = {v.name: v for v in column.views}
    found = {}
    for name, plain in plain_views(kinds[column.kind], column.known, cells).items():
        view = views.get(view_name(column.name, name))
        if view is not None:
            found[view.name] = _numbers(view, plain, crossing) if view.form == "number" else _names(view, plain)
    return found


def _numbers(view: View, column: pl.Series, crossing: Crossing | None) -> Tally:
    values = column.to_numpy()
    absent = column.null_count()
    places = cells_of(values, np.array(view.edges))
    cells = np.bincount(places, minlength=view.cells).astype(np.int64)
    cells[0] -= absent  # NaN, which is null, lies beyond no edge
    if crossing is not None:
        crossing.put(view.name, places, np.isnan(values) if absent else None)
    known = values if not absent and not cells[0] and not cells[-1] else values[np.isfinite(values)]
    if not len(known):
        return Tally(len(column), absent, cells)
    low, high = float(known.min()), float(known.max())
    off = (known - view.center) / view.scale if max(-low, high) < FAR else np.clip(known, -FAR, FAR) / view.scale
    return Tally(len(column), absent, cells, sums=(float(off.sum()), float(off @ off)), low=low, high=high)


def _names(view: View, column: pl.Series) -> Tally:
    table = column.alias("level").value_counts(name="rows")
    return _levels(view, table["level"], table["rows"], len(column))


def _levels(view: View, levels: pl.Series, times: pl.Series, rows: int) -> Tally:
    """The tally of names that come so often each; a name may stand in several lines."""
    by_name: dict[str | None, int] = {}
    for level, n in zip(levels.to_list(), times.to_list(), strict=True):
        by_name[level] = by_name.get(level, 0) + n
    absent = by_name.pop(None, 0)
    cells = np.array([by_name.get(level, 0) for level in view.levels], dtype=np.int64)
    if view.buckets:
        there = levels.is_not_null()
        bucket = (hashed_texts(levels.filter(there)) % np.uint64(view.buckets)).astype(np.int64)
        spread = np.bincount(bucket, times.filter(there).to_numpy(), view.buckets).astype(np.int64)
        return Tally(rows, absent, np.concatenate((cells, spread)))
    known = set(view.levels)
    unseen, others = most_frequent({n: times_ for n, times_ in by_name.items() if n is not None and n not in known})
    return Tally(rows, absent, cells, unseen=unseen, others=others)
