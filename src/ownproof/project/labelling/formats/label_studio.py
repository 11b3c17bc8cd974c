"""Label Studio's JSON: tasks with their annotations (`JSON`), and one object an annotation (`JSON_MIN`), which is only read.

Facts of the format: https://labelstud.io/guide/task_format
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
from ownproof.project.labelling.formats.lines import first_object, loaded
from ownproof.project.labelling.formats.moments import iso, seconds_of

NAME = "label-studio"
SKIPPED = "skipped in Label Studio"
KINDS = {"label": ("choices",), "spans": ("labels", "hypertextlabels"), "number": ("number", "rating")}
MIN_KEYS = ("annotation_id", "annotator", "lead_time")
OWN = (*MIN_KEYS, "id", "created_at", "updated_at")


class LabelStudio:
    """Tasks, each with the annotations of any number of people."""

    name: ClassVar[str] = NAME
    what: ClassVar[str] = "Label Studio JSON"
    ending: ClassVar[str] = ".json"

    def recognises(self, source: Source) -> bool:
        """Whether it looks like an export of tasks or of annotations."""
        first = first_object(source)
        if first is None or source.data.lstrip()[:1] not in (b"[", b"{"):
            return False
        task = isinstance(first.get("data"), dict) and bool(
            {"annotations", "completions", "predictions"} & first.keys()
        )
        return task or all(key in first for key in MIN_KEYS)

    def read(self, source: Source, asked: Asked) -> Brought:
        """The tasks of the file; of regions only those that the folder's kind asks for are answers, all are kept."""
        found = loaded(source)
        tasks = found if isinstance(found, list) else [found]
        if not all(isinstance(task, dict) for task in tasks):
            raise broken(source.name, "an entry is no object", "a list of tasks as Label Studio exports them")
        if tasks and "data" not in tasks[0]:
            return _minimal(tasks, asked, source)
        wrong = [n for n, task in enumerate(tasks, 1) if not isinstance(task.get("data"), dict)]
        if wrong:
            raise broken(source.name, f"task {wrong[0]} has no data", "an object `data` in every task")
        text = _text_key([t["data"] for t in tasks], asked, source)
        items = [_task(task, place, text, asked, source) for place, task in enumerate(tasks)]
        return Brought(tuple(items), _notes(items))

    def write(self, sent: Sequence[Sent], asked: Asked, *, final: bool) -> bytes:
        """All tasks, those that came from Label Studio as they came, where nothing was answered anew."""
        ordered = sorted(sent, key=lambda s: place_of(s.item.extra, NAME))
        tasks = [_written(each, asked, final=final) for each in ordered]
        return (json.dumps(tasks, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "surrogatepass")


def _text_key(data: Sequence[Mapping[str, Any]], asked: Asked, source: Source) -> str | None:
    """Under which name the tasks hold their text."""
    if asked.schema.text is None and asked.text is None:
        return None
    for name in (asked.text, asked.schema.text, "text"):
        if name and data and all(isinstance(d.get(name), str) for d in data):
            return name
    names = dict.fromkeys(key for d in data for key in d)
    texts = [n for n in names if all(isinstance(d.get(n), str) for d in data)]
    if len(texts) == 1 and not asked.text:
        return texts[0]
    if not data:
        return None
    raise broken(
        source.name,
        f"which of {', '.join(names) or 'no names'} is the text?",
        "the name of the text that was labelled",
        f"--text {texts[0] if texts else 'NAME'}",
    )


def _task(task: Mapping[str, Any], place: int, text: str | None, asked: Asked, source: Source) -> Carried:
    key = "annotations" if "annotations" in task or "completions" not in task else "completions"
    rest = {k: v for k, v in task.items() if k not in ("data", key)}
    data = dict(task["data"])
    body = data.pop(text) if text is not None else None
    answers = [
        _given(each, n, body, asked, source) for n, each in enumerate(task.get(key) or ()) if isinstance(each, dict)
    ]
    extra = {"place": place, "task": rest, "under": key, "text": text, "bare": key not in task}
    found = None if "id" not in task else str(task["id"])
    return Carried(body, data, found, {NAME: extra}, tuple(answers))


def _given(said: Mapping[str, Any], place: int, text: str | None, asked: Asked, source: Source) -> Given:
    value, why = _value(said.get("result") or [], asked.schema, text)
    skipped = bool(said.get("was_cancelled") or said.get("skipped"))
    return Given(
        _rater(said.get("completed_by"), asked, source),
        None if skipped or why else value,
        skip=SKIPPED if skipped else None,
        at=seconds_of(said.get("updated_at") or said.get("created_at")),
        seconds=said.get("lead_time") if isinstance(said.get("lead_time"), (int, float)) else None,
        why="" if skipped else why,
        extra={NAME: {"place": place, "annotation": dict(said)}},
    )


def _rater(who: Any, asked: Asked, source: Source) -> str:
    if isinstance(who, Mapping):
        who = who.get("email") or who.get("username") or who.get("id")
    if who is None or who == "":
        return asked.rater or source.stem
    return f"user-{who}" if isinstance(who, int) else str(who)


def _value(result: Sequence[Any], schema: LabelSchema, text: str | None) -> tuple[Any, str]:
    """The value of an annotation in the words of the file, and why there is none that can be carried."""
    regions = [r for r in result if isinstance(r, Mapping) and r.get("type") in KINDS[schema.kind]]
    if schema.kind == "spans":
        spans = [_span(r, text) for r in regions]
        return ([], "a mark without a place or label") if None in spans else (spans, "")
    if not regions:
        return None, "no answer of this kind"
    value = regions[0].get("value") or {}
    if schema.kind == "number":
        number = value.get("number", value.get("rating"))
        return (number, "") if len(regions) == 1 else (None, "several numbers")
    chosen = [c for r in regions for c in (r.get("value") or {}).get("choices", ())]
    return (chosen[0], "") if len(chosen) == 1 else (None, "several classes" if chosen else "no class")


def _span(region: Mapping[str, Any], text: str | None) -> dict[str, Any] | None:
    value = region.get("value") or {}
    where = value.get("globalOffsets") or value
    labels = value.get("labels") or value.get("hypertextlabels") or []
    start, end = where.get("start"), where.get("end")
    if len(labels) != 1 or not isinstance(start, int) or not isinstance(end, int):
        return None
    start, end = _in_characters(text or "", start, end, value.get("text"))
    return {"start": start, "end": end, "label": str(labels[0])}


def _in_characters(text: str, start: int, end: int, said: Any) -> tuple[int, int]:
    """Offsets in characters: a browser counts those beyond 65,535 (most emoji) twice.

    >>> _in_characters("😀 ORG", 3, 6, "ORG"), _in_characters("😀 ORG", 2, 5, "ORG")
    ((2, 5), (2, 5))
    """
    if not isinstance(said, str) or text[start:end] == said:
        return start, end
    units = text.encode("utf-16-le", "surrogatepass")
    before = units[: 2 * start].decode("utf-16-le", "replace")
    inside = units[2 * start : 2 * end].decode("utf-16-le", "replace")
    return (len(before), len(before) + len(inside)) if inside == said else (start, end)


def _minimal(rows: Sequence[Mapping[str, Any]], asked: Asked, source: Source) -> Brought:
    """One object an annotation: the answer stands under the name of its control."""
    text = _text_key(rows, asked, source)
    found: dict[str, Carried] = {}
    for place, row in enumerate(rows):
        control = next((k for k, v in row.items() if k not in (*OWN, text) and _answers(v, asked.schema)), None)
        value = row.get(control) if control else None
        if asked.schema.kind == "spans":
            value = [_span({"value": each}, row.get(text) if text else None) for each in value or ()]
        given = Given(
            _rater(row.get("annotator"), asked, source),
            value,
            at=seconds_of(row.get("updated_at") or row.get("created_at")),
            seconds=row.get("lead_time"),
            why="" if control else "no answer of this kind",
            extra={NAME: {"place": 0, "row": dict(row)}},
        )
        key = str(row.get("id", place))
        fields = {k: v for k, v in row.items() if k not in (*OWN, text, control)}
        body = row.get(text) if text else None
        before = found.get(
            key, Carried(body, fields, key, {NAME: {"place": place, "text": text, "under": "annotations"}})
        )
        found[key] = Carried(before.text, before.fields, key, before.extra, (*before.answers, given))
    items = list(found.values())
    return Brought(tuple(items), _notes(items))


def _answers(value: Any, schema: LabelSchema) -> bool:
    """Whether a cell of JSON_MIN is what the folder's kind asks for."""
    if schema.kind == "label":
        return value in schema.names if isinstance(value, str) else False
    if schema.kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) and "start" in v for v in value)


