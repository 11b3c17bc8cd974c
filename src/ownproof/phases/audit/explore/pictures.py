"""Charts of one column: levels as bars, numbers as a histogram, either against the target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ownproof.core.report import Chart, Series
from ownproof.phases.audit.truth import Truth
from ownproof.stats.shapes import Histogram, histogram
from ownproof.stats.weights import Floats, Ints, ratio

BINS, LEVELS, CLASSES = 24, 12, 4


def level_bars(title: str, levels: Sequence[tuple[str, int]], rows: int) -> Chart:
    """How many of the rows have each level."""
    return Chart(
        title,
        "bars",
        (Series("rows", tuple(n for n, _ in levels), tuple(float(c) for _, c in levels)),),
        x_label="rows",
        caption=f"of {rows:,} rows",
    )


def number_histogram(title: str, found: Histogram) -> Chart:
    """Rows by value; what lies beyond the outer bins is counted in them."""
    beyond = found.below + found.above
    return Chart(
        title,
        "columns",
        (Series("rows", _floats(found.edges), _floats(found.counts)),),
        y_label="rows",
        caption=f"{beyond:,} rows lie further out and are counted in the outer bins" if beyond else "",
    )


def by_class(title: str, edges: Floats, values: Floats, *, codes: Ints, names: Sequence[str]) -> Chart:
    """A histogram for each class, as shares of its own rows."""
    inside = np.clip(values, edges[0], edges[-1])
    series = []
    for code, name in enumerate(names[:CLASSES]):
        counts = np.histogram(inside[(codes == code) & ~np.isnan(values)], bins=edges)[0].astype(np.float64)
        series.append(Series(name, _floats(edges), _floats(counts / max(counts.sum(), 1.0))))
    return Chart(title, "columns", tuple(series), y_label="share of the class")


def level_shares(title: str, levels: Sequence[str], level: Ints, *, codes: Ints, names: Sequence[str]) -> Chart:
    """How the rows of each class fall on the levels, as shares of the class."""
    series = []
    for code, name in enumerate(names[:CLASSES]):
        rows = codes == code
        counts = np.bincount(level[rows & (level >= 0)], minlength=len(levels))[: len(levels)]
        series.append(Series(name, tuple(levels), _floats(counts / max(int(rows.sum()), 1))))
    return Chart(title, "columns", tuple(series), y_label="share of the class")


def mean_by_bin(title: str, values: Floats, truth: Floats, target: str) -> Chart:
    """The mean of a magnitude along a column of numbers, in bins of equal count."""
    known = np.isfinite(values) & np.isfinite(truth)
    order = np.argsort(values[known], kind="stable")
    parts = np.array_split(order, min(BINS, max(1, len(order) // 5)))
    x = [float(values[known][p].mean()) for p in parts if len(p)]
    y = [float(truth[known][p].mean()) for p in parts if len(p)]
    return Chart(title, "line", (Series(f"mean {target}", tuple(x), tuple(y)),), y_label=f"mean {target}")


def mean_by_level(title: str, levels: Sequence[str], level: Ints, *, truth: Floats, target: str) -> Chart:
    """The mean of a magnitude on each level."""
    known = (level >= 0) & (level < len(levels)) & np.isfinite(truth)
    size = np.bincount(level[known], minlength=len(levels)).astype(np.float64)
    mean = ratio(np.bincount(level[known], truth[known], minlength=len(levels)).astype(np.float64), size)
    return Chart(title, "bars", (Series(f"mean {target}", tuple(levels), _floats(mean)),), x_label=f"mean {target}")


def edges_of(values: Floats) -> Floats:
    """Edges of bins of equal width that outliers do not stretch."""
    return histogram(values, BINS).edges


def classes(truth: Truth) -> tuple[np.ndarray, list[str]]:
    """The most frequent classes, renumbered from 0 (all others -1), and their names."""
    counts = np.bincount(truth.codes, minlength=truth.k)
    most = np.argsort(-counts, kind="stable")[:CLASSES]
    place = np.full(truth.k, -1)
    place[most] = np.arange(len(most))
    return place[truth.codes], [truth.spell(int(c)) for c in most]


def _floats(values: Floats | Ints) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
