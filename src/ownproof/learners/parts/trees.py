"""Trees and the readers that make them from each library's own form of a model."""

from __future__ import annotations

from ownproof.learners.parts.tree_nodes import Link, Planter, Trees
from ownproof.learners.parts.trees_lightgbm import from_lightgbm

__all__ = ["Link", "Planter", "Trees", "from_lightgbm"]
