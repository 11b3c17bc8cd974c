"""Profiles made and compared: histograms, levels, and the population stability index over reference bins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ownproof.core.cells import coded
from ownproof.core.input import Profile
from ownproof.core.report import Finding
from ownproof.stats import ordered

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

    cells = column.cast(pl.Float64).fill_null(math.nan).to_numpy()
    cells = cells if column.flags["SORTED_ASC"] and not column.null_count() else np.sort(cells)
    known = len(cells) - int(np.isnan(cells).sum())  # they lie last
    first = int(np.searchsorted(cells[:known], -math.inf, side="right"))
    last = int(np.searchsorted(cells[:known], math.inf))
    values = cells[first:last]
    distinct = ordered.count(values) + (first > 0) + (last < known)
    numbers = {"infinite": float(known - len(values))}
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    levels: tuple[tuple[str, int], ...] = ()
    if len(values):
        numbers |= _moments(values)
        edges, counts = _bins(values)
        if distinct <= BINS:
            different = ordered.different(values)
            times = np.diff(np.append(np.searchsorted(values, different), len(values)))
            order = np.lexsort((different, -times))
            levels = tuple((repr(float(different[i])), int(times[i])) for i in order)
    return Profile(kind, len(column), len(column) - known, distinct, numbers, edges, counts, levels)


def _moments(values: np.ndarray) -> dict[str, float]:
    """Of ascending finite values."""
    scale = max(abs(float(values[0])), abs(float(values[-1]))) or 1.0  # so that squares of huge numbers stay finite
    scaled = values / scale
    low, middle, high = (float(q) for q in ordered.quantiles(scaled, [0.25, 0.5, 0.75]) * scale)
    mean, sd = float(np.mean(scaled) * scale), float(np.std(scaled) * scale)
    ends = {"min": float(values[0]), "max": float(values[-1])}
    return {"mean": mean, "sd": sd, **ends, "q25": low, "median": middle, "q75": high}


def level_profile(kind: str, column: pl.Series) -> Profile:
    """A text column as its most frequent values with their counts; ties by name."""
    import polars as pl

    codes, levels = coded(column)
    times = np.bincount(codes, minlength=len(levels) + 1)
    table = pl.DataFrame({"level": levels, "times": times[: len(levels)]})
    most = table.sort(["times", "level"], descending=[True, False]).head(LEVELS)
    named = tuple(zip(most["level"].to_list(), most["times"].to_list(), strict=True))
    return Profile(kind, len(column), int(times[len(levels)]), len(levels), levels=named)


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
    edges = ordered.different(ordered.steps(values, np.linspace(0, 1, BINS + 1)))
    if len(edges) == 1:
        return (float(edges[0]), float(np.nextafter(edges[0], np.inf))), (len(values),)
    return tuple(float(e) for e in edges), tuple(int(c) for c in ordered.counts(values, edges))


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
