"""What was worked out, kept by the hash of what it was worked out from: whole or not there at all."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core.report import plain
from ownproof.project.disk import REFUSALS, disk, sync_folder, sync_tree

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
PART = ".part"


class Store:
    """Folders `<root>/<kind>/<key>/`, written beside their place and then renamed into it.

    A folder that is there is complete and never changes; when two writers race, the first one's stays.
    Every refusal of the disk is a ConfigError, and leaves nothing behind.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, kind: str, key: str) -> Path | None:
        """The folder of an entry, None where there is none."""
        path = self._path(kind, key)
        return path if path.is_dir() else None

    def keys(self, kind: str) -> list[str]:
        """The keys of the entries of one kind, sorted."""
        folder = self.root / _name(kind)
        return (
            sorted(p.name for p in folder.iterdir() if p.is_dir() and NAME.fullmatch(p.name)) if folder.is_dir() else []
        )

    def put(self, kind: str, key: str, write: Callable[[Path], None]) -> Path:
        """The folder of an entry; `write` fills it where it is not there yet. Whatever `write` raises goes through."""
        final = self._path(kind, key)
        if final.is_dir():
            return final
        what = f"write to the store ({kind})"
        with disk(what, final):
            final.parent.mkdir(parents=True, exist_ok=True)
            beside, fd = _beside(final)
        try:
            with disk(what, final, only=REFUSALS):
                write(beside)
            with disk(what, final):
                sync_tree(beside)
                _settle(beside, final)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
            os.close(fd)
        return final

    def discard(self, kind: str, key: str) -> None:
        """Take an entry away (a damaged one), so that it can be worked out anew."""
        final = self._path(kind, key)
        if not final.exists():
            return
        with disk(f"clean the store ({kind})", final):
            beside, fd = _beside(final)
            try:
                final.rename(beside / "old")
            except FileNotFoundError:
                return
            finally:
                shutil.rmtree(beside, ignore_errors=True)
                os.close(fd)

    def put_json(self, kind: str, key: str, value: Any) -> Path:
        """Keep one JSON value (`value.json` in the entry's folder)."""
        text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False, indent=1)
        return self.put(kind, key, lambda folder: _write(folder / "value.json", text.encode("utf-8", "surrogatepass")))

    def get_json(self, kind: str, key: str) -> Any | None:
        """The JSON value of an entry; None where there is none or where it cannot be read any more."""
        folder = self.get(kind, key)
        if folder is None:
            return None
        with suppress(OSError, ValueError):
            return json.loads((folder / "value.json").read_bytes().decode("utf-8", "surrogatepass"))
        return None

    def sweep(self) -> int:
        """Remove what writers that died left half-written; how many. What a living writer works on is left alone."""
        swept = 0
        for path in sorted(self.root.glob("*/.*" + PART)):
            with suppress(OSError):
                fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path)
                    swept += 1
                finally:
                    os.close(fd)
        return swept

    def _path(self, kind: str, key: str) -> Path:
        return self.root / _name(kind) / _name(key)


