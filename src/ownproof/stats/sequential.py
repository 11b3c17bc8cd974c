"""Looking again and again without crying wolf: how alpha is spent over looks, and sums that find slow change."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ownproof.stats.distributions import normal_quantile

OVERSHOOT = 1.166
"""What a sum of normal steps overshoots a limit by, on both sides together (Siegmund 1985)."""


def spent(alpha: float, looks: int) -> float:
    """What each of `looks` independent looks may take of `alpha` (Sidak 1967).

    >>> round(spent(0.05, 10), 5)
    0.00512
    """
    return -math.expm1(math.log1p(-alpha) / max(1, looks))


def limit_z(alpha: float) -> float:
    """The one-sided normal limit at `alpha`.

    >>> round(limit_z(0.025), 3)
    1.96
    """
    return -normal_quantile(alpha)


@dataclass(frozen=True, slots=True)
class Cusum:
    """Two one-sided sums of standardised steps beyond an allowance, and how many windows each has been above 0.

    Source: Page 1954. A sum's start is the best estimate of when the change began.
    """

    up: float = 0.0
    down: float = 0.0
    up_since: int = 0
    down_since: int = 0

    def add(self, z: float, allowance: float) -> Cusum:
        """After one more window. z: its step in standard errors; allowance: what is let pass, in the same units.

        >>> Cusum().add(2.0, 0.5).add(1.0, 0.5)
        Cusum(up=2.0, down=0.0, up_since=2, down_since=0)
        """
        up, down = max(0.0, self.up + z - allowance), max(0.0, self.down - z - allowance)
        return Cusum(up, down, self.up_since + 1 if up > 0 else 0, self.down_since + 1 if down > 0 else 0)

    @property
    def largest(self) -> float:
        """The larger sum."""
        return max(self.up, self.down)

    @property
    def since(self) -> int:
        """For how many windows the larger sum has been above 0."""
        return self.up_since if self.up >= self.down else self.down_since


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
