"""The only door to an extra: import it, or say which command installs it."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from ownproof.errors import MissingExtra


def need(module: str, *, extra: str, wanted_by: str = "") -> ModuleType:
    """Import `module`, or raise MissingExtra with the command that installs it.

    extra: the name of the extra in `pip install 'ownproof[EXTRA]'`; wanted_by: the part that asked.
    """
    try:
        return importlib.import_module(module)
    except ImportError as why:
        raise MissingExtra(
            f"{wanted_by or 'this part'} needs {module}, which cannot be imported ({why})",
            expected=f"the extra {extra!r}",
            hint=f"pip install 'ownproof[{extra}]'",
            where=module,
        ) from why


def there(module: str) -> bool:
    """Whether `module` is installed, found out without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
