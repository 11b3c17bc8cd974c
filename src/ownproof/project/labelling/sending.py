"""Export: one final label an item, with how it came about, or every answer, in the format that is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownproof.core.labelling import Answer, LabelSchema
from ownproof.errors import InputError, UsageError, did_you_mean
from ownproof.project.disk import disk, replaced
from ownproof.project.labelling import making
from ownproof.project.labelling.answers import read as read_answers
from ownproof.project.labelling.final import final
from ownproof.project.labelling.folder import LabelFolder
from ownproof.project.labelling.formats import format_named
from ownproof.project.labelling.formats.carried import Asked, Format, Sent
from ownproof.project.labelling.formats.choose import meant_by
from ownproof.project.lock import Lock
from ownproof.project.store import file_digest


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written. every: all answers of all raters (or of `rater`), and not one final label an item."""

    format: str | None = None
    every: bool = False
    rater: str | None = None
    scheme: str | None = None


def send(root: Path, path: str, wanted: Wanted) -> dict[str, Any]:
    """Write the labels of a folder to a file. Raises UsageError for what the format cannot hold, InputError where there
    is nothing to write."""
    place = Path(path).expanduser().resolve()
    folder = LabelFolder.open(root)
    schema = folder.schema()
    chosen = format_named(wanted.format) if wanted.format else meant_by(place)
    every = wanted.every or wanted.rater is not None
    sent = _every(folder, wanted.rater) if every else _finals(folder)
    if not any(s.answers for s in sent):
        raise InputError(
            "there is no label to write",
            expected="answers of raters",
            hint=f"ownproof label serve {root}, or ownproof label import {root} FILE",
            where=str(root),
            code="no-labels",
        )
    asked = Asked(schema, wanted.rater, scheme=wanted.scheme, ending=place.suffix.lower())
    kept = sent if every else [s for s in sent if s.answers]
    data = chosen.write(kept, asked, final=not every)
    with Lock(root / ".lock", command="ownproof label export"):
        beside = _write(place, data, kept, chosen, every=every)
        told = _told(kept, sent, place, chosen, every=every)
        making.note(folder, "label.export", {**told, "sha256": file_digest(place)})
    return {
        "schema": "ownproof/1",
        "command": "label export",
        "exit": 0,
        "folder": str(root),
        **told,
        "path": str(place),
        "how_file": None if beside is None else str(beside),
        "notes": _notes(kept, chosen, schema),
        "ledger": str(folder.ledger),
    }


def _every(folder: LabelFolder, rater: str | None) -> list[Sent]:
    """Every item with the answers that hold, of one rater or of all."""
    current = read_answers(folder).current()
    raters = sorted({who for _, who in current})
    if rater is not None and rater not in raters:
        raise UsageError(
            f"no answer is by {rater!r}",
            expected="a rater of this folder",
            hint=did_you_mean(rater, raters, what="raters"),
            where="--rater",
        )
    by_item: dict[str, list[Answer]] = {}
    for (item, who), answer in current.items():
        if rater is None or who == rater:
            by_item.setdefault(item, []).append(answer)
    return [Sent(i, tuple(sorted(by_item.get(i.item, ()), key=lambda a: a.rater))) for i in folder.items()]


def _finals(folder: LabelFolder) -> list[Sent]:
    """Every item with the label that holds, where there is one."""
    found = final(folder)
    sent = []
    for item in folder.items():
        one = found.get(item.item)
        if one is None or not one.usable:
            sent.append(Sent(item, ()))
            continue
        how = {"how": one.how, "raters": one.raters, "confidence": one.confidence}
        sent.append(Sent(item, (Answer(item.item, "final", 0.0, one.value),), how))
    return sent


def _write(place: Path, data: bytes, sent: Sequence[Sent], chosen: Format, *, every: bool) -> Path | None:
    """The file, whole or not at all; of a table the way that each label came about in a file beside it, for as a column it
    would be learnt from."""
    with disk("write the labels", place):
        place.parent.mkdir(parents=True, exist_ok=True)
        replaced(place, data)
    if every or chosen.name not in ("table", "conll"):
        return None
    beside = place.with_name(f"{place.name.partition('.')[0]}.how.csv")
    with disk("write how the labels came about", beside):
        replaced(beside, _how(sent))
    return beside


def _how(sent: Sequence[Sent]) -> bytes:
    import polars as pl

    rows = [(s.item.item, s.how["how"], s.how["raters"], s.how["confidence"], s.item.drawn, s.item.batch) for s in sent]
    names = ["item", "how", "raters", "confidence", "drawn", "batch"]
    frame = pl.DataFrame(rows, schema=names, orient="row", strict=False)
    return frame.write_csv().encode()


def _told(kept: Sequence[Sent], sent: Sequence[Sent], place: Path, chosen: Format, *, every: bool) -> dict[str, Any]:
    how: Mapping[str, int] = Counter(str(s.how["how"]) for s in kept if s.how)
    return {
        "file": place.name,
        "format": chosen.name,
        "all": every,
        "items": sum(bool(s.answers) for s in kept),
        "answers": sum(len(s.answers) for s in kept),
        "without": sum(not s.answers for s in sent),
        "how": dict(sorted(how.items())),
    }


def _notes(sent: Sequence[Sent], chosen: Format, schema: LabelSchema) -> list[str]:
    """What of the items another format brought along and this one cannot hold."""
    others: Counter[str] = Counter(name for s in sent for name in s.item.extra if name != chosen.name)
    notes = [
        f"{count:,} items hold what only {name} knows (ids, times, regions of other kinds); it stays in the folder"
        for name, count in sorted(others.items())
    ]
    spaced = [s for s in sent if chosen.name == "conll" and schema.kind == "spans" and "conll" not in s.item.extra]
    if spaced:
        notes.append(
            "texts are cut into words and signs; where spaces would be lost, a comment `# text` holds the text"
        )
    return notes
