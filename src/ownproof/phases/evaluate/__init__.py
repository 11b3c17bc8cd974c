"""Evaluate: is the model better than the baseline, by how much, and for whom not."""

from ownproof.phases.evaluate.contest import Contender
from ownproof.phases.evaluate.errors import errors
from ownproof.phases.evaluate.report import evaluate
from ownproof.phases.evaluate.seeds import seeds

__all__ = ["Contender", "errors", "evaluate", "seeds"]
