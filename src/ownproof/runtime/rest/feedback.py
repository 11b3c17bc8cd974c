"""What came true, as a client says it."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from ownproof.errors import did_you_mean
from ownproof.runtime.journal.records import Outcome
from ownproof.runtime.rest.problem import Fault, Refused, shown
from ownproof.runtime.rest.request import LONGEST_NAME, parsed

FIELDS = ("prediction_id", "id", "outcome", "at", "part")

LATEST = 2.5e11
"""Unix seconds of a moment that is surely a mistake."""


def read_feedback(body: bytes, *, at: float, depth: int) -> Outcome:
    """The outcome in a request's body; at: unix seconds now. Raises Refused: 400, or 422 with all faults."""
    data = parsed(body, depth=depth)
    faults: list[Fault] = []
    if not isinstance(data, dict):
        raise Refused(422, "1 problem in the request", [Fault("", 'an object was expected: {"id", "outcome"}')])
    faults += [
        Fault(shown(n), f"unknown field; {did_you_mean(shown(n), FIELDS, what='fields')}")
        for n in data
        if n not in FIELDS
    ]
    named = [n for n in ("prediction_id", "id") if data.get(n) is not None]
    if len(named) != 1:
        faults.append(Fault("prediction_id", "exactly one of prediction_id and id was expected"))
    for name in ("prediction_id", "id", "part"):
        value = data.get(name)
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and _utf8(value)):
            faults.append(Fault(name, f"a text of 1 to {LONGEST_NAME} characters was expected"))
    if "outcome" not in data:
        faults.append(Fault("outcome", "missing; null takes back what was said before"))
    elif not _plain(data["outcome"]):
        faults.append(Fault("outcome", "finite numbers and whole characters were expected"))
    known = _moment(data.get("at"), at, faults)
    if faults:
        word = "1 problem" if len(faults) == 1 else f"{len(faults)} problems"
        raise Refused(422, f"{word} in the request", faults)
    return Outcome(
        at=at, known=known, outcome=data["outcome"], part=data.get("part"),
        prediction_id=data.get("prediction_id"), id=data.get("id"),
    )  # fmt: skip


def _moment(value: Any, now: float, faults: list[Fault]) -> float:
    if value is None:
        return now
    if isinstance(value, str) and len(value) <= 64:
        try:
            moment = dt.datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
        except (ValueError, OverflowError):
            pass
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= LATEST:
        return float(value)
    faults.append(Fault("at", "a moment in ISO 8601 (2026-01-31T12:00:00Z) or unix seconds was expected"))
    return now


def _plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_plain(k) and _plain(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, str) or _utf8(value)


def _utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
