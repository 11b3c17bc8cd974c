"""Counts of a window's rows by declared segment, a file a window beside its own; only the newest are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ownproof.core.report import plain
from ownproof.core.watch import Counts
from ownproof.project.disk import disk, replaced

ByGroup = Mapping[tuple[str, str], Counts]
"""Counts by segment column and level."""
KEPT: Final = 100
"""Windows whose counts by segment stay: what ordinary ones differ by is learnt from sixty."""


class Groups:
    """The files `g-START.json` of a folder of windows. Every file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: dict[float, ByGroup] = {}
        self.changed: set[float] = set()

    def get(self, start: float) -> ByGroup:
        """Those of a window; none where none were kept."""
        if start not in self._held:
            path = self._path(start)
            said = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
            while len(self._held) > KEPT:
                gone = next((s for s in self._held if s not in self.changed), None)
                if gone is None:
                    break
                del self._held[gone]
            self._held[start] = {(column, level): Counts.from_json(counts) for column, level, counts in said}
        return self._held[start]

    def add(self, start: float, more: ByGroup) -> None:
        """Further rows of a window; `write` makes it last."""
        there = dict(self.get(start))
        for name, counts in more.items():
            there[name] = there[name] + counts if name in there else counts
        self._held[start] = there
        self.changed.add(start)

    def write(self, start: float) -> None:
        """Write one that was changed."""
        said = [[*name, plain(counts.to_json())] for name, counts in self._held[start].items()]
        path = self._path(start)
        with disk("keep the windows", path):
            self.folder.mkdir(parents=True, exist_ok=True)
            replaced(path, json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
        self.changed.discard(start)

    def prune(self) -> None:
        """Delete all but the newest."""
        starts = sorted(float(p.stem.removeprefix("g-")) for p in self.folder.glob("g-*.json"))
        for start in starts[:-KEPT]:
            self._held.pop(start, None)
            with disk("keep the windows", self._path(start)):
                self._path(start).unlink(missing_ok=True)

    def _path(self, start: float) -> Path:
        return self.folder / f"g-{int(start)}.json"
