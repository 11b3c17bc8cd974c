"""`op.Classifier` and `op.Regressor`: the training of ownproof as scikit-learn estimators; they train only."""

from __future__ import annotations

from functools import cache
from typing import Any


def __getattr__(name: str) -> Any:
    """Make the two classes when they are first asked for: their bases are scikit-learn's, which takes time to load."""
    if name in ("Classifier", "Regressor"):
        return _classes()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _classes() -> dict[str, type]:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    from ownproof.project.estimators.classifier import Classifying
    from ownproof.project.estimators.regressor import Regressing

    made = {}
    for name, own, mixin in (("Classifier", Classifying, ClassifierMixin), ("Regressor", Regressing, RegressorMixin)):
        says = {"__doc__": own.__doc__, "__module__": "ownproof", "__qualname__": name}
        made[name] = type(name, (own, mixin, BaseEstimator), says)
    return made
