"""What a table means: its columns, their kinds and their roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ownproof.errors import InputError, OwnproofError, UsageError, all_at_once

Role = Literal["feature", "target", "time", "group", "id", "weight", "drop", "ignored"]


@dataclass(frozen=True, slots=True)
class Roles:
    """What the user said of the columns; None or empty where nothing was said.

    groups: `returning` (a group may come back in production) or `new` (whole groups are sealed); None: not said.
    """

    target: str
    time: str | None = None
    group: str | None = None
    id: str | None = None
    weight: str | None = None
    drop: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    groups: Literal["returning", "new"] | None = None
    horizon: str | None = None

    def check(self, columns: Sequence[str]) -> None:
        """Raise one InputError with every named column that is not there, or that has two roles."""
        problems: list[OwnproofError] = []
        single = {"target": self.target, "time": self.time, "group": self.group, "id": self.id, "weight": self.weight}
        said = [(role, name) for role, name in single.items() if name is not None]
        said += [("drop", n) for n in self.drop] + [("slice", n) for n in self.slices]
        for role, name in said:
            if name not in columns:
                problems.append(InputError.no_column(name, list(columns), role=role, where=f"--{role}"))
        taken: dict[str, str] = {}
        for role, name in said:
            if role == "slice":
                continue
            if name in taken and taken[name] != role:
                problems.append(
                    UsageError(
                        f"column {name!r} is named as {taken[name]} and as {role}",
                        expected="one role a column",
                        hint=f"leave out one of the two for {name!r}",
                        where=f"--{role}",
                    )
                )
            taken.setdefault(name, role)
        if problems:
            raise all_at_once(problems)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "target": self.target,
            "time": self.time,
            "group": self.group,
            "id": self.id,
            "weight": self.weight,
            "drop": list(self.drop),
            "slices": list(self.slices),
            "groups": self.groups,
            "horizon": self.horizon,
        }


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its input kind, its role and what reading it needs (`details`); `why` says how it got there."""

    name: str
    kind: str
    role: Role = "feature"
    details: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"name": self.name, "kind": self.kind, "role": self.role, "details": dict(self.details), "why": self.why}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Column:
        """The inverse of `to_json`."""
        return cls(data["name"], data["kind"], data["role"], data["details"], data.get("why", ""))


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns in the order of the data."""

    columns: tuple[Column, ...]
    slices: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise InputError.no_column(name, self.names)

    def __contains__(self, name: object) -> bool:
        return any(c.name == name for c in self.columns)

    @property
    def names(self) -> list[str]:
        """All column names."""
        return [c.name for c in self.columns]

    @property
    def features(self) -> tuple[Column, ...]:
        """The columns a model may look at."""
        return tuple(c for c in self.columns if c.role == "feature" or c.details.get("also_feature"))

    def role(self, role: Role) -> Column | None:
        """The column with a role that only one can have; None when there is none."""
        return next((c for c in self.columns if c.role == role), None)

    def with_columns(self, changed: Mapping[str, Column]) -> Schema:
        """The same schema with some columns replaced."""
        return replace(self, columns=tuple(changed.get(c.name, c) for c in self.columns))

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"columns": [c.to_json() for c in self.columns], "slices": list(self.slices)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Schema:
        """The inverse of `to_json`."""
        return cls(tuple(Column.from_json(c) for c in data["columns"]), tuple(data["slices"]))
