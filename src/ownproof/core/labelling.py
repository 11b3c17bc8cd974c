"""What labelling is about: the schema of the labels, the items to be labelled, and the answers of raters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal

from ownproof.errors import ConfigError, InputError, OwnproofError, all_at_once, did_you_mean

Kind = Literal["label", "spans", "number"]
Drawn = Literal["random", "uncertainty", "cluster", "imported"]

KINDS: Final = ("label", "spans", "number")
RESERVED: Final = {"u": "undo", "s": "skip", "?": "help", "/": "search the guide", ",": "note", ".": "find a class"}
"""Keys of the labelling page that no class may have."""
FREE_KEYS: Final = "1234567890qwertyiopadfghjklzxcvbnm"
SKIPS: Final = ("not in the guide", "cannot tell", "cannot be read")
SETTINGS: Final = (
    "kind", "question", "text", "show", "id", "classes", "ordered", "overlapping", "skip_reasons", "low", "high", "step",
    "unit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelClass:
    """One class: its name, and the key that gives it on the page."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class LabelSchema:
    """What raters are asked, and what they may answer.

    kind: `label` (one class an item), `spans` (stretches of a text, each with a class), `number`.
    text: the column that holds the text, None to show the row as a table; show: further columns beside it; id: the
    column that names an item. ordered: the classes stand in an order, lowest first. overlapping: spans may overlap.
    low, high, step, unit: of numbers; step None takes any number.
    """

    kind: Kind
    question: str
    classes: tuple[LabelClass, ...] = ()
    text: str | None = None
    show: tuple[str, ...] = ()
    id: str | None = None
    ordered: bool = False
    overlapping: bool = False
    skip_reasons: tuple[str, ...] = SKIPS
    low: float | None = None
    high: float | None = None
    step: float | None = None
    unit: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes, in order."""
        return tuple(c.name for c in self.classes)

    @property
    def scale(self) -> Literal["nominal", "ordinal", "interval", "spans"]:
        """What kind of ratings the answers are."""
        if self.kind == "label":
            return "ordinal" if self.ordered else "nominal"
        return "spans" if self.kind == "spans" else "interval"

    def read(self, value: Any, *, text: str | None = None) -> Any:
        """An answer's value in its one spelling: a class name, a float, or a sorted list of spans as JSON objects.

        text: what spans point into. Raises InputError for what the schema does not offer, everything at once.

        >>> LabelSchema("label", "?", (LabelClass("spam", "1"), LabelClass("ham", "2"))).read("spam")
        'spam'
        """
        if self.kind == "label":
            return self._class(value, "the answer")
        return self._number(value) if self.kind == "number" else self._spans(value, text)

    def _class(self, value: Any, where: str) -> str:
        if value not in self.names:
            raise InputError(
                f"{value!r} is no class"[:160],
                expected="a class of label.toml",
                hint=did_you_mean(str(value), self.names, what="classes"),
                where=where,
                code="no-class",
            )
        return str(value)

    def _number(self, value: Any) -> float:
        fine = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")
        if not fine or not (_least(self.low) <= value <= _most(self.high)) or not self._on_step(float(value)):
            low, high = ("any" if v is None else f"{v:g}" for v in (self.low, self.high))
            steps = f" in steps of {self.step:g}" if self.step else ""
            raise InputError(
                f"{value!r} is no answer"[:160],
                expected=f"a number from {low} to {high}{steps}",
                hint="give a number within the limits of label.toml",
                where="the answer",
                code="no-number",
            )
        return float(value)

    def _on_step(self, value: float) -> bool:
        if not self.step:
            return True
        steps = (value - (self.low or 0.0)) / self.step
        return abs(steps - round(steps)) < 1e-6

    def _spans(self, value: Any, text: str | None) -> list[dict[str, Any]]:
        if not isinstance(value, (list, tuple)):
            raise _bad_span(value, "the answer is no list")
        problems: list[OwnproofError] = []
        clean: list[dict[str, Any]] = []
        for each in value:
            try:
                clean.append(self._span(each, len(text) if text is not None else None))
            except InputError as error:
                problems.append(error)
        clean.sort(key=lambda s: (s["start"], s["end"], s["label"]))
        for before, after in pairwise(clean):
            if before == after:
                problems.append(_bad_span(after, "the same span stands there twice"))
            elif after["start"] < before["end"] and not self.overlapping:
                problems.append(_bad_span(after, "it overlaps the span before it"))
        if problems:
            raise all_at_once(problems)
        return clean

    def _span(self, each: Any, length: int | None) -> dict[str, Any]:
        if not isinstance(each, Mapping):
            raise _bad_span(each, "it is no object")
        start, end = each.get("start"), each.get("end")
        if type(start) is not int or type(end) is not int:
            raise _bad_span(each, "start and end are no whole numbers")
        if not 0 <= start < end or (length is not None and end > length):
            inside = "" if length is None else f" of {length} characters"
            raise _bad_span(each, f"it does not lie in the text{inside}")
        return {"start": start, "end": end, "label": self._class(each.get("label"), f"the span at {start}")}


def _least(value: float | None) -> float:
    return -float("inf") if value is None else value


def _most(value: float | None) -> float:
    return float("inf") if value is None else value


def _bad_span(value: Any, why: str) -> InputError:
    return InputError(
        f"{why}: {value!r}"[:200],
        expected='spans such as {"start": 0, "end": 5, "label": "NAME"}, end exclusive, in characters',
        hint="mark stretches inside the text that do not overlap",
        where="the answer",
        code="bad-span",
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be labelled.

    item: its id; text: what is read, None where the row is shown as a table; fields: further columns by name.
    row: its row in the table that it was drawn from, from 0; batch: the number of the draw, from 1; drawn: how it came
    to be chosen; extra: what an import carried along.
    """

    item: str
    text: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    row: int | None = None
    batch: int = 1
    drawn: Drawn = "random"
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """One line of `items.jsonl`."""
        told = {"item": self.item, "text": self.text, "fields": dict(self.fields), "row": self.row}
        told |= {"batch": self.batch, "drawn": self.drawn}
        return told | ({"extra": dict(self.extra)} if self.extra else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Item:
        """The inverse of `to_json`. Raises KeyError or TypeError for what is none."""
        rest = {k: data[k] for k in ("text", "fields", "row", "batch", "drawn", "extra") if k in data}
        return cls(str(data["item"]), **rest)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rater said of one item: a value, a skip with its reason, or that the answer before is taken back.

    at: seconds since 1970. value: None for a skip or an undo. seconds: how long the item was looked at; guide: the
    hash of the guide as it stood; id: the page's own name for this answer, so that one sent twice is one; extra: what
    an import carried along.
    """

    item: str
    rater: str
    at: float
    value: Any = None
    skip: str | None = None
    undo: bool = False
    seconds: float | None = None
    note: str = ""
    guide: str = ""
    id: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether it holds a value."""
        return not self.undo and self.skip is None

    def to_json(self) -> dict[str, Any]:
        """One line of `answers-RATER-*.jsonl`."""
        told: dict[str, Any] = {"at": self.at, "item": self.item, "rater": self.rater}
        if self.undo:
            told["undo"] = True
        elif self.skip is not None:
            told["skip"] = self.skip
        else:
            told["value"] = self.value
        optional = {"seconds": self.seconds, "note": self.note, "guide": self.guide, "id": self.id}
        told |= {k: v for k, v in optional.items() if v not in (None, "")}
        return told | ({"extra": dict(self.extra)} if self.extra else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Answer:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for what is none."""
        if not ({"value", "skip", "undo"} & data.keys()):
            raise KeyError("value")
        rest = {k: data[k] for k in ("value", "skip", "undo", "seconds", "note", "guide", "id", "extra") if k in data}
        return cls(str(data["item"]), str(data["rater"]), float(data["at"]), **rest)


def schema_from(data: Mapping[str, Any], *, where: str = "label.toml") -> LabelSchema:
    """A schema from TOML. Raises ConfigError naming every problem at once, near misses included."""
    problems: list[OwnproofError] = []

    def wrong(name: str, expected: str, hint: str = "") -> None:
        hint = hint or f"write {name} as {expected}"
        said = f"{name} is {data.get(name)!r}"[:160] if name in data else f"{name} is not said"
        problems.append(ConfigError(said, expected=expected, hint=hint, where=f"{where}: {name}"))

    for name in data:
        if name not in SETTINGS:
            hint = did_you_mean(name, SETTINGS, what="settings")
            problems.append(
                ConfigError(f"no setting is called {name!r}", expected="a setting", hint=hint, where=f"{where}: {name}")
            )
    kind = data.get("kind")
    if kind not in KINDS:
        wrong("kind", "label, spans or number", did_you_mean(str(kind), KINDS, what="kinds") if kind else "")
    if "question" not in data:
        wrong("question", "the question that raters answer, in quotes", 'write question = "Which class is it?"')
    for name, (fine, expected) in TYPES.items():
        if name in data and not fine(data[name]):
            wrong(name, expected)
    _check_numbers(data, wrong)
    if kind == "spans" and not data.get("text"):
        wrong("text", "the column that holds the text", "spans are stretches of a text: name its column")
    classes = _classes(data.get("classes", []), kind, where, problems)
    if problems:
        raise all_at_once(problems)
    numbers: dict[str, Any] = {n: float(data[n]) for n in ("low", "high", "step") if n in data}
    rest: dict[str, Any] = {n: data[n] for n in ("text", "id", "unit", "ordered", "overlapping") if n in data}
    rest |= {n: tuple(data[n]) for n in ("show", "skip_reasons") if n in data}
    return LabelSchema(data["kind"], data["question"].strip(), classes, **rest, **numbers)


def _word(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _words(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_word, value))


def _switch(value: Any) -> bool:
    return isinstance(value, bool)


TYPES: Final = {
    **dict.fromkeys(("question", "text", "id"), (_word, "words in quotes")),
    "unit": (lambda value: isinstance(value, str), "a word in quotes"),
    **dict.fromkeys(("show", "skip_reasons"), (_words, 'a list of words such as ["a", "b"]')),
    **dict.fromkeys(("ordered", "overlapping"), (_switch, "true or false")),
}


def _check_numbers(data: Mapping[str, Any], wrong: Any) -> None:
    given = {n: data[n] for n in ("low", "high", "step") if n in data}
    fine = {n: v for n, v in given.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    for name in given.keys() - fine.keys():
        wrong(name, "a number")
    if data.get("kind") != "number":
        for name in given:
            wrong(name, 'nothing here: numbers have limits, kind = "number" does', f"leave out {name}")
        return
    if fine.get("low", 0) >= fine.get("high", float("inf")) and {"low", "high"} <= fine.keys():
        wrong("high", "a number above low")
    if fine.get("step", 1) <= 0:
        wrong("step", "a number above 0")


def _classes(said: Any, kind: Any, where: str, problems: list[OwnproofError]) -> tuple[LabelClass, ...]:
    place = f"{where}: classes"

    def wrong(what: str, expected: str, hint: str) -> None:
        problems.append(ConfigError(what, expected=expected, hint=hint, where=place))

    if kind == "number":
        if said:
            wrong("numbers have no classes", "low, high, step and unit", "leave out [[classes]]")
        return ()
    tables = [c for c in said if isinstance(c, Mapping)] if isinstance(said, (list, tuple)) else []
    least = 1 if kind == "spans" else 2
    if len(tables) < least or len(tables) != len(said):
        some = "one class" if least == 1 else "two classes"
        wrong(f"there are {len(tables)} classes", f"at least {some}", 'write [[classes]] and name = "..." for each')
    names, keys = [], []
    for each in tables:
        name, key = each.get("name"), each.get("key", "")
        for strange in each.keys() - {"name", "key"}:
            wrong(f"a class has {strange!r}", "name and key", did_you_mean(strange, ("name", "key")))
        if not isinstance(name, str) or not name.strip() or name != name.strip():
            wrong(f"a class is called {name!r}", "a name in quotes", "give each class a name without outer spaces")
            continue
        if not isinstance(key, str) or len(key) > 1 or key.isspace() or key.lower() in RESERVED:
            taken = f"{key!r} is {RESERVED[key.lower()]}: " if str(key).lower() in RESERVED else ""
            wrong(f"the key of {name!r} is {key!r}", "one letter or digit", f"{taken}take one of {FREE_KEYS}")
            key = ""
        names.append(name)
        keys.append(str(key).lower())
    for what, found in (("name", names), ("key", [k for k in keys if k])):
        for twice in sorted({f for f in found if found.count(f) > 1}):
            wrong(f"two classes have the {what} {twice!r}", f"a {what} of its own for each", f"change one {what}")
    return _keyed(names, keys)


def _keyed(names: Sequence[str], keys: Sequence[str]) -> tuple[LabelClass, ...]:
    """Each class with its key; those without one get the next that is free, none beyond the last."""
    free = iter([k for k in FREE_KEYS if k not in keys])
    return tuple(LabelClass(n, k or next(free, "")) for n, k in zip(names, keys, strict=True))
