"""Tables of labels: one row an answer (or an item), in CSV, Parquet, JSONL and whatever else the readers read."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ownproof.core import registry
from ownproof.core.labelling import LabelSchema
from ownproof.core.reading import collected, read_table
from ownproof.core.report import plain
from ownproof.errors import InputError, all_at_once
from ownproof.project.labelling.formats.carried import Asked, Brought, Carried, Given, Sent, Source, broken
from ownproof.project.labelling.formats.moments import seconds_of

if TYPE_CHECKING:
    import polars as pl

NAME = "table"
USUAL: Mapping[str, tuple[str, ...]] = {
    "item": ("item", "item_id", "id", "task_id", "example_id", "document_id"),
    "rater": ("rater", "annotator", "annotator_id", "labeler", "labeller", "user", "worker", "worker_id", "coder"),
    "label": ("label", "labels", "class", "category", "answer", "annotation", "value", "rating", "spans"),
    "at": ("at", "time", "timestamp", "created_at", "updated_at", "date"),
    "text": ("text", "body", "content", "sentence", "document"),
}
OURS = ("seconds", "skip", "note", "guide")
ENDINGS = (".parquet", ".arrow", ".feather", ".jsonl", ".csv", ".tsv")


class Table:
    """Rows; several of one item are the answers of several raters."""

    name: ClassVar[str] = NAME
    what: ClassVar[str] = "table"
    ending: ClassVar[str] = ".csv"

    def recognises(self, source: Source) -> bool:
        """Whatever no other format knows is read as a table."""
        return bool(source.path)

    def read(self, source: Source, asked: Asked) -> Brought:
        """The rows of the table, those of one item together. Raises InputError for columns that are not there."""
        frame = collected(read_table(source.path, readers=registry.shelf("readers")).frame, source.name)
        names = _columns(frame, asked, source)
        rest = [c for c in frame.columns if c not in names.values() and c not in OURS]
        items: dict[Any, Carried] = {}
        for row in frame.iter_rows(named=True):
            text = None if "text" not in names else row[names["text"]]
            body = None if text is None else str(text)
            fields = plain({c: row[c] for c in rest})
            key = str(row[names["item"]]) if "item" in names and row[names["item"]] is not None else None
            mark = key if key is not None else (body, json.dumps(fields, sort_keys=True, default=str))
            before = items.get(mark) or Carried(body, fields, key)
            given = _given(row, names, asked, source)
            items[mark] = Carried(before.text, before.fields, key, {}, (*before.answers, *([given] if given else [])))
        said = ", ".join(f"{what} = {column!r}" for what, column in names.items())
        return Brought(tuple(items.values()), (f"columns: {said}",))

    def write(self, sent: Sequence[Sent], asked: Asked, *, final: bool) -> bytes:
        """One row an item with its final label, or one an answer; spans as JSON. The ending is that of `asked`."""
        rows = [row for each in sent for row in _rows(each, asked.schema, final=final)]
        return _bytes(rows, asked.ending)


def _columns(frame: pl.DataFrame, asked: Asked, source: Source) -> dict[str, str]:
    """Which column holds what: as it was said, else by its usual name."""
    said = {**asked.columns, **({"text": asked.text} if asked.text else {})}
    said = {k: v for k, v in said.items() if k in USUAL}
    absent = [
        InputError.no_column(name, frame.columns, role=what, where=f"--{what}")
        for what, name in said.items()
        if name not in frame.columns
    ]
    if absent:
        raise all_at_once(absent)
    lower = {c.lower(): c for c in reversed(frame.columns)}
    schema = asked.schema
    usual = (
        {**USUAL, "text": (schema.text, *USUAL["text"])}
        if schema.text
        else {k: v for k, v in USUAL.items() if k != "text"}
    )
    if schema.id and "item" not in said:
        usual = {**usual, "item": (schema.id, *USUAL["item"])}
    found = dict(said)
    for what, names in usual.items():
        free = [lower[n.lower()] for n in names if n and n.lower() in lower and lower[n.lower()] not in found.values()]
        if what not in found and free:
            found[what] = free[0]
    if schema.text and "text" not in found:
        raise broken(source.name, f"no column {schema.text!r}", "the texts that were labelled", "--text COLUMN")
    if "label" not in found:
        raise broken(source.name, "no column is called label", "a column of labels", "--label COLUMN")
    return found


def _given(row: Mapping[str, Any], names: Mapping[str, str], asked: Asked, source: Source) -> Given | None:
    value, skip = row[names["label"]], row.get("skip")
    if value is None and not skip:
        return None
    if asked.schema.kind == "spans" and isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as why:
            raise broken(
                source.name,
                f"marks that are no JSON: {value[:60]!r}",
                'a list such as [{"start": 0, "end": 5, "label": "X"}]',
            ) from why
    who = row[names["rater"]] if "rater" in names else None
    at = row[names["at"]] if "at" in names else None
    seconds = row.get("seconds")
    return Given(
        str(who) if who is not None else asked.rater or source.stem,
        None if skip else _spelled(value, asked.schema),
        skip=str(skip) if skip else None,
        at=None if at is None else seconds_of(at if isinstance(at, (int, float)) else str(at)),
        seconds=float(seconds) if isinstance(seconds, (int, float)) else None,
        note=str(row.get("note") or ""),
    )


def _spelled(value: Any, schema: LabelSchema) -> Any:
    """A cell as an answer: classes are words, numbers numbers."""
    if schema.kind == "label":
        return str(value)
    if schema.kind == "spans":
        return [dict(s) for s in value]
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def _rows(sent: Sent, schema: LabelSchema, *, final: bool) -> list[dict[str, Any]]:
    item = sent.item
    head = {"item": item.item, **({schema.text or "text": item.text} if item.text is not None else {}), **item.fields}
    for kept in item.extra.values():  # columns that came along and that raters did not see
        head = {**(kept.get("data") or {} if isinstance(kept, Mapping) else {}), **head}
    if final:
        return [{**head, "label": _cell(a.value)} for a in sent.answers if a.value is not None]
    return [
        {
            **head,
            "label": _cell(a.value),
            "rater": a.rater,
            "at": a.at,
            "seconds": a.seconds,
            "skip": a.skip,
            "note": a.note or None,
        }
        for a in sent.answers
    ]


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value


def _bytes(rows: Sequence[Mapping[str, Any]], ending: str) -> bytes:
    import polars as pl

    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {n: [_cell(row.get(n)) for row in rows] for n in names}
    frame = pl.DataFrame({n: pl.Series(n, values, strict=False) for n, values in cells.items()})
    out = io.BytesIO()
    if ending == ".parquet":
        frame.write_parquet(out)
    elif ending in (".arrow", ".feather"):
        frame.write_ipc(out)
    elif ending == ".jsonl":
        frame.write_ndjson(out)
    else:
        frame.write_csv(out, separator="\t" if ending == ".tsv" else ",")
    return out.getvalue()
