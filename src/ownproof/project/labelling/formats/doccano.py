"""doccano's JSONL: one text a line with its labels, `[start, end, label]` marks or entities; a zip has one file a person.

Facts of the format: the examples beside doccano's own import and export pages, versions 1.0 to 1.8.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ownproof.core.labelling import Answer, LabelSchema
from ownproof.errors import UsageError
from ownproof.project.labelling.formats.carried import (
    Asked,
    Brought,
    Carried,
    Given,
    Sent,
    Source,
    broken,
    place_of,
    unchanged,
)
from ownproof.project.labelling.formats.lines import dumped, first_object, objects
from ownproof.project.labelling.formats.moments import seconds_of

NAME = "doccano"
STYLES = ("annotations", "entities", "label", "labels")
"""Where the answers of a line stand, by version; `annotations` says who gave each of them."""
ZIP = b"PK\x03\x04"


class Doccano:
    """Lines of text, each with what one person (or, in old exports, several) marked."""

    name: ClassVar[str] = NAME
    what: ClassVar[str] = "doccano JSONL"
    ending: ClassVar[str] = ".jsonl"

    def recognises(self, source: Source) -> bool:
        """Whether it looks like lines of doccano, or a zip of such files."""
        if source.data[:4] == ZIP:
            return bool(_members(source))
        first = first_object(source)
        if first is None or "text" not in first or {"_input_hash", "_task_hash", "answer"} & first.keys():
            return False
        return any(isinstance(first.get(style), list) for style in STYLES)

    def read(self, source: Source, asked: Asked) -> Brought:
        """The lines of the file, or of every file of a zip: equal texts of several people become one item."""
        if source.data[:4] != ZIP:
            return _brought(_lines(source, asked), asked)
        found: dict[Any, Carried] = {}
        for member in _members(source):
            for item in _lines(member, asked):
                key = item.key or item.text
                before = found.get(key)
                answers = (*(before.answers if before else ()), *item.answers)
                base = before or item
                found[key] = Carried(base.text, base.fields, base.key, base.extra, answers)
        return _brought(list(found.values()), asked)

    def write(self, sent: Sequence[Sent], asked: Asked, *, final: bool) -> bytes:
        """Lines of JSON; answers of several people, where no old export told them apart, become a zip of files."""
        ordered = sorted(sent, key=lambda s: place_of(s.item.extra, NAME))
        raters = sorted({a.rater for s in sent for a in s.answers})
        old = any((s.item.extra.get(NAME) or {}).get("style") == "annotations" for s in sent)
        if final or old or len(raters) <= 1:
            return dumped(_line(each, asked, final=final) for each in ordered)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for rater in raters:
                mine = [Sent(s.item, own) for s in ordered if (own := tuple(a for a in s.answers if a.rater == rater))]
                stamp = zipfile.ZipInfo(f"{rater}.jsonl", (1980, 1, 1, 0, 0, 0))  # the same labels, the same bytes
                archive.writestr(stamp, dumped(_line(each, asked, final=False) for each in mine))
        return packed.getvalue()


def _members(source: Source) -> list[Source]:
    """The files of lines in a zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            names = [n for n in sorted(archive.namelist()) if n.endswith((".jsonl", ".json"))]
            return [Source(name.rpartition("/")[2], archive.read(name)) for name in names]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as why:
        raise broken(source.name, f"the zip cannot be opened: {why}", "a zip of JSONL files") from why


def _lines(source: Source, asked: Asked) -> list[Carried]:
    return [_item(row, place, asked, source) for place, row in enumerate(objects(source))]


def _item(row: Mapping[str, Any], place: int, asked: Asked, source: Source) -> Carried:
    text = asked.text or "text"
    if not isinstance(row.get(text), str):
        raise broken(source.name, f"line {place + 1} has no {text!r}", "a text in every line", "--text NAME")
    style = next((s for s in STYLES if isinstance(row.get(s), list)), None)
    rest = {k: v for k, v in row.items() if k not in (text, style)}
    answers = _answers(row.get(style) or [], style, asked, source, rest) if style else ()
    extra = {"place": place, "style": style, "rest": rest, "text": text}
    return Carried(row[text], {}, None if row.get("id") is None else str(row["id"]), {NAME: extra}, tuple(answers))


