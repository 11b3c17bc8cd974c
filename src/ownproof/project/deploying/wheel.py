"""Installed code as wheels: an image holds the code that made it, whether or not a registry has it."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from ownproof.errors import ConfigError

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a wheel: the same code gives the same bytes."""
OURS = "ownproof"
LEFT = {"__pycache__", ".mypy_cache", ".pytest_cache"}
SHIPS = ("inputs", "targets", "scorers", "readers")


def wheels(kinds: Mapping[str, Iterable[str]]) -> dict[str, bytes]:
    """Wheels of ownproof and of every other distribution whose plug-ins a bundle asks for, by file name.

    kinds: the names of what is asked for by shelf: `{"inputs": ["number"], "scorers": ["onnx"]}`.
    """
    made = [metadata.distribution(OURS)]
    modules = {OURS: {OURS}}
    for shelf in SHIPS:
        for point in metadata.entry_points(group=f"ownproof.{shelf}"):
            if point.name not in set(kinds.get(shelf, ())) or point.dist is None or point.dist.name == OURS:
                continue
            if point.dist.name not in modules:
                made.append(point.dist)
            modules.setdefault(point.dist.name, set()).add(point.module.split(".")[0])
    return dict(wheel_of(dist, sorted(modules[dist.name])) for dist in made)


def wheel_of(distribution: Any, packages: Sequence[str]) -> tuple[str, bytes]:
    """The name and the bytes of a wheel that holds `packages` as they are installed here, editable or not.

    Raises ConfigError for a package with compiled code: its own wheel must be brought.
    """
    name = re.sub(r"[-_.]+", "_", distribution.name)
    version, info = distribution.version, f"{name}-{distribution.version}.dist-info"
    files = {n: raw for package in packages for n, raw in _code(package)}
    wheel = "Wheel-Version: 1.0\nGenerator: ownproof\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    for known in ("METADATA", "entry_points.txt"):
        text = distribution.read_text(known)
        if text:
            files[f"{info}/{known}"] = text.encode()
    files[f"{info}/WHEEL"] = wheel.encode()
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    return f"{name}-{version}-py3-none-any.whl", _zip(files)


def _code(package: str) -> Iterable[tuple[str, bytes]]:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise _no_code(package, "it cannot be found")
    start = Path(spec.origin)
    if not spec.submodule_search_locations:
        yield start.name, start.read_bytes()
        return
    top = start.parent
    for path in sorted(top.rglob("*")):
        if not path.is_file() or LEFT & set(path.parts) or path.suffix == ".pyc":
            continue
        if path.suffix in (".so", ".pyd", ".dll", ".dylib"):
            raise _no_code(package, f"it holds compiled code ({path.name})")
        yield f"{package}/{path.relative_to(top).as_posix()}", path.read_bytes()


def _no_code(package: str, why: str) -> ConfigError:
    return ConfigError(
        f"the package {package!r} of a plug-in cannot be packed: {why}",
        expected="a package of Python files",
        hint="put its own wheel into the folder's wheels/ and build the image with it",
        where=package,
        code="plug-in",
    )


def _record(files: Mapping[str, bytes], itself: str) -> bytes:
    lines = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b'=').decode()},{len(raw)}"
        for name, raw in files.items()
    ]
    return ("\n".join([*lines, f"{itself},,"]) + "\n").encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            entry = zipfile.ZipInfo(name, date_time=EARLIEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, raw)
    return out.getvalue()