def _notes(items: Sequence[Carried]) -> tuple[str, ...]:
    others = sorted(
        {
            str(region.get("type"))
            for item in items
            for given in item.answers
            for region in (given.extra[NAME].get("annotation") or {}).get("result") or ()
            if isinstance(region, Mapping)
        }
        - {kind for kinds in KINDS.values() for kind in kinds}
    )
    predicted = sum(bool(i.extra[NAME].get("task", {}).get("predictions")) for i in items)
    notes = [f"regions of other kinds are kept and not looked at: {', '.join(others)}"] if others else []
    return (*notes, *([f"predictions of {predicted:,} tasks are kept and not taken as answers"] if predicted else []))


def _written(sent: Sent, asked: Asked, *, final: bool) -> dict[str, Any]:
    kept = sent.item.extra.get(NAME) or {}
    text = kept.get("text") or asked.schema.text or "text"
    data = {**({} if sent.item.text is None else {text: sent.item.text}), **sent.item.fields, **kept.get("data", {})}
    beside = [] if final else [(u["place"], u["annotation"]) for u in kept.get("uncarried", ()) if "annotation" in u]
    answers = [
        (place_of(a.extra, NAME), _annotation(a, asked.schema, sent.item.text, n, final=final))
        for n, a in enumerate(sent.answers)
    ]
    ordered = [each for _, each in sorted([*answers, *beside], key=lambda pair: pair[0])]
    rest = dict(kept.get("task") or {"id": None})
    if rest.get("id", "") is None:
        rest["id"] = sent.item.item
    task = {**rest, "data": data}
    if ordered or not kept.get("bare"):
        task[kept.get("under", "annotations")] = ordered
    if sent.how:
        task["meta"] = {**(task.get("meta") or {}), "ownproof": dict(sent.how)}
    return task


