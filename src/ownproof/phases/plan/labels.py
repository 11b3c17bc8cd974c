"""What labels take: weeks and money for so many more, double labels included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ownproof.phases.plan.forecast import Range
from ownproof.stats.weights import Floats

DRAWS = 2_000
P10, P90 = 0.10, 0.90


@dataclass(frozen=True, slots=True)
class Labelling:
    """How labels are made. overlap: the shares (0..1) of items that all raters label, from and to; raters: how many."""

    per_week: float = 500.0
    price: float = 0.2
    overlap: tuple[float, float] = (0.05, 0.10)
    raters: int = 2

    def to_json(self) -> dict[str, Any]:
        """The object `labelling`."""
        return {
            "per_week": self.per_week,
            "price_per_label": self.price,
            "overlap": list(self.overlap),
            "raters": self.raters,
        }

    def labels(self, items: Floats, seed: int) -> Floats:
        """Labels for so many items, double ones included: items x (1 + overlap x (raters - 1)), the overlap drawn evenly
        from its range."""
        rng = np.random.default_rng(seed)
        share = rng.uniform(*self.overlap, len(items)) if self.overlap[0] < self.overlap[1] else self.overlap[0]
        return np.asarray(items * (1.0 + share * (self.raters - 1)))

    def weeks(self, items: Floats, seed: int) -> Range:
        """Weeks, p10 to p90."""
        return Range.of(self.labels(items, seed) / self.per_week, P10, P90)

    def cost(self, items: Floats, seed: int) -> Range:
        """Money, p10 to p90."""
        return Range.of(self.labels(items, seed) * self.price, P10, P90)
