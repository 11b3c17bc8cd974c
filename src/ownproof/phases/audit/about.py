"""What an audit needs to know beside the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class About:
    """The roles of the rows, one entry a row of the dataset.

    sealed: bool, the rows on the other side (sealed, the user's own test, or a second table to compare with).
    keys: uint64, the unit of each row. groups: uint64 keys of the group column; times: what orders the rows
    (datetime64 or float64); None where there are none. returning: `--groups returning` was said.
    horizon_us: how long after its time the outcome of a row is known, microseconds; 0 where nobody said.
    available: `before`, `after` or a lag by column, from the availability file. supplied: the other side is a table that
    somebody handed in, so that overlap with it accuses the split.
    """

    sealed: np.ndarray
    keys: np.ndarray
    groups: np.ndarray | None = None
    times: np.ndarray | None = None
    returning: bool = False
    available: Mapping[str, str] = field(default_factory=dict)
    supplied: bool = False
    horizon_us: float = 0.0
