"""Own your model, prove it works: from labelled data to a model in production, with gates that are on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ownproof.version import VERSION as __version__

if TYPE_CHECKING:
    from ownproof.project.api import load as load
    from ownproof.project.api import run as run

__all__ = ["__version__", "load", "run"]


def __getattr__(name: str) -> Any:
    """Load the Python interface when it is first asked for: `import ownproof` itself stays light."""
    if name in ("run", "load"):
        import importlib

        return getattr(importlib.import_module("ownproof.project.api"), name)
    raise AttributeError(f"module 'ownproof' has no attribute {name!r}")
