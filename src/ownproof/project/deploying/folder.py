"""A folder of made files: each appears whole, and none that a person changed is written over."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ownproof.errors import ConfigError, OwnproofError, all_at_once
from ownproof.project.disk import disk

RECORD = ".ownproof-files.json"
"""What was written here, by SHA-256: whatever differs from it was changed by somebody."""
SHOWN = 8


def lay(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> list[str]:
    """Make `folder` hold `files` (by relative name); returns the names that were written or removed.

    A file that is there already is left as it is when it is the same, written over when we made it and nobody touched
    it, and else refused, all such files at once (ConfigError), unless `force`. Files of an earlier call that are no
    longer made are removed on the same terms.
    """
    record = _record(folder)
    gone = [n for n in record if n not in files and (folder / n).is_file()]
    if not force:
        _refuse_edited(folder, [*files, *gone], files, record)
    changed = [n for n, raw in files.items() if _read(folder / n) != raw]
    with disk("write the deployment files", folder):
        folder.mkdir(parents=True, exist_ok=True)
        # Told before and after: a call that dies between leaves files that the next one still knows as ours.
        told = {n: _hash(raw) for n, raw in files.items()}
        _write(
            folder / RECORD,
            _json({n: sorted({*record.get(n, []), told[n]} if n in told else record[n]) for n in {**record, **told}}),
        )
        for name in changed:
            _write(folder / name, files[name])
        for name in gone:
            (folder / name).unlink()
            _prune(folder, (folder / name).parent)
        _write(folder / RECORD, _json({n: [h] for n, h in told.items()}))
    return [*changed, *gone]


def _refuse_edited(folder: Path, names: list[str], files: Mapping[str, bytes], record: Mapping[str, list[str]]) -> None:
    problems: list[OwnproofError] = []
    for name in names:
        there = _read(folder / name)
        if there is None or there == files.get(name) or _hash(there) in record.get(name, ()):
            continue
        problems.append(
            ConfigError(
                f"{name} was {'changed by hand' if name in record else 'there before'}",
                expected="files that this command wrote, or free names",
                hint="give another --out and compare, or --force to write over what was changed",
                where=str(folder / name),
                code="edited",
            )
        )
    if problems:
        raise all_at_once(problems[:SHOWN])


def _record(folder: Path) -> dict[str, list[str]]:
    with suppress(OSError, ValueError):
        data = json.loads((folder / RECORD).read_bytes())
        if isinstance(data, dict) and isinstance(data.get("files"), dict):
            return {str(n): [str(h) for h in hashes] for n, hashes in data["files"].items() if _inside(str(n))}
    return {}


def _inside(name: str) -> bool:
    """Whether a recorded name stays in the folder: a record that a person wrote removes nothing elsewhere."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _json(files: Mapping[str, list[str]]) -> bytes:
    return (json.dumps({"files": dict(sorted(files.items()))}, indent=1) + "\n").encode()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        return b"\0a folder"
    except OSError:
        return b"\0unreadable"


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(raw)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _prune(top: Path, folder: Path) -> None:
    """Remove folders that became empty, up to `top`."""
    while folder != top:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
