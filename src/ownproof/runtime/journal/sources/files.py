"""Copies of Parquet files with their manifests, at any place that fsspec knows: what `journal compact --to` delivers."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ownproof.core.policy import Policy
from ownproof.errors import Tampered
from ownproof.runtime.journal.files import MANIFEST, SEGMENT, Compacted
from ownproof.runtime.journal.places import file_system, shown_of
from ownproof.runtime.journal.reading import ROWS, window
from ownproof.runtime.journal.sinks.copies import UNTIL
from ownproof.runtime.journal.sources.source import complete_of, unreadable

if TYPE_CHECKING:
    import polars as pl


class FilesSource:
    """`URL/IDENTITY/` of any number of journals, or one such folder itself."""

    def __init__(self, url: str) -> None:
        """Raises InputError where no manifest lies, MissingExtra for a file system that is not installed."""
        self.shown = shown_of(url)
        self._files, root = file_system(url, where="--journal", trouble=unreadable)
        self._journals = self._asked(self._found, root.rstrip("/"))
        if not self._journals:
            raise unreadable(self.shown, "no manifest of a journal lies there")

    def read(self, kind: str, since: float | None, until: float | None) -> _Copied:
        """The rows of all journals there."""
        return _Copied(self, kind, since, until)

    def complete(self, at: float) -> float:
        """As the deliveries say; where they do not, an hour (after which a segment is rolled) before the newest row."""
        late = 3600.0 * Policy().journal_segment_hours
        untils = [self._asked(self._until, root, entries, late) for root, entries in self._journals.items()]
        return complete_of(untils, at)

    def cells(self) -> dict[str, str]:
        """All of them."""
        found: dict[str, str] = {}
        for frame in self.read("cells", None, None):
            found.update(zip(frame["sha256"].to_list(), frame["cell"].to_list(), strict=True))
        return found

    def close(self) -> None:
        """Nothing is held."""

    def frames(self, kind: str, since: float | None, until: float | None) -> Iterator[tuple[pl.DataFrame | None, int]]:
        """Frames, or None where nothing of a file is wanted, each with the torn lines that come with it."""
        for root, entries in self._journals.items():
            for each in entries:
                if each.kind != kind or (until is not None and each.rows and each.first >= until):
                    continue
                if not each.rows or (since is not None and each.last < since):
                    yield None, 0
                    continue
                whole = self._asked(self._table, f"{root}/{each.file}", each)
                inside = whole.filter(window(since, until))
                for i in range(0, inside.height, ROWS):
                    yield inside[i : i + ROWS], each.torn if not i else 0

    def _table(self, path: str, each: Compacted) -> pl.DataFrame:
        import polars as pl

        raw = self._files.cat_file(path)
        if hashlib.sha256(raw).hexdigest() != each.sha256:
            raise Tampered(
                f"{each.file} of the journal at {self.shown} is not what was delivered",
                expected=f"{each.rows:,} rows with SHA-256 {each.sha256[:12]}…",
                hint="delete it there and deliver again: ownproof journal compact --to",
                where=each.file,
                code="journal-file",
            )
        return pl.read_parquet(io.BytesIO(raw))

    def _found(self, root: str) -> dict[str, list[Compacted]]:
        """Folders with a manifest: the place itself, or those in it."""
        self._files.invalidate_cache()
        names = [e["name"].rstrip("/") for e in self._files.ls(root or "/", detail=True)]
        if any(n.rpartition("/")[2] == MANIFEST for n in names):
            return {root: self._entries(root)}
        return {n: self._entries(n) for n in names if self._files.exists(f"{n}/{MANIFEST}")}

    def _entries(self, root: str) -> list[Compacted]:
        raw = self._files.cat_file(f"{root}/{MANIFEST}")
        return [msgspec.json.decode(line, type=Compacted) for line in raw.splitlines()]

    def _until(self, root: str, entries: list[Compacted], late: float) -> float:
        path = f"{root}/{UNTIL}"
        if self._files.exists(path):
            return float(msgspec.json.decode(self._files.cat_file(path))["until"])
        return max((c.last for c in entries if c.rows), default=0.0) - late

    def _asked(self, ask: Any, *arguments: Any) -> Any:
        try:
            return ask(*arguments)
        except Tampered:
            raise
        except Exception as why:  # every file system has errors of its own
            raise unreadable(self.shown, str(why) or type(why).__name__) from why


class _Copied:
    """Frames of a copy."""

    def __init__(self, source: FilesSource, kind: str, since: float | None, until: float | None) -> None:
        self._ask = (source, kind, since, until)
        self.torn = 0

    def __iter__(self) -> Iterator[pl.DataFrame]:
        source, kind, since, until = self._ask
        self.torn = 0
        for frame, torn in source.frames(kind, since, until):
            self.torn += torn
            if frame is not None and frame.height:
                yield frame


def copies_in(folder: Path) -> bool:
    """Whether a folder on this machine is no journal that a server writes, and holds copies of some."""
    if not folder.is_dir():
        return False
    names = [p.name for p in folder.iterdir()]
    if MANIFEST in names or any(SEGMENT.fullmatch(n) for n in names):
        return False
    return any((folder / n / MANIFEST).is_file() for n in names)
