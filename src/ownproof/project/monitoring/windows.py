"""Windows on disk: one file of counts each, and beside it the decisions that are kept one by one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core.report import plain
from ownproof.core.watch import Counts
from ownproof.errors import InputError
from ownproof.phases.monitor.sample import Sample, Told
from ownproof.project.disk import disk, replaced, sync_folder

FORMAT = 1


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
    """All windows of one model below `journal/windows/MODEL/`. Every file appears whole or not at all."""

    def __init__(
        self, folder: Path, *, spell: Callable[[np.ndarray], list[str]], read: Callable[[list[str]], np.ndarray]
    ) -> None:
        """spell, read: raw answers that are no numbers, to JSON texts and back."""
        self.folder = folder
        self._spell, self._read = spell, read
        self._samples: dict[float, Sample] = {}
        self._changed: set[float] = set()
        self._sampled: set[float] = set()
        self.all: dict[float, Window] = {}
        for path in sorted(folder.glob("w-*.json")):
            window = _load(path)
            self.all[window.start] = window

    @property
    def read_until(self) -> float | None:
        """The moment up to which decisions were read."""
        return max((w.until for w in self.all.values()), default=None)

    @property
    def ended(self) -> list[Window]:
        """Windows that were read to their end, oldest first."""
        return [self.all[start] for start in sorted(self.all) if self.all[start].ended]

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
            self.keep_sample(window.start, sample)

    def keep_sample(self, start: float, sample: Sample) -> None:
        """Change a window's sample."""
        self._samples[start] = sample
        self._sampled.add(start)

    def flush(self) -> None:
        """Write what changed, in the order of time, a sample before its window: whatever a crash leaves is done again
        from where the last window that was written ends."""
        import io

        for start in sorted(self._changed | self._sampled):
            if start in self._sampled:
                out = io.BytesIO()
                _framed(self._samples[start], self._spell).write_parquet(out, compression="zstd")
                self._replace(f"s-{int(start)}.parquet", out.getvalue())
            if start in self._changed:
                self.write(f"w-{int(start)}.json", plain(self.all[start].to_json()))
        self._changed.clear()
        self._sampled.clear()

    def write(self, name: str, data: Any) -> None:
        """A JSON file, whole or not at all."""
        self._replace(name, json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())

    def _replace(self, name: str, data: bytes) -> None:
        path = self.folder / name
        with disk("keep the windows", path):
            self.folder.mkdir(parents=True, exist_ok=True)
            replaced(path, data)

    def sample(self, start: float) -> Sample | None:
        """The decisions of a window that are kept one by one; None where none were."""
        if start not in self._samples:
            path = self.folder / f"s-{int(start)}.parquet"
            if not path.exists():
                return None
            self._samples[start] = self._opened(path)
        return self._samples[start]

    def _opened(self, path: Path) -> Sample:
        import polars as pl

        frame = pl.read_parquet(path)
        told: dict[int, tuple[Told, ...]] = {}
        for place, text in enumerate(frame["told"].to_list()):
            if text:
                told[place] = tuple(Told(a, k, v) for a, k, v in json.loads(text))
        groups = {c.removeprefix("group:"): _objects(frame[c]) for c in frame.columns if c.startswith("group:")}
        width = frame["foreseen"].dtype.shape[0] if isinstance(frame["foreseen"].dtype, pl.Array) else 0
        foreseen = frame["foreseen"].to_numpy() if width else np.zeros((frame.height, 0))
        if "answer" in frame.columns:
            raw = self._read(frame["answer"].to_list())
        else:
            raw = frame["raw"].to_numpy()
        return Sample(
            frame["mark"].to_numpy().astype(np.uint64),
            _objects(frame["id"]),
            _objects(frame["key"]),
            frame["at"].to_numpy(),
            raw,
            foreseen.reshape(frame.height, -1),
            groups,
            told,
        )


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


def _objects(column: Any) -> np.ndarray:
    values = column.to_list()
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _framed(sample: Sample, spell: Callable[[np.ndarray], list[str]]) -> Any:
    import polars as pl

    told = [
        json.dumps([[t.at, t.known, t.value] for t in sample.told[i]]) if i in sample.told else None
        for i in range(len(sample))
    ]
    columns: dict[str, Any] = {
        "mark": pl.Series(sample.marks, dtype=pl.UInt64),
        "id": pl.Series(sample.ids.tolist(), dtype=pl.String),
        "key": pl.Series(sample.keys.tolist(), dtype=pl.String),
        "at": pl.Series(sample.at, dtype=pl.Float64),
        "told": pl.Series(told, dtype=pl.String),
    }
    width = sample.foreseen.shape[1]
    columns["foreseen"] = (
        pl.Series(sample.foreseen, dtype=pl.Array(pl.Float64, width)) if width else pl.Series([None] * len(sample))
    )
    if sample.raw.dtype == object:
        columns["answer"] = pl.Series(spell(sample.raw), dtype=pl.String)
    elif sample.raw.ndim == 2:
        columns["raw"] = pl.Series(sample.raw, dtype=pl.Array(pl.Float64, sample.raw.shape[1]))
    else:
        columns["raw"] = pl.Series(sample.raw, dtype=pl.Float64)
    columns |= {f"group:{n}": pl.Series(v.tolist(), dtype=pl.String) for n, v in sample.groups.items()}
    return pl.DataFrame(columns)
