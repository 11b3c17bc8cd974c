"""What an answer of some trees costs, by formula: a choice that must be the same everywhere cannot look at a clock."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

_CALL_US: Final = 4.0  # to reach the trees at all
_VISIT_US: Final = 0.012  # a node on the way down: measured on forests of 300 to 30,000 leaves, which fit no cache


def price(*, trees: int, leaves: int, leaf_bytes: float) -> dict[str, Any]:
    """One row's time in microseconds and the size in bytes of so many trees with so many leaves in all, as facts.

    leaf_bytes: what a leaf and the node above it take in all files that are written.

    >>> price(trees=100, leaves=3200, leaf_bytes=140.0)
    {'one_row_us': 10.0, 'bytes': 448000.0}
    """
    depth = float(np.log2(max(2.0, leaves / max(1, trees))))
    return {"one_row_us": round(_CALL_US + _VISIT_US * trees * depth, 3), "bytes": leaf_bytes * leaves}
