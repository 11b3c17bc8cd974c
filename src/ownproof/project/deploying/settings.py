"""What a project says of production, as a file of its own beside the bundle: the sections `[serve]` and `[monitor]`."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ownproof.errors import ConfigError
from ownproof.project.project import FILE

SECTIONS = ("serve", "monitor")
APART = "sovereignty"
"""A setting of the whole project that the monitor heeds: it says who may be told."""
NAME = "settings.toml"
HEADER = re.compile(r"""\s*\[\[?\s*["']?([\w-]+)""")
KEY = re.compile(r"""(?m)^(\s*public_key\s*=\s*)(["']).*?\2""")


def carried(path: Path) -> dict[str, bytes]:
    """The files that hold a project's sections for production, by name: `settings.toml` as it stands there, and the public
    key that it names. A bundle by itself has none, and neither has a project that says nothing: an empty file.

    Raises ConfigError for a file that is no TOML, or a key that cannot be read.
    """
    if not (path / FILE).is_file():
        return {NAME: b"# [serve] and [monitor], as in a project's project.toml\n"}
    text = (path / FILE).read_text(encoding="utf-8")
    whole = _read(text, path / FILE)
    kept = _cut(text, {APART: whole[APART]} if APART in whole else {})
    files: dict[str, bytes] = {}
    said = whole.get("serve", {}).get("public_key")
    if isinstance(said, str) and said:
        key = Path(said).name
        files[key] = _bytes(path / said)
        kept = KEY.sub(lambda m: f'{m[1]}"{key}"', kept)
        whole["serve"]["public_key"] = key
    if not _says(kept, {s: whole[s] for s in (APART, *SECTIONS) if s in whole}):
        raise ConfigError(
            "the sections [serve] and [monitor] cannot be cut out of project.toml",
            expected="sections whose lines do not begin with [, but for their heads",
            hint="write lists and texts of these sections on one line",
            where=str(path / FILE),
        )
    return {NAME: kept.encode(), **files}


def _cut(text: str, before: Mapping[str, Any]) -> str:
    lines = [f"# The sections for production of the project that this was made from; see its {FILE}.\n"]
    lines += [f"{name} = {json.dumps(value)}\n" for name, value in before.items()]
    inside = False
    for line in text.splitlines(keepends=True):
        head = HEADER.match(line)
        if head:
            inside = head[1] in SECTIONS
        if inside:
            lines.append(line)
    return "".join(lines)


def _says(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _read(text: str, where: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise ConfigError(
            f"{where.name} cannot be read: {why}", expected="TOML", where=str(where), hint="mend the line that is named"
        ) from why


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as why:
        raise ConfigError(
            f"the public key cannot be read: {why.strerror}",
            expected="the file that public_key names in the section [serve]",
            hint="put the file there, or leave out public_key",
            where=str(path),
        ) from why