class Memo:
    """Arrays and facts by key, for work that is resumed. A torn or damaged entry is as good as none."""

    def __init__(self, store: Store, kind: str = "memo") -> None:
        self.store = store
        self.kind = kind

    def recall(self, key: str) -> dict[str, np.ndarray] | None:
        """The arrays kept under a key, None where there are none."""
        found = self._read(key)
        return None if found is None else found[0]

    def facts(self, key: str) -> dict[str, Any] | None:
        """The facts kept beside the arrays, None where there is no sound entry."""
        found = self._read(key)
        return None if found is None else found[1]

    def record(self, key: str, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Keep arrays (no objects among them) and JSON facts. A sound entry that is there stays as it is."""
        if self._read(key) is not None:
            return
        self.store.discard(self.kind, key)
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **{f"a_{name}": np.asarray(a) for name, a in arrays.items()})
        data = packed.getvalue()
        note = {"sha256": hashlib.sha256(data).hexdigest(), "facts": plain(facts)}

        def write(folder: Path) -> None:
            _write(folder / "arrays.npz", data)
            _write(folder / "facts.json", json.dumps(note, sort_keys=True).encode())

        self.store.put(self.kind, key, write)

    def _read(self, key: str) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        folder = self.store.get(self.kind, key)
        if folder is None:
            return None
        try:
            data = (folder / "arrays.npz").read_bytes()
            note = json.loads((folder / "facts.json").read_bytes())
            if hashlib.sha256(data).hexdigest() != note["sha256"]:
                return None
            with np.load(io.BytesIO(data), allow_pickle=False) as held:
                return {name.removeprefix("a_"): held[name] for name in held.files}, dict(note["facts"])
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None


def digest(*parts: Any) -> str:
    """One SHA-256 (64 hex digits) of JSON values and arrays, the same on every machine.

    Mappings do not depend on the order of their keys, tuples equal lists, 1 is neither 1.0 nor True; arrays count with
    type and shape; frozen dataclasses and whatever has `to_json` count by their content. Raises TypeError on anything
    else, since its text may change from run to run.

    >>> digest({"a": 1, "b": [2, None]}) == digest({"b": (2, None), "a": 1})
    True
    """
    state = hashlib.sha256(b"ownproof/digest/1")
    for part in parts:
        _feed(state, part)
    return state.hexdigest()


def file_digest(path: Path) -> str:
    """The SHA-256 (64 hex digits) of a file's bytes. Raises ConfigError when it cannot be read."""
    with disk("read the file", path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _feed(state: hashlib._Hash, value: Any) -> None:
    """Every value goes in with its kind and its length, so that no two values spell alike."""
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError("an array of objects has no stable bytes; convert it first")
        array = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"), copy=False)
        _part(state, b"array", f"{array.dtype.str}{list(value.shape)}".encode())
        state.update(array.reshape(-1).view(np.uint8).data if array.size else b"")
    elif isinstance(value, Mapping):
        _part(state, b"map", str(len(value)).encode())
        for name in sorted(value, key=str):
            _feed(state, str(name))
            _feed(state, value[name])
    elif isinstance(value, (list, tuple)):
        _part(state, b"list", str(len(value)).encode())
        for item in value:
            _feed(state, item)
    elif isinstance(value, np.generic):
        _feed(state, value.item())
    elif value is None or isinstance(value, (bool, int, float, str)):
        kind = "none" if value is None else next(k.__name__ for k in (bool, int, float, str) if isinstance(value, k))
        _part(state, kind.encode(), (value if isinstance(value, str) else repr(value)).encode("utf-8", "surrogatepass"))
    elif isinstance(value, bytes):
        _part(state, b"bytes", value)
    elif hasattr(value, "to_json"):
        _feed(state, value.to_json())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        _feed(state, {f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    else:
        raise TypeError(f"{type(value).__name__} has no stable bytes; digest takes JSON values and arrays")


def _part(state: hashlib._Hash, kind: bytes, data: bytes) -> None:
    state.update(kind + b":%d:" % len(data) + data)


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"{text!r} cannot name an entry of the store: letters, digits, '.', '_' and '-' can")
    return text


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _settle(beside: Path, final: Path) -> None:
    """Rename a finished folder into its place; one that came first stays."""
    try:
        beside.rename(final)
    except OSError:
        if not final.is_dir():
            raise
    sync_folder(final.parent)


def _beside(final: Path) -> tuple[Path, int]:
    """A fresh folder next to an entry's place, and a descriptor whose lock says that its writer lives."""
    while True:
        beside = Path(tempfile.mkdtemp(prefix=f".{final.name[:80]}-", suffix=PART, dir=final.parent))
        fd = os.open(beside, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with suppress(OSError):  # some network disks lock no folder; nothing is swept there
            fcntl.flock(fd, fcntl.LOCK_SH)
        if beside.exists():  # nobody swept it away between the two
            beside.chmod(0o755)
            return beside, fd
        os.close(fd)
