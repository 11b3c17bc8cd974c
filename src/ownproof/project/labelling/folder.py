"""A label folder: `label.toml` and `guide.md`, which people edit, and `labels/`, which only grows."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownproof.core.labelling import Item, LabelSchema, schema_from
from ownproof.errors import ConfigError, InputError
from ownproof.project.disk import disk, replaced, sync_folder

FILE = "label.toml"
GUIDE = "guide.md"
LABELS = "labels"


@dataclass(frozen=True, slots=True)
class Place:
    """One line of a queue: an item that a rater is to see. Nothing in it says which items others see too."""

    batch: int
    rater: str
    item: str


@dataclass(frozen=True, slots=True)
class LabelFolder:
    """A folder in which labels are made. root: where `label.toml` lies; its ledger is that of the project there."""

    root: Path

    @classmethod
    def open(cls, root: Path) -> LabelFolder:
        """An existing label folder. Raises InputError where there is none."""
        if not (root / FILE).is_file():
            raise InputError(
                f"{root} is no label folder",
                expected=f"a folder with a {FILE}",
                hint=f"make one: ownproof label init {root} --kind label",
                where=str(root),
                code="no-label-folder",
            )
        return cls(root)

    @property
    def labels(self) -> Path:
        """The folder of what raters and sampling write."""
        return self.root / LABELS

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.root / "ledger.jsonl"

    def schema(self) -> LabelSchema:
        """What `label.toml` asks. Raises ConfigError naming every problem."""
        path = self.root / FILE
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
            raise ConfigError(
                f"{FILE} cannot be read: {why}", expected="TOML", where=str(path), hint="mend the line that is named"
            ) from why
        return schema_from(data)

    def guide(self) -> str:
        """The text of the guide; empty where there is none."""
        path = self.root / GUIDE
        try:
            return path.read_text(encoding="utf-8-sig") if path.is_file() else ""
        except UnicodeDecodeError as why:
            raise ConfigError(
                f"{GUIDE} is not UTF-8", expected="text in UTF-8", where=str(path), hint="save it as UTF-8"
            ) from why

    def guide_hash(self) -> str:
        """A name for the guide as it stands, 12 hex digits: every answer carries it."""
        return hashlib.sha256(self.guide().encode()).hexdigest()[:12]

    def write_guide(self, text: str) -> None:
        """Put another text in the guide's place, whole or not at all."""
        with disk("write the guide", self.root / GUIDE):
            replaced(self.root / GUIDE, text.encode())

    def items(self) -> tuple[Item, ...]:
        """All items, in the order they were added. What a sampling that was killed left half done is not there."""
        found = [Item.from_json(line) for line in _lines(self.labels / "items.jsonl")]
        batches = {p["batch"] for p in _lines(self.labels / "queue.jsonl")}
        return tuple(i for i in found if i.batch in batches or i.drawn == "imported")

    def queue(self, rater: str | None = None) -> tuple[Place, ...]:
        """The places of all queues, or of one rater's, in the order of showing."""
        places = (Place(p["batch"], p["rater"], p["item"]) for p in _lines(self.labels / "queue.jsonl"))
        return tuple(p for p in places if rater is None or p.rater == rater)

    def add(self, items: Sequence[Item], queue: Sequence[Place] = ()) -> None:
        """Add items and places to the queues; when this returns, they are on the disk. Items first: a batch without
        a place in a queue does not count. Raises InputError for ids that are there already."""
        before = self.items()
        known = {i.item for i in before}
        twice = [i.item for i in items if i.item in known]
        if twice or len({i.item for i in items}) < len(items):
            raise InputError(
                f"{len(twice) or 'some'} items are there already: {', '.join(map(repr, twice[:5]))}",
                expected="items with ids of their own",
                hint="leave them out",
                where=str(self.labels / "items.jsonl"),
                code="item-known",
            )
        for name, lines in (
            ("items.jsonl", [i.to_json() for i in (*before, *items)]),
            ("queue.jsonl", [_place(p) for p in (*self.queue(), *queue)]),
        ):
            path = self.labels / name
            with disk("write the items", path):
                self.labels.mkdir(parents=True, exist_ok=True)
                replaced(path, b"".join(dumped(line) for line in lines))
        sync_folder(self.labels)

    @property
    def next_batch(self) -> int:
        """The number of the draw to come."""
        return 1 + max((*(i.batch for i in self.items()), *(p.batch for p in self.queue())), default=0)

    def decisions(self) -> tuple[Mapping[str, Any], ...]:
        """What was decided on disputed items, oldest first: `at`, `item`, `value`, `by`, `why`, `rule`."""
        return tuple(_lines(self.labels / "decisions.jsonl"))


def dumped(line: Mapping[str, Any]) -> bytes:
    """One line of JSON."""
    return json.dumps(line, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass") + b"\n"


def _place(place: Place) -> dict[str, Any]:
    return {"batch": place.batch, "rater": place.rater, "item": place.item}


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    return [] if not path.is_file() else parsed(path.read_bytes())[0]


def parsed(data: bytes) -> tuple[list[dict[str, Any]], int]:
    """The JSON objects of some lines, and how many lines were none (cut short by a crash)."""
    found, torn = [], 0
    for line in data.split(b"\n"):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            torn += 1
            continue
        if isinstance(value, dict):
            found.append(value)
        else:
            torn += 1
    return found, torn
