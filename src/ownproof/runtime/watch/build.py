"""A reference from a table's rows: cells first, from an even spread of them, then all rows counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ownproof.core import registry
from ownproof.core.input import Details, Input
from ownproof.core.watch import Counts, Pairs, Reference, View, Watched, mark_of, view_name
from ownproof.runtime.watch import views as plain
from ownproof.runtime.watch.count import FAR, Crossing, count_all, counted
from ownproof.stats.drift.edges import LARGEST, edges_of
from ownproof.stats.drift.scores import normal_scores

if TYPE_CHECKING:
    import polars as pl

SAMPLE: Final = 20_000
"""Rows that cells are made from: a quantile of so many is known within 0.4 % of the rows; then all rows are counted."""
COUNTED: Final = 30
SPREAD: Final = 5_000
"""Rows that the sampling variance of correlations is taken from."""
LEVELS: Final = 2_000
"""Levels that all have a cell; a column of more is watched by its most frequent ones and by hashes of all."""
HEAVY: Final = 50
BUCKETS: Final = 32
PAIRED: Final = 60
"""Views whose correlations are watched: 1,770 pairs."""
STEP: Final = 16
"""Whole scores are normal scores times this."""


def build(
    table: pl.LazyFrame | pl.DataFrame,
    kinds: Mapping[str, str],
    *,
    weights: Mapping[str, float] | None = None,
    inputs: Mapping[str, Input] | None = None,
    sample: pl.DataFrame | None = None,
    raw: Mapping[str, Details] | None = None,
    bare: Collection[str] = (),
) -> Reference:
    """The reference that the rows of a typed table are. kinds: the input kind of every column to watch, by its name.

    weights: how much each column weighs in the answers. sample: rows of the table, spread over it, that the cells are
    made from, where they are in memory already, typed. raw: details of text columns of the table that are still as they were stored.
    bare: columns of which only gaps and infinities are watched (see `counters`).
    """
    given = registry.inputs() if inputs is None else inputs
    lazy = table.lazy().select(list(kinds))
    if sample is None:
        rows = int(lazy.select(_length()).collect().item())
        step = max(1, rows // SAMPLE)
        sample = (lazy.gather_every(step) if step > 1 else lazy).collect(engine="streaming")
    columns = tuple(
        _watched(name, kind, given[kind], sample[name], (weights or {}).get(name)) for name, kind in kinds.items()
    )
    columns = tuple(_bared(c) if c.name in bare else c for c in columns)
    empty = Reference(columns, Counts("", 0, {}))
    pairs = _pairs(empty, count_all(empty, sample.lazy(), inputs=given))
    empty = replace(empty, pairs=pairs, counts=Counts(mark_of(columns, pairs), 0, {}))
    pairs = replace(pairs, variance=_variance(empty, sample.gather_every(max(1, sample.height // SPREAD)), given))
    whole = count_all(empty, lazy, raw=raw, inputs=given)
    return replace(empty, pairs=pairs, counts=whole)


def joined(first: Reference, second: Reference) -> Reference:
    """Two references as one, whose windows have the columns of both: features and answers, say. Pairs are the first's."""
    columns = (*first.columns, *second.columns)
    tallies = {**first.counts.tallies, **second.counts.tallies}
    counts = replace(first.counts, tallies=tallies, reference=mark_of(columns, first.pairs))
    return replace(first, columns=columns, counts=counts)


def _length() -> Any:
    import polars as pl

    return pl.len()


def counters(frame: pl.DataFrame) -> set[str]:
    """Columns that only ever grow, or only ever fall, from row to row: counters and clocks, which go on by nature."""
    found = set()
    for name in frame.columns:
        cells = frame[name].drop_nulls()
        if len(cells) >= COUNTED and (cells.dtype.is_numeric() or cells.dtype.is_temporal()):
            steps = np.diff(cells.to_physical().to_numpy().astype(np.float64))
            if (steps > 0).all() or (steps < 0).all():
                found.add(name)
    return found


