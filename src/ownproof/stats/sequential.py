"""Looking again and again without crying wolf: sums that find slow change, with limits set by run length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ownproof.stats.distributions import normal_quantile

OVERSHOOT = 1.166
"""What a sum of normal steps overshoots a limit by, on both sides together (Siegmund 1985)."""


def limit_z(alpha: float) -> float:
    """The one-sided normal limit at `alpha`.

    >>> round(limit_z(0.025), 3)
    1.96
    """
    return -normal_quantile(alpha)


@dataclass(frozen=True, slots=True)
class Cusum:
    """Two one-sided sums of standardised steps beyond an allowance. Source: Page 1954."""

    up: float = 0.0
    down: float = 0.0

    def add(self, z: float, allowance: float) -> Cusum:
        """After one more window. z: its step in standard errors; allowance: what is let pass, in the same units.

        >>> Cusum().add(2.0, 0.5).add(1.0, 0.5)
        Cusum(up=2.0, down=0.0)
        """
        return Cusum(max(0.0, self.up + z - allowance), max(0.0, self.down - z - allowance))

    def capped(self, most: float) -> Cusum:
        """No sum beyond `most`, so that what is over is soon seen to be over."""
        return Cusum(min(self.up, most), min(self.down, most))

    @property
    def largest(self) -> float:
        """The larger sum."""
        return max(self.up, self.down)


def begun(sums: Sequence[float], limit: float) -> int:
    """For how many windows, up to the last, a sum has been going on: above a tenth of its limit, which chance brings
    about and soon takes back.

    >>> begun([0.0, 0.2, 0.0, 2.0, 4.0, 7.0], 5.0)
    3
    """
    count = 0
    for total in reversed(sums):
        if total <= 0.1 * limit:
            break
        count += 1
    return max(1, count)


def run_length(limit: float, allowance: float) -> float:
    """Windows until a one-sided sum of standard normal steps passes `limit` with nothing going on, on average.

    >>> round(run_length(5.0, 0.5))  # 465 windows for both sides by tables (Lucas and Crosier 1982)
    938
    """
    b, k = limit + OVERSHOOT, max(allowance, 1e-9)
    return math.expm1(2.0 * k * b) / (2.0 * k * k) - b / k


def limit_for(windows: float, allowance: float) -> float:
    """The limit of a one-sided sum that nothing passes in `windows` windows on average.

    >>> round(limit_for(run_length(5.0, 0.5), 0.5), 6)
    5.0
    """
    low, high = 0.0, 1.0
    while run_length(high, allowance) < windows:
        high *= 2.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if run_length(middle, allowance) < windows else (low, middle)
    return high
