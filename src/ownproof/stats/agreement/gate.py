"""What agreement decides: go on, stop, or label some items more twice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from ownproof.stats.agreement.resample import Spread

Word = Literal["go", "stop", "more"]
ITEMS_LEAST: Final = 50
ITEMS_USUAL: Final = 100
"""Raters whose kappa is 0.8 pass with so many items nine times in ten."""
SLACK: Final = 1e-9
"""0.7 computed as 0.69999... is 0.7."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of the rule. kappa: what the point must reach; low: what the one-sided lower end must; point_decides_from:
    how many items that two rated make the point alone decide."""

    kappa: float
    low: float
    point_decides_from: int


@dataclass(frozen=True, slots=True)
class Decision:
    """go, stop or more; needed: items to rate twice beyond those that are, 0 where it is decided."""

    word: Word
    needed: int
    why: str


def decide(found: Spread, limits: Limits) -> Decision:
    """The decision on the coefficient that decides; found.value is NaN where it is undefined.

    From `point_decides_from` items on the point alone decides. Below: go on where the point reaches `kappa` and the lower
    end of the one-sided interval (`found.floor`) reaches `low`; stop where the upper end of the two-sided interval
    (`found.high`) is below `kappa`; else more, as many as the interval that shrinks with the root of the items needs.
    """
    n, point = found.items, found.value
    if not math.isfinite(point):
        return Decision("more", max(ITEMS_USUAL - n, ITEMS_LEAST), "the coefficient is undefined")
    reached = point >= limits.kappa - SLACK
    if n >= limits.point_decides_from:
        side = "reaches" if reached else "is below"
        why = f"{n:,} items are rated twice or more; from {limits.point_decides_from} on the point alone decides"
        return Decision("go" if reached else "stop", 0, f"{why}: {point:.3f} {side} {limits.kappa:g}")
    if reached and found.floor >= limits.low - SLACK:
        why = (
            f"{point:.3f} reaches {limits.kappa:g} and its one-sided lower end {found.floor:.3f} reaches {limits.low:g}"
        )
        return Decision("go", 0, why)
    if found.high < limits.kappa - SLACK:
        return Decision("stop", 0, f"the upper end of its interval, {found.high:.3f}, is below {limits.kappa:g}")
    if reached:
        why = f"{point:.3f} reaches {limits.kappa:g}, but its one-sided lower end {_told(found.floor)} is below {limits.low:g}"
    else:
        why = f"{point:.3f} is below {limits.kappa:g}, but the upper end of its interval, {_told(found.high)}, is not"
    return Decision("more", _needed(found, limits, reached=reached), why)


def _told(end: float) -> str:
    return f"{end:.3f}" if math.isfinite(end) else "(unknown)"


def _needed(found: Spread, limits: Limits, *, reached: bool) -> int:
    """Items beyond those there are until the rule would decide if the coefficient stays what it is; in tens, at least
    `ITEMS_LEAST` in all (fewer foretell nothing), and never more than it takes for the point alone to decide."""
    most = limits.point_decides_from - found.items
    end, goal = (found.floor, limits.low) if reached else (found.high, limits.kappa)
    room = abs(found.value - goal)
    if room <= 0 or not math.isfinite(end):
        return most
    wanted = found.items * (abs(end - found.value) / room) ** 2
    more = 10 * math.ceil(max(1.0, wanted - found.items, ITEMS_LEAST - found.items) / 10)
    return min(most, more)
