"""What the data say of rows, classes and labels, beside what the user said."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ownproof.core import registry
from ownproof.core.reading import collected, read_table
from ownproof.core.recognise import Kind, read_typed, recognise
from ownproof.core.report import Finding
from ownproof.errors import InputError
from ownproof.phases.decide.answers import Answers

COUNTED = ("rows", "labels", "classes", "labels_in_smallest_class")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was counted. task: what the columns look like; classes are None where the target is a number."""

    task: str
    rows: int
    labels: int
    classes: int | None = None
    labels_in_smallest_class: int | None = None


def look(data: str, target: str) -> Seen:
    """Read a table and count. Raises InputError for data that cannot be read or lack the target."""
    inputs = registry.inputs()
    folder = None if "://" in data else Path(data).resolve().parent
    with tempfile.TemporaryDirectory(prefix="ownproof-") as scratch:
        raw = read_table(data, readers=registry.shelf("readers"), scratch=Path(scratch))
        names = raw.frame.collect_schema().names()
        if target not in names:
            raise InputError.no_column(target, names, role="target", where="--target")
        kinds = recognise(raw, inputs, folder=folder)
        typed = read_typed(raw, kinds, inputs, folder=folder).select(target)
        column = collected(typed, raw.source)[target]
    known = column.drop_nulls()
    sure = {name: kind.recognise(known) for name, kind in registry.targets().items()} if len(known) else {}
    label = bool(sure) and max(sure, key=lambda n: sure[n]) == "label"
    counts = known.value_counts()["count"] if label else None
    return Seen(
        _task(kinds, target, label=label),
        len(column),
        len(known),
        None if counts is None else len(counts),
        None if counts is None else min(map(int, counts.to_list())),
    )


def _task(kinds: tuple[Kind, ...], target: str, *, label: bool) -> str:
    """`text-label` where texts are most of what there is to learn from, else `tabular`."""
    inputs = registry.inputs()
    usable = [k.kind for k in kinds if k.column != target and inputs[k.kind].usable]
    texts = usable.count("text")
    return "text-label" if label and texts and 2 * texts >= len(usable) else "tabular"


def beside(answers: Answers, found: Seen) -> tuple[Answers, tuple[Finding, ...]]:
    """The answers with what was counted. Counts of the data stand for what was said, and a difference is told; the task
    is the user's to say."""
    counted = {n: getattr(found, n) for n in COUNTED}
    findings = [_apart(n, getattr(answers, n), v) for n, v in counted.items()]
    if answers.task is None:
        counted["task"] = found.task
    elif answers.task != found.task and {answers.task, found.task} == {"tabular", "text-label"}:
        findings.append(_differs("task", answers.task, found.task, "what you said stands"))
    told = {n: v for n, v in counted.items() if v is not None}
    return replace(answers, **told), tuple(f for f in findings if f is not None)


def _apart(name: str, said: Any, counted: Any) -> Finding | None:
    if said is None or counted is None or said == counted:
        return None
    return _differs(name, f"{said:,}", f"{counted:,}", "the data count")


def _differs(name: str, said: str, there: str, holds: str) -> Finding:
    evidence = f"you said {name} = {said}, the data say {there}; {holds}"
    return Finding("decide.said", "warn", (), None, evidence, f"mend {name} in the answers, or name the whole data")
