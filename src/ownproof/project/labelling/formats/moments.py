"""Times as labelling tools write them."""

from __future__ import annotations

import datetime as dt
from typing import Any


def seconds_of(said: Any) -> float | None:
    """Seconds since 1970 from an ISO time or a number; None for what is neither.

    >>> seconds_of("2021-03-09T22:16:08.5Z"), seconds_of(1707211049), seconds_of("soon")
    (1615328168.5, 1707211049.0, None)
    """
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        return float(said)
    try:
        moment = dt.datetime.fromisoformat(str(said).strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def iso(at: float) -> str:
    """An ISO time in UTC.

    >>> iso(1615328168.5)
    '2021-03-09T22:16:08.500000Z'
    """
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
