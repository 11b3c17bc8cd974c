"""What whoever leads sees while others label: how far each is, what was rated twice, what raters wrote and skipped."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from ownproof.core.labelling import Answer, Item
from ownproof.core.policy import Policy
from ownproof.phases.agree import agree
from ownproof.project import config
from ownproof.project.labelling import answers
from ownproof.project.labelling.final import standing
from ownproof.project.labelling.folder import FILE, LabelFolder
from ownproof.project.labelling.ratings import ratings
from ownproof.project.project import FILE as PROJECT

REMARKS = 30
RESTS = 10
PACE = 50
SHORT = 160


class Watch:
    """The overview of a folder, made anew only when a file changed. Safe to use from several threads.

    steady: seconds of a clock that is never set; agreement is measured again when ten times as long has passed as it took.
    """

    def __init__(self, folder: LabelFolder, *, steady: Callable[[], float]) -> None:
        self._folder = folder
        self._steady = steady
        self._lock = threading.Lock()
        self._stamp: object = None
        self._told: dict[str, Any] = {}
        self._old = False
        self._next = 0.0

    def told(self) -> dict[str, Any]:
        """The figures of now."""
        with self._lock:
            files = [self._folder.root / FILE, *sorted(self._folder.labels.glob("*.jsonl"))]
            stamp = tuple((p.name, about.st_size, about.st_mtime_ns) for p in files for about in [p.stat()])
            began = self._steady()
            if stamp != self._stamp:
                self._told = {**overview(self._folder), "agreement": self._told.get("agreement")}
                self._stamp, self._old = stamp, True
            if self._old and began >= self._next:
                self._told = {**self._told, "agreement": agreement(self._folder)}
                self._old, self._next = False, began + RESTS * (self._steady() - began)
            return self._told


def overview(folder: LabelFolder) -> dict[str, Any]:
    """Figures of a folder as it stands.

    `raters`: for each the places of the queue, answered and skipped ones, the middle of the seconds that the last fifty
    answers took, the time of the last; `double`: items that at least two are to rate, those that two did, and those on
    which all say the same; `values`: how often each class was given; `remarks`: the newest skips and notes; `open`:
    disputes that nobody decided.
    """
    stands = standing(folder)
    queues: dict[str, dict[str, None]] = {}
    for place in folder.queue():
        if place.item in stands.items:
            queues.setdefault(place.rater, {})[place.item] = None
    held = {key: a for key, a in answers.read(folder).current().items() if key[0] in stands.items}
    own: dict[str, list[Answer]] = {}
    for (_, rater), answer in held.items():
        own.setdefault(rater, []).append(answer)
    names = sorted({*queues, *own})
    return {
        "items": len(stands.items),
        "labelled": sum(any(a.counts for a in v) for v in stands.votes.values()),
        "raters": [_rater(n, queues.get(n, {}), own.get(n, [])) for n in names],
        "double": _double(queues, stands.votes),
        "values": _values(stands.schema.kind, stands.schema.names, held.values()),
        "remarks": _remarks(list(held.values()), stands.items),
        "open": len(stands.open),
        "torn": stands.torn,
    }


def agreement(folder: LabelFolder) -> dict[str, Any]:
    """How far raters agree, by the coefficient that decides: what `ownproof agree` says, in short, and noted nowhere.

    `decision`: go, more (`needed` items) or stop; `value` is None where it is undefined, and `why` says the reason.
    """
    project = folder.root / PROJECT
    report = agree(ratings(folder), policy=config.read(project).rules() if project.is_file() else Policy())
    facts, gate = report.facts, report.gates[0]
    ends = facts.get(facts["decides"]) or {}
    return {
        "coefficient": facts["decides"],
        "title": gate.rule.partition(" at least ")[0],
        "value": None if facts["undefined"] else ends.get("value"),
        "low": None if facts["undefined"] else ends.get("low"),
        "high": None if facts["undefined"] else ends.get("high"),
        **{n: facts[n] for n in ("decision", "items", "needed", "why")},
    }


def _rater(name: str, queue: Mapping[str, None], given: Sequence[Answer]) -> dict[str, Any]:
    given = sorted(given, key=lambda a: a.at)
    took = [a.seconds for a in given if a.seconds is not None][-PACE:]
    return {
        "rater": name,
        "total": len(queue),
        "answered": sum(a.counts for a in given if a.item in queue),
        "skipped": sum(a.skip is not None for a in given if a.item in queue),
        "seconds": round(median(took), 2) if took else None,
        "last": given[-1].at if given else None,
    }


def _double(queues: Mapping[str, Mapping[str, None]], votes: Mapping[str, Sequence[Answer]]) -> dict[str, int]:
    wanted = Counter(item for queue in queues.values() for item in queue)
    valued = ([a for a in some if a.counts] for some in votes.values())
    both = [v for v in valued if len(v) > 1]
    equal = sum(all(a.value == v[0].value for a in v) for v in both)
    return {"wanted": sum(n > 1 for n in wanted.values()), "rated": len(both), "equal": equal}


def _values(kind: str, names: Sequence[str], given: Any) -> list[dict[str, Any]]:
    """How often each class was given, in the order of the schema; nothing of numbers."""
    if kind == "number":
        return []
    counting = [a.value for a in given if a.counts]
    said = Counter(counting if kind == "label" else (span["label"] for value in counting for span in value))
    return [{"name": name, "count": said[name]} for name in names]


def _remarks(given: list[Answer], items: Mapping[str, Item]) -> list[dict[str, Any]]:
    told = sorted((a for a in given if a.note or a.skip is not None), key=lambda a: -a.at)[:REMARKS]
    return [
        {"at": a.at, "rater": a.rater, "item": a.item, "skip": a.skip, "note": a.note, "text": _short(items[a.item])}
        for a in told
    ]


def _short(item: Item) -> str:
    text = item.text if item.text is not None else " · ".join(f"{k}: {v}" for k, v in item.fields.items())
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"
