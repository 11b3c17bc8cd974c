"""What lies beside an output: which model answered which data, how many rows, and the SHA-256 of all three files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ownproof.runtime.verify import canonical, sealed_json
from ownproof.version import VERSION

FORMAT = "ownproof-batch/1"


def manifest_path(target: Path) -> Path:
    """`OUT.manifest.json`."""
    return target.with_name(target.name + ".manifest.json")


def quarantine_path(target: Path) -> Path:
    """`OUT.quarantine.jsonl`."""
    return target.with_name(target.name + ".quarantine.jsonl")


def described(path: Path, *, name: str = "") -> dict[str, Any]:
    """A file's name, size and SHA-256."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.tell()
    return {"name": name or path.name, "bytes": size, "sha256": digest}


def job_key(model: str, data: Mapping[str, Any], target: Path) -> str:
    """What decides an output: the program, the model, the data and the form of the file. Empty without the data's hash:
    a database may answer otherwise the next time."""
    if not data.get("sha256"):
        return ""
    says = [FORMAT, VERSION, model, dict(data), target.suffix.lower()]
    return hashlib.sha256(canonical({"job": says})).hexdigest()


def stored(target: Path, key: str) -> dict[str, Any] | None:
    """The manifest of an output that is the answer to a job and lies there as it was written; None where none does."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        raw = manifest_path(target).read_bytes()
        said: dict[str, Any] = json.loads(raw)
        if not key or said["job"] != key or sealed_json(said) != raw or said["out"] != described(target):
            return None
        kept = quarantine_path(target)
        if said["quarantine"] is None or said["quarantine"] == described(kept):
            return said
    return None
