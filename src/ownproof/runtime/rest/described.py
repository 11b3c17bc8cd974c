"""What a client may know of a model before asking it: its columns, what they take, and a row that is answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ownproof.core.cells import as_json
from ownproof.core.schema import Column
from ownproof.runtime.predictor import Predictor

LEVELS_MOST = 50
PROBES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("number", (0.5, 20240131)),
    ("string", ("a text", "2024-01-31", "2024-01-31T12:00:00")),
    ("boolean", (True,)),
    ("array", ([[0.5]], [0.5], ["a text"])),
    ("object", ({"a": 1},)),
)
"""What a kind takes is found out by asking it, so that a kind nobody here has heard of is described as well."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its kind, the JSON types that its kind reads, what training saw of it, and a cell that is read.

    low, high: the smallest and largest number of training; levels: its most frequent names, complete where `all_levels`.
    """

    name: str
    kind: str
    types: tuple[str, ...]
    example: Any
    required: bool = True
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()
    all_levels: bool = False

    def to_json(self) -> dict[str, Any]:
        """The field as `/v1/schema` tells it."""
        seen: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "required": self.required,
            "types": list(self.types),
        }
        if self.low is not None:
            seen["range"] = [self.low, self.high]
        if self.levels:
            seen |= {"levels": list(self.levels), "all_levels": self.all_levels}
        return {**seen, "example": self.example}

    def to_openapi(self) -> dict[str, Any]:
        """The field as JSON Schema."""
        told = f"kind {self.kind}"
        if self.low is not None:
            told += f"; {self.low:g} to {self.high:g} in training"
        if self.levels:
            told += f"; in training {', '.join(self.levels[:10])}" + (", ..." if len(self.levels) > 10 else "")
        return {"type": [*self.types, "null"], "description": told, "examples": [self.example]}


def fields_of(predictor: Predictor, extras: tuple[str, ...]) -> tuple[Field, ...]:
    """Every column that a row must have, in the order of the schema, then those that it may have."""
    profiles: Mapping[str, Any] = predictor.bundle.read("profiles/columns.json")
    features = [_field(predictor, c, profiles.get(c.name, {})) for c in predictor.columns]
    schema = predictor.bundle.schema
    free = [Field(n, schema[n].kind, ("string", "number", "boolean"), None, required=False) for n in extras]
    return (*features, *free)


def _field(predictor: Predictor, column: Column, profile: Mapping[str, Any]) -> Field:
    details, kind = as_json(column.details), predictor.inputs[column.kind]

    def reads(cell: Any) -> bool:
        try:
            kind.read(cell, details)
        except ValueError:
            return False
        return True

    types = tuple(name for name, cells in PROBES if any(reads(c) for c in cells))
    numbers = profile.get("numbers", {})
    ranged = "number" in types and "string" not in types and "min" in numbers
    named = "string" in types and not numbers
    levels = tuple(str(name) for name, _ in profile.get("levels", ())) if named else ()
    return Field(
        column.name,
        column.kind,
        types or ("string",),
        next(cell for cell in _candidates(profile) if cell is None or reads(cell)),
        low=float(numbers["min"]) if ranged else None,
        high=float(numbers["max"]) if ranged else None,
        levels=tuple(level for level in levels[:LEVELS_MOST] if len(level) <= 64),
        all_levels=0 < profile.get("distinct", 0) == len(levels) <= LEVELS_MOST,
    )


def _candidates(profile: Mapping[str, Any]) -> Iterator[Any]:
    """Cells that may be typical, the likeliest first; a missing one, which every kind reads, last."""
    yield from (name for name, _ in profile.get("levels", ())[:1])
    middle = profile.get("numbers", {}).get("median")
    if middle is not None:
        yield int(middle) if float(middle).is_integer() else round(float(middle), 6)
    yield "an example"
    if middle is not None and abs(middle) < 2.5e11:
        yield (dt.datetime(1970, 1, 1) + dt.timedelta(seconds=round(middle))).isoformat()  # noqa: DTZ001 - as typed
    yield "2024-01-31T12:00:00"
    yield None


def example(fields: tuple[Field, ...]) -> dict[str, Any]:
    """One row that is answered."""
    return {f.name: f.example for f in fields if f.required}


def out_of_range(fields: tuple[Field, ...]) -> Callable[[Mapping[str, Any]], list[str]]:
    """A function from a typed row to the columns whose number lies beyond those of training."""
    ends = [(f.name, f.low, f.high) for f in fields if f.low is not None and f.high is not None]

    def beyond(row: Mapping[str, Any]) -> list[str]:
        return [n for n, low, high in ends if (v := row[n]) is not None and not low <= v <= high]

    return beyond
