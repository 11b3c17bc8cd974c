"""Windows on disk: one file of counts each, and beside it the decisions that are kept one by one."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core.report import plain
from ownproof.core.watch import Counts
from ownproof.errors import InputError
from ownproof.phases.monitor.incidents import Folded, Incident, Look, Sighting
from ownproof.phases.monitor.sample import Sample
from ownproof.project.disk import disk, replaced, sync_folder
from ownproof.project.monitoring.groups import Groups
from ownproof.project.monitoring.samples import Samples

FORMAT = 1
PAST = "past.jsonl"
"""What is left of older windows: a line for what came of those before them, and one for each."""


@dataclass(slots=True)
class Window:
    """Decisions from unix second `start` to `end`, as far as they were read, up to `until`.

    withheld: columns that were redacted in some decision, and are not watched in this window. flags: decisions by flag; reasons: refused requests by reason; segments: by column and level the rows; judged: what
    was made of it once it had ended, by its own code's version; matured: its truths once they were there.
    """

    start: float
    end: float
    until: float
    rows: int = 0
    flagged: int = 0
    refused: int = 0
    counts: Counts | None = None
    withheld: set[str] = field(default_factory=set)
    flags: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    segments: dict[str, Counter[str]] = field(default_factory=dict)
    judged: Mapping[str, Any] | None = None
    matured: Mapping[str, Any] | None = None

    @property
    def ended(self) -> bool:
        """Whether all of it was read."""
        return self.until >= self.end

    def little(self) -> Window:
        """What is kept of it when it is old: no counts, and of its comparison which columns drifted."""
        judged, matured = dict(self.judged or {}), dict(self.matured) if self.matured is not None else None
        compared = judged.get("compared")
        if compared is not None:
            drifted = [{"column": c["column"], "drift": True} for c in compared["columns"] if c["drift"]]
            judged["compared"] = {"alarm": compared["alarm"], "columns": drifted}
        if matured is not None:
            matured["truths"] = None
        return replace(
            self, counts=None, withheld=set(), reasons=Counter(), segments={}, judged=judged, matured=matured
        )

    def to_json(self) -> dict[str, Any]:
        """The file of the window."""
        return {
            "format": FORMAT,
            "start": self.start,
            "end": self.end,
            "until": self.until,
            "rows": self.rows,
            "flagged": self.flagged,
            "refused": self.refused,
            "withheld": sorted(self.withheld),
            "flags": dict(self.flags),
            "reasons": dict(self.reasons),
            "segments": {name: dict(levels) for name, levels in self.segments.items()},
            "counts": self.counts.to_json() if self.counts is not None else None,
            "judged": self.judged,
            "matured": self.matured,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Window:
        """The inverse of `to_json`."""
        return cls(
            data["start"],
            data["end"],
            data["until"],
            data["rows"],
            data["flagged"],
            data["refused"],
            Counts.from_json(data["counts"]) if data["counts"] else None,
            set(data.get("withheld", ())),
            Counter(data["flags"]),
            Counter(data["reasons"]),
            {name: Counter(levels) for name, levels in data["segments"].items()},
            data["judged"],
            data["matured"],
        )


class Windows:
    """All windows of one model below `journal/windows/MODEL/`: a file each, and one of what is left of older ones. Every
    file appears whole or not at all."""

    def __init__(
        self, folder: Path, *, spell: Callable[[np.ndarray], list[str]], read: Callable[[list[str]], np.ndarray]
    ) -> None:
        """spell, read: raw answers that are no numbers, to JSON texts and back."""
        self.folder = folder
        self.samples = Samples(folder, spell=spell, read=read)
        self.groups = Groups(folder)
        self.folded, past = _past(folder / PAST)
        self.all: dict[float, Window] = {w.start: w for w in past}
        self._old = set(self.all)
        self._changed: set[float] = set()
        for path in sorted(folder.glob("w-*.json")):
            window = _load(path)
            if window.start > max(self._old, default=-math.inf):  # a crash while it was put away leaves it twice
                self.all[window.start] = window

    @property
    def read_until(self) -> float | None:
        """The moment up to which decisions were read."""
        return max((w.until for w in self.all.values()), default=None)

    @property
    def ended(self) -> list[Window]:
        """Windows that were read to their end, oldest first."""
        return [self.all[start] for start in sorted(self.all) if self.all[start].ended]

    @property
    def whole(self) -> list[Window]:
        """Those that ended and have a file of their own, oldest first."""
        return [w for w in self.ended if w.start not in self._old]

    def state(self) -> dict[str, Any]:
        """What else is remembered: how far outcomes were read, and what was told to whom."""
        path = self.folder / "state.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def remember(self, state: Mapping[str, Any]) -> None:
        """Keep that, once all windows are written."""
        self.flush()
        self.write("state.json", plain(dict(state)))
        with disk("keep the windows", self.folder):
            sync_folder(self.folder)

    def keep(self, window: Window, sample: Sample | None = None) -> None:
        """Change a window, and its sample where one is given; `flush` writes both."""
        self.all[window.start] = window
        self._changed.add(window.start)
        if sample is not None:
            self.samples.put(window.start, sample)

    def sample(self, start: float) -> Sample | None:
        """The decisions of a window that are kept one by one; None where none were."""
        return self.samples.get(start)

    def flush(self) -> None:
        """Write what changed, in the order of time, a sample before its window: whatever a crash leaves is done again
        from where the last window that was written ends."""
        if self._changed & self._old:
            self._write_past()
        for start in sorted(self._changed | self.samples.changed | self.groups.changed):
            if start in self.groups.changed:
                self.groups.write(start, until=self.all[start].until)
            if start in self.samples.changed:
                self.samples.write(start)
            if start in self._changed - self._old:
                self.write(f"w-{int(start)}.json", plain(self.all[start].to_json()))
        self._changed.clear()

    def put_away(self, old: Sequence[Window], folded: Folded, *, before: float) -> None:
        """From now on keep these few of the windows before a moment, and of those that are not among them what they came
        to. A crash in between leaves both, and what is left of a window counts."""
        self.flush()
        self.folded, self._old = folded, {w.start for w in old}
        self.all = {w.start: w for w in old} | {s: w for s, w in self.all.items() if s >= before}
        self._write_past()
        with disk("keep the windows", self.folder):
            sync_folder(self.folder)
            for path in self.folder.glob("w-*.json"):
                if float(path.stem.removeprefix("w-")) < before:
                    path.unlink(missing_ok=True)

    def _write_past(self) -> None:
        windows = [self.all[start].to_json() for start in sorted(self._old)]
        lines = [{"format": FORMAT, "folded": asdict(self.folded)}, *windows]
        self._replace(PAST, b"".join(_json(plain(line)) + b"\n" for line in lines))

    def write(self, name: str, data: Any) -> None:
        """A JSON file, whole or not at all."""
        self._replace(name, _json(data))

    def _replace(self, name: str, data: bytes) -> None:
        path = self.folder / name
        with disk("keep the windows", path):
            self.folder.mkdir(parents=True, exist_ok=True)
            replaced(path, data)


def _load(path: Path) -> Window:
    try:
        return Window.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as why:
        raise InputError(
            f"{path.name} cannot be read: {why}",
            expected="a window that ownproof monitor wrote",
            hint="delete the folder of windows: it is made again from the journal",
            where=str(path),
        ) from why


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _past(path: Path) -> tuple[Folded, list[Window]]:
    """What is left of older windows."""
    if not path.exists():
        return Folded(), []
    first, *lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    said = first["folded"]
    done, recent = [_incident(i) for i in said["done"]], [_look(each) for each in said["recent"]]
    folded = Folded(tuple(done), {k: _incident(i) for k, i in said["open"].items()}, said["live"], tuple(recent))
    return folded, [Window.from_json(line) for line in lines]


def _incident(said: Mapping[str, Any]) -> Incident:
    return Incident(**{**said, "what": tuple(said["what"])})


def _look(said: Mapping[str, Any]) -> Look:
    return Look(said["start"], said["end"], tuple(sighting(s) for s in said["sightings"]), said["rows"])


def sighting(said: Mapping[str, Any]) -> Sighting:
    """A sighting as a window keeps it."""
    return Sighting(**{**said, "what": tuple(said["what"])})
