"""Import: what other tools labelled comes into a label folder, all raters, nothing left behind and nothing twice."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ownproof.core.labelling import Answer, Item, LabelSchema
from ownproof.core.report import plain
from ownproof.errors import InputError, OwnproofError, all_at_once, did_you_mean
from ownproof.project.labelling import access, making
from ownproof.project.labelling.answers import append_all
from ownproof.project.labelling.answers import read as read_answers
from ownproof.project.labelling.folder import LabelFolder
from ownproof.project.labelling.formats import format_for, format_named
from ownproof.project.labelling.formats.carried import Asked, Brought, Carried, Given
from ownproof.project.labelling.formats.choose import source_of
from ownproof.project.labelling.sampling import item_name
from ownproof.project.lock import Lock

SHOWN: Final = 8
REPLACED: Final = "replaced by a later one of the same rater"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a file is to be taken. rename: classes of the file by the names that they have in the folder; the rest as in
    `Asked`."""

    format: str | None = None
    rater: str | None = None
    text: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False
    scheme: str | None = None


@dataclass(slots=True)
class _Taken:
    """What of a file goes into the folder."""

    items: list[Item] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    known: int = 0
    repeated: int = 0
    uncarried: Counter[str] = field(default_factory=Counter)


def bring(root: Path, path: str, wanted: Wanted, *, now: float) -> dict[str, Any]:
    """Take the items and answers of a file into a label folder.

    The same file again adds nothing. now: seconds since 1970, for answers that carry no time. Raises InputError for what
    the folder's schema does not offer, all problems at once; then nothing is taken.
    """
    source = source_of(path)
    folder = LabelFolder.open(root)
    schema = folder.schema()
    chosen = format_named(wanted.format) if wanted.format else format_for(source)
    asked = Asked(schema, wanted.rater, wanted.text, wanted.columns, empty=wanted.empty, scheme=wanted.scheme)
    brought = chosen.read(source, asked)
    names = _names({g.rater for i in brought.items for g in i.answers})
    notes = [f"rater {old!r} is called {new!r} here" for old, new in sorted(names.items()) if old != new]
    renamed = Brought(
        tuple(_once(_renamed(i, schema, wanted.rename, names)) for i in brought.items), (*brought.notes, *notes)
    )
    _check(renamed, schema, source.name)
    access.check_names(sorted(names.values()), where="the raters of the file")
    with Lock(root / ".lock", command="ownproof label import"):
        taken = _taken(renamed, folder, schema, chosen.name, now=now)
        folder.add(taken.items)
        append_all(folder, taken.answers, writer=f"import-{hashlib.sha256(source.data).hexdigest()[:8]}")
        told = _told(renamed, taken, chosen.name, source.name)
        everybody = len({a.rater for a in read_answers(folder).answers})
        making.note(folder, "label.import", {**told, "sha256": hashlib.sha256(source.data).hexdigest()})
    return {
        "schema": "ownproof/1",
        "command": "label import",
        "exit": 0,
        "folder": str(root),
        "notes": _notes(renamed, taken, root),
        **told,
        "everybody": everybody,
        "ledger": str(folder.ledger),
    }


def _names(raters: set[str]) -> dict[str, str]:
    """What each rater of a file is called here: one printable line of at most 60 characters without a comma.

    >>> _names({"ann", "lead", "a,b"})["a,b"], _names({"lead"})["lead"]
    ('a;b', 'lead (imported)')
    """
    found = {}
    for rater in sorted(raters):
        name = "".join(c if c.isprintable() else " " for c in rater).replace(",", ";").strip() or "nobody"
        name = f"{name} (imported)" if name == access.LEAD else name
        if len(name) > access.LONGEST:
            mark = hashlib.sha256(rater.encode("utf-8", "surrogatepass")).hexdigest()[:6]
            name = f"{name[: access.LONGEST - 7]}-{mark}"
        found[rater] = name
    return found


def _renamed(item: Carried, schema: LabelSchema, rename: Mapping[str, str], names: Mapping[str, str]) -> Carried:
    """An item whose answers name their classes and their raters as the folder does."""

    def value(given: Given) -> Any:
        if not rename or schema.kind == "number" or given.value is None:
            return given.value
        if schema.kind == "label":
            return rename.get(given.value, given.value)
        return [{**s, "label": rename.get(s["label"], s["label"])} for s in given.value]

    answers = tuple(replace(g, value=value(g), rater=names[g.rater]) for g in item.answers)
    return replace(item, answers=answers)


def _once(item: Carried) -> Carried:
    """An item with one answer a rater: the last; what it replaced is kept, as far as the format keeps what it wrote."""
    last = {g.rater: place for place, g in enumerate(item.answers) if not g.why}
    if len(last) == len(item.answers) or not any(g.extra for g in item.answers):
        return item
    answers = [
        replace(g, value=None, skip=None, why=REPLACED) if not g.why and last[g.rater] != place else g
        for place, g in enumerate(item.answers)
    ]
    return replace(item, answers=tuple(answers))


def _check(brought: Brought, schema: LabelSchema, name: str) -> None:
    """Raise every problem of the file at once: classes that the folder lacks, values that it cannot hold."""
    problems = _strange_classes(brought, schema, name)
    if not problems:
        for number, item in enumerate(brought.items, 1):
            for given in item.answers:
                try:
                    _read(given, schema, item.text)
                except OwnproofError as error:
                    problems.append(replace_where(error, f"{name}: item {number}"))
    if problems:
        raise all_at_once(problems[:SHOWN])


def replace_where(error: OwnproofError, where: str) -> OwnproofError:
    """The same error, said of another place."""
    return InputError(error.message, expected=error.expected, hint=error.hint, where=where, code=error.code)


