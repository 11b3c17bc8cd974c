"""What a rule's answers mean: decisions, numbers, or the probability of the positive class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ownproof.core import registry
from ownproof.core.prediction import Predictions
from ownproof.core.task import Task
from ownproof.errors import InputError, OwnproofError, all_at_once

_SHOWN = 6


def predictions(answers: Sequence[Any], task: Task, *, where: str) -> Predictions:
    """The answers of a rule, one per row, as the task's target reads them.

    For two classes, numbers of which at least one lies strictly between 0 and 1, and none outside, are probabilities
    of the positive class, and True and False mean the positive class and the other one. Raises InputError, with every
    kind of wrong answer at once.
    """
    plain = [_plain(a) for a in answers]
    binary = task.target == "label" and len(task.classes) == 2
    if binary and _are_shares(plain, task):
        missing = _missing(plain, where)
        if missing:
            raise missing
        share = np.array([float(a) for a in plain], np.float64)
        raw = np.empty((len(plain), 2))
        raw[:, task.positive_index], raw[:, 1 - task.positive_index] = share, 1.0 - share
        return Predictions(raw)
    read = _reader(task, plain)
    problems: list[OwnproofError] = [p for p in (_missing(plain, where), _wrong(plain, read, task, where)) if p]
    if problems:
        raise all_at_once(problems)
    values = [read[type(a), a] for a in plain]
    if task.target != "label":
        return Predictions(np.array(values, np.float64 if task.target == "number" else object))
    raw = np.zeros((len(values), len(task.classes)))
    raw[np.arange(len(values)), np.array(values, np.int64)] = 1.0
    return Predictions(raw, hard=True)


def _plain(answer: Any) -> Any:
    """The answer without numpy's wrapping; a blank or a NaN is missing."""
    value = answer.item() if hasattr(answer, "item") else answer
    if isinstance(value, str):
        return value.strip() or None
    return None if isinstance(value, float) and np.isnan(value) else value


def _share(answer: Any) -> float | None:
    """An answer as a number, where it is one; True and False are none."""
    if isinstance(answer, bool) or not isinstance(answer, (int, float, str)):
        return None
    try:
        return float(answer)
    except ValueError:
        return None


def _are_shares(answers: Sequence[Any], task: Task) -> bool:
    if not all(map(_hashable, answers)):
        return False
    different = set(answers) - {None}
    known = [_share(a) for a in different]
    if any(k is None for k in known) or different <= set(task.classes):
        return False
    numbers = np.array(known, np.float64)
    return bool((numbers >= 0).all() and (numbers <= 1).all() and ((numbers > 0) & (numbers < 1)).any())


def _hashable(answer: Any) -> bool:
    return answer is None or isinstance(answer, (str, int, float, bool))


def _reader(task: Task, answers: Sequence[Any]) -> Mapping[tuple[type, Any], Any]:
    """What each different answer means, by type and value (True is no 1); those that mean nothing are left out."""
    target = registry.load("targets", task.target)()
    meaning: dict[tuple[type, Any], Any] = {}
    for answer in {(type(a), a): a for a in answers if _hashable(a) and a is not None}.values():
        try:
            meaning[type(answer), answer] = target.read(answer, task)
        except ValueError:
            if isinstance(answer, bool) and task.target == "label" and len(task.classes) == 2:
                meaning[type(answer), answer] = task.positive_index if answer else 1 - task.positive_index
    return meaning


def _missing(answers: Sequence[Any], where: str) -> InputError | None:
    rows = [i for i, a in enumerate(answers) if a is None]
    if not rows:
        return None
    return InputError(
        f"the rule gives no answer for {len(rows)} of {len(answers)} rows, the first is row {rows[0] + 1}",
        expected="an answer for every row",
        where=where,
        code="rule-missing",
        hint="end it in a default (`return ...`, COALESCE(..., ...), a last row without conditions)",
    )


def _wrong(answers: Sequence[Any], read: Mapping[tuple[type, Any], Any], task: Task, where: str) -> InputError | None:
    seen: dict[str, int] = {}
    for answer in answers:
        if answer is not None and not (_hashable(answer) and (type(answer), answer) in read):
            seen[repr(answer)[:64]] = seen.get(repr(answer)[:64], 0) + 1
    if not seen:
        return None
    often = sorted(seen.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{text} ({count} rows)" for text, count in often[:_SHOWN])
    more = f" and {len(often) - _SHOWN} more" if len(often) > _SHOWN else ""
    expected = "one of " + ", ".join(repr(c) for c in task.classes[:_SHOWN]) if task.classes else f"a {task.target}"
    share = ", or a probability between 0 and 1" if len(task.classes) == 2 else ""
    return InputError(
        f"the rule answers {shown}{more}",
        expected=expected,
        where=where,
        code="rule-answer",
        hint=f"answer as the target column does: {expected}{share}",
    )
