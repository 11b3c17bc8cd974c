"""What a learner answers: whether it fits a task, what it costs, and a fitted model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np

from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.prediction import Predictions
from ownproof.core.schema import Schema
from ownproof.core.task import Task

Progress = Callable[[float, str], None]
"""progress(share done 0..1, a few words); it may raise Cut to stop a fit in an emergency."""


class Cut(Exception):  # not an error: the clock's word to a fit
    """Raised by `progress` when the time is over; a fit may keep what it has, or let it pass."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a fit is.

    rows: of training; features: matrix columns; answers: of a row (classes, or 1); bins: how many different values a
    column has on average, counting 255 at most; held: rows that decide when to stop; levels: of each column of codes;
    filled: the share of the numbers that are neither 0 nor missing.
    """

    rows: int
    features: int
    answers: int = 1
    cores: int = 1
    bins: float = 255.0
    held: int = 0
    levels: tuple[int, ...] = ()
    filled: float = 1.0

    @classmethod
    def of(cls, encoded: Encoded | None, rows: int, *, answers: int, cores: int = 1, held: int = 0) -> Shape:
        """The shape of a fit on so many rows of a matrix; without one there is no column.

        >>> Shape.of(None, 100, answers=0)
        Shape(rows=100, features=0, answers=1, cores=1, bins=255.0, held=0, levels=(), filled=1.0)
        """
        if encoded is None:
            return cls(rows, 0, max(1, answers), cores, held=held)
        levels = tuple(encoded.features[i].levels for i in encoded.categorical)
        return cls(
            rows, len(encoded.features), max(1, answers), cores, encoded.bins, held, levels, round(encoded.filled, 4)
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """What one fit takes, by formula from its shape: seconds of a common core, bytes of memory."""

    seconds: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One parameter of a search space: a list of values, or a range (whole or not, on a log scale or not)."""

    low: float = 0.0
    high: float = 1.0
    log: bool = False
    whole: bool = False
    values: tuple[Any, ...] = ()


@runtime_checkable
class Model(Protocol):
    """A fitted learner."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the fit found out that the refit needs (rounds ...), JSON values."""

    def predict(self, dataset: Dataset) -> Predictions:
        """Raw answers for every example of a dataset prepared like the training one."""

    def save(self, folder: Path) -> str:
        """Write the weights into an empty folder; returns the name of the scorer that loads them."""


@runtime_checkable
class Explains(Protocol):
    """The ability of a model to say what its answers are made of."""

    def contributions(self, dataset: Dataset) -> np.ndarray:
        """SHAP values, float64 (n, features) in the model's own (margin) unit; for several classes the sum of
        absolute values over classes."""


@runtime_checkable
class Learner(Protocol):
    """One way to learn.

    extra: the extra that must be installed, None for the core. reads: `matrix` (encoded float32) or `columns`.
    default: whether it is tried without being named. least_units: fewer training units than this and it is not tried.
    baseline: it is a bar to be cleared, not a candidate to ship.
    """

    name: ClassVar[str]
    extra: ClassVar[str | None]
    reads: ClassVar[Literal["matrix", "columns"]]
    default: ClassVar[bool]
    baseline: ClassVar[bool]
    least_units: ClassVar[int]

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why this learner cannot serve the task."""

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """Parameter sets worth trying without a search, best bet first."""

    def space(self, task: Task) -> Mapping[str, Choice]:
        """What a search may vary; empty for nothing."""

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """What one fit takes, by formula (the work plan must not depend on the clock)."""

    def fit(
        self,
        train: Dataset,
        validation: Dataset | None,
        task: Task,
        params: Mapping[str, Any],
        *,
        workdir: Path,
        seed: int,
        cores: int,
        progress: Progress,
    ) -> Model:
        """Fit on train; validation, where given, may only decide when to stop. Same arguments, same bytes."""

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Parameters for a refit without validation, from what the folds found out (rounds ...)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recipe: a learner and its parameters."""

    learner: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """A name for tables: the learner, and what sets the recipe apart."""
        name = self.params.get("name")
        return f"{self.learner} ({name})" if name else self.learner

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"learner": self.learner, "params": dict(self.params)}