def _strange_classes(brought: Brought, schema: LabelSchema, name: str) -> list[OwnproofError]:
    if schema.kind == "number":
        return []
    seen: Counter[str] = Counter()
    for value in (g.value for i in brought.items for g in i.answers if g.value is not None):
        seen.update([value] if schema.kind == "label" else [s["label"] for s in value])
    strange = [c for c, _ in seen.most_common() if c not in schema.names]
    if not strange:
        return []
    shown = ", ".join(repr(c) for c in strange[:SHOWN]) + (
        f" and {len(strange) - SHOWN} more" if strange[SHOWN:] else ""
    )
    tables = "".join(f'\n[[classes]]\nname = "{c}"' for c in strange[:SHOWN])
    close = did_you_mean(strange[0], schema.names, what="classes")
    return [
        InputError(
            f"{len(strange)} classes of {name} are not in label.toml: {shown}",
            expected=f"the classes of label.toml: {', '.join(schema.names[:20])}",
            hint=f"--rename {strange[0]!r}=NAME for one that is there ({close}), or add to label.toml:{tables}",
            where=f"{name}: {sum(seen[c] for c in strange):,} answers",
            code="no-class",
        )
    ]


def _read(given: Given, schema: LabelSchema, text: str | None) -> Any:
    """The value as the folder spells it; None where there is none."""
    return None if given.value is None else schema.read(given.value, text=text)


def _taken(brought: Brought, folder: LabelFolder, schema: LabelSchema, name: str, *, now: float) -> _Taken:
    there = {i.item for i in folder.items()}
    said = {(a.rater, a.id) for a in read_answers(folder).answers if a.id}
    batch = folder.next_batch
    taken, ids = _Taken(), _Ids(schema)
    for number, item in enumerate(brought.items):
        made = _item(item, ids.of(item), schema, name, batch)
        taken.uncarried.update(g.why for g in item.answers if g.why)
        if made.item in there:
            taken.known += 1
        else:
            taken.items.append(made)
        for place, given in enumerate(item.answers):
            answer = _answer(given, made, schema, name, now + 1e-6 * number, place)
            if answer is None:
                continue
            if (answer.rater, answer.id) in said:
                taken.repeated += 1
            else:
                said.add((answer.rater, answer.id))
                taken.answers.append(answer)
    return taken


class _Ids:
    """Names of items: the column that label.toml names, else what raters see of them; equal ones of a file apart."""

    def __init__(self, schema: LabelSchema) -> None:
        self.schema = schema
        self.seen: Counter[str] = Counter()

    def of(self, item: Carried) -> str:
        """The id of an item."""
        wanted = self.schema.id
        named = item.fields.get(wanted) if wanted and wanted in item.fields else item.key if wanted else None
        shown, _ = _split(item.fields, self.schema)
        name = str(named).strip() if named is not None else item_name(item.text, shown)
        self.seen[name] += 1
        return name if self.seen[name] == 1 else f"{name}-{self.seen[name]}"


def _split(fields: Mapping[str, Any], schema: LabelSchema) -> tuple[dict[str, Any], dict[str, Any]]:
    """What raters see of an item beside its text, and what is only carried along."""
    cells = plain(dict(fields))
    if not schema.show and schema.text is None:
        return {k: v for k, v in cells.items() if k != schema.id}, {}
    shown = {k: cells[k] for k in schema.show if k in cells}
    return shown, {k: v for k, v in cells.items() if k not in shown}


def _item(item: Carried, name: str, schema: LabelSchema, form: str, batch: int) -> Item:
    shown, rest = _split(item.fields, schema)
    kept = dict(item.extra.get(form) or {})
    kept |= {"data": rest} if rest else {}
    kept |= {"key": item.key} if item.key is not None else {}
    kept |= {"uncarried": left} if (left := [dict(g.extra.get(form) or {}) for g in item.answers if g.why]) else {}
    return Item(name, item.text, shown, None, batch, "imported", {form: plain(kept)} if kept else {})


def _answer(given: Given, item: Item, schema: LabelSchema, form: str, now: float, place: int) -> Answer | None:
    if given.why or (given.value is None and given.skip is None):
        return None
    value = _read(given, schema, item.text)
    kept = {**(given.extra.get(form) or {}), "value": given.skip or value}
    mark = json.dumps([item.item, value, given.skip, given.at, given.note, place], sort_keys=True, ensure_ascii=False)
    return Answer(
        item.item,
        given.rater,
        now if given.at is None else given.at,
        value,
        skip=given.skip,
        seconds=given.seconds,
        note=given.note,
        id=f"import-{hashlib.sha256(mark.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}",
        extra={form: plain(kept)},
    )


def _told(brought: Brought, taken: _Taken, form: str, name: str) -> dict[str, Any]:
    raters = Counter(a.rater for a in taken.answers)
    answered = {a.item for a in taken.answers}
    return {
        "file": name,
        "format": form,
        "read": len(brought.items),
        "items": len(taken.items),
        "known": taken.known,
        "answers": len(taken.answers),
        "repeated": taken.repeated,
        "skips": sum(not a.counts for a in taken.answers),
        "raters": dict(sorted(raters.items())),
        "open": sum(i.item not in answered for i in taken.items),
        "uncarried": dict(sorted(taken.uncarried.items())),
    }


def _notes(brought: Brought, taken: _Taken, root: Path) -> list[str]:
    notes = list(brought.notes)
    notes += [
        f"{count:,} answers are kept and not counted: {why}; exporting to the same format writes them again"
        for why, count in sorted(taken.uncarried.items())
    ]
    answered = {a.item for a in taken.answers}
    open_ = sum(i.item not in answered for i in taken.items)
    if open_:
        notes.append(f"{open_:,} items have no answer yet: ownproof label sample {root} --raters a,b hands them out")
    return notes
