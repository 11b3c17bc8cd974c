"""Counters in shared memory: each worker writes its own piece, whoever is asked adds all pieces up.

Nothing is locked, no file is touched: a piece holds the names of its series beside their values, and only its owner
writes it.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

SERIES_MOST = 480
NAME_BYTES = 200
HEAD_BYTES = 8
PIECE_BYTES = HEAD_BYTES + SERIES_MOST * (NAME_BYTES + 8)
LABEL_MOST = 64
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

FAMILIES: Mapping[str, tuple[str, str]] = {
    "ownproof_requests_total": ("counter", "Requests by route and status."),
    "ownproof_request_seconds": ("histogram", "Time from the first byte of a request to its answer."),
    "ownproof_in_flight": ("gauge", "Requests that are being answered."),
    "ownproof_refused_total": ("counter", "Requests that got no answer, by reason."),
    "ownproof_rows_total": ("counter", "Rows answered."),
    "ownproof_batch_rows": ("histogram", "Rows that went through the model together."),
    "ownproof_queue_rows": ("gauge", "Rows that wait for the thread of inference."),
    "ownproof_predictions_total": ("counter", "Answers by what was predicted."),
    "ownproof_score": ("histogram", "Probability of the positive class, of the chosen class, or the number itself."),
    "ownproof_flagged_total": ("counter", "Answers by flag."),
    "ownproof_abstained_total": ("counter", "Answers replaced by the default."),
    "ownproof_journal_lines_total": ("counter", "Records that the journal took."),
    "ownproof_journal_bytes_total": ("counter", "Bytes that the journal took."),
    "ownproof_journal_drops_total": ("counter", "Records that the journal could not take."),
    "ownproof_journal_sync_failures_total": ("counter", "Syncs of the journal that the disk refused."),
    "ownproof_journal_sync_lag_seconds": ("gauge", "Age of the oldest record that is not synced, the worst worker's."),
    "ownproof_reloads_total": ("counter", "Bundles taken in place of the one before, by result."),
    "ownproof_model_info": ("gauge", "The bundle that answers."),
    "ownproof_workers": ("gauge", "Workers that answer."),
}
WORST = ("ownproof_journal_sync_lag_seconds", "ownproof_model_info")
"""Gauges of which the largest counts, not the sum."""


def label(text: object) -> str:
    """A label's value: escaped, and cut where it is long.

    >>> label('say "hi"')
    'say \\\\"hi\\\\"'
    """
    cut = str(text)[:LABEL_MOST]
    return cut.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class Shared:
    """The memory of all workers; make it before they are forked."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._memory = mmap.mmap(-1, max(1, workers) * PIECE_BYTES)

    def piece(self, number: int) -> Counters:
        """The counters of one worker; they go on where a worker before it stopped, gauges from zero."""
        view = memoryview(self._memory)[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]
        return Counters(view)

    def summed(self) -> dict[str, float]:
        """Every series over all workers."""
        total: dict[str, float] = {}
        for number in range(self.workers):
            for series, value in self.piece(number).items():
                worst = series.partition("{")[0] in WORST
                total[series] = max(total.get(series, 0.0), value) if worst else total.get(series, 0.0) + value
        return total