def _bared(column: Watched) -> Watched:
    """The same column with one view that has one cell for whatever is there."""
    numbers = [v for v in column.views if v.form == "number"]
    if numbers:
        return replace(column, views=(View(numbers[0].name, "number", (-LARGEST, LARGEST)),))
    return replace(column, views=(View(column.views[0].name, "levels", buckets=1),))


def _watched(name: str, kind_name: str, kind: Input, column: pl.Series, weight: float | None) -> Watched:
    known = plain.fit(kind, column)
    seen = plain.plain_views(kind, known, column)
    made = tuple(_view(view_name(name, view), cells) for view, cells in seen.items())
    return Watched(name, kind_name, made, known, weight)


def _view(name: str, cells: pl.Series) -> View:
    import polars as pl

    if cells.dtype == pl.String:
        return _levels(name, cells)
    values = np.sort(cells.drop_nulls().to_numpy())
    values = values[np.isfinite(values)]
    edges = tuple(float(e) for e in edges_of(values))
    if not len(values):
        return View(name, "number", edges)
    low, center, high = (float(v) for v in values[[len(values) // 4, len(values) // 2, (3 * len(values)) // 4]])
    spread = high / 1.349 - low / 1.349 or float(np.std(np.clip(values, -FAR, FAR)))
    usual = 0.0 < spread < FAR and abs(center) < FAR
    return View(name, "number", edges, center=center if usual else 0.0, scale=spread if usual else 1.0)


def _levels(name: str, cells: pl.Series) -> View:
    table = (
        cells.drop_nulls().alias("level").value_counts(name="rows").sort(["rows", "level"], descending=[True, False])
    )
    if table.height <= LEVELS:
        return View(name, "levels", levels=tuple(table["level"].to_list()))
    heavy = table.filter(table["rows"] >= max(HEAVY, len(cells) // 200))
    return View(name, "levels", levels=tuple(heavy["level"].to_list()), buckets=BUCKETS)


def _pairs(reference: Reference, counts: Counts) -> Pairs:
    """The numeric views that vary, the heaviest columns first, with their whole scores."""
    ranked = sorted(reference.columns, key=lambda c: -(c.weight or 0.0))
    names: list[str] = []
    scores: list[tuple[int, ...]] = []
    for view in (v for c in ranked for v in c.views if v.form == "number"):
        cells = counts.tallies[view.name].cells
        whole = np.rint(STEP * normal_scores(cells)[0])
        whole[0] = whole[-1] = 0.0
        if len(names) < PAIRED and np.count_nonzero(cells) > 1:
            names.append(view.name)
            scores.append(tuple(int(w) for w in _filled(whole, cells)))
    return Pairs(tuple(names), tuple(scores), np.zeros((len(names), len(names))))


def _filled(scores: Any, cells: Any) -> Any:
    """Cells that are empty in the reference (beyond its values) have the score of their neighbour."""
    inner = np.flatnonzero(cells[1:-1]) + 1
    scores[1 : inner[0]] = scores[inner[0]]
    scores[inner[-1] + 1 : -1] = scores[inner[-1]]
    return scores


def _variance(reference: Reference, sample: pl.DataFrame, inputs: Mapping[str, Input]) -> Any:
    """The sampling variance of each pair's correlation r times the rows: E[(uv - r (u^2 + v^2) / 2)^2] for scores u and
    v of mean square 1, its influence function squared, which holds for whatever joint distribution."""
    crossing = Crossing(reference.pairs, sample.height)
    for column in reference.columns:
        counted(column, inputs, sample[column.name], crossing)
    u = crossing.matrix
    size = np.sqrt((u**2).mean(axis=1)) if sample.height else np.ones(len(u))
    u = u / np.where(size > 0, size, 1.0)[:, None]
    rows = max(1, sample.height)
    r, second, third = u @ u.T / rows, (u**2) @ (u**2).T / rows, (u**3) @ u.T / rows
    fourth = np.diag(second)
    return second - r * (third + third.T) + r**2 / 4 * (fourth[:, None] + 2 * second + fourth[None, :])
