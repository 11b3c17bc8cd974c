"""Tables for the audit's bench: sound ones of many kinds, made from hidden factors and no rule's form, and plants of leaks.

A sound table is drawn whole: rows, columns, kinds of columns, target, shares of classes, and honest difficulties
(strong predictors, attributes of a level, gaps that tell something, seasons, indicator sets, sums of parts, rows that
repeat). A plant adds one leak in one of four strengths to such a table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Rng = np.random.Generator
Columns = dict[str, np.ndarray]
STRENGTHS = ("exact", "strong", "mild", "masked")
NOISE = {"exact": 0.0, "strong": 0.02, "mild": 0.08, "masked": 0.2}
WORDS = np.array(
    [
        "order",
        "late",
        "driver",
        "kind",
        "parcel",
        "broken",
        "again",
        "thanks",
        "never",
        "arrived",
        "box",
        "paid",
        "twice",
        "good",
        "soft",
        "colour",
        "return",
        "size",
        "small",
        "wrong",
        "item",
        "price",
        "fair",
        "slow",
        "reply",
        "call",
        "shop",
        "staff",
        "quick",
        "happy",
        "door",
        "rain",
        "left",
        "neighbour",
        "signed",
        "photo",
        "date",
        "link",
    ]
)


@dataclass(slots=True)
class Made:
    """A table: its columns in file order, the target `y`, roles, kinds that are told, and the second side of a split."""

    columns: Columns
    factors: np.ndarray
    signal: np.ndarray
    roles: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    second: np.ndarray | None = None
    horizon: float = 0.0
    culprits: frozenset[str] = frozenset()

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.columns["y"])

    def take(self, rows: np.ndarray) -> None:
        """Some of the rows, in that order; may repeat."""
        self.columns = {name: column[rows] for name, column in self.columns.items()}
        self.factors, self.signal = self.factors[rows], self.signal[rows]
        if self.second is not None:
            self.second = self.second[rows]


# ---------------------------------------------------------------- sound tables
def sound(rng: Rng, *, rows: int, target: str | None = None) -> Made:
    """One sound table. target: two, many or number; drawn where it is not said."""
    width, kind = int(rng.integers(5, 36)), target or str(rng.choice(["two", "two", "many", "number"]))
    factors = rng.normal(size=(rows, 6))
    weights = rng.normal(size=6) * rng.choice([0.3, 0.8, 1.5])
    signal = factors @ weights + rng.choice([0.3, 1.0, 2.0]) * rng.logistic(size=rows)
    made = Made({"y": _target(signal, kind, rng)}, factors, signal)
    makers = list(PLAIN)
    for i in range(width):
        name, cells = makers[int(rng.integers(len(makers)))](made, rng)
        made.columns[f"{name}_{i}"] = cells
    for hard in HARD:
        if rng.random() < 0.2:
            hard(made, rng)
    names = list(rng.permutation(list(made.columns)))
    made.columns = {str(n): made.columns[str(n)] for n in names}
    return made


def _target(signal: np.ndarray, kind: str, rng: Rng) -> np.ndarray:
    if kind == "number":
        scaled = (signal - signal.mean()) / signal.std()
        return (100 * np.exp(0.5 * scaled)).round(2) if rng.random() < 0.5 else (scaled * 10 + 50).round(1)
    if kind == "two":
        names, cuts = np.array(["no", "yes"]), [1 - float(rng.choice([0.02, 0.08, 0.25, 0.5]))]
    else:
        k = int(rng.integers(3, 7))
        names, cuts = np.array([f"kind {c}" for c in "ABCDEFG"[:k]]), np.sort(rng.uniform(0.15, 0.97, k - 1)).tolist()
    return names[np.searchsorted(np.quantile(signal, cuts), signal)]


def _mix(made: Made, rng: Rng) -> np.ndarray:
    """A noisy view of one or two factors; now and then nothing but noise."""
    view = made.factors @ (rng.normal(size=6) * (rng.random(6) < 0.3))
    return view + rng.choice([0.3, 1.0, 2.0]) * rng.normal(size=made.rows)


def _levels(made: Made, rng: Rng) -> tuple[str, np.ndarray]:
    k = int(rng.choice([2, 3, 5, 12, 40]))
    view = _mix(made, rng)
    place = np.searchsorted(np.quantile(view, np.sort(rng.random(k - 1))), view)
    return "level", np.array([f"{c}{i}" for i, c in enumerate(rng.choice(list("PQRSTUV"), k))])[place]


def _text(made: Made, rng: Rng) -> tuple[str, np.ndarray]:
    tone = made.factors @ (rng.normal(size=6) * 0.4)
    cells = []
    for t in tone:
        odds = np.exp(np.linspace(-1, 1, len(WORDS)) * np.clip(t, -2, 2))
        cells.append(" ".join(rng.choice(WORDS, int(rng.integers(6, 14)), p=odds / odds.sum())))
    return "note", np.array(cells)


def _holed(made: Made, rng: Rng) -> tuple[str, np.ndarray]:
    cells = _mix(made, rng).round(3)
    gap = rng.random(made.rows) < rng.choice([0.01, 0.1, 0.5])
    return "reading", np.where(gap, np.nan, cells)


def _dates(made: Made, rng: Rng) -> tuple[str, np.ndarray]:
    days = rng.integers(0, 900, made.rows)
    return "visit", (np.datetime64("2021-01-01") + days).astype("datetime64[us]")


PLAIN: tuple[Callable[[Made, Rng], tuple[str, np.ndarray]], ...] = (
    lambda m, r: ("measure", _mix(m, r)),
    lambda m, r: ("amount", np.exp(_mix(m, r)).round(2)),
    lambda m, r: ("count", r.poisson(np.exp(0.4 * np.clip(_mix(m, r), -4, 4)))),
    lambda m, r: ("share", (1 / (1 + np.exp(-_mix(m, r)))).round(int(r.choice([2, 4, 12])))),
    lambda m, r: ("grade", np.clip((_mix(m, r) * 1.5 + 5).round(), 1, 9).astype(int)),
    lambda m, r: ("spent", np.where(r.random(m.rows) < 0.6, 0.0, np.exp(_mix(m, r)).round(2))),
    lambda m, r: ("flag", _mix(m, r) > 0.7),
    _levels,
    _levels,
    _holed,
)


def _strong(made: Made, rng: Rng) -> None:
    """Two or three honest columns that say nearly all there is to know."""
    for i in range(int(rng.integers(2, 4))):
        made.columns[f"score_{i}"] = (
            made.signal + rng.normal(size=made.rows) * made.signal.std() * rng.uniform(0.3, 0.5)
        ).round(2)


def _attributes(made: Made, rng: Rng) -> None:
    """Places with attributes of their own: constant within a level, and not made from the outcome."""
    k = int(rng.integers(8, 60))
    place = np.clip((made.factors[:, 0] + rng.normal(size=made.rows)) * k / 6 + k / 2, 0, k - 1).astype(int)
    made.columns["branch"] = np.array([f"branch {i:03d}" for i in range(k)])[place]
    made.columns["branch_staff"] = (5 + np.arange(k) * 0.7 + rng.normal(size=k)).round(1)[place]
    made.columns["branch_rent"] = rng.lognormal(7, 0.4, k).round(0)[place]


def _gaps(made: Made, rng: Rng) -> None:
    """A gap that tells something and is known before: who has no account has no balance."""
    odds = 1 / (1 + np.exp(-(made.factors[:, 1] * 1.2 + 0.4 * (made.signal - made.signal.mean()) / made.signal.std())))
    made.columns["balance"] = np.where(
        rng.random(made.rows) < 0.5 * odds, np.nan, rng.lognormal(6, 1, made.rows).round(2)
    )


def _seasons(made: Made, rng: Rng) -> None:
    """Rows of a year and a half whose days and hours follow a factor of the outcome."""
    hour = np.clip(12 + 3 * made.factors[:, 2] + rng.normal(size=made.rows) * 3, 0, 23).astype(int)
    start = np.datetime64("2022-01-01T00:00:00", "us")
    days = rng.integers(0, 540, made.rows)
    minutes = (days * 24 + hour) * 60 + rng.integers(0, 60, made.rows)
    made.columns["booked_at"] = start + minutes.astype("timedelta64[m]")


def _indicators(made: Made, rng: Rng) -> None:
    """A level as a set of zeros and ones, the level beside it."""
    place = np.digitize(made.factors[:, 3] + rng.normal(size=made.rows), [-1, 0, 1])
    made.columns["channel"] = np.array(["web", "shop", "phone", "agent"])[place]
    for i, name in enumerate(("web", "shop", "phone", "agent")):
        made.columns[f"channel_{name}"] = (place == i).astype(int)


def _parts(made: Made, rng: Rng) -> None:
    """Three parts and their sum; a rate of two of them."""
    parts = [rng.lognormal(3 + 0.3 * made.factors[:, i], 0.5).round(2) for i in range(3)]
    for i, part in enumerate(parts):
        made.columns[f"part_{i}"] = part
    made.columns["parts_total"] = np.sum(parts, axis=0).round(2)
    made.columns["parts_rate"] = parts[0] / parts[1]


def _weather(made: Made, rng: Rng) -> None:
    """Two measures of the same thing."""
    made.columns["temperature"] = (15 + 6 * made.factors[:, 4] + rng.normal(size=made.rows) * 0.3).round(1)
    made.columns["felt"] = (made.columns["temperature"] + rng.normal(size=made.rows) * 0.5).round(1)


def _note(made: Made, rng: Rng) -> None:
    if made.rows <= 4000:
        made.columns["note"] = _text(made, rng)[1]
        made.kinds["note"] = "text"


HARD = (
    _strong,
    _attributes,
    _gaps,
    _seasons,
    _indicators,
    _parts,
    _weather,
    _note,
    lambda m, r: m.columns.update(day=_dates(m, r)[1]),
)


def halved(made: Made, rng: Rng, share: float = 0.25) -> Made:
    """A random second side, as somebody would hand it in."""
    made.second = rng.random(made.rows) < share
    return made


def timed(made: Made, rng: Rng) -> Made:
    """The rows over two years, the last quarter as the second side."""
    start = np.datetime64("2021-03-01T00:00:00", "us")
    at = start + np.sort(rng.integers(0, 730 * 86_400, made.rows)).astype("timedelta64[s]")
    made.columns = {"happened_at": at} | made.columns
    made.roles["time"] = "happened_at"
    made.second = np.arange(made.rows) >= int(0.75 * made.rows)
    return made


def grouped(made: Made, rng: Rng) -> Made:
    """Rows of customers, whole customers on each side."""
    k = max(20, made.rows // 6)
    owner = rng.integers(0, k, made.rows)
    made.columns["customer"] = np.array([f"c{i:06d}" for i in range(k)])[owner]
    made.roles["group"], made.kinds["customer"] = "customer", "category"
    made.second = (rng.random(k) < 0.25)[owner]
    return made


def repeating(made: Made, rng: Rng) -> Made:
    """A tenth of the rows came twice before anybody split them."""
    made.take(np.r_[np.arange(made.rows), rng.integers(0, made.rows, made.rows // 10)])
    return halved(made, rng)


SIDES: dict[str, Callable[[Made, Rng], Made]] = {
    "one file": lambda m, r: m,
    "halves": halved,
    "over time": timed,
    "by group": grouped,
    "repeating": repeating,
}
