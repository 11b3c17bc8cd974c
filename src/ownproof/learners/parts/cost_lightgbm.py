"""What rounds of LightGBM take, by formula from the shape of the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ownproof.core.learner import Shape
from ownproof.learners.parts.level_means import outputs

_MEAN_BINS: Final = 250.0  # of a column of level means
_COPIES_UP_TO: Final = 0.5  # smaller bags are copied before they are learnt from


def seconds(params: Mapping[str, Any], shape: Shape, *, rounds: float, rows: int, leaves: float, above: int) -> float:
    """CPU seconds of a fit on `rows` rows, the trees' text and the answers to the held-out rows included.

    leaves: of a tree; above: columns of more levels than this are replaced by their means. Fitted by least relative
    squares on made-up tables of 500 to 200,000 rows and 5 to 100 columns (`bench/costs.py`).
    """
    trees = shape.answers if shape.answers > 2 else 1
    long = sum(levels > above for levels in shape.levels)
    means = long * outputs(shape.answers)
    share, bag = float(params.get("feature_fraction", 1.0)), float(params.get("bagging_fraction", 1.0))
    drawn, depth = rows * bag, float(np.log2(leaves + 1))
    columns = shape.features - long + means
    looked = share * columns
    bins = share * (shape.bins * shape.features + _MEAN_BINS * means)
    tree = 2.3e-8 * rows + 1.2e-8 * drawn * depth  # gradients, and rows on their way down
    tree += 2.0e-8 * (rows - drawn + shape.held) * depth  # rows that only look on
    tree += drawn * looked * (2.5e-9 + 9e-10 * depth)  # histograms
    tree += 3e-9 * drawn * columns if bag <= _COPIES_UP_TO else 0.0
    tree += leaves * (1.35e-5 + 5e-7 * looked + (1.2e-9 if params.get("extra_trees") else 3.6e-9) * bins)
    start = 2e-3 + 1.2e-4 * columns + 1.7e-7 * rows * shape.features + 1.9e-7 * rows * means
    return start + rounds * (8e-5 + trees * tree)
