"""Is our data enough: a learning curve on training rows, carried on to twice and four times the rows, in labels and money."""

from ownproof.phases.plan.asked import Asked, Rows
from ownproof.phases.plan.labels import Labelling
from ownproof.phases.plan.measure import Curve, measured, perfect
from ownproof.phases.plan.report import plan

__all__ = ["Asked", "Curve", "Labelling", "Rows", "measured", "perfect", "plan"]
