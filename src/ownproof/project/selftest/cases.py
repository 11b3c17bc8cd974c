"""What a selftest is made of: a case, the place it works in, and what was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.errors import OwnproofError
from ownproof.project import flow
from ownproof.project.config import Config
from ownproof.project.project import Project

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Seen:
    """How a command ended: its exit code, and the gates that refused or the word of the error that stopped it."""

    exit: int
    said: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Seen:
        """What an answer says."""
        return cls(answer["exit"], tuple(g["id"] for g in answer["gates"] if g["status"] == "refused"))


@dataclass(slots=True)
class Place:
    """A folder that is thrown away afterwards. line: the project that was run and proven, once there is one."""

    folder: Path
    line: Any = None
    made: int = field(default=0)

    def file(self, table: pl.DataFrame) -> str:
        """A table as a file."""
        self.made += 1
        path = self.folder / f"table-{self.made}.csv"
        table.write_csv(path)
        return str(path)

    def project(self, data: str, **choices: Any) -> Project:
        """A fresh project for a file, with the settings of a command line."""
        self.made += 1
        return Project.create(self.folder / f"project-{self.made}", Config(data=data, **choices))

    def walked(self, table: pl.DataFrame, last: str, **choices: Any) -> Seen:
        """What the steps up to `last` say of a table, as the command of that name does them."""
        data = self.file(table)
        return Seen.of(flow.run(self.project(data, **choices), data, last=last, command=last))


Look = Callable[[Place], Seen]


@dataclass(frozen=True, slots=True)
class Case:
    """One gate, what is planted for it, and the twin of it that is sound.

    gate: the gate's id, or the word of the error; exit: what the planted case must end with. trains: whether it needs
    a model, so that a quick selftest leaves it out.
    """

    id: str
    planted: str
    gate: str
    exit: int
    plant: Look
    sound: Look
    trains: bool = False


def look(what: Look, place: Place) -> Seen:
    """What was seen; an error counts with its exit code and its word, as on the command line."""
    try:
        return what(place)
    except OwnproofError as error:
        return Seen(error.exit, (error.name,))
    except Exception as error:  # noqa: BLE001 - a selftest reports what it meets
        return Seen(1, (f"{type(error).__name__}: {error}"[:200],))
