"""Isolation forest: strange rows are parted from the rest by few random cuts (Liu, Ting and Zhou 2008)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.core.dataset import Dataset
from ownproof.core.learner import Choice, Cost, Model, Progress, Shape
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.learners.parts import table
from ownproof.learners.parts.detector_model import DetectorModel, refusal
from ownproof.learners.parts.tree_nodes import Planter

_TREES: Final = 100
_ROWS: Final = 256
_EULER: Final = 0.5772156649015329


class IsolationForestLearner:
    """Rows that few random cuts set apart, over 100 trees of 256 rows each."""

    name: ClassVar[str] = "isolation_forest"
    extra: ClassVar[str | None] = None
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    default: ClassVar[bool] = True
    baseline: ClassVar[bool] = False
    least_units: ClassVar[int] = 20

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why the task cannot be served."""
        return refusal(schema, task)

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """The authors' settings."""
        return ({"name": "default", "trees": _TREES, "rows": _ROWS},)

    def space(self, task: Task) -> Mapping[str, Choice]:
        """Without a truth nothing says which setting is better."""
        return {}

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """By the cuts, and the rows that are scored afterwards."""
        return Cost(0.1 + 0.02 * int(params.get("trees", _TREES)) + 2e-6 * shape.rows, 60e6 + 8.0 * shape.rows)

    def fit(
        self,
        train: Dataset,
        validation: Dataset | None,
        task: Task,
        params: Mapping[str, Any],
        *,
        workdir: Path,
        seed: int,
        cores: int,
        progress: Progress,
    ) -> Model:
        """Grow the trees on drawn rows, heavier rows being drawn more often; truth and validation are not looked at.

        params: `trees`, `rows` (of each), and `name`.
        """
        matrix, weight = table.matrix(train).astype(np.float64), table.weights(train)
        rng, trees = np.random.default_rng(seed), int(params.get("trees", _TREES))
        rows = min(int(params.get("rows", _ROWS)), len(matrix))
        share = None if weight is None else weight / weight.sum()
        able = len(matrix) if share is None else int((share > 0).sum())
        planter = Planter(n_features=matrix.shape[1])
        for number in range(trees):
            drawn = rng.choice(len(matrix), min(rows, able), replace=False, p=share)
            planter.tree(_grow(planter, matrix[drawn], rng))
            progress((number + 1) / trees, f"{number + 1} trees")
        return DetectorModel(planter.done(link="identity", scale=-1.0 / trees), {"trees": trees})

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The same parameters: nothing was found out."""
        return params


def unsuccessful(rows: int) -> float:
    """The mean length of an unsuccessful search among so many rows: what is left of a path that was cut short.

    >>> unsuccessful(1), unsuccessful(2), round(unsuccessful(256), 3)
    (0.0, 1.0, 10.245)
    """
    if rows <= 2:
        return float(rows - 1) if rows > 0 else 0.0
    return 2.0 * (math.log(rows - 1) + _EULER) - 2.0 * (rows - 1) / rows


def _grow(planter: Planter, rows: NDArray[np.float64], rng: np.random.Generator) -> int:
    """One tree, whose leaves hold the length of the path to them; missing values go with the larger side."""
    most = max(1, math.ceil(math.log2(max(2, len(rows)))))

    def plant(
        part: NDArray[np.float64], depth: int
    ) -> tuple[int, NDArray[np.float64] | None, NDArray[np.float64] | None]:
        cut = _cut(part, rng) if depth < most and len(part) > 1 else None
        if cut is None:
            return planter.leaf(depth + unsuccessful(len(part))), None, None
        feature, threshold = cut
        column = part[:, feature]
        gone, left = np.isnan(column), column <= threshold
        missing_left = int(left.sum()) * 2 >= int((~gone).sum())
        left = np.where(gone, missing_left, left)
        return planter.numeric(feature, threshold, missing_left=missing_left), part[left], part[~left]

    root, left, right = plant(rows, 0)
    waiting = [(root, left, right, 1)]
    while waiting:
        node, left, right, depth = waiting.pop()
        if left is None or right is None:
            continue
        one, other = plant(left, depth), plant(right, depth)
        planter.join(node, one[0], other[0])
        waiting += [(*one, depth + 1), (*other, depth + 1)]
    return root


def _cut(part: NDArray[np.float64], rng: np.random.Generator) -> tuple[int, float] | None:
    """A column drawn among those that still differ, and a place between its least and its largest value."""
    with np.errstate(invalid="ignore"):
        known = np.where(np.isnan(part), np.inf, part).min(axis=0), np.where(np.isnan(part), -np.inf, part).max(axis=0)
    able = np.flatnonzero(known[0] < known[1])
    if not len(able):
        return None
    feature = int(rng.choice(able))
    low, high = float(known[0][feature]), float(known[1][feature])
    place = low + (high - low) * float(rng.random())
    return feature, min(place, float(np.nextafter(high, low)))
