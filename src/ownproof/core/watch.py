"""What is watched in production: frozen cells of every column, and windows of rows as counts in them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

PREDICTION: Final = "ownproof:prediction"
SCORE: Final = "ownproof:score"
TRUTH: Final = "ownproof:truth"
"""What the answers, their scores (of the positive class, or the number) and the outcomes are called among columns."""

UNSEEN_KEPT: Final = 1000
"""Levels without a cell that a window keeps by name, the most frequent; of the others the rows are counted."""

Form = Literal["number", "levels"]
Whole = NDArray[np.int64]


@runtime_checkable
class Watches(Protocol):
    """The ability of an input kind to say what of its cells is worth watching; kinds without it are watched by their
    JSON values."""

    def fit_watch(self, column: pl.Series) -> dict[str, Any]:
        """What `watched` needs to know of the reference's cells (a vocabulary ...), as JSON values."""

    def watched(self, known: Mapping[str, Any], column: pl.Series) -> Mapping[str, pl.Series]:
        """A typed column as plain ones by the name of the view, "" for the column itself: numbers as Float64, names as
        String, missing as null."""


@dataclass(frozen=True, slots=True)
class View:
    """The cells of one view of a column; they never move.

    name: of the column, or `column: view`. Numbers lie between ascending finite `edges`, each of which belongs to the
    cell below it; the first and the last cell are for infinity. Names have a cell a level; with `buckets` the column has
    more levels than are kept, and every row falls into one of the buckets by the hash of its name as well.
    center and scale: of the reference's values, for sums that stay small.
    """

    name: str
    form: Form
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    buckets: int = 0
    center: float = 0.0
    scale: float = 1.0

    @property
    def cells(self) -> int:
        """How many counts a window keeps of it."""
        return len(self.edges) + 1 if self.form == "number" else len(self.levels) + self.buckets

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        said: dict[str, Any] = {"name": self.name, "form": self.form}
        if self.form == "number":
            return {**said, "edges": list(self.edges), "center": self.center, "scale": self.scale}
        return {**said, "levels": list(self.levels), "buckets": self.buckets}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> View:
        """The inverse of `to_json`."""
        return cls(
            data["name"],
            data["form"],
            tuple(data.get("edges", ())),
            tuple(data.get("levels", ())),
            data.get("buckets", 0),
            data.get("center", 0.0),
            data.get("scale", 1.0),
        )


def view_name(column: str, view: str) -> str:
    """What a view of a column is called: like the column, where it is the column itself.

    >>> view_name("paid", ""), view_name("paid", "weekday")
    ('paid', 'paid: weekday')
    """
    return f"{column}: {view}" if view else column