class Counters:
    """The series of one worker: a name each, and a float that only this worker changes."""

    def __init__(self, memory: memoryview) -> None:
        self._count = memory[:HEAD_BYTES].cast("Q")
        names_end = HEAD_BYTES + SERIES_MOST * NAME_BYTES
        self._names = memory[HEAD_BYTES:names_end]
        self.values = memory[names_end:].cast("d")
        self._places = {self._name(place): place for place in range(self._count[0])}

    def _name(self, place: int) -> str:
        return (
            bytes(self._names[place * NAME_BYTES : (place + 1) * NAME_BYTES]).rstrip(b"\0").decode("utf-8", "replace")
        )

    def items(self) -> Iterable[tuple[str, float]]:
        """Every series with its value."""
        return [(self._name(place), self.values[place]) for place in range(self._count[0])]

    def place(self, series: str) -> int:
        """Where a series stands; a new one is given a place. When all are taken, its family's `other` stands for it."""
        found = self._places.get(series)
        if found is not None:
            return found
        raw = series.encode()
        family = series.partition("{")[0]
        full = self._count[0] >= SERIES_MOST - len(FAMILIES) or len(raw) > NAME_BYTES
        if full and not series.endswith('="other"}') and "{" in series:
            key = series.partition("{")[2].partition("=")[0]
            self._places[series] = place = self.place(f'{family}{{{key}="other"}}')
            return place
        place = self._count[0]
        if place >= SERIES_MOST:
            return SERIES_MOST - 1
        self._names[place * NAME_BYTES : place * NAME_BYTES + len(raw)] = raw
        self.values[place] = 0.0
        self._count[0] = place + 1
        self._places[series] = place
        return place

    def add(self, series: str, amount: float = 1.0) -> None:
        """Count."""
        self.values[self.place(series)] += amount

    def set(self, series: str, value: float) -> None:
        """Set a gauge, or a counter that somebody else keeps."""
        self.values[self.place(series)] = value

    def reset_gauges(self) -> None:
        """What a worker before this one left standing."""
        for series, place in self._places.items():
            if FAMILIES.get(series.partition("{")[0], ("", ""))[0] == "gauge":
                self.values[place] = 0.0


class Histogram:
    """One histogram of a worker: observations by upper bounds."""

    def __init__(self, counters: Counters, name: str, bounds: Sequence[float], labels: str = "") -> None:
        self._bounds = tuple(bounds)
        inside = f"{labels}," if labels else ""
        ends = [*(repr(float(b)) for b in bounds), "+Inf"]
        self._values = counters.values
        self._places = [counters.place(f'{name}_bucket{{{inside}le="{end}"}}') for end in ends]
        self._sum = counters.place(f"{name}_sum{{{labels}}}" if labels else f"{name}_sum")

    def observe(self, value: float) -> None:
        """Count one observation."""
        self._values[self._places[bisect_left(self._bounds, value)]] += 1
        self._values[self._sum] += value


def exposition(series: Mapping[str, float]) -> str:
    """Prometheus text format 0.0.4 of summed series: every family with its help and type, histograms cumulated."""
    by_family: dict[str, list[tuple[str, float]]] = {}
    for name, value in series.items():
        bare = name.partition("{")[0]
        family = next(
            (f for f in (bare, bare.removesuffix("_bucket"), bare.removesuffix("_sum")) if f in FAMILIES), bare
        )
        by_family.setdefault(family, []).append((name, value))
    lines: list[str] = []
    for family, (kind, told) in FAMILIES.items():
        found = by_family.get(family)
        if found:
            lines += [f"# HELP {family} {told}", f"# TYPE {family} {kind}"]
            lines += _histogram(family, found) if kind == "histogram" else [f"{n} {_number(v)}" for n, v in found]
    return "\n".join(lines) + "\n"


def _histogram(family: str, found: Sequence[tuple[str, float]]) -> list[str]:
    lines: list[str] = []
    groups: dict[str, list[tuple[float, str, float]]] = {}
    sums = {}
    for name, value in found:
        labels = name.partition("{")[2].removesuffix("}")
        if name.startswith(f"{family}_sum"):
            sums[labels] = value
            continue
        rest, _, end = labels.rpartition("le=")
        groups.setdefault(rest.rstrip(","), []).append((float(end.strip('"').replace("+Inf", "inf")), name, value))
    for labels, buckets in groups.items():
        total = 0.0
        for _, name, value in sorted(buckets):
            total += value
            lines.append(f"{name} {_number(total)}")
        shown = f"{{{labels}}}" if labels else ""
        lines += [f"{family}_sum{shown} {_number(sums.get(labels, 0.0))}", f"{family}_count{shown} {_number(total)}"]
    return lines


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)
