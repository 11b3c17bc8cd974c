"""The decisions of windows that are kept one by one, a Parquet file a window; few are in memory at a time."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.phases.monitor.sample import Sample, Told
from ownproof.project.disk import disk, replaced
from ownproof.stats.hashing import text_hashes

HELD = 40
"""Samples that stay in memory at a time, beside those that were changed."""


class Samples:
    """The files `s-START.parquet` of a folder of windows. Every file appears whole or not at all."""

    def __init__(
        self, folder: Path, *, spell: Callable[[np.ndarray], list[str]], read: Callable[[list[str]], np.ndarray]
    ) -> None:
        """spell, read: raw answers that are no numbers, to JSON texts and back."""
        self.folder = folder
        self._spell, self._read = spell, read
        self._held: OrderedDict[float, Sample] = OrderedDict()
        self._waits: dict[float, tuple[np.ndarray, np.ndarray]] = {}
        self.changed: set[float] = set()

    def get(self, start: float) -> Sample | None:
        """The sample of a window; None where nothing was kept."""
        if start not in self._held:
            path = self._path(start)
            if not path.exists():
                return None
            self._held[start] = self._opened(path)
            self._let_go()
        self._held.move_to_end(start)
        return self._held[start]

    def put(self, start: float, sample: Sample) -> None:
        """Change a window's sample; `write` makes it last."""
        self._held[start] = sample
        self._waits.pop(start, None)
        self.changed.add(start)

    def write(self, start: float) -> None:
        """Write one that was changed."""
        import io

        out = io.BytesIO()
        _framed(self._held[start], self._spell).write_parquet(out, compression="zstd")
        path = self._path(start)
        with disk("keep the windows", path):
            self.folder.mkdir(parents=True, exist_ok=True)
            replaced(path, out.getvalue())
        self.changed.discard(start)
        self._let_go()

    def drop(self, start: float) -> None:
        """Delete one."""
        self._held.pop(start, None)
        self._waits.pop(start, None)
        self.changed.discard(start)
        with disk("keep the windows", self._path(start)):
            self._path(start).unlink(missing_ok=True)

    def there(self) -> list[float]:
        """The windows that have one on disk, oldest first."""
        return sorted(float(p.stem.removeprefix("s-")) for p in self.folder.glob("s-*.parquet"))

    def waits(self, start: float, most: int) -> tuple[np.ndarray, np.ndarray]:
        """When up to so many decisions of a window were made, and when their first outcome was logged (NaN: not yet).

        Those with the smallest hashes: a fair part of them. Unix seconds (n,).
        """
        if start not in self._waits:
            self._waits[start] = self._waited(start)
        at, first = self._waits[start]
        return at[:most], first[:most]

    def _waited(self, start: float) -> tuple[np.ndarray, np.ndarray]:
        import polars as pl

        path = self._path(start)
        if start in self._held or not path.exists():
            sample = self._held.get(start)
            return (np.zeros(0), np.zeros(0)) if sample is None else (sample.at, sample.first_told())
        frame = pl.read_parquet(path, columns=["at", "first"])
        return frame["at"].to_numpy(), frame["first"].fill_null(np.nan).to_numpy()

    def index(self, starts: Sequence[float], *, keyed: bool) -> Index:
        """Where the decisions of some windows are, by their ids, or by the callers' own."""
        parts = [p for p in (self._placed(start, keyed) for start in starts) if p is not None]
        windows = np.repeat(np.array([p[0] for p in parts]), [len(p[1]) for p in parts])
        marks = np.concatenate([p[1] for p in parts]) if parts else np.zeros(0, np.uint64)
        places = np.concatenate([p[2] for p in parts]) if parts else np.zeros(0, np.int64)
        at = np.concatenate([p[3] for p in parts]) if parts else np.zeros(0)
        order = np.lexsort((at, marks))
        return Index(marks[order], windows[order], places[order], at[order])

    def _placed(self, start: float, keyed: bool) -> tuple[float, np.ndarray, np.ndarray, np.ndarray] | None:
        import polars as pl

        path = self._path(start)
        if not path.exists():
            return None
        frame = pl.read_parquet(path, columns=["key" if keyed else "mark", "at"])
        at = frame["at"].to_numpy()
        if not keyed:
            return start, frame["mark"].to_numpy().astype(np.uint64), np.arange(len(at)), at
        known = np.flatnonzero(frame["key"].is_not_null().to_numpy())
        return start, text_hashes(frame["key"].drop_nulls().to_list()), known, at[known]

    def _let_go(self) -> None:
        """Of those that were not changed, keep the ones that were asked for last."""
        for start in [s for s in self._held if s not in self.changed][:-HELD]:
            del self._held[start]

    def _path(self, start: float) -> Path:
        return self.folder / f"s-{int(start)}.parquet"

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


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Decisions by the 64-bit hash of a name, of one name in the order of time: window, place in its sample, moment."""

    marks: np.ndarray
    windows: np.ndarray
    places: np.ndarray
    at: np.ndarray

    def latest(self, names: Iterable[str], before: Sequence[float]) -> list[tuple[float, int] | None]:
        """For each name the window and place of its last decision up to a moment, else of its first; None: not there."""
        marks = text_hashes(names)
        low, high = (np.searchsorted(self.marks, marks, side=side) for side in ("left", "right"))
        found: list[tuple[float, int] | None] = []
        for first, end, moment in zip(low.tolist(), high.tolist(), before, strict=True):
            at = max(first, first + int(np.searchsorted(self.at[first:end], moment, side="right")) - 1)
            found.append((float(self.windows[at]), int(self.places[at])) if end > first else None)
        return found


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
        "first": pl.Series(sample.first_told(), dtype=pl.Float64).fill_nan(None),
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