@dataclass(frozen=True, slots=True)
class Watched:
    """A column of the reference: its input kind (what `known` is for), its views, and how much it weighs in the
    answers (shares that add up to 1 over the features; None where nobody measured)."""

    name: str
    kind: str
    views: tuple[View, ...]
    known: Mapping[str, Any] = field(default_factory=dict)
    weight: float | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "name": self.name,
            "kind": self.kind,
            "known": dict(self.known),
            "weight": self.weight,
            "views": [v.to_json() for v in self.views],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Watched:
        """The inverse of `to_json`."""
        views = tuple(View.from_json(v) for v in data["views"])
        return cls(data["name"], data["kind"], views, data["known"], data["weight"])


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """One view of a window of rows. cells: int64 (view.cells,), missing rows not among them; unreadable: those of the
    missing that had a cell which could not be read; unseen: rows by level without a cell, others: rows of further ones.

    sums: of finite values less the center over the scale, and of its squares; low and high of the values themselves.
    """

    rows: int
    missing: int
    cells: Whole
    unreadable: int = 0
    unseen: Mapping[str, int] = field(default_factory=dict)
    others: int = 0
    sums: tuple[float, float] = (0.0, 0.0)
    low: float = math.inf
    high: float = -math.inf

    def __add__(self, more: Tally) -> Tally:
        unseen = dict(self.unseen)
        for level, rows in more.unseen.items():
            unseen[level] = unseen.get(level, 0) + rows
        kept, left = most_frequent(unseen)
        return Tally(
            self.rows + more.rows,
            self.missing + more.missing,
            self.cells + more.cells,
            self.unreadable + more.unreadable,
            kept,
            self.others + more.others + left,
            (self.sums[0] + more.sums[0], self.sums[1] + more.sums[1]),
            min(self.low, more.low),
            max(self.high, more.high),
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        said: dict[str, Any] = {"rows": self.rows, "missing": self.missing, "cells": self.cells.tolist()}
        if self.unreadable:
            said["unreadable"] = self.unreadable
        if self.unseen:
            said["unseen"] = dict(self.unseen)
        if self.others:
            said["others"] = self.others
        if self.low <= self.high:
            said |= {"sums": list(self.sums), "low": self.low, "high": self.high}
        return said

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tally:
        """The inverse of `to_json`."""
        return cls(
            data["rows"],
            data["missing"],
            np.array(data["cells"], dtype=np.int64),
            data.get("unreadable", 0),
            data.get("unseen", {}),
            data.get("others", 0),
            tuple(data.get("sums", (0.0, 0.0))),
            data.get("low", math.inf),
            data.get("high", -math.inf),
        )


def most_frequent(unseen: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """The levels that a window keeps by name, and the rows of all others; ties by name."""
    if len(unseen) <= UNSEEN_KEPT:
        return dict(unseen), 0
    ranked = sorted(unseen, key=lambda level: (-unseen[level], level))
    return {n: unseen[n] for n in ranked[:UNSEEN_KEPT]}, sum(unseen[n] for n in ranked[UNSEEN_KEPT:])


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """A window of rows as counts in a reference's cells: small, and as quickly added to another as read.

    reference: the mark of the reference it belongs to. tallies: by the name of the view. crossed: int64 (k, k), sums
    over rows of products of whole scores of the reference's k paired views, 0 for a missing cell.
    """

    reference: str
    rows: int
    tallies: Mapping[str, Tally]
    crossed: Whole = field(default_factory=lambda: np.zeros((0, 0), np.int64))

    def __add__(self, more: Counts) -> Counts:
        return merge([self, more])

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "reference": self.reference,
            "rows": self.rows,
            "tallies": {name: t.to_json() for name, t in self.tallies.items()},
            "crossed": self.crossed[np.triu_indices(len(self.crossed))].tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Counts:
        """The inverse of `to_json`."""
        crossed = symmetric(data["crossed"]).astype(np.int64)
        tallies = {name: Tally.from_json(t) for name, t in data["tallies"].items()}
        return cls(data["reference"], data["rows"], tallies, crossed)


def symmetric(upper: Iterable[float]) -> NDArray[np.float64]:
    """The symmetric matrix of an upper triangle, row by row; whole numbers below 2**53 stay exact.

    >>> symmetric([1, 2, 3]).tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    flat = np.array(list(upper), dtype=np.float64)
    width = (math.isqrt(8 * len(flat) + 1) - 1) // 2
    matrix = np.zeros((width, width))
    matrix[np.triu_indices(width)] = flat
    return np.asarray(matrix + np.triu(matrix, 1).T)


def merge(windows: Iterable[Counts]) -> Counts:
    """The counts of several windows as one. Raises ValueError for windows of different references, or for none."""
    several = list(windows)
    if not several or len({w.reference for w in several}) > 1:
        raise ValueError("windows of one reference are needed")
    tallies: dict[str, Tally] = {}
    for window in several:
        for name, tally in window.tallies.items():
            tallies[name] = tallies[name] + tally if name in tallies else tally
    crossed = sum((w.crossed for w in several[1:]), start=several[0].crossed)
    return Counts(several[0].reference, sum(w.rows for w in several), tallies, crossed)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Views whose correlation is watched: their names, the whole score of every cell, and the sampling variance of a
    pair's correlation times the rows, float64 (k, k), as it was in the reference."""

    views: tuple[str, ...] = ()
    scores: tuple[tuple[int, ...], ...] = ()
    variance: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        rounded = [[float(f"{v:.4g}") for v in row] for row in self.variance.tolist()]
        return {"views": list(self.views), "scores": [list(s) for s in self.scores], "variance": rounded}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Pairs:
        """The inverse of `to_json`."""
        views, scores = tuple(data["views"]), tuple(tuple(s) for s in data["scores"])
        return cls(views, scores, np.array(data["variance"], dtype=np.float64).reshape(len(views), len(views)))


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """How much windows of ordinary rows differ beyond what sampling explains: day effects.

    windows: how many it was learnt from. variance: by view, then by test, in the square of the effect's unit; of the
    test `distribution` per row of its statistic. levels: by view and level, of a share. pairs: float64 (k, k), of
    Fisher's z. centers: by view and test, where the effect of an ordinary window lies: a reference of many days is wider
    than each of them.
    """

    windows: int
    variance: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    pairs: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    centers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        pairs = [float(f"{v:.4g}") for v in self.pairs[np.triu_indices(len(self.pairs))].tolist()]
        return {
            "windows": self.windows,
            "variance": {name: dict(v) for name, v in self.variance.items()},
            "levels": {name: dict(v) for name, v in self.levels.items()},
            "centers": {name: dict(v) for name, v in self.centers.items()},
            "pairs": pairs,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Between:
        """The inverse of `to_json`."""
        centers = data.get("centers", {})
        return cls(data["windows"], data["variance"], data["levels"], symmetric(data["pairs"]), centers)


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What windows are compared with: cells that never move, and the counts of the reference's own rows in them.

    between: how much windows of its own rows differ; None where there was no time.
    """

    columns: tuple[Watched, ...]
    counts: Counts
    pairs: Pairs = field(default_factory=Pairs)
    between: Between | None = None

    @property
    def mark(self) -> str:
        """The name of these cells, which all windows counted in them carry."""
        return self.counts.reference

    def weighed(self, weights: Mapping[str, float]) -> Reference:
        """The same with the columns' weights in the answers."""
        return replace(self, columns=tuple(replace(c, weight=weights.get(c.name)) for c in self.columns))

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "columns": [c.to_json() for c in self.columns],
            "counts": self.counts.to_json(),
            "pairs": self.pairs.to_json(),
            "between": self.between.to_json() if self.between else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reference:
        """The inverse of `to_json`."""
        columns = tuple(Watched.from_json(c) for c in data["columns"])
        between = Between.from_json(data["between"]) if data.get("between") else None
        return cls(columns, Counts.from_json(data["counts"]), Pairs.from_json(data["pairs"]), between)


def mark_of(columns: Iterable[Watched], pairs: Pairs) -> str:
    """The name of some cells: 16 hexadecimal digits of a hash of all that decides where a row is counted."""
    said = [[c.name, c.kind, dict(c.known), [v.to_json() for v in c.views]] for c in columns]
    text = json.dumps([said, pairs.views, pairs.scores], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
