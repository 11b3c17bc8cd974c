"""Which code a run is made with: a digest of our sources and of those of every plug-in on the shelves."""

from __future__ import annotations

import hashlib
import importlib.util
from contextlib import suppress
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from ownproof.core import registry
from ownproof.version import VERSION

PACKAGE = Path(__file__).parents[1]


@cache
def code_digest() -> str:
    """The same for the same sources, wherever they are installed; found once a process (a few milliseconds)."""
    state = hashlib.sha256(VERSION.encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        state.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    for shelf in registry.SHELVES:
        for point in sorted(entry_points(group=f"ownproof.{shelf}"), key=lambda p: (p.name, p.value)):
            if not point.module.startswith("ownproof."):
                state.update(f"{shelf}/{point.name}={point.value}".encode() + _source(point.module))
    return state.hexdigest()[:24]


def _source(module: str) -> bytes:
    """The bytes of a plug-in's module; nothing where they cannot be found (it is then told by its name alone)."""
    with suppress(ImportError, OSError, ValueError):
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).read_bytes()
    return b""
