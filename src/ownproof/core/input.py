"""What an input kind answers: how a column of cells is recognised, typed, keyed, described and encoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np

from ownproof.core.report import Finding
from ownproof.core.terms import Terms

if TYPE_CHECKING:
    import polars as pl

Details = Mapping[str, Any]
"""What `cast` and `read` need to know of one column (date format, decimal mark, missing words ...): JSON values."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """How sure an input kind is that a column is one of its own.

    confidence: 0 (no) .. 1 (certain); the kind with the highest confidence gets the column.
    reason: why, in words a person can check. findings: what was seen on the way (mixed formats ...).
    """

    confidence: float
    reason: str = ""
    details: Details = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A column in numbers: the reference that reports show and drift is measured against.

    rows and missing are counts; numbers holds scalars (mean, sd, min ...), edges and counts a histogram
    (len(edges) = len(counts) + 1), levels the most frequent values with their counts, most frequent first.
    """

    kind: str
    rows: int
    missing: int
    distinct: int
    numbers: Mapping[str, float] = field(default_factory=dict)
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    levels: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "kind": self.kind,
            "rows": self.rows,
            "missing": self.missing,
            "distinct": self.distinct,
            "numbers": dict(self.numbers),
            "edges": list(self.edges),
            "counts": list(self.counts),
            "levels": [list(pair) for pair in self.levels],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Profile:
        """The inverse of `to_json`."""
        return cls(
            kind=data["kind"],
            rows=data["rows"],
            missing=data["missing"],
            distinct=data["distinct"],
            numbers=dict(data["numbers"]),
            edges=tuple(data["edges"]),
            counts=tuple(data["counts"]),
            levels=tuple((str(a), int(b)) for a, b in data["levels"]),
        )


@runtime_checkable
class Input(Protocol):
    """One kind of input. Stateless: what it learns of a column is kept in `details` (by recognition) and in the
    `code` of `Encodes` (by fitting on training rows)."""

    name: ClassVar[str]
    usable: ClassVar[bool]
    """Whether a column of this kind is offered to learners (an identifier or a constant is not)."""

    def recognise(self, column: pl.Series, *, folder: Path | None = None) -> Recognition:
        """Look at a sample of raw cells (strings of a CSV, or typed values) and say how likely the column is ours.

        folder: where the data lay, for cells that are paths of files.
        """

    def cast(self, column: pl.Expr, details: Details, *, folder: Path | None = None) -> pl.Expr:
        """The raw column as this kind's own type, lazily; cells that cannot be read become null."""

    def read(self, cell: Any, details: Details) -> Any:
        """One cell of a request (JSON) or of a raw table, as `cast` would type it; None for a missing one.

        Raises ValueError with a reason a client can act on when the cell is not of this kind.
        """

    def key(self, value: Any) -> bytes:
        """The identity of a typed value: equal values have equal bytes, on every machine and for ever."""

    def keys(self, column: pl.Series) -> np.ndarray:
        """`key` of a whole typed column as stable 64-bit hashes: uint64 (n,)."""

    def profile(self, column: pl.Series) -> Profile:
        """A typed column in numbers; the order of its cells does not count."""

    def drift(self, reference: Profile, now: Profile) -> Finding:
        """How far a profile moved from its reference."""

    def to_json(self, value: Any) -> Any:
        """A typed value as a JSON value."""

    def from_json(self, value: Any) -> Any:
        """The inverse of `to_json`."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the encoded matrix.

    kind: `numeric`, or `categorical` with whole codes 0 .. levels-1; missing is NaN in both.
    column: the data column it was made from; label: for people ("month of signed_up"). learnt: its values were fitted
    to the truth, so that it is a small model itself, and no rule of thumb to beat.
    """

    name: str
    column: str
    kind: Literal["numeric", "categorical"] = "numeric"
    levels: int = 0
    label: str = ""
    learnt: bool = False


@runtime_checkable
class Bounded(Protocol):
    """The ability of an input kind to say which cells are more than a cell may be, whatever they mean."""

    def beyond(self, column: pl.Series) -> np.ndarray:
        """bool (n,): typed cells that `read` refuses in a request though they can be read (a text too long)."""


@runtime_checkable
class Remembers(Protocol):
    """The ability of an input kind that `Encodes` to look through a whole column for what was never met in training."""

    def strange(self, code: Mapping[str, Any], column: pl.Series) -> pl.Series:
        """The typed cells of which `unseen` is true, each once."""


@runtime_checkable
class Recalls(Protocol):
    """The ability of an input kind that `Encodes` to know at once, value by value, what was never met in training."""

    def recall(self, code: Mapping[str, Any]) -> Callable[[Any], bool] | None:
        """A function that says of a typed value what `unseen` says; built once, called per request (microseconds). None
        where `unseen` is never true."""


@runtime_checkable
class Plain(Protocol):
    """The ability of an input kind that `Encodes`: numbers of a request that need neither be read nor encoded."""

    def plain(self, code: Mapping[str, Any]) -> tuple[float, float]:
        """Between these ends, both left out, a JSON number as a float is what `read` and `one` make of it, in one column."""


@runtime_checkable
class Encodes(Protocol):
    """The ability of an input kind to become columns of a float32 matrix, learnt from training rows only."""

    def fit_code(self, column: pl.Series, details: Details) -> dict[str, Any]:
        """What encoding needs to know, as JSON values (levels, vocabulary ...). column: typed training cells."""

    def features(self, code: Mapping[str, Any], name: str) -> list[Feature]:
        """The matrix columns that `encode` will give for a data column called `name`."""

    def encode(self, code: Mapping[str, Any], column: pl.Series) -> np.ndarray:
        """A typed column as float32 (n, k), NaN where missing."""

    def one(self, code: Mapping[str, Any]) -> Callable[[Any], Sequence[float]]:
        """A function from one typed value to the same k numbers; built once, called per request (microseconds)."""

    def unseen(self, code: Mapping[str, Any], value: Any) -> bool:
        """Whether a typed value was never met in training, so that the answer deserves a flag."""


@runtime_checkable
class Weighs(Protocol):
    """The ability of an encoding kind to add up thousands of small signs in a cell, by weights learnt from the truth.

    The sums are the last columns of its block in the matrix.
    """

    def terms(self, column: pl.Series) -> Terms:
        """The terms of typed training cells; a missing cell has none."""

    def weighed(self, code: Mapping[str, Any], terms: Terms, weights: np.ndarray, bias: np.ndarray) -> dict[str, Any]:
        """The code with weights (width, outputs) and bias (outputs,) for the terms: `features` are `outputs` more."""
