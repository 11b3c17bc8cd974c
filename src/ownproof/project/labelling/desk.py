"""What a rater has before them: a queue of items, their own answers, and the file that new answers go to."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ownproof.core.labelling import Answer, Item, LabelSchema
from ownproof.errors import OwnproofError
from ownproof.project.labelling.access import NAME, Access, access
from ownproof.project.labelling.answers import AnswerFile, read
from ownproof.project.labelling.folder import FILE, GUIDE, LabelFolder

OLDEST_S = 90 * 86400.0
"""The longest that an answer may have waited in a browser."""
LONGEST = {"id": 64, "note": 2000, "skip": 200, "guide": 64}
TICK_S = 1e-6
RECENT = 50


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of answers that were sent. taken: ids that are on the disk; refused: ids and the reason why."""

    taken: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Desk:
    """One rater's queue and answers.

    queue: items in the order of showing; given: what holds, by item; known: ids of answers; latest: the time of the
    last answer of each window.
    """

    rater: str
    queue: tuple[str, ...] = ()
    places: dict[str, int] = field(default_factory=dict)
    given: dict[str, Answer] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    latest: dict[str, float] = field(default_factory=dict)
    file: AnswerFile | None = None
    others: Any = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def states(self) -> str:
        """A letter for each place of the queue: `a` answered, `s` skipped, `.` open."""
        told = {item: "s" if a.skip is not None else "a" for item, a in self.given.items() if not a.undo}
        return "".join([told.get(item, ".") for item in self.queue])

    def recent(self) -> list[int]:
        """The places answered last, oldest first."""
        given = [a for a in self.given.values() if not a.undo and a.item in self.places]
        given.sort(key=lambda a: a.at)
        return [self.places[a.item] for a in given[-RECENT:]]


