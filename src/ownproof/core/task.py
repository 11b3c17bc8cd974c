"""What is predicted, how it is measured and what a gain is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Costs:
    """Money per decision. Two classes: fp, fn, tp, tn. More classes: matrix[truth][decision] by class name.
    Numbers: over and under per unit of the target."""

    fp: float = 0.0
    fn: float = 0.0
    tp: float = 0.0
    tn: float = 0.0
    over: float = 0.0
    under: float = 0.0
    matrix: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "fp": self.fp,
            "fn": self.fn,
            "tp": self.tp,
            "tn": self.tn,
            "over": self.over,
            "under": self.under,
            "matrix": {k: dict(v) for k, v in self.matrix.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Costs:
        """The inverse of `to_json`."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked of the task; None and empty where nothing was said.

    interval: the share of truths (0..1) that an interval around each answer is to hold, None for no interval.
    share: the share of rows (0..1) to be flagged where there is no truth.
    """

    kind: str | None = None
    metric: str | None = None
    positive: str | None = None
    worthwhile: float | None = None
    costs: Costs | None = None
    floors: Mapping[str, float] = field(default_factory=dict)
    interval: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to predict.

    column: the target column; target: the target kind's name; inputs: the input kinds of the features, sorted.
    classes: labels in a fixed order (JSON scalars), empty where there are none; positive: the class whose
    probability is ranked, for two classes. metric: what the verdict is about. truth: how much of it is known.
    """

    column: str
    target: str
    inputs: tuple[str, ...] = ()
    classes: tuple[Any, ...] = ()
    positive: Any = None
    metric: str = ""
    worthwhile: float | None = None
    costs: Costs | None = None
    floors: Mapping[str, float] = field(default_factory=dict)
    truth: Literal["full", "partial", "none"] = "full"
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def positive_index(self) -> int:
        """Where the positive class stands among the classes (1 when none was chosen)."""
        return self.classes.index(self.positive) if self.positive in self.classes else len(self.classes) - 1

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads."""
        return {
            "column": self.column,
            "target": self.target,
            "inputs": list(self.inputs),
            "classes": list(self.classes),
            "positive": self.positive,
            "metric": self.metric,
            "worthwhile": self.worthwhile,
            "costs": self.costs.to_json() if self.costs else None,
            "floors": dict(self.floors),
            "truth": self.truth,
            "details": dict(self.details),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Task:
        """The inverse of `to_json`."""
        costs = Costs.from_json(data["costs"]) if data.get("costs") else None
        return cls(
            data["column"],
            data["target"],
            tuple(data["inputs"]),
            tuple(data["classes"]),
            data["positive"],
            data["metric"],
            data["worthwhile"],
            costs,
            dict(data["floors"]),
            data["truth"],
            dict(data["details"]),
        )
