"""Numbers that are not known to a point: a triangle going in, three percentiles coming out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ownproof.core.report import plain


@dataclass(frozen=True, slots=True)
class Range:
    """What lies in the middle of the draws, and what nine in ten are above and below; in the unit of its field.

    A value may be infinite: "never"."""

    p10: float
    p50: float
    p90: float

    @classmethod
    def of(cls, values: np.ndarray) -> Range:
        """The percentiles of draws, float64 (n,); infinities count as the largest.

        >>> Range.of(np.arange(101.0))
        Range(p10=10.0, p50=50.0, p90=90.0)
        """
        low, middle, high = np.quantile(values, (0.1, 0.5, 0.9), method="inverted_cdf")
        return cls(float(low), float(middle), float(high))

    def times(self, factor: float) -> Range:
        """The same, scaled by a factor of at least 0."""
        return Range(self.p10 * factor, self.p50 * factor, self.p90 * factor)

    def to_json(self) -> dict[str, Any]:
        """The three numbers; an infinite one is None."""
        return {"p10": plain(self.p10), "p50": plain(self.p50), "p90": plain(self.p90)}


@dataclass(frozen=True, slots=True)
class Triangle:
    """A guess: the least, the likeliest and the most that a number may be (a triangular distribution)."""

    low: float
    mode: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> Triangle:
        """A number that is known."""
        return cls(value, value, value)

    @classmethod
    def read(cls, value: float | Sequence[float]) -> Triangle:
        """From a number, a pair (low, high) or a triple (low, likeliest, high).

        Raises ValueError when they are not in order or no such thing.

        >>> Triangle.read((2, 6))
        Triangle(low=2.0, mode=4.0, high=6.0)
        """
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return cls.exactly(float(value))
        if not isinstance(value, (list, tuple)) or len(value) not in {2, 3}:
            raise ValueError("a number, a pair (low, high) or a triple (low, likeliest, high)")
        if any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in value):
            raise ValueError("numbers only")
        low, high = float(value[0]), float(value[-1])
        mode = float(value[1]) if len(value) == 3 else (low + high) / 2
        if not low <= mode <= high:
            raise ValueError("numbers in rising order")
        return cls(low, mode, high)

    @property
    def known(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    def draw(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """n draws, float64 (n,). A known number draws nothing from the generator's stream."""
        return np.full(n, self.mode) if self.known else rng.triangular(self.low, self.mode, self.high, n)

    def quantile(self, share: float) -> float:
        """The value below which a share (0..1) of the draws lie, in closed form.

        >>> Triangle(0.0, 1.0, 2.0).quantile(0.5)
        1.0
        """
        width = self.high - self.low
        if not width:
            return self.mode
        peak = (self.mode - self.low) / width
        if share <= peak:
            return float(self.low + (share * width * (self.mode - self.low)) ** 0.5)
        return float(self.high - ((1 - share) * width * (self.high - self.mode)) ** 0.5)

    def to_json(self) -> list[float]:
        """[low, mode, high]."""
        return [self.low, self.mode, self.high]
