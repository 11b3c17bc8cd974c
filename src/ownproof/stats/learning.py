"""A learning curve carried on: what twice the rows would probably bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ownproof.stats.distributions import two_sided
from ownproof.stats.weights import Floats

Help = Literal["yes", "no", "unsure"]
RATIO = 0.7  # a gain per doubling shrinks by about that much where the last ones say nothing (error as n ** -0.5)


@dataclass(frozen=True, slots=True)
class Doubling:
    """What a doubling of the rows did last, and would probably do next, as shares of the loss, with their ends."""

    last: float
    last_low: float
    last_high: float
    next: float
    next_low: float
    next_high: float

    def helps(self, least: float) -> Help:
        """Whether twice the rows would lower the loss by `least` (a share) or more."""
        return "no" if self.next_high < least else "yes" if self.next >= least and self.next_low > 0 else "unsure"


def doubling(losses: Floats, weights: Floats, *, level: float = 0.95) -> Doubling:
    """From the held-out losses of the same rows (sizes, n), each size twice the one before.

    A curve a + b n ** -c loses with every doubling the same part of what the one before brought (2 ** -c); that part is
    taken from the last two gains, kept between 0 and 1, and drawn towards 0.7 as far as their standard errors say
    nothing. The ends are those of the last gain, paired over the rows, carried on the same way.

    >>> d = doubling(np.array([[1.0, 1.0], [0.8, 0.8], [0.7, 0.7]]), np.ones(2))
    >>> round(d.last, 3), round(d.next, 3)
    (0.125, 0.071)
    """
    share = weights / weights.sum()
    means = losses @ share
    gains = losses[:-1] - losses[1:]
    found = gains @ share
    errors = np.sqrt(((gains - found[:, None]) ** 2) @ share**2)
    z = two_sided(level)
    ratio = RATIO
    if len(found) > 1 and found[-2] > 0:
        raw = float(np.clip(found[-1] / found[-2], 0.0, 1.0))
        noise = float(np.hypot(errors[-1], errors[-2]) / found[-2])
        trust = 1.0 / (1.0 + (noise / 0.3) ** 2)
        ratio = trust * raw + (1.0 - trust) * RATIO
    last, reach, now, before = float(found[-1]), z * float(errors[-1]), float(means[-1]), float(means[-2])
    before, now = max(abs(before), 1e-12), max(abs(now), 1e-12)
    ends = [last - reach, last + reach]
    carried = [ratio * e / now for e in ends]
    return Doubling(last / before, ends[0] / before, ends[1] / before, ratio * last / now, carried[0], carried[1])
