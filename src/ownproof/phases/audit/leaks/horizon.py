"""Label windows: training rows whose outcome was known only when the other side of a split had begun."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from ownproof.core.moments import Times, missing, spell
from ownproof.core.report import Finding
from ownproof.phases.audit.names import words_of

DAYS = {
    "d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7, "month": 30, "months": 30, "mo": 30, "quarter": 91,
    "quarters": 91, "y": 365, "yr": 365, "year": 365, "years": 365, "h": 1 / 24, "hour": 1 / 24, "hours": 1 / 24,
}  # fmt: skip
AHEAD = frozenset(("next", "within", "coming", "upcoming", "following"))


def reaching(moments: Times, second: np.ndarray, horizon_us: float) -> tuple[int, Finding | None]:
    """`leak.horizon`: training rows before the other side whose label window ends after it has begun.

    second: bool (n,); horizon_us: microseconds, of times that are numbers millionths of their unit. A split that is not
    one in time (training rows lie after the start of the other side) is none of this rule's business.
    """
    known = ~missing(moments)
    first, other = moments[known & ~second], moments[known & second]
    if not len(first) or not len(other):
        return 0, None
    start: Any = other.min()
    if (first > start).any():
        return 0, None
    reach: Any = np.timedelta64(int(horizon_us), "us") if moments.dtype.kind == "M" else horizon_us / 1e6
    late = first > start - reach
    count = int(late.sum())
    if not count:
        return 0, None
    return count, Finding(
        "leak.horizon",
        "block",
        (),
        count / len(first),
        f"{count:,} of {len(first):,} training rows lie less than the horizon before {spell(start)}, where the other side "
        f"begins: their outcome was not known by then (the first at {spell(first[late].min())})",
        f"train on rows up to {spell(start - reach)} only",
    )


def hinted(target: str, *, time: str) -> Finding | None:
    """`leak.horizon`, level ok: the name of the target speaks of a window, and nobody said how long it is.

    >>> hinted("churn_30d", time="day").advice, hinted("income", time="day")
    ('if a label takes that long to be known: --horizon 30d', None)
    """
    words = words_of(target)
    days = [float(a) * DAYS[b] for a, b in pairwise(words) if a.isdecimal() and b in DAYS and float(a) > 0]
    days += [DAYS[b] for a, b in pairwise(words) if a in AHEAD and b in DAYS]
    if not days:
        return None
    length = f"{math.ceil(days[0])}d" if days[0] >= 1 else f"{math.ceil(days[0] * 24)}h"
    return Finding(
        "leak.horizon",
        "ok",
        (),
        None,
        f"{target} seems to be an outcome of a window of {length} after {time}; rows closer than that to what is predicted "
        "have no known outcome yet, and without --horizon they are trained on",
        f"if a label takes that long to be known: --horizon {length}",
    )
