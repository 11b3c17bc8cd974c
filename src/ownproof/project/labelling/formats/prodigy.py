"""Prodigy's JSONL (`prodigy db-out`): one answer a line, of `ner_manual`, `spans_manual`, `choice` and `classification`.

Facts of the format: https://prodi.gy/docs/api-interfaces
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ownproof.core.labelling import Answer, LabelSchema
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

NAME = "prodigy"
IGNORED = "ignored in Prodigy"
REJECTED = "rejected in Prodigy"
MARKS = ("_input_hash", "_task_hash", "_view_id", "_session_id", "_annotator_id")


class Prodigy:
    """Lines of answers: accept, reject or ignore."""

    name: ClassVar[str] = NAME
    what: ClassVar[str] = "Prodigy JSONL"
    ending: ClassVar[str] = ".jsonl"

    def recognises(self, source: Source) -> bool:
        """Whether it looks like an export of Prodigy's database."""
        first = first_object(source)
        if first is None or first.get("answer") not in ("accept", "reject", "ignore", None):
            return False
        return "answer" in first or any(mark in first for mark in MARKS)

    def read(self, source: Source, asked: Asked) -> Brought:
        """The lines of the file; those about the same input (by its hash, else by the text) are answers to one item."""
        name = asked.text or "text"
        found: dict[Any, list[tuple[int, dict[str, Any]]]] = {}
        for place, row in enumerate(objects(source)):
            if asked.schema.text is not None and not isinstance(row.get(name), str):
                raise broken(source.name, f"line {place + 1} has no {name!r}", "a text in every line", "--text NAME")
            key = row.get("_item", row.get("_input_hash", row.get(name, place)))
            found.setdefault(key, []).append((place, row))
        items = [_item(key, rows, name, asked, source) for key, rows in found.items()]
        turned = sum(g.extra[NAME].get("turned", False) for i in items for g in i.answers)
        said = f"{turned:,} rejected answers name the other one of the two classes"
        return Brought(tuple(items), (said,) if turned else ())

    def write(self, sent: Sequence[Sent], asked: Asked, *, final: bool) -> bytes:
        """One line an answer, in the order in which they came; what was answered anew stands at the end."""
        lines = [pair for each in sent for pair in _lines(each, asked, final=final)]
        return dumped(line for _, line in sorted(lines, key=lambda pair: pair[0]))


def _item(key: Any, rows: Sequence[tuple[int, Mapping[str, Any]]], name: str, asked: Asked, source: Source) -> Carried:
    first_place, first = rows[0]
    shown = {k: first[k] for k in asked.schema.show if k in first and k != name}
    by_rater: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for place, row in rows:
        if "answer" in row:
            by_rater.setdefault(_rater(row, asked, source), []).append((place, row))
    beside = [{"place": place, "line": dict(row)} for place, row in rows if "answer" not in row]
    answers = []
    for rater, own in by_rater.items():
        given, others = _one(rater, own, asked)
        answers.append(given)
        beside += [{"place": place, "line": dict(row)} for place, row in others]
    extra = {"place": first_place, "text": name, "beside": beside}
    known = first.get("_item", first.get("_input_hash"))
    return Carried(first.get(name), shown, None if known is None else str(key), {NAME: extra}, tuple(answers))


def _rater(row: Mapping[str, Any], asked: Asked, source: Source) -> str:
    return str(row.get("_annotator_id") or row.get("_session_id") or asked.rater or source.stem)


def _one(rater: str, rows: Sequence[tuple[int, Mapping[str, Any]]], asked: Asked) -> tuple[Given, list[Any]]:
    """What one person said of one input, and the lines that say no more. Of several questions of yes or no, one a class,
    the class that was accepted is the answer; of answers to the same question the last."""
    asks = [row for _, row in rows if "label" in row and "accept" not in row]
    if asked.schema.kind != "label" or len(asks) < len(rows) or len(rows) == 1:
        place, row = max(rows, key=lambda pair: (pair[1].get("_timestamp") or 0, pair[0]))
        return _given(rater, row, place, asked), [pair for pair in rows if pair[0] != place]
    yes = [(place, row) for place, row in rows if row["answer"] == "accept"]
    place, row = yes[0] if yes else rows[0]
    given = _given(rater, row, place, asked)
    if len({str(r["label"]) for _, r in yes}) > 1:
        given = replace(given, value=None, why="several classes")
    return given, [pair for pair in rows if pair[0] != place]


