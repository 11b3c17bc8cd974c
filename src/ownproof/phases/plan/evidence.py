"""How many test rows it takes to show the gain worth having, from the user's own answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ownproof.phases.plan.asked import Asked, Rows
from ownproof.phases.plan.measure import Curve
from ownproof.stats.distributions import normal_quantile, two_sided

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Needed:
    """gain: to be shown with 80 % power at 95 %, paired; needed: test rows for it; sealed: that there are; shows: the least
    gain that those show; labelled: rows in all at which the sealed ones would do."""

    gain: float
    needed: int
    sealed: int
    shows: float | None
    labelled: int

    def to_json(self) -> dict[str, Any]:
        """The object `test_rows`."""
        return {
            "gain": self.gain,
            "needed": self.needed,
            "sealed": self.sealed,
            "shows": self.shows,
            "labelled": self.labelled,
        }


def rows_needed(curve: Curve, asked: Asked, rows: Rows) -> Needed | None:
    """Test rows for the gain worth having, between two versions as alike as those of the two largest sizes: the standard
    error of their difference falls with the root of the rows. None where they answered alike."""
    if not (asked.worthwhile > 0 and curve.paired > 0):
        return None
    z = two_sided(asked.policy.level) + normal_quantile(POWER)
    needed = math.ceil(curve.rows * (z * curve.paired / asked.worthwhile) ** 2)
    shows = z * curve.paired * math.sqrt(curve.rows / rows.sealed) if rows.sealed else None
    labelled = math.ceil(needed * rows.labelled / rows.sealed) if rows.sealed else needed
    return Needed(asked.worthwhile, needed, rows.sealed, shows, labelled)
