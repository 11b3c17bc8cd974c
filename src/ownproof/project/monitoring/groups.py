"""Counts of a window's rows by declared segment, a file a window beside its own; only the newest are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

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
        self._until: dict[float, float] = {}
        self.changed: set[float] = set()

    def get(self, start: float) -> ByGroup:
        """Those of a window; none where none were kept."""
        if start not in self._held:
            while len(self._held) > KEPT:
                gone = next((s for s in self._held if s not in self.changed), None)
                if gone is None:
                    break
                del self._held[gone]
            path = self._path(start)
            said: dict[str, Any] = {"until": start, "groups": []}
            said = json.loads(path.read_text(encoding="utf-8")) if path.exists() else said
            self._held[start] = {(column, level): Counts.from_json(c) for column, level, c in said["groups"]}
            self._until[start] = said["until"]
        return self._held[start]

    def add(self, start: float, more: ByGroup, *, until: float) -> None:
        """Further rows of a window, which was read up to `until` so far; `write` makes it last.

        Where a crash left counts that are ahead of their window, they are begun anew: no row counts twice.
        """
        there = dict(self.get(start))
        if start not in self.changed and self._until[start] != until:
            there = {}
        for name, counts in more.items():
            there[name] = there[name] + counts if name in there else counts
        self._held[start] = there
        self.changed.add(start)

    def write(self, start: float, *, until: float) -> None:
        """Write one that was changed. until: how far its window was read."""
        said = [[*name, plain(counts.to_json())] for name, counts in self._held[start].items()]
        path, whole = self._path(start), {"until": until, "groups": said}
        with disk("keep the windows", path):
            self.folder.mkdir(parents=True, exist_ok=True)
            replaced(path, json.dumps(whole, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
        self._until[start] = until
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