def _given(rater: str, row: Mapping[str, Any], place: int, asked: Asked) -> Given:
    kept: dict[str, Any] = {"place": place, "line": dict(row)}
    value, why = _value(row, asked.schema)
    skip = {"ignore": IGNORED, "reject": REJECTED}.get(str(row["answer"]))
    if row["answer"] == "reject" and asked.schema.kind == "label" and len(asked.schema.names) == 2:
        others = [n for n in asked.schema.names if n != value]
        if value in asked.schema.names and "options" not in row:
            value, skip, kept["turned"] = others[0], None, True
    at = row.get("_timestamp")
    return Given(
        rater,
        None if skip else value,
        skip=skip,
        at=float(at) if isinstance(at, (int, float)) else None,
        note=str(row.get("comment") or ""),
        why="" if skip else why,
        extra={NAME: kept},
    )


def _value(row: Mapping[str, Any], schema: LabelSchema) -> tuple[Any, str]:
    """The value of a line, and why it has none that can be carried."""
    if schema.kind == "spans":
        spans = row.get("spans") or []
        fine = all(isinstance(s, Mapping) and {"start", "end", "label"} <= s.keys() for s in spans)
        if not fine:
            return None, "a mark without a place or label"
        return [{"start": s["start"], "end": s["end"], "label": str(s["label"])} for s in spans], ""
    if isinstance(row.get("accept"), list):
        chosen = row["accept"]
        value = chosen[0] if len(chosen) == 1 else None
        why = "" if len(chosen) == 1 else "several classes" if chosen else "no class"
    else:
        value = row.get("label", row.get("user_input"))
        why = "" if value is not None else "no answer of this kind"
    if schema.kind == "number" and isinstance(value, str):
        try:
            return float(value), ""
        except ValueError:
            return None, "no number"
    return (str(value) if schema.kind == "label" and value is not None else value), why


def _lines(sent: Sent, asked: Asked, *, final: bool) -> list[tuple[float, dict[str, Any]]]:
    kept = sent.item.extra.get(NAME) or {}
    beside = [] if final else [*kept.get("uncarried", ()), *kept.get("beside", ())]
    lines = [(float(u["place"]), dict(u["line"])) for u in beside if "line" in u]
    for answer in sent.answers:
        place = place_of(sent.item.extra if final else answer.extra, NAME)
        lines.append((place, _line(answer, sent, asked, final=final)))
    return lines


def _line(answer: Answer, sent: Sent, asked: Asked, *, final: bool) -> dict[str, Any]:
    same = unchanged(answer.extra, NAME, answer.skip or answer.value)
    if same is not None and not final:
        return dict(same["line"])
    kept = sent.item.extra.get(NAME) or {}
    before = (answer.extra.get(NAME) or {}).get("line") or {}
    line: dict[str, Any] = {k: v for k, v in before.items() if k not in ("spans", "accept", "label", "answer")}
    if sent.item.text is not None:
        line[kept.get("text", "text")] = sent.item.text
    line |= {"_item": sent.item.item, **{k: v for k, v in sent.item.fields.items() if k not in line}}
    if answer.value is not None:
        line |= _answered(answer.value, asked.schema, line.get("tokens"))
    line["answer"] = "accept" if answer.skip is None else "ignore"
    if not final:
        line |= {"_timestamp": int(answer.at), "_annotator_id": answer.rater, "_session_id": answer.rater}
    return line | ({"ownproof": dict(sent.how)} if sent.how else {})


def _answered(value: Any, schema: LabelSchema, tokens: Any) -> dict[str, Any]:
    if schema.kind == "spans":
        return {"spans": [_span(s, tokens or ()) for s in value], "_view_id": "spans_manual"}
    if schema.kind == "number":
        return {"user_input": repr(value), "_view_id": "text_input"}
    options = [{"id": name, "text": name} for name in schema.names]
    return {"options": options, "accept": [value], "_view_id": "choice"}


def _span(span: Mapping[str, Any], tokens: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A mark, with the tokens that it covers where the line has them."""
    inside = [t["id"] for t in tokens if t["start"] < span["end"] and t["end"] > span["start"]]
    return dict(span) | ({"token_start": inside[0], "token_end": inside[-1]} if inside else {})
