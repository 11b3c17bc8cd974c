"""Files of one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ownproof.project.labelling.formats.carried import Source, broken


def objects(source: Source) -> list[dict[str, Any]]:
    """The objects of a JSONL file, or of a JSON list; empty lines are passed over. Raises InputError with the line."""
    text = source.text()
    if text.lstrip().startswith("["):
        found = loaded(source)
        rows = found if isinstance(found, list) else []
    else:
        rows = [_line(source, number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise broken(source.name, f"entry {number} is no object: {str(row)[:80]!r}", "one JSON object an entry")
    return rows


def _line(source: Source, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as why:
        raise broken(source.name, f"line {number} is no JSON: {why}", "one JSON object a line") from why


def loaded(source: Source) -> Any:
    """The value of a JSON file. Raises InputError with the place of what is wrong."""
    try:
        return json.loads(source.text())
    except ValueError as why:
        raise broken(source.name, f"it is no JSON: {why}", "a JSON file") from why


def first_object(source: Source) -> dict[str, Any] | None:
    """The first object of a file of lines, or of a list; None where there is none."""
    try:
        text = source.text().lstrip()
        if text.startswith("["):
            found = json.loads(text)
            return found[0] if found and isinstance(found[0], dict) else None
        found = json.JSONDecoder().raw_decode(text)[0]
    except Exception:  # noqa: BLE001 - whatever cannot be read has no first object
        return None
    return found if isinstance(found, dict) else None


def dumped(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """One JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "surrogatepass")
