"""How long truths take to come: the share known by age, from rows of which many are still waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class DelayCurve:
    """The share of rows whose truth is known by each age; ages rise, in seconds; oldest: the age seen so far."""

    ages: tuple[float, ...]
    shares: tuple[float, ...]
    oldest: float

    def at(self, age: float) -> float:
        """The share known by an age, 0..1."""
        place = int(np.searchsorted(self.ages, age, side="right")) - 1
        return self.shares[place] if place >= 0 else 0.0

    @property
    def most(self) -> float:
        """The share known by the oldest age."""
        return self.shares[-1] if self.shares else 0.0

    def ripe(self, share: float) -> float | None:
        """The age by which `share` of all that ever come have come; None while that cannot be told.

        It can be told once the curve is level: what came in the second half of the ages seen is at most the rest.
        """
        if not self.shares or self.most <= 0.0 or self.at(self.oldest / 2.0) < share * self.most:
            return None
        place = int(np.argmax(np.asarray(self.shares) >= share * self.most))
        return self.ages[place]


def delay_curve(waited: ArrayLike, known: ArrayLike, *, oldest: float | None = None) -> DelayCurve:
    """The product-limit estimate. waited: seconds until the truth came, or until now, (n,); known: whether it came, (n,);
    oldest: the age of the oldest row, by default the longest wait.

    Rows still waiting count for the ages they have reached. Source: Kaplan and Meier 1958.

    >>> curve = delay_curve([1.0, 2.0, 5.0, 5.0], [True, True, False, False])
    >>> curve.at(1.0), curve.at(3.0)
    (0.25, 0.5)
    """
    times = np.asarray(waited, dtype=np.float64)
    came = np.asarray(known, dtype=bool)
    if not len(times):
        return DelayCurve((), (), 0.0)
    ages, place = np.unique(times, return_inverse=True)
    events = np.bincount(place.ravel(), came.astype(np.float64), minlength=len(ages))
    leaving = np.bincount(place.ravel(), minlength=len(ages))
    at_risk = len(times) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    left = np.cumprod(1.0 - events / at_risk)
    kept = events > 0
    return DelayCurve(
        tuple(ages[kept].tolist()), tuple((1.0 - left[kept]).tolist()), max(float(times.max()), oldest or 0.0)
    )