class Desks:
    """All desks of a label folder, kept in memory and read anew when somebody else changed the files.

    writer: a name that no other process uses at the same time. Safe to use from several threads.
    """

    def __init__(self, folder: LabelFolder, *, writer: str) -> None:
        self.folder = folder
        self._writer = writer
        self._lock = threading.Lock()
        self._stamp: Any = None
        self._desks: dict[str, Desk] = {}
        self.schema: LabelSchema
        self.items: Mapping[str, Item] = {}
        self.guide, self.guide_hash = "", ""
        self.access = Access()
        self._queues: Mapping[str, tuple[str, ...]] = {}
        self.trouble = ""
        self._load()

    # ------------------------------------------------------------ what lies on the disk
    def refresh(self) -> None:
        """Read again what changed: the schema and guide that people edit, items and queues that sampling adds.

        A file that cannot be read just now leaves all as it was; `trouble` says what is wrong with it.
        """
        with self._lock:
            if _stamp(self._files()) != self._stamp:
                try:
                    self._load()
                    self.trouble = ""
                except OwnproofError as why:
                    self.trouble = why.message

    def _files(self) -> list[Path]:
        root, labels = self.folder.root, self.folder.labels
        return [root / FILE, root / GUIDE, labels / "items.jsonl", labels / "queue.jsonl", labels / NAME]

    def _load(self) -> None:
        stamp = _stamp(self._files())
        schema, who = self.folder.schema(), access(self.folder)
        guide, guide_hash = self.folder.guide(), self.folder.guide_hash()
        items = {i.item: i for i in self.folder.items()}
        queues: dict[str, dict[str, None]] = {}
        for place in self.folder.queue():
            if place.item in items:
                queues.setdefault(place.rater, {})[place.item] = None
        self.schema, self.access, self.items = schema, who, items
        self.guide, self.guide_hash = guide, guide_hash
        self._queues = {rater: tuple(queue) for rater, queue in queues.items()}
        for desk in self._desks.values():
            _seat(desk, self._queues.get(desk.rater, ()))
        self._stamp = stamp

    def desk(self, rater: str) -> Desk:
        """The desk of a rater, with what other processes wrote for them meanwhile."""
        with self._lock:
            desk = self._desks.get(rater)
            others = self._others(rater)
            if desk is None:
                desk = self._desks[rater] = Desk(rater)
                _seat(desk, self._queues.get(rater, ()))
            if desk.others != others:
                with desk.lock:
                    found = [a for a in read(self.folder).answers if a.rater == rater]
                    desk.given = {a.item: a for a in found}
                    desk.known = {a.id for a in found if a.id}
                    desk.latest = {window(a.id): a.at for a in found}
                    desk.others = others
            return desk

    def _others(self, rater: str) -> Any:
        """What can be seen of the rater's files that other processes write."""
        own = {desk.file.path for desk in self._desks.values() if desk.file}
        files = self.folder.labels.glob(f"answers-{quote(rater, safe='@ ')}-*.jsonl")
        return _stamp(sorted(p for p in files if p not in own))

    # ------------------------------------------------------------ answers
    def take(self, rater: str, sent: Sequence[Any], *, now: float) -> Taken:
        """Put answers on the disk; when this returns, those taken are there. Sent again, an answer counts once.

        sent: objects with `id`, `item`, one of `value`, `skip` and `undo`, and perhaps `age` (seconds since it was
        given, by the browser's clock), `seconds`, `note`, `guide`. What an id holds before its last `-` names the
        window: answers of one window count in the order in which they come, those of several by their age.
        now: seconds since 1970. Raises ConfigError when the disk refuses: then none was taken.
        """
        desk = self.desk(rater)
        with desk.lock:
            good: dict[str, Answer] = {}
            taken, refused = [], []
            latest = dict(desk.latest)
            for each in sent:
                said = each.get("id") if isinstance(each, Mapping) else None
                name = said if isinstance(said, str) else ""
                if name in desk.known or name in good:
                    taken.append(name)
                    continue
                try:
                    answer = self._read(desk, each, now=now, after=latest.get(window(name), 0.0))
                except (OwnproofError, ValueError) as why:
                    refused.append((name[: LONGEST["id"]], str(why)[:300]))
                    continue
                latest[window(name)] = answer.at
                good[name] = answer
                taken.append(name)
            self._keep(desk, tuple(good.values()))
            desk.latest = latest
        return Taken(tuple(taken), tuple(refused))

    def _keep(self, desk: Desk, answers: tuple[Answer, ...]) -> None:
        if not answers:
            return
        if desk.file is None:
            desk.file = AnswerFile(self.folder, desk.rater, self._writer)
        try:
            desk.file.append(*answers)
        except OwnproofError:
            desk.file.close()  # a line cut short is ended when the file is opened again
            desk.file = None
            raise
        for answer in answers:
            desk.known.add(answer.id)
            before = desk.given.get(answer.item)
            if before is None or before.at <= answer.at:
                desk.given[answer.item] = answer

    def _read(self, desk: Desk, said: Any, *, now: float, after: float) -> Answer:
        """An answer as it was sent. Raises ValueError or InputError for what is none."""
        if not isinstance(said, Mapping):
            raise ValueError("it is no object")  # noqa: TRY004 - what was sent is wrong, not the call
        for name, most in LONGEST.items():
            value = said.get(name)
            if not (value is None or (isinstance(value, str) and len(value) <= most)):
                raise ValueError(f"{name} is no text of at most {most} characters")
        item = said.get("item")
        if not said.get("id") or not isinstance(item, str) or item not in desk.places:
            raise ValueError("the item is not in the queue" if said.get("id") else "it has no id")
        kinds = [k for k in ("value", "skip", "undo") if said.get(k) is not None]
        if len(kinds) != 1 or ("undo" in kinds and said["undo"] is not True):
            raise ValueError("exactly one of value, skip and undo was expected")
        age, seconds = _number(said.get("age"), OLDEST_S), _number(said.get("seconds"), 86400.0)
        at = max(now - (age or 0.0), after + TICK_S)
        rest: dict[str, Any] = {n: said.get(n) or "" for n in ("note", "guide", "id")}
        rest |= {"at": at, "seconds": None if seconds is None else round(seconds, 3)}
        if "value" in kinds:
            rest["value"] = self.schema.read(said["value"], text=self.items[item].text)
        elif "skip" in kinds:
            rest["skip"] = said["skip"]
        return Answer(item, desk.rater, undo="undo" in kinds, **rest)

    def close(self) -> None:
        """Let the files go."""
        for desk in self._desks.values():
            if desk.file is not None:
                desk.file.close()
                desk.file = None


def _seat(desk: Desk, queue: tuple[str, ...]) -> None:
    desk.queue = queue
    desk.places = {item: at for at, item in enumerate(queue)}


def window(name: str) -> str:
    """The window that an answer's id comes from.

    >>> window("4fd1-17")
    '4fd1'
    """
    return name.rpartition("-")[0]


def _number(value: Any, most: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise ValueError(f"age and seconds are numbers from 0 to {most:g}")
    return float(value)


def _stamp(paths: Sequence[Path]) -> Any:
    """Something that changes when one of the files does."""
    told = []
    for path in paths:
        try:
            about = path.stat()
        except OSError:
            told.append((path, 0, 0, 0))
        else:
            told.append((path, about.st_ino, about.st_size, about.st_mtime_ns))
    return tuple(told)
