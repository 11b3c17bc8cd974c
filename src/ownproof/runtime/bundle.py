"""What ships: a folder of declarations and weights, hashed; no pickle, no code."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ownproof.core import registry
from ownproof.core.encoder import Encoder
from ownproof.core.report import plain
from ownproof.core.schema import Schema
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.errors import InputError, Tampered
from ownproof.runtime.verify import FORMAT, UNLISTED, sealed_json, verify

EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Member:
    """One model of a bundle: its folder below `model/`, the scorer that loads it and its weight in the average."""

    folder: str
    scorer: str
    weight: float = 1.0
    recipe: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything a bundle says beside its weights; all of it JSON values.

    calibration: what is done to the averaged answers. profiles: by file name (`columns`, `target`, `predictions`).
    """

    schema: Schema
    task: Task
    encoder: Encoder
    members: tuple[Member, ...]
    calibration: Mapping[str, Any]
    operating: Operating
    profiles: Mapping[str, Any]
    card: Mapping[str, Any]
    card_text: str
    sheet: Mapping[str, Any]
    parity: Mapping[str, Any]
    requirements: tuple[str, ...]


def write(folder: Path, contents: Contents, *, version: str) -> dict[str, Any]:
    """Complete a folder that already holds `model/<member>/`; returns the manifest.

    The manifest covers every file but itself and `measured.json`, so the same model has the same hash on any day.
    """
    files: dict[str, bytes] = {
        "schema.json": _json(contents.schema.to_json()),
        "task.json": _json(
            {
                **contents.task.to_json(),
                "operating": contents.operating.to_json(),
                "calibration": dict(contents.calibration),
            }
        ),
        "encoder.json": _json(contents.encoder.to_json()),
        "model/members.json": _json(
            [
                {"folder": m.folder, "scorer": m.scorer, "weight": m.weight, "recipe": dict(m.recipe)}
                for m in contents.members
            ]
        ),
        "card.json": _json(contents.card),
        "card.md": contents.card_text.encode(),
        "sheet.json": _json(contents.sheet),
        "parity.json": _json(contents.parity),
        "requirements.txt": ("\n".join(contents.requirements) + "\n").encode(),
    }
    files |= {f"profiles/{name}.json": _json(value) for name, value in contents.profiles.items()}
    for name, raw in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(raw)
    return _manifest(folder, version)


def _manifest(folder: Path, version: str) -> dict[str, Any]:
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    hashes = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names if n not in UNLISTED}
    raw = sealed_json({"format": FORMAT, "made_by": f"ownproof {version}", "files": hashes})
    (folder / "manifest.json").write_bytes(raw)
    return dict(json.loads(raw))


def write_measured(folder: Path, measured: Mapping[str, Any]) -> None:
    """`measured.json`: what depends on the machine and the day, outside the bundle's hash."""
    (folder / "measured.json").write_bytes(sealed_json(plain(dict(measured))))


def pack(folder: Path, archive: Path) -> Path:
    """The same bundle as one zip with the same bytes for the same bundle."""
    names = sorted(p for p in folder.rglob("*") if p.is_file())
    return write_zip(archive, ((p.relative_to(folder).as_posix(), p.read_bytes()) for p in names))


def write_zip(archive: Path, files: Iterable[tuple[str, bytes]]) -> Path:
    """A zip of files by name, whole or not at all, without their times."""
    beside = archive.with_name(archive.name + ".part")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as out:
            for name, raw in files:
                info = zipfile.ZipInfo(name, date_time=EARLIEST)
                info.compress_type = zipfile.ZIP_DEFLATED
                out.writestr(info, raw)
        os.replace(beside, archive)
    finally:
        beside.unlink(missing_ok=True)
    return archive


def _json(data: Any) -> bytes:
    return (json.dumps(plain(data), indent=1, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n").encode()


@dataclass(slots=True)
class Bundle:
    """An opened bundle. `close` removes what was unpacked from a zip."""

    folder: Path
    manifest: Mapping[str, Any]
    schema: Schema
    task: Task
    encoder: Encoder
    members: tuple[Member, ...]
    calibration: Mapping[str, Any]
    operating: Operating
    card: Mapping[str, Any]
    unpacked: Path | None = None

    @property
    def hash(self) -> str:
        """The manifest's hash: the bundle's name in the ledger."""
        return str(self.manifest["hash"])

    @property
    def proven(self) -> bool:
        """Whether the evidence said BETTER when the bundle was written; the card's `evidence` says which evidence."""
        return self.card.get("verdict") == "BETTER"

    def read(self, name: str) -> Any:
        """One of the bundle's JSON files."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def close(self) -> None:
        """Remove what was unpacked; the folder of a bundle that is no zip stays."""
        if self.unpacked is not None:
            shutil.rmtree(self.unpacked, ignore_errors=True)


def open_bundle(path: str | Path, *, public_key: str | Path | None = None) -> Bundle:
    """Check every byte of a bundle, then read what it declares.

    public_key: the key that must have signed it (a PEM file, or PEM text); None asks for no signature.
    Raises InputError where there is no bundle or its format is not ours, Tampered for a changed byte or signature.
    """
    manifest = verify(path, public_key=public_key)
    if manifest.get("format") != FORMAT:
        raise InputError(
            f"the bundle's format is {manifest.get('format')!r}",
            expected=FORMAT,
            where=str(path),
            hint="update ownproof to the version that wrote it",
        )
    folder, unpacked = Path(path), None
    if not folder.is_dir():
        unpacked = Path(tempfile.mkdtemp(prefix="ownproof-"))
        with zipfile.ZipFile(path) as archive:
            archive.extractall(unpacked)
        folder = unpacked
    try:
        task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
        members = json.loads((folder / "model/members.json").read_text(encoding="utf-8"))
        return Bundle(
            folder=folder,
            manifest=manifest,
            schema=Schema.from_json(json.loads((folder / "schema.json").read_text(encoding="utf-8"))),
            task=Task.from_json(task),
            encoder=Encoder.from_json(
                json.loads((folder / "encoder.json").read_text(encoding="utf-8")), registry.inputs()
            ),
            members=tuple(Member(m["folder"], m["scorer"], m["weight"], m["recipe"]) for m in members),
            calibration=task["calibration"],
            operating=Operating.from_json(task["operating"]),
            card=json.loads((folder / "card.json").read_text(encoding="utf-8")),
            unpacked=unpacked,
        )
    except (KeyError, ValueError) as why:
        raise Tampered(
            f"the bundle cannot be read: {why}",
            expected="the declarations that ownproof writes",
            hint="take the bundle from its source again",
            where=str(path),
        ) from why
