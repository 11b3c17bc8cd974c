"""The nearest value of an answer that changes the verdict: found by trying values, and kept only if it does."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ownproof.phases.decide.answers import CHOICES, COUNTS, FLAGS, Answers, contradictions
from ownproof.phases.decide.conditions import (
    BY_FAR,
    DEEP_WEEKS,
    FEW_CALLS,
    LOCAL_MS,
    MANY_CALLS,
    TRIP_LEAST_MS,
    TRIP_MOST_MS,
    TUNE_WEEKS,
    VAST_CALLS,
)  # fmt: skip
from ownproof.phases.decide.options import BEGIN_DEEP, BEGIN_OF_A_CLASS, BEGIN_TABLE, BEGIN_WORDS
from ownproof.phases.decide.rules import Money

Judge = Callable[[Answers], "str | None"]
EDGES: Final[dict[str, tuple[float, ...]]] = {
    "labels": (BEGIN_WORDS, BEGIN_TABLE, BEGIN_DEEP),
    "labels_in_smallest_class": (BEGIN_OF_A_CLASS,),
    "labels_per_week": (1,),
    "calls_per_month": (FEW_CALLS, MANY_CALLS, VAST_CALLS),
    "latency_ms": (LOCAL_MS, TRIP_LEAST_MS, TRIP_MOST_MS),
    "weeks_to_first_result": (TUNE_WEEKS, DEEP_WEEKS),
}
"""Where the rules change their minds."""
NEUTRAL: Final[dict[str, float]] = {
    "labels": 3_000, "labels_in_smallest_class": 1_000, "labels_per_week": 500, "calls_per_month": 2_000_000,
    "latency_ms": 5_000, "weeks_to_first_result": 52, "rows": 3_000, "classes": 2,
}  # fmt: skip
"""Where the search for a flipping value of an unknown number begins: at a value that decides nothing by itself."""
LEAST_STEP: Final = 0.001


@dataclass(frozen=True, slots=True)
class Flip:
    """Put `value` in for the answer `key`, and the verdict is `verdict` (None: undecided)."""

    key: str
    value: Any
    verdict: str | None

    def to_json(self) -> dict[str, Any]:
        """The object `flip` of a rule."""
        return {"key": self.key, "value": self.value, "verdict": self.verdict}


def flip(answers: Answers, key: str, judge: Judge, *, money: Money | None = None) -> Flip | None:
    """The nearest value of one answer that gives another verdict, None where no value does.

    judge: the verdict of any answers. A verdict is preferred to none: a value that only leaves it undecided is told
    where no other changes anything.
    """
    now = judge(answers)

    def tried(value: Any) -> str | None:
        return judge(replace(answers, **{key: value}))

    def may(value: Any) -> bool:
        return not contradictions(replace(answers, **{key: value}))

    if key in CHOICES or key in FLAGS:
        choices = CHOICES.get(key, (True, False))
        found = [Flip(key, v, tried(v)) for v in choices if v != getattr(answers, key)]
        return _nearest([f for f in found if f.verdict != now])
    values = [v for v in _candidates(answers, key, money) if may(v)]
    known = getattr(answers, key)
    value = NEUTRAL[key] if known is None else known
    ways = ([v for v in reversed(values) if v < value], [v for v in values if v >= value and v != known])
    found = [f for way in ways if (f := _outward(key, value, way, tried, now)) is not None]
    return _nearest(sorted(found, key=lambda f: abs(math.log((f.value + 1) / (value + 1)))))


def _nearest(found: Sequence[Flip]) -> Flip | None:
    """The first that decides something, else the first."""
    return next((f for f in found if f.verdict is not None), found[0] if found else None)


def _outward(
    key: str, start: float, values: Iterable[float], tried: Callable[[Any], str | None], now: str | None
) -> Flip | None:
    """The first value away from the start that changes the verdict, drawn in to where it just does."""
    before = start
    for value in values:
        if tried(value) != now:
            near = _drawn_in(key, before, value, lambda v: tried(v) != now)
            return Flip(key, near, tried(near))
        before = value
    return None


def _drawn_in(key: str, same: float, other: float, changes: Callable[[float], bool]) -> float:
    """Between a value that changes nothing and one that does: the nearest that does, to the unit or to a thousandth."""
    whole = key in COUNTS or key in ("calls_per_month", "labels_per_week")
    while abs(other - same) > (1 if whole else LEAST_STEP * max(abs(other), abs(same))):
        middle = (same + other) / 2
        middle = round(middle) if whole else middle
        if middle in (same, other):
            break
        same, other = (same, middle) if changes(middle) else (middle, other)
    rounder = _rounded(same, other)
    return rounder if changes(rounder) else other


def _rounded(same: float, other: float) -> float:
    """`other` with three digits, away from `same`; whole numbers below a million stay as they are."""
    if other == int(other) and abs(other) < FEW_CALLS:
        return int(other)
    step = 10.0 ** (math.floor(math.log10(abs(other))) - 2)
    away = math.ceil if other > same else math.floor
    value = round(away(other / step - (1e-9 if other > same else -1e-9)) * step, 9)
    return int(value) if value == int(value) else value


def _candidates(answers: Answers, key: str, money: Money | None) -> list[float]:
    """Values worth trying, ascending: the edges of the rules with their neighbours, and every third of a decade."""
    edges = {*EDGES.get(key, ())}
    if key == "labels" and answers.classes:
        edges.add(BEGIN_OF_A_CLASS * answers.classes)
    if key == "calls_per_month" and money is not None:
        edges |= {float(math.floor(m)) for m in (money.low / BY_FAR, money.low, money.high) if math.isfinite(m)}
    whole = key in COUNTS or key in ("calls_per_month", "labels_per_week")
    steps = {float(f"{10 ** (n / 3):.1g}") for n in range(-3, 31)}
    beside = {e + d for e in edges for d in ((-1, 0, 1) if whole else (-0.01 * e, 0, 0.01 * e))}
    values = {0.0} | beside | steps if whole else beside | steps
    return sorted(int(v) if v == int(v) else v for v in values if v >= 0 and (not whole or v == int(v)))
