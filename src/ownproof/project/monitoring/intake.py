"""From the journal into windows: only what is new, whatever order it was written in."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.phases.monitor.sample import Sample, Told, joined
from ownproof.project.monitoring.samples import Index
from ownproof.project.monitoring.watching import Watching
from ownproof.project.monitoring.windows import Window, Windows
from ownproof.runtime.journal.sources.source import Source
from ownproof.runtime.journal.typed import BY_HASH
from ownproof.stats.hashing import text_hashes

if TYPE_CHECKING:
    import polars as pl

LIVE = "live"
TOLD_AT_ONCE = 200_000
"""Outcomes that are held before they are written beside their decisions."""
News = dict[float, dict[int, tuple[Told, ...]]]
"""Outcomes by the start of their window and their place in its sample."""


@dataclass(slots=True)
class Taken:
    """What a reading brought: rows of this bundle, of others and of shadows, torn lines; outcomes read, matched, of one
    part only, and such that name no kept decision."""

    rows: int = 0
    others: Counter[str] = field(default_factory=Counter)
    shadow: int = 0
    torn: int = 0
    outcomes: int = 0
    matched: int = 0
    partial: int = 0


@dataclass(slots=True)
class _Part:
    """What was read of one window."""

    window: Window
    sample: Sample | None


def take(
    windows: Windows,
    watching: Watching,
    journal: Source,
    *,
    since: float | None,
    until: float,
    length: float,
    most: int,
) -> Taken:
    """Read decisions and refusals from where the last reading ended up to `until` and write the windows they fall into.

    since: where to begin when nothing was read yet, None for the journal's first decision. length: seconds of a window;
    most: decisions of a window that are kept one by one.
    """
    taken = Taken()
    start = windows.read_until if windows.read_until is not None else since
    parts: dict[float, _Part] = {}
    cells: Mapping[str, str] | None = None
    decisions = journal.read("decisions", start, until)
    for frame in decisions:
        if cells is None and frame["inputs"].str.contains(BY_HASH, literal=True).any():
            cells = journal.cells()
        mine = _mine(frame, watching.bundle.hash, taken)
        for begin, some in _by_window(mine, length):
            part = parts.setdefault(begin, _open(windows, begin, length))
            _add(windows, part, watching, some, cells=cells, most=most)
    taken.torn = decisions.torn
    for frame in journal.read("refusals", start, until):
        for begin, some in _by_window(frame.filter(frame["model"] == watching.bundle.hash), length):
            _refused(parts.setdefault(begin, _open(windows, begin, length)).window, some)
    _close(windows, parts, since=start, until=until, length=length)
    return taken


def _mine(frame: pl.DataFrame, model: str, taken: Taken) -> pl.DataFrame:
    ours = frame["model"] == model
    for name, rows in zip(*_counted(frame.filter(~ours)["model"]), strict=True):
        taken.others[name] += rows
    live = frame.filter(ours & (frame["role"] == LIVE))
    taken.shadow += int(ours.sum()) - live.height
    taken.rows += live.height
    return live


def _counted(column: pl.Series) -> tuple[list[str], list[int]]:
    table = column.alias("name").value_counts(name="rows").sort("name")
    return table["name"].to_list(), table["rows"].to_list()


def _by_window(frame: pl.DataFrame, length: float) -> Iterator[tuple[float, pl.DataFrame]]:
    if not frame.height:
        return
    begins = np.floor(_seconds(frame["at"]) / length) * length
    for begin in np.unique(begins):
        yield float(begin), frame.filter(begins == begin)


def _seconds(moments: pl.Series) -> np.ndarray:
    return np.asarray(moments.dt.epoch("us").to_numpy(), dtype=np.float64) / 1e6


def _open(windows: Windows, begin: float, length: float) -> _Part:
    known = windows.all.get(begin)
    window = known if known is not None else Window(begin, begin + length, begin)
    return _Part(window, windows.sample(begin) if known is not None else None)


def _add(
    windows: Windows,
    part: _Part,
    watching: Watching,
    frame: pl.DataFrame,
    *,
    cells: Mapping[str, str] | None,
    most: int,
) -> None:
    window = part.window
    table = watching.table(frame, cells)
    answers = watching.answers(frame)
    raw = watching.raw(answers)
    window.withheld.update(frame["redacted"].explode().drop_nulls().to_list())
    counts = watching.count(table, answers)
    if counts is not None:
        whole = counts if window.counts is None else window.counts + counts
        window.counts = watching.without(whole, window.withheld)
    if watching.levels:
        windows.groups.add(window.start, watching.grouped(table, answers), until=window.until)
    window.rows += frame.height
    for name, rows in zip(*_counted(frame["flags"].explode().drop_nulls()), strict=True):
        window.flags[name] += rows
    window.flagged += sum(any(f != "unproven" for f in flags or ()) for flags in frame["flags"].to_list())
    groups = {name: table[name].cast(_text()).fill_null("(missing)") for name in watching.segments}
    for name, levels in groups.items():
        for level, rows in zip(*_counted(levels), strict=True):
            window.segments.setdefault(name, Counter())[level] += rows
    marks = text_hashes(frame["id"].to_list())
    kept = np.argsort(marks, kind="stable")[:most]
    sample = Sample(
        marks[kept],
        _objects(frame["id"])[kept],
        _objects(frame["key"])[kept],
        _seconds(frame["at"])[kept],
        raw[kept],
        watching.foreseen(raw[kept], table[kept]),
        {name: _objects(levels)[kept] for name, levels in groups.items()},
        {},
    )
    part.sample = sample if part.sample is None else joined(part.sample, sample, most)


def _text() -> Any:
    import polars as pl

    return pl.String


def _objects(column: pl.Series) -> np.ndarray:
    out = np.empty(len(column), dtype=object)
    out[:] = column.to_list()
    return out


def _refused(window: Window, frame: pl.DataFrame) -> None:
    window.refused += frame.height
    for problems in frame["problems"].to_list():
        for each in problems or ():
            window.reasons[f"{each.get('field', '')}: {each.get('reason', '')}"[:120]] += 1


def _close(windows: Windows, parts: Mapping[float, _Part], *, since: float | None, until: float, length: float) -> None:
    """Write the windows in the order of time, those without a row too, each read up to its end or to `until`."""
    begins = [*parts, *windows.all]
    first = min(begins, default=since)
    if first is None:
        return
    if since is not None:
        first = min(first, since) if not windows.all else max(first, math.floor(since / length) * length)
    begin = math.floor(first / length) * length
    while begin < until:
        part = parts.get(begin) or _open(windows, begin, length)
        part.window.until = min(part.window.end, until)
        windows.keep(part.window, part.sample)
        begin += length


def hear(windows: Windows, journal: Source, *, since: float | None, until: float, horizon_s: float) -> Taken:
    """Read outcomes logged since the last reading and write them beside the decisions they are about.

    A decision is named by its id or by the caller's own, of which the latest before the outcome is meant.
    """
    taken, news, waiting = Taken(), News(), 0
    places: _Places | None = None
    for frame in journal.read("outcomes", since, until):
        if places is None:
            oldest = float(_seconds(frame["at"]).min()) - horizon_s
            places = _Places(windows, [s for s in windows.samples.there() if s >= oldest])
        matched = places.tell(frame, news)
        partial = int(frame["part"].is_not_null().sum())
        taken.outcomes += frame.height
        taken.partial += partial
        taken.matched += matched
        waiting += matched
        if waiting >= TOLD_AT_ONCE:
            _tell(windows, news)
            waiting = 0
    _tell(windows, news)
    return taken


class _Places:
    """Where the decisions are that outcomes may name."""

    def __init__(self, windows: Windows, starts: Sequence[float]) -> None:
        self._windows, self._starts = windows, starts
        self._indexes: dict[bool, Index] = {}

    def tell(self, frame: pl.DataFrame, news: News) -> int:
        """Put the outcomes that name a decision among the news; how many did."""
        import polars as pl

        whole = frame.filter(pl.col("part").is_null())
        named, matched = pl.col("prediction_id").fill_null("") != "", 0
        for keyed in (False, True):
            some = whole.filter((~named & pl.col("id").is_not_null()) if keyed else named)
            if not some.height:
                continue
            known = _seconds(some["known"]).tolist()
            if keyed not in self._indexes:
                self._indexes[keyed] = self._windows.samples.index(self._starts, keyed=keyed)
            before = known if keyed else [math.inf] * some.height
            found = self._indexes[keyed].latest(some["id" if keyed else "prediction_id"].to_list(), before)
            rows = zip(found, _seconds(some["at"]).tolist(), known, some["outcome"].to_list(), strict=True)
            for place, at, became, value in rows:
                if place is not None:
                    matched += 1
                    told = news.setdefault(place[0], {})
                    said = Told(at, became, None if value == "null" else value)
                    told[place[1]] = (*told.get(place[1], ()), said)
        return matched


def _tell(windows: Windows, news: News) -> None:
    for begin, told in sorted(news.items()):
        sample = windows.sample(begin)
        if sample is not None:
            windows.samples.put(begin, sample.tell(told))
            windows.samples.write(begin)  # told twice is told once, so a crash does no harm
    news.clear()
