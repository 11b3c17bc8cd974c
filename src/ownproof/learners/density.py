"""The density baseline: how rare each cell is by itself, added up over the columns (HBOS: Goldstein and Dengel 2012)."""

from __future__ import annotations

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

_BINS: Final = 32
_ADDED: Final = 0.5


class DensityLearner:
    """Rows whose cells are rare one by one, by histograms of up to 32 bins of equal width; no column knows another."""

    name: ClassVar[str] = "density"
    extra: ClassVar[str | None] = None
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    default: ClassVar[bool] = True
    baseline: ClassVar[bool] = False
    least_units: ClassVar[int] = 20

    def accepts(self, schema: Schema, task: Task) -> str | None:
        """None, or the reason why the task cannot be served."""
        return refusal(schema, task)

    def portfolio(self, task: Task, shape: Shape) -> Sequence[Mapping[str, Any]]:
        """One recipe: there is nothing to choose."""
        return ({"name": "default"},)

    def space(self, task: Task) -> Mapping[str, Choice]:
        """Nothing to search."""
        return {}

    def cost(self, params: Mapping[str, Any], shape: Shape) -> Cost:
        """One pass over each column."""
        return Cost(0.05 + 1e-7 * shape.rows * shape.features, 30e6 + 8.0 * shape.rows)

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
        """Count; truth and validation are not looked at."""
        matrix, weight = table.matrix(train).astype(np.float64), table.weights(train)
        weights = np.ones(len(matrix)) if weight is None else weight
        planter = Planter(n_features=matrix.shape[1])
        levels = {i for i, f in enumerate(table.encoded(train).features) if f.kind == "categorical"}
        for feature, column in enumerate(matrix.T):
            planter.tree(_column(planter, feature, column, weights, apart=feature in levels))
        progress(1.0, "counted")
        return DetectorModel(planter.done(link="identity"))

    def settle(self, params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The same parameters: nothing was found out."""
        return params


def _column(
    planter: Planter, feature: int, column: NDArray[np.float64], weights: NDArray[np.float64], *, apart: bool
) -> int:
    """One column's histogram as a tree of minus the logarithms of densities; beyond its ends a cell is as rare as can be.

    apart: every value is a level of its own. Missing values say nothing: they count like the usual cell.
    """
    known = ~np.isnan(column)
    values, mass = column[known], weights[known]
    if not len(values) or values.min() == values.max():
        return planter.leaf(0.0)
    low, high = float(values.min()), float(values.max())
    if apart:
        edges = np.unique(values)[:-1] + 0.5
    else:
        edges = np.linspace(np.nextafter(low, -np.inf), high, _BINS + 1)
    place = np.searchsorted(edges, values, side="left")
    counts = np.bincount(place, weights=mass, minlength=len(edges) + 1) + _ADDED
    shares = counts / counts.sum()
    rare = -np.log(shares)
    return _steps(planter, feature, edges, rare, usual=float(np.average(rare, weights=shares)))


def _steps(
    planter: Planter, feature: int, edges: NDArray[np.float64], heights: NDArray[np.float64], *, usual: float
) -> int:
    """A step function of one column as a balanced tree; NaN leads to a leaf of the usual height."""
    first = planter.numeric(feature, float("inf"), missing_left=False)

    def branch(low: int, high: int) -> int:
        if low == high:
            return planter.leaf(float(heights[low]))
        middle = (low + high) // 2
        node = planter.numeric(feature, float(edges[middle]), missing_left=False)
        planter.join(node, branch(low, middle), branch(middle + 1, high))
        return node

    known = branch(0, len(heights) - 1)
    planter.join(first, known, planter.leaf(usual))
    return first
