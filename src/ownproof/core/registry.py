"""The one door for plug-ins, ours and other people's: entry points, loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ownproof.core.report import Finding
from ownproof.errors import UsageError, did_you_mean

SHELVES = ("inputs", "targets", "learners", "scorers", "readers")
FACES = "faces"
"""The shelf of what the command line starts without knowing it; it is no part of a model, and not among the kinds."""


@cache
def _points(shelf: str) -> Mapping[str, EntryPoint]:
    return {p.name: p for p in sorted(entry_points(group=f"ownproof.{shelf}"), key=lambda p: (p.name, p.value))}


def names(shelf: str) -> list[str]:
    """The names on a shelf, without importing anything. shelf: one of SHELVES, or FACES."""
    return sorted(_points(shelf))


def load(shelf: str, name: str) -> Any:
    """The class behind a name. Raises UsageError with the near misses for a name that is not on the shelf."""
    point = _points(shelf).get(name)
    if point is None:
        raise UsageError(
            f"no {shelf[:-1]} is called {name!r}",
            expected=f"a name on the shelf {shelf!r}",
            hint=did_you_mean(name, names(shelf), what=shelf),
            where=name,
            code=f"no-{shelf[:-1]}",
        )
    return point.load()


def shelf(name: str) -> Mapping[str, Any]:
    """All classes of a shelf by name; those that cannot be imported are left out (see `broken`)."""
    found = {}
    for each in names(name):
        try:
            found[each] = load(name, each)
        except Exception:  # noqa: BLE001, S112 - a broken plug-in must not stop the others; `broken` reports it
            continue
    return found


def broken(name: str) -> list[Finding]:
    """One finding per plug-in of a shelf that cannot be imported."""
    findings = []
    for each in names(name):
        try:
            load(name, each)
        except Exception as why:  # noqa: BLE001 - whatever a plug-in raises is worth a finding
            findings.append(
                Finding(
                    "plugin.broken",
                    "warn",
                    (),
                    None,
                    f"{name[:-1]} {each}: {why}",
                    "update or uninstall the package that brings it",
                )
            )
    return findings


def inputs() -> dict[str, Any]:
    """One instance of every input kind by name."""
    return {n: c() for n, c in shelf("inputs").items()}


def targets() -> dict[str, Any]:
    """One instance of every target kind by name."""
    return {n: c() for n, c in shelf("targets").items()}


def learners() -> dict[str, Any]:
    """One instance of every learner by name."""
    return {n: c() for n, c in shelf("learners").items()}
