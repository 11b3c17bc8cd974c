"""Own your model, prove it works: from labelled data to a model in production, with gates that are on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ownproof.version import VERSION as __version__

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator as Classifier  # made when they are asked for, see project/estimators
    from sklearn.base import BaseEstimator as Regressor

    from ownproof.project.adopting.entry import adopt as adopt
    from ownproof.project.api import load as load
    from ownproof.project.api import run as run

__all__ = ["Classifier", "Regressor", "__version__", "adopt", "load", "run"]


def __getattr__(name: str) -> Any:
    """Load the Python interface when it is first asked for: `import ownproof` itself stays light."""
    rooms = {
        "adopt": "adopting.entry",
        "run": "api",
        "load": "api",
        "Classifier": "estimators",
        "Regressor": "estimators",
    }
    if name in rooms:
        import importlib

        return getattr(importlib.import_module(f"ownproof.project.{rooms[name]}"), name)
    raise AttributeError(f"module 'ownproof' has no attribute {name!r}")