def _annotation(answer: Answer, schema: LabelSchema, text: str | None, number: int, *, final: bool) -> dict[str, Any]:
    kept = unchanged(answer.extra, NAME, answer.skip or answer.value)
    if kept is not None and "annotation" in kept and not final:
        return dict(kept["annotation"])
    made: dict[str, Any] = {
        "result": [] if answer.value is None else _regions(answer.value, schema, text),
        "was_cancelled": answer.skip is not None,
        "ground_truth": final,
    }
    if not final:
        made |= {"id": number + 1, "completed_by": {"email": answer.rater}, "lead_time": answer.seconds}
        made |= {"created_at": iso(answer.at), "updated_at": iso(answer.at)}
    return made


def _regions(value: Any, schema: LabelSchema, text: str | None) -> list[dict[str, Any]]:
    about = {"from_name": "label", "to_name": "text", "origin": "manual"}
    if schema.kind == "label":
        return [{"value": {"choices": [value]}, "type": "choices", **about}]
    if schema.kind == "number":
        return [{"value": {"number": value}, "type": "number", **about}]
    return [
        {
            "id": f"span{n}",
            "value": {**_in_units(text or "", span), "labels": [span["label"]]},
            "type": "labels",
            **about,
        }
        for n, span in enumerate(value)
    ]


def _in_units(text: str, span: Mapping[str, Any]) -> dict[str, Any]:
    """A span as a browser counts: in units of UTF-16."""
    start, end = (len(text[: span[k]].encode("utf-16-le", "surrogatepass")) // 2 for k in ("start", "end"))
    return {"start": start, "end": end, "text": text[span["start"] : span["end"]]}
