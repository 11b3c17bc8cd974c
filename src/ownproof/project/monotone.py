"""`--monotone age=+ income=-`: what is said of columns that the answer may only rise or fall with."""

from __future__ import annotations

from collections.abc import Sequence

from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.errors import OwnproofError, UsageError, all_at_once, did_you_mean

SIGNS = {"+": 1, "-": -1}


def parse_monotone(said: str) -> tuple[str, int]:
    """`age=+` as the column and 1, `age=-` as the column and -1. Raises UsageError.

    >>> parse_monotone("a=b=-")
    ('a=b', -1)
    """
    name, sep, sign = said.rpartition("=")
    if not sep or not name or sign not in SIGNS:
        raise UsageError(
            f"--monotone is {said!r}",
            expected="COLUMN=+ or COLUMN=-",
            where="--monotone",
            hint="write --monotone age=+ for answers that never fall when age rises",
        )
    return name, SIGNS[sign]


def monotone_of(said: Sequence[str], schema: Schema, task: Task) -> dict[str, int]:
    """Column name to 1 or -1. Raises UsageError with everything that is wrong: unknown columns, columns that are no
    numbers, a target that neither rises nor falls."""
    problems: list[OwnproofError] = []
    found: dict[str, int] = {}
    names = {c.name: c for c in schema.features}
    for name, sign in map(parse_monotone, said):
        found[name] = sign
        if name not in names:
            problems.append(_wrong(f"no feature is called {name!r}", did_you_mean(name, list(names), what="features")))
        elif names[name].kind != "number":
            problems.append(
                _wrong(f"{name!r} is a {names[name].kind}, which has no order", f"leave {name!r} out of --monotone")
            )
    if said and len(task.classes) > 2:
        problems.append(_wrong(f"{task.column!r} has {len(task.classes)} classes", "leave out --monotone"))
    if said and "quantile" in task.details:
        problems.append(_wrong("a quantile is learnt by trees that are not kept monotone", "leave out --monotone"))
    if problems:
        raise all_at_once(problems)
    return found


def _wrong(message: str, hint: str) -> UsageError:
    return UsageError(
        message, expected="number columns, for a number or one of two classes", where="--monotone", hint=hint
    )
