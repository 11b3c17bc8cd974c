"""What a plan is about: the rows there are, the metric, the gain worth having, the score to reach, how labels are made."""

from __future__ import annotations

from dataclasses import dataclass, field

from ownproof.core.policy import Policy
from ownproof.core.target import Metric
from ownproof.phases.plan.forecast import Range
from ownproof.phases.plan.labels import Labelling
from ownproof.phases.plan.measure import perfect
from ownproof.stats.weights import Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """Labelled rows in all, those of them that are trained on, and those that are sealed."""

    labelled: int
    training: int
    sealed: int

    @property
    def share(self) -> float:
        """Of the labelled rows, those that are trained on."""
        return self.training / max(1, self.labelled)


@dataclass(frozen=True, slots=True)
class Asked:
    """recipe: the learner that the curve is of; worthwhile: the smallest gain worth having; reach: a score, or None;
    fold_rule: how the rows were held out, in a sentence."""

    metric: Metric
    worthwhile: float
    recipe: str
    labelling: Labelling
    reach: float | None = None
    fold_rule: str = ""
    policy: Policy = field(default_factory=Policy)

    def range(self, draws: Floats) -> Range:
        """The middle and the ends that hold as many truths as the policy asks."""
        out = (1.0 - self.policy.curve_level) / 2.0
        return Range.of(draws, out, 1.0 - out)

    @property
    def held(self) -> str:
        """That share of truths, in words."""
        return f"{100 * self.policy.curve_level:g} % of the truths"

    def score(self, error: float) -> float:
        """The metric's own value of an error."""
        best = perfect(self.metric) or 0.0
        return best - error if self.metric.greater else best + error

    def error(self, score: float) -> float:
        """The inverse of `score`."""
        best = perfect(self.metric) or 0.0
        return best - score if self.metric.greater else score - best

    def scores(self, errors: Range) -> Range:
        """A range of errors as one of scores, its lower number first."""
        ends = sorted((self.score(errors.low), self.score(errors.high)))
        return Range(self.score(errors.value), *ends)


def figure(value: float) -> str:
    """A number as people write it: three decimals below 10, whole from 1,000 on.

    >>> figure(0.81234), figure(25485.4), figure(12.345)
    ('0.812', '25,485', '12.3')
    """
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.3f}" if size >= 0.001 or value == 0 else f"{value:.2g}"


def span(found: Range) -> str:
    """A range in words."""
    return f"{figure(found.low)} to {figure(found.high)}"


def count(rows: float) -> str:
    """Rows, at two or three significant digits.

    >>> count(1234.0), count(87.0)
    ('1,230', '87')
    """
    return f"{tidy(rows):,}"


def tidy(rows: float) -> int:
    """A number of rows rounded to three significant digits."""
    whole = round(rows)
    return whole if whole < 1000 else round(whole, 3 - len(str(whole)))
