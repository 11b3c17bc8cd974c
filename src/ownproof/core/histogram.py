"""Profiles made and compared: histograms, levels, and the population stability index over reference bins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ownproof.core.input import Profile
from ownproof.core.report import Finding

if TYPE_CHECKING:
    import polars as pl

BINS = 64
LEVELS = 100
MOVED, SHIFTED = 0.1, 0.25  # the customary reading of PSI (Siddiqi 2006): below 0.1 stable, above 0.25 shifted


def number_profile(kind: str, column: pl.Series) -> Profile:
    """A numeric column as moments, quartiles and a histogram of equal shares; few values are counted one by one.

    Infinite values are counted (`infinite`) and left out of the rest.
    """
    import polars as pl

    cells = column.drop_nulls().cast(pl.Float64).drop_nans()
    finite = cells.filter(cells.is_finite())
    values = np.sort(finite.to_numpy())
    distinct = int(cells.n_unique()) if len(cells) else 0
    numbers = {"infinite": float(len(cells) - len(finite))}
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    levels: tuple[tuple[str, int], ...] = ()
    if len(values):
        scale = float(np.max(np.abs(values))) or 1.0  # so that squares of huge numbers stay finite
        quartiles = [float(q) for q in np.quantile(values / scale, [0.25, 0.5, 0.75]) * scale]
        numbers |= {
            "mean": float(np.mean(values / scale) * scale),
            "sd": float(np.std(values / scale) * scale),
            "min": float(values[0]),
            "max": float(values[-1]),
            "q25": quartiles[0],
            "median": quartiles[1],
            "q75": quartiles[2],
        }
        edges, counts = _bins(values)
        if distinct <= BINS:
            unique, times = np.unique(values, return_counts=True)
            order = np.lexsort((unique, -times))
            levels = tuple((repr(float(unique[i])), int(times[i])) for i in order)
    return Profile(kind, len(column), len(column) - len(cells), distinct, numbers, edges, counts, levels)


def level_profile(kind: str, column: pl.Series) -> Profile:
    """A text column as its most frequent values with their counts; ties by name."""
    cells = column.drop_nulls()
    table = (
        cells.rename("level").value_counts(name="times").sort(["times", "level"], descending=[True, False]).head(LEVELS)
    )
    levels = tuple(zip(table["level"].to_list(), table["times"].to_list(), strict=True))
    return Profile(
        kind, len(column), len(column) - len(cells), int(cells.n_unique()) if len(cells) else 0, levels=levels
    )


def psi(reference: Profile, now: Profile) -> float:
    """The population stability index over the reference's bins, missing being one of them; NaN where nothing is known.

    Shares are smoothed by half a row, so an empty bin gives a finite number.
    """
    if not reference.rows or not now.rows:
        return math.nan
    if reference.levels:
        names = [name for name, _ in reference.levels]
        old, new = dict(reference.levels), dict(now.levels)
        a = [old[n] for n in names]
        b = [new.get(n, 0) for n in names]
    else:
        at = _deciles(reference)
        a, b = list(_between(reference, at)), list(_between(now, at))
    a += [max(0, reference.rows - reference.missing - sum(a)), reference.missing]
    b += [max(0, now.rows - now.missing - sum(b)), now.missing]
    p = (np.array(a) + 0.5) / (sum(a) + 0.5 * len(a))
    q = (np.array(b) + 0.5) / (sum(b) + 0.5 * len(b))
    return float(np.sum((p - q) * np.log(p / q)))


def moved(reference: Profile, now: Profile) -> Finding:
    """PSI as a finding: `warn` from 0.25 on."""
    value = psi(reference, now)
    if math.isnan(value):
        return Finding("drift.psi", "ok", (), None, "no rows to compare", "collect more rows")
    word = "stable" if value < MOVED else "moved a little" if value < SHIFTED else "shifted"
    return Finding(
        "drift.psi",
        "warn" if value >= SHIFTED else "ok",
        (),
        value,
        f"PSI {value:.3f} between {reference.rows} and {now.rows} rows: {word}",
        "look at the two distributions; retrain if the change is real" if value >= SHIFTED else "nothing to do",
    )


def _bins(values: np.ndarray) -> tuple[tuple[float, ...], tuple[int, ...]]:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1), method="inverted_cdf"))
    if len(edges) == 1:
        return (float(edges[0]), float(np.nextafter(edges[0], np.inf))), (len(values),)
    counts, _ = np.histogram(values, edges)
    return tuple(float(e) for e in edges), tuple(int(c) for c in counts)


def _deciles(profile: Profile) -> np.ndarray:
    if not profile.edges:
        return np.empty(0)
    total = np.concatenate(([0], np.cumsum(profile.counts)))
    wanted = np.linspace(0, total[-1], 11)[1:-1]
    return np.unique(np.asarray(profile.edges)[np.searchsorted(total, wanted)])


def _between(profile: Profile, at: np.ndarray) -> np.ndarray:
    """Counts of a profile between new edges (open at both ends), spread evenly inside its own bins."""
    if not profile.edges:
        return np.zeros(len(at) + 1)
    total = np.concatenate(([0.0], np.cumsum(profile.counts, dtype=np.float64)))
    below = np.interp(at, profile.edges, total, left=0.0, right=total[-1])
    return np.diff(np.concatenate(([0.0], below, [total[-1]])))
