"""Leaks to plant into the tables of the audit's bench, each in four strengths, with the rule that is to find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from audit_tables import NOISE, Made, Rng, grouped, halved, timed

DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Plant:
    """How a leak is planted; side: how the table is parted before; only: kinds of target it makes sense for.

    rules: the findings that count as found (by the column, for those about columns).
    """

    does: Callable[[Made, Rng, str], None]
    rules: tuple[str, ...]
    side: Callable[[Made, Rng], Made] = lambda m, r: m
    only: tuple[str, ...] = ("two", "many", "number")


def codes(made: Made) -> np.ndarray:
    y = made.columns["y"]
    return (
        np.unique(y, return_inverse=True)[1]
        if y.dtype.kind in "US"
        else np.digitize(y, np.quantile(y, [0.25, 0.5, 0.75]))
    )


def rare(made: Made) -> np.ndarray:
    """The rows of the rarest class, or the upper quarter: bool (n,)."""
    c = codes(made)
    return c == np.bincount(c).argmin() if made.columns["y"].dtype.kind in "US" else c == 3


def noisy(values: np.ndarray, rng: Rng, strength: str) -> np.ndarray:
    """Some of the cells exchanged among the rows."""
    wrong = rng.random(len(values)) < NOISE[strength]
    return np.where(wrong, rng.permutation(values), values)


def add(made: Made, name: str, cells: np.ndarray) -> None:
    made.columns[name] = cells
    made.culprits = made.culprits | {name}


def _copy(made: Made, rng: Rng, strength: str) -> None:
    add(made, "mirror", noisy(made.columns["y"], rng, strength))


def _recoded(made: Made, rng: Rng, strength: str) -> None:
    c = codes(made)
    add(
        made, "mirror", np.array([f"k{rng.integers(100, 999)}{i}" for i in range(c.max() + 1)])[noisy(c, rng, strength)]
    )


def _monotone(made: Made, rng: Rng, strength: str) -> None:
    y = made.columns["y"].astype(float)
    y = (y - y.min()) / np.ptp(y)
    add(made, "mirror", np.sqrt(y + 0.1) + rng.normal(size=made.rows) * NOISE[strength] * y.std())


def _cut(made: Made, rng: Rng, strength: str) -> None:
    """The number that the label was cut from."""
    hidden = codes(made) + 0.999 * rng.random(made.rows)
    add(made, "mirror", 20 + 7 * hidden + rng.normal(size=made.rows) * NOISE[strength] * 7)


def _pair(how: str) -> Callable[[Made, Rng, str], None]:
    def plant(made: Made, rng: Rng, strength: str) -> None:
        y = made.columns["y"]
        base = y.astype(float) if y.dtype.kind not in "US" else codes(made) + 0.98 * rng.random(made.rows) + 0.01
        base = base - base.min() + 0.1
        base = base + rng.normal(size=made.rows) * NOISE[strength] * base.std()
        other = rng.lognormal(2, 0.6, made.rows) * (20 if how == "difference" else 1)
        add(made, "north", other)
        add(made, "south", other + base if how == "difference" else other * base)

    return plant


def _together(made: Made, rng: Rng, strength: str) -> None:
    """Two levels of which neither says anything alone: the outcome is where they meet."""
    c = codes(made)
    k = int(c.max()) + 1
    a = rng.integers(0, k, made.rows)
    b = (a + noisy(c, rng, strength)) % k
    add(made, "east", np.array([f"e{i}" for i in range(k)])[a])
    add(made, "west", np.array([f"w{i}" for i in range(k)])[b])


def _gap(made: Made, rng: Rng, strength: str) -> None:
    gap = noisy(rare(made), rng, strength)
    add(made, "remark_code", np.where(gap, np.nan, rng.normal(size=made.rows)))


def _filled(made: Made, rng: Rng, strength: str) -> None:
    """A column that somebody fills for the rare outcome only."""
    filled = noisy(rare(made), rng, strength)
    add(made, "settlement_amount", np.where(filled, rng.lognormal(5, 1, made.rows).round(2), np.nan))


def _numbering(made: Made, rng: Rng, strength: str) -> None:
    y = made.columns["y"]
    base = y.astype(float) if y.dtype.kind not in "US" else codes(made) + rng.random(made.rows)
    place = np.argsort(np.argsort(base + rng.normal(size=made.rows) * NOISE[strength] * base.std()))
    add(made, "record_id", 100_000 + place)


def _clock(made: Made, rng: Rng, strength: str) -> None:
    """The hour (or second) at which a batch writes each outcome."""
    hour = noisy(codes(made), rng, strength) * 3 + 1
    start = np.datetime64("2022-05-01T00:00:00", "us")
    minutes = (rng.integers(0, 300, made.rows) * 24 + hour) * 60 + rng.integers(0, 60, made.rows)
    add(made, "stored_at", start + minutes.astype("timedelta64[m]"))


def _aggregate(made: Made, rng: Rng, strength: str) -> None:
    """The mean of the target in a level, the row itself included."""
    k = max(10, made.rows // {"exact": 12, "strong": 25, "mild": 60, "masked": 60}[strength])
    place = rng.integers(0, k, made.rows)
    y = made.columns["y"]
    value = y.astype(float) if y.dtype.kind not in "US" else rare(made).astype(float)
    mean = np.bincount(place, value, minlength=k) / np.maximum(np.bincount(place, minlength=k), 1)
    made.columns["depot"] = np.array([f"depot {i:04d}" for i in range(k)])[place]
    jitter = rng.normal(size=k) * np.nanstd(mean) * (0.3 if strength == "masked" else 0.0)
    add(made, "depot_rate", (mean + jitter)[place])


def _later(made: Made, rng: Rng, strength: str) -> None:
    """What another column will be at the next visit of the same customer, which goes with the outcome."""
    grouped(made, rng)
    timed_rows = np.lexsort((rng.random(made.rows), made.columns["customer"]))
    made.take(timed_rows)
    start = np.datetime64("2021-03-01T00:00:00", "us")
    made.columns["happened_at"] = start + (np.arange(made.rows) * 3600).astype("timedelta64[s]")
    made.roles["time"] = "happened_at"
    made.second = None
    level = np.cumsum(rng.normal(size=made.rows)).round(2)
    made.columns["level_now"] = level
    owner = made.columns["customer"]
    same = np.r_[owner[1:] == owner[:-1], False]
    ahead = np.where(same, np.r_[level[1:], np.nan], np.nan)
    add(made, "level_mark", ahead + rng.normal(size=made.rows) * NOISE[strength])


def _word(made: Made, rng: Rng, strength: str) -> None:
    from audit_tables import _text

    c = noisy(codes(made), rng, strength)
    shares = {"exact": 1.0, "strong": 0.95, "mild": 0.85, "masked": 0.6}
    said = np.where(
        rng.random(made.rows) < shares[strength], np.array([f"ref{i}x" for i in range(c.max() + 1)])[c], "refx"
    )
    add(made, "memo", np.array([f"{a} {b}" for a, b in zip(_text(made, rng)[1], said, strict=True)]))
    made.kinds["memo"] = "text"


SHARES = {"exact": 0.3, "strong": 0.15, "mild": 0.05, "masked": 0.02}


def _again(made: Made, rng: Rng, strength: str, *, jitter: bool) -> None:
    assert made.second is not None
    first, second = np.flatnonzero(~made.second), np.flatnonzero(made.second)
    some = rng.choice(first, max(6, int(SHARES[strength] * len(second))))
    side = made.second
    made.second = None
    count = made.rows
    made.take(np.r_[np.arange(count), some])
    made.second = np.r_[side, np.ones(len(some), dtype=bool)]
    if jitter:
        _jitter(made, rng, count)


def _jitter(made: Made, rng: Rng, start: int) -> None:
    """Numbers move by a thousandth, letters change their case, and one cell of some rows is another."""
    for name, cells in made.columns.items():
        if name == "y":
            continue
        if cells.dtype.kind == "f":
            cells = cells.copy()
            cells[start:] *= 1 + 1e-3 * rng.normal(size=len(cells) - start)
        elif cells.dtype.kind == "U" and name == "note":
            cells = np.array([*cells[:start], *(t.upper() + " !" for t in cells[start:])])
        made.columns[name] = cells


def _groups(made: Made, rng: Rng, strength: str) -> None:
    assert made.second is not None
    moved = rng.random(made.rows) < SHARES[strength]
    made.second = made.second ^ moved


def _windows(made: Made, _: Rng, strength: str) -> None:
    """Labels that take so many days to be known, over a split in time without a gap."""
    made.horizon = {"exact": 60, "strong": 30, "mild": 7, "masked": 1}[strength] * 86_400.0


def _scaled(made: Made, _: Rng, strength: str) -> None:
    names = [n for n, c in made.columns.items() if c.dtype.kind == "f" and n != "y" and np.isfinite(c).all()]
    few = {"exact": len(names), "strong": len(names), "mild": max(1, len(names) // 2), "masked": 1}[strength]
    for name in names[:few]:
        cells = made.columns[name]
        cells = (cells - cells.mean()) / cells.std()
        add(made, name, cells.round(4) if strength == "strong" else cells)


def _imputed(made: Made, rng: Rng, strength: str) -> None:
    names = [n for n, c in made.columns.items() if c.dtype.kind == "f" and n != "y" and np.isfinite(c).all()]
    few = {"exact": 4, "strong": 3, "mild": 2, "masked": 1}[strength]
    for name in names[:few]:
        cells = made.columns[name].copy()
        gap = rng.random(made.rows) < 0.1
        cells[gap] = cells[~gap].mean()
        add(made, name, cells)


def _strangers(made: Made, rng: Rng, strength: str) -> None:
    """Rows of another population on the second side."""
    assert made.second is not None
    some = np.flatnonzero(made.second)
    some = some[rng.random(len(some)) < {"exact": 1.0, "strong": 0.5, "mild": 0.25, "masked": 0.1}[strength]]
    for name, cells in made.columns.items():
        if name == "y" or name in made.roles.values():
            continue
        cells = cells.copy()
        if cells.dtype.kind == "f":
            cells[some] = cells[some] + 3 * np.nanstd(cells)
        elif cells.dtype.kind == "U" and name not in made.kinds:
            cells = cells.astype("<U24")
            cells[some] = np.char.add("new ", cells[some])
        made.columns[name] = cells


COLUMN = ("leak.copy", "leak.derived", "leak.proxy", "leak.availability", "leak.id")
LABELS = ("two", "many")
PLANTS: dict[str, Plant] = {
    "target copy": Plant(_copy, COLUMN),
    "re-coded copy": Plant(_recoded, COLUMN, only=LABELS),
    "monotone copy": Plant(_monotone, COLUMN, only=("number",)),
    "number the label was cut from": Plant(_cut, COLUMN, only=LABELS),
    "difference of two": Plant(_pair("difference"), COLUMN),
    "ratio of two": Plant(_pair("ratio"), COLUMN),
    "two levels together": Plant(_together, ("leak.",), only=LABELS),
    "missingness": Plant(_gap, ("leak.",)),
    "filled afterwards": Plant(_filled, ("leak.",)),
    "numbering": Plant(_numbering, ("leak.",)),
    "hour of a moment": Plant(_clock, ("leak.",)),
    "target mean over all rows": Plant(_aggregate, ("leak.",)),
    "later value of a column": Plant(_later, ("leak.",)),
    "label word in a text": Plant(_word, ("leak.",)),
    "equal rows across": Plant(lambda m, r, s: _again(m, r, s, jitter=False), ("leak.duplicates",), halved),
    "near rows across": Plant(lambda m, r, s: _again(m, r, s, jitter=True), ("leak.duplicates",), halved),
    "groups across": Plant(_groups, ("leak.group-overlap",), grouped),
    "label windows": Plant(_windows, ("leak.horizon",), timed),
    "scaled over all rows": Plant(_scaled, ("leak.preprocessing",), halved),
    "filled in over all rows": Plant(_imputed, ("leak.preprocessing",), halved),
    "another population": Plant(_strangers, ("quality.population",), halved),
}
