"""Trees, and the readers that make them from each library's own form of a model."""

from __future__ import annotations

from ownproof.learners.parts.tree_nodes import Link, Planter, Trees
from ownproof.learners.parts.trees_catboost import from_catboost
from ownproof.learners.parts.trees_forest import from_sklearn_forest
from ownproof.learners.parts.trees_lightgbm import from_lightgbm
from ownproof.learners.parts.trees_xgboost import from_xgboost

__all__ = ["Link", "Planter", "Trees", "from_catboost", "from_lightgbm", "from_sklearn_forest", "from_xgboost"]