def _answers(
    marks: Sequence[Any], style: str | None, asked: Asked, source: Source, rest: Mapping[str, Any]
) -> list[Given]:
    """One answer for each person who marked something. In old exports every mark says whose it is."""
    by_rater: dict[str, list[Any]] = {}
    for mark in marks:
        who = mark.get("user", mark.get("username")) if style == "annotations" and isinstance(mark, Mapping) else None
        name = asked.rater or source.stem if who is None else f"user-{who}" if isinstance(who, int) else str(who)
        by_rater.setdefault(name, []).append(mark)
    if not by_rater and (asked.empty or rest.get("annotation_approver") or rest.get("is_confirmed")):
        by_rater[asked.rater or source.stem] = []
    if asked.schema.kind == "label":
        by_rater = {rater: own for rater, own in by_rater.items() if own}
    return [_given(rater, own, asked.schema, rest) for rater, own in by_rater.items()]


def _given(rater: str, marks: Sequence[Any], schema: LabelSchema, rest: Mapping[str, Any]) -> Given:
    value, why = _value(marks, schema)
    times = [seconds_of(m["updated_at"]) for m in marks if isinstance(m, Mapping) and m.get("updated_at")]
    at = max((t for t in times if t is not None), default=None)
    comments = rest.get("Comments") or ()
    note = "; ".join(str(c) for c in comments) if isinstance(comments, (list, tuple)) else str(comments)
    return Given(rater, value, at=at, why=why, note=note, extra={NAME: {"marks": list(marks)}})


def _value(marks: Sequence[Any], schema: LabelSchema) -> tuple[Any, str]:
    if schema.kind == "spans":
        spans = [_span(m) for m in marks]
        return (None, "a mark without a place") if None in spans else (spans, "")
    names = [m.get("label") if isinstance(m, Mapping) else m for m in marks]
    if len(names) != 1:
        return None, "several classes"
    if isinstance(names[0], (list, tuple)):
        return None, "marks in a text, and no class of the whole"
    return (names[0] if schema.kind == "number" else str(names[0])), ""


def _span(mark: Any) -> dict[str, Any] | None:
    if isinstance(mark, Mapping) and {"start_offset", "end_offset", "label"} <= mark.keys():
        return {"start": mark["start_offset"], "end": mark["end_offset"], "label": str(mark["label"])}
    if isinstance(mark, (list, tuple)) and len(mark) == 3:
        return {"start": mark[0], "end": mark[1], "label": str(mark[2])}
    return None


def _brought(items: Sequence[Carried], asked: Asked) -> Brought:
    notes = []
    open_ = sum(not i.answers for i in items)
    if open_ and not asked.empty and asked.schema.kind == "spans":
        notes.append(
            f"{open_:,} texts without a mark are taken as not labelled yet; --empty takes them as answered: nothing to mark"
        )
    related = sum(bool((i.extra[NAME].get("rest") or {}).get("relations")) for i in items)
    notes += [f"relations of {related:,} texts are kept and not looked at"] if related else []
    return Brought(tuple(items), tuple(notes))


def _line(sent: Sent, asked: Asked, *, final: bool) -> dict[str, Any]:
    kept = sent.item.extra.get(NAME) or {}
    if sent.item.text is None:
        raise UsageError(
            "doccano holds texts, and these items are rows of a table",
            expected="a folder whose label.toml names a text",
            hint="export a table instead: ownproof label export DIR labels.csv",
            where="--format doccano",
        )
    style = kept.get("style") or "label"
    rest = dict(kept["rest"]) if "rest" in kept else {"id": sent.item.item, **sent.item.fields}
    marks = [mark for answer in sent.answers for mark in _marks(answer, asked.schema, style, final=final)]
    if not final:
        marks = [*marks, *(m for u in kept.get("uncarried", ()) for m in u.get("marks", ()))]
    how = {"ownproof": dict(sent.how)} if sent.how else {}
    return {**rest, kept.get("text", "text"): sent.item.text, style: marks, **how}


def _marks(answer: Answer, schema: LabelSchema, style: str, *, final: bool) -> list[Any]:
    kept = unchanged(answer.extra, NAME, answer.value)
    if kept is not None and not final:
        return list(kept["marks"])
    if answer.value is None:
        return []
    who = {} if final else {"user": answer.rater}
    if schema.kind != "spans":
        return [{"label": answer.value, **who}] if style == "annotations" else [answer.value]
    if style in ("label", "labels"):
        return [[s["start"], s["end"], s["label"]] for s in answer.value]
    named = {"annotations": who}.get(style)
    return [
        {
            **({"id": n} if named is None else named),
            "label": s["label"],
            "start_offset": s["start"],
            "end_offset": s["end"],
        }
        for n, s in enumerate(answer.value)
    ]
