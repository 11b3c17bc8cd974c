"""What all comparisons of one evaluation share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import Measure
from ownproof.core.target import Metric, Target, Terms
from ownproof.core.task import Task
from ownproof.phases.evaluate.contest import Contender, Rows, Sampled


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What all comparisons share."""

    rows: Rows
    task: Task
    target: Target
    level: float
    policy: Policy
    seed: int

    def metric(self, name: str) -> Metric:
        """A metric by name; one that the target does not list is a share."""
        return self.target.metrics(self.task).get(name, Metric(name))

    def measured(self, sampled: Sampled, name: str) -> Measure:
        """A metric on all rows with its interval."""
        metric = self.metric(name)
        found = sampled.measure(self.level, self.rows.size(metric), metric.scale)
        if metric.most is None or found.high is None or found.high <= metric.most:
            return found
        return replace(found, high=metric.most)

    def tally(self, one: Contender, terms: Terms | None = None, *, baseline: bool = False) -> np.ndarray:
        """The contender's tally at its own operating point, or as the terms ask on its side."""
        point = one.operating if terms is None else terms.baseline if baseline else terms.model
        return self.target.tally(self.rows.truth, one.predictions, self.task, point)
