"""Copies of the Parquet files at any place that fsspec knows, with their manifest: a journal that can be read there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from ownproof.runtime.journal.files import MANIFEST, Compacted, manifest
from ownproof.runtime.journal.places import file_system, shown_of
from ownproof.runtime.journal.sinks.copies import UNTIL
from ownproof.runtime.journal.sinks.deliver import refused


class FileSink:
    """`URL/IDENTITY/`: the files of one journal; each is there whole or not at all, its size compared."""

    def __init__(self, folder: Path, url: str, identity: str) -> None:
        self.folder = folder
        self.shown = shown_of(url)
        self._files, root = file_system(url, where="--to", trouble=refused)
        self._local = "file" in _protocols(self._files)
        self._root = f"{root.rstrip('/')}/{identity}"

    def held(self) -> set[str]:
        """The files there whose size is that of the manifest there."""
        try:
            self._files.invalidate_cache()
            sizes = {e["name"].rpartition("/")[2]: e["size"] for e in self._files.ls(self._root, detail=True)}
            told = self._manifest() if MANIFEST in sizes else {}
        except FileNotFoundError:
            return set()
        except Exception as why:  # every file system has errors of its own
            raise refused(self.shown, str(why) or type(why).__name__) from why
        return {n for n, size in sizes.items() if n.endswith(".parquet") and told.get(n, size) == size and n in told}

    def change(self, added: Iterable[Compacted], removed: Iterable[str]) -> None:
        """Copy the new files, then the manifest, then delete what is in it no more."""
        try:
            self._files.makedirs(self._root, exist_ok=True)
            for each in added:
                self._put(each)
            entries = [msgspec.structs.replace(c, sources=()) for c in manifest(self.folder)]
            self._write(MANIFEST, b"".join(msgspec.json.encode(c) + b"\n" for c in entries))
            for name in removed:
                self._files.rm_file(f"{self._root}/{name}")
        except Exception as why:
            raise refused(self.shown, str(why) or type(why).__name__) from why

    def mark(self, until: float) -> None:
        """Say beside the manifest up to which moment the journal is all there."""
        try:
            self._files.makedirs(self._root, exist_ok=True)
            self._write(UNTIL, msgspec.json.encode({"until": until}))
        except Exception as why:
            raise refused(self.shown, str(why) or type(why).__name__) from why

    def close(self) -> None:
        """Nothing is held."""

    def _put(self, each: Compacted) -> None:
        self._write(each.file, self.folder / each.file)
        size = self._files.info(f"{self._root}/{each.file}")["size"]
        if size != each.bytes:
            raise OSError(f"{each.file} has {size} bytes there and {each.bytes} here")

    def _write(self, name: str, what: Path | bytes) -> None:
        """In one step: object stores put whole objects, a folder gets a draft that is renamed."""
        path = f"{self._root}/{name}"
        draft = f"{path}.part" if self._local else path
        if isinstance(what, bytes):
            self._files.pipe_file(draft, what)
        else:
            self._files.put_file(str(what), draft)
        if draft != path:
            self._files.mv(draft, path)

    def _manifest(self) -> dict[str, int]:
        raw = self._files.cat_file(f"{self._root}/{MANIFEST}")
        entries = (msgspec.json.decode(line, type=Compacted) for line in raw.splitlines())
        return {c.file: c.bytes for c in entries}


def _protocols(files: Any) -> tuple[str, ...]:
    named = files.protocol
    return (named,) if isinstance(named, str) else tuple(named)
