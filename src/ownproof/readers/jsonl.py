"""Reads JSON Lines: one object a line, its keys the columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ownproof.core.plain import plain_columns
from ownproof.core.reader import RawTable
from ownproof.core.reading import damaged, no_rows
from ownproof.core.streams import decoded, encoding_of, head_of, no_copy, packing, pieces
from ownproof.errors import InputError
from ownproof.stats.hashing import text_hash

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".jsonl", ".ndjson", ".jsonlines")
BLANK = b" \t\r\n\xef\xbb\xbf"


class JsonlReader:
    """JSON Lines, plain, .gz or .zst; a key that holds several types becomes text."""

    name: ClassVar[str] = "jsonl"

    def recognise(self, where: str, head: bytes) -> float:
        """By the ending, or by a brace at the start."""
        ending = where.lower().removesuffix(".gz").removesuffix(".zst")
        if not head:
            return 0.0
        if ending.endswith(ENDINGS):
            return 0.9
        start = (head_of(Path(where)) if packing(head) else head).lstrip(BLANK)[:1]
        if start == b"{":
            return 0.7
        return 0.6 if ending.endswith(".json") else 0.0

    def read(self, where: str, *, query: str | None = None, scratch: Path | None = None) -> RawTable:
        """The raw table. Raises InputError that names the first bad line."""
        import polars as pl

        del query
        path = Path(where)
        source = _as_utf8(path, scratch)
        _no_array(source, where)
        try:
            frame, height = _scanned(source, None)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
            schema = _examined(source, where)
            try:
                frame, height = _scanned(source, schema)
            except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as why:
                raise damaged(where, why) from None
        plain, findings = plain_columns(frame)
        width = len(plain.collect_schema())
        if not width:
            raise InputError(
                f"{path.name} holds no object with a key",
                expected="one JSON object a line, its keys the columns",
                hint="check how it was written",
                where=where,
                code="empty",
            )
        if not height:
            raise no_rows(where, width)
        return RawTable(plain, findings, where)


def _scanned(source: Path | bytes, schema: dict[str, Any] | None) -> tuple[pl.LazyFrame, int]:
    """The lazy table and its height, after every line was parsed once: what is wrong shows here, not later."""
    import polars as pl

    frame = pl.scan_ndjson(source, infer_schema_length=None, schema=schema)
    if not len(frame.collect_schema()):
        return frame, 0
    height: int = frame.select(pl.len(), pl.all().name.prefix("_").null_count()).collect(engine="streaming").item(0, 0)
    return frame, height


def _as_utf8(path: Path, scratch: Path | None) -> Path | bytes:
    with path.open("rb") as stream:
        packed = packing(stream.read(4))
    encoding = encoding_of(head_of(path, 4096))
    if not packed and encoding == "utf-8":
        return path
    parts = decoded(pieces(path), encoding, str(path))
    if scratch is None:
        return b"".join(parts)
    target = scratch / f"{text_hash(str(path.resolve())):016x}.jsonl"
    draft = target.with_suffix(".part")
    try:
        with draft.open("wb") as stream:
            for part in parts:
                stream.write(part)
        return draft.replace(target)
    except OSError as why:
        raise no_copy(path, scratch, why) from None


def _parts(source: Path | bytes) -> Iterable[bytes]:
    return pieces(source) if isinstance(source, Path) else (source,)


def _no_array(source: Path | bytes, where: str) -> None:
    start = next(iter(_parts(source)), b"").lstrip(BLANK)[:1]
    if start == b"[":
        raise InputError(
            f"{Path(where).name} is one JSON array, not JSON Lines",
            expected="one object a line",
            hint="rewrite it: jq -c '.[]' FILE > FILE.jsonl",
            where=where,
            code="json-array",
        )


def _lines(source: Path | bytes) -> Iterator[bytes]:
    held = b""
    for part in _parts(source):
        *whole, held = (held + part).split(b"\n")
        yield from whole
    yield held


def _examined(source: Path | bytes, where: str) -> dict[str, Any]:
    """The columns by their keys, text where the types differ. Raises InputError for the first line that is no object."""
    import polars as pl

    met: dict[str, set[str]] = {}
    for number, line in enumerate(_lines(source), start=1):
        if not line.strip(BLANK):
            continue
        try:
            row = json.loads(line.decode(), parse_constant=_no_constant)
        except (ValueError, RecursionError) as why:
            raise _bad_line(where, number, str(why) or "nested too deeply") from None
        if not isinstance(row, dict):
            raise _bad_line(where, number, f"a {type(row).__name__}, not an object")
        for key, value in row.items():
            met.setdefault(key, set()).add(type(value).__name__)
    plain = {
        frozenset(("int",)): pl.Int64,
        frozenset(("int", "float")): pl.Float64,
        frozenset(("float",)): pl.Float64,
        frozenset(("bool",)): pl.Boolean,
    }
    return {key: plain.get(frozenset(types - {"NoneType"}), pl.String) for key, types in met.items()}


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _bad_line(where: str, number: int, why: str) -> InputError:
    return InputError(
        f"line {number} is no JSON object ({why[:160]})",
        expected="one JSON object a line",
        hint=f"mend or remove line {number}; the last line: was the file cut off?",
        where=f"{where}:{number}",
        code="bad-line",
    )
