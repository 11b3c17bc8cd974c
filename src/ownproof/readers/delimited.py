"""Reads CSV and its relatives: separator, quote and encoding found, every cell kept as text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from ownproof.core.plain import clean_names
from ownproof.core.reader import RawTable
from ownproof.core.reading import no_rows
from ownproof.core.records import Count, Dialect, counted
from ownproof.core.report import Finding
from ownproof.core.streams import PIECE, decoded, encoding_of, head_of, no_copy, one_byte, packing, pieces
from ownproof.errors import InputError
from ownproof.stats.hashing import text_hash

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
ENDINGS = (".csv", ".tsv", ".tab", ".psv")
HEAD = 1 << 18
BROKEN = " (broken)"
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


COMMAS = Dialect()


@dataclass(frozen=True, slots=True)
class _Text:
    """A delimited text that can be scanned: a path or bytes, UTF-8, and how it is written."""

    source: Path | bytes
    where: str
    dialect: Dialect = COMMAS

    def parts(self) -> Iterator[bytes]:
        if isinstance(self.source, Path):
            yield from pieces(self.source)
        else:
            yield from (self.source[at : at + PIECE] for at in range(0, len(self.source), PIECE))


class DelimitedReader:
    """CSV, TSV, semicolons or bars; plain, .gz or .zst; UTF-8, UTF-16 or an old one-byte encoding."""

    name: ClassVar[str] = "delimited"

    def recognise(self, where: str, head: bytes) -> float:
        """By the ending; without one, by lines that fall into the same number of fields."""
        if not head:
            return 0.0
        ending = where.lower().removesuffix(".gz").removesuffix(".zst")
        if ending.endswith(ENDINGS):
            return 0.8
        start = head_of(Path(where)) if packing(head) else head
        encoding = encoding_of(start)
        if b"\0" in start and encoding == "utf-8":
            return 0.0
        text = start.decode(encoding if encoding != "utf-8" else "latin-1", "ignore").encode()
        if text.lstrip()[:1] in (b"{", b"[", b"<"):
            return 0.0
        count = counted([_whole_lines(text)], _guess(text))
        told_apart = count.fields >= 2 and count.records >= 2 and count.bad_records <= 0.1 * count.records
        return 0.5 if told_apart else 0.0

    def read(self, where: str, *, query: str | None = None, scratch: Path | None = None) -> RawTable:
        """The raw table, all cells text. Raises InputError that names the first bad line."""
        import polars as pl

        del query
        text, findings = _as_utf8(Path(where), scratch)
        text = replace(text, dialect=_guess(_head(text)))
        text, count = _checked(text, scratch)
        names, said = _names(text, count)
        frame = pl.scan_csv(
            text.source,
            separator=text.dialect.separator,
            quote_char=text.dialect.quote,
            infer_schema=False,
            with_column_names=lambda _: list(names),
            glob=False,
            n_rows=count.records - 1 if count.blank else None,
        )
        return RawTable(frame, (*findings, *_how(text.dialect), *said), where, raw_text=True)


def _as_utf8(path: Path, scratch: Path | None) -> tuple[_Text, list[Finding]]:
    """The file itself where polars can scan it, else a decoded copy."""
    with path.open("rb") as stream:
        start = stream.read(4)
    packed, head = packing(start), head_of(path, HEAD)
    encoding = encoding_of(head)
    alone = b"\r" in head and b"\n" not in head
    findings = []
    if encoding in ("utf-8", "utf-8-sig"):
        _no_zero_bytes(path, head)
        known, line = _verified(pieces(path))
        if known == "utf-8" and not packed and not alone:
            return _Text(path, str(path)), []
        if known != "utf-8":
            findings.append(_guessed(known, line))
            encoding = known
    else:
        findings.append(
            Finding("quality.encoding", "ok", (), None, f"the file is {encoding.upper()}", "UTF-8 reads faster")
        )
    guessed = bool(findings) and findings[0].level == "warn"
    copy = decoded(pieces(path), encoding.removesuffix(BROKEN), str(path), guessed=guessed)
    return _Text(_spooled(copy, path, scratch), str(path)), findings


def _verified(parts: Iterable[bytes]) -> tuple[str, int]:
    """`utf-8`, or what to decode as instead, with the line that shows it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, clean = 1, True
    for part in parts:
        if clean and part.isascii():
            line += part.count(b"\n")
            continue
        try:
            decoder.decode(part)
            clean = not decoder.getstate()[0]
        except UnicodeDecodeError as why:
            line += part.count(b"\n", 0, why.start)
            text = part.decode("utf-8", "replace")
            wrong = text.count("�")
            right = sum(1 for c in text if c > "\x7f") - wrong
            return ("utf-8" + BROKEN if right > 10 * wrong else one_byte(part)), line
        line += part.count(b"\n")
    return ("utf-8", 0) if clean else ("utf-8" + BROKEN, line)


def _guessed(encoding: str, line: int) -> Finding:
    if encoding.endswith(BROKEN):
        return Finding(
            "quality.encoding",
            "warn",
            (),
            None,
            f"broken UTF-8 first on line {line}; such characters are read as �",
            "write the file again as UTF-8",
        )
    return Finding(
        "quality.encoding",
        "warn",
        (),
        None,
        f"not UTF-8 (line {line}): read as {encoding}",
        "check the accents in the report; save the file as UTF-8 to be sure",
    )


def _spooled(parts: Iterable[bytes], path: Path, scratch: Path | None) -> Path | bytes:
    if scratch is None:
        return b"".join(parts)
    target = scratch / f"{text_hash(str(path.resolve())):016x}.csv"
    draft = target.with_suffix(".part")
    try:
        with draft.open("wb") as stream:
            for part in parts:
                stream.write(part)
        return draft.replace(target)
    except OSError as why:
        raise no_copy(path, scratch, why) from None


def _head(text: _Text) -> bytes:
    found = b""
    for part in text.parts():
        found += part
        if len(found) >= HEAD:
            break
    return found[:HEAD].removeprefix(codecs.BOM_UTF8)


def _whole_lines(head: bytes) -> bytes:
    return head[: head.rfind(b"\n") + 1] or head


def _guess(head: bytes) -> Dialect:
    """The separator under which most lines have as many fields as the first; the quote that is used."""
    lines = _whole_lines(head)
    quotes = '"' if b'"' in lines or b"'" not in lines else "'"
    best, rank = Dialect(), (0.0, 0.0, 0)
    for separator in SEPARATORS:
        tried = Dialect(separator, quotes)
        count = counted([lines], tried)
        if quotes == "'" and (count.odd_quote or count.bad_records):  # an apostrophe, not a quote
            without = counted([lines], Dialect(separator))
            if count.odd_quote or without.bad_records < count.bad_records:
                tried, count = Dialect(separator), without
        widest = max(count.widths.items(), key=lambda w: (w[1], w[0]), default=(1, 0))
        agree = 1 - count.bad_records / max(1, count.records)
        new = (
            (float(count.fields > 1), round(agree, 2), count.fields)
            if count.fields > 1
            else (0.0, widest[1] / max(1, count.records) if widest[0] > 1 else 0.0, widest[0])
        )
        if new > rank:
            best, rank = tried, new
    return best


def _checked(text: _Text, scratch: Path | None) -> tuple[_Text, Count]:
    """The text with every line counted; a rewritten copy where only odd quotes or blank lines stand in the way."""
    count = counted(_without_mark(text.parts()), text.dialect)
    _no_zero_bytes(Path(text.where), b"", count.zero_byte)
    path = Path(text.where)
    if not count.records:
        raise InputError(
            f"{path.name} holds nothing but blank lines",
            expected="a header and rows",
            where=text.where,
            hint="check how it was written",
            code="empty",
        )
    if not count.odd_quote and count.bad_records:
        raise _ragged(text, count)
    if count.odd_quote or count.blank > count.trailing:
        text, count = _rewritten(text, count, scratch)
    if count.records == 1:
        raise no_rows(text.where, count.fields)
    return text, count


def _rewritten(text: _Text, count: Count, scratch: Path | None) -> tuple[_Text, Count]:
    for spaces in (False, True):
        try:
            source = _spooled(_parsed(text, spaces), Path(text.where), scratch)
        except (csv.Error, ValueError):
            continue
        copy = _Text(source, text.where, Dialect(text.dialect.separator))
        return copy, counted(copy.parts(), copy.dialect)
    literal = replace(text, dialect=Dialect(text.dialect.separator, None))
    plain = counted(_without_mark(text.parts()), literal.dialect)
    if not plain.bad_records and plain.blank == plain.trailing and plain.fields > 1:
        return literal, plain
    if count.odd_quote:
        raise InputError(
            f"line {count.odd_quote}: a quote stands inside a field or is never closed",
            expected='quotes around a whole field, those inside it doubled ("")',
            hint=f"mend line {count.odd_quote}, or write the file with a CSV library",
            where=text.where,
            code="quotes",
        )
    raise InputError(
        "blank lines and line ends of several systems are mixed in one file",
        expected="one kind of line end",
        hint="write the file anew (dos2unix, or a CSV library)",
        where=text.where,
        code="line-ends",
    )


def _parsed(text: _Text, spaces: bool) -> Iterator[bytes]:
    """The records as a strict CSV parser reads them, written anew. Raises ValueError when one does not fit."""
    rows = csv.reader(
        _lines(text),
        delimiter=text.dialect.separator,
        quotechar=text.dialect.quote,
        strict=True,
        skipinitialspace=spaces,
    )
    width = 0
    for row in rows:
        if not row:
            continue
        width = width or len(row)
        if len(row) != width:
            raise ValueError
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=text.dialect.separator, lineterminator="\n").writerow(row)
        yield out.getvalue().encode()


def _lines(text: _Text) -> Iterator[str]:
    held = b""
    for part in _without_mark(text.parts()):
        *whole, held = (held + part).split(b"\n")
        yield from (line.decode() + "\n" for line in whole)
    if held:
        yield held.decode()


def _without_mark(parts: Iterator[bytes]) -> Iterator[bytes]:
    for at, part in enumerate(parts):
        yield part if at else part.removeprefix(codecs.BOM_UTF8)


def _names(text: _Text, count: Count) -> tuple[tuple[str, ...], list[Finding]]:
    head = b"".join(part for _, part in zip(range(16), _without_mark(text.parts()), strict=False))
    rows = csv.reader(
        io.StringIO(head.decode("utf-8", "ignore"), newline=""),
        delimiter=text.dialect.separator,
        quotechar=text.dialect.quote,
        quoting=csv.QUOTE_NONE if text.dialect.quote is None else csv.QUOTE_MINIMAL,
    )
    try:
        row = next(r for r in rows if r)
    except (csv.Error, StopIteration):
        row = []
    if len(row) != count.fields:
        raise InputError(
            "the header cannot be read: a name is too long or a quote is left open",
            expected="short column names on the first line",
            hint="mend the first line",
            where=text.where,
            code="header",
        )
    names, findings = clean_names(row)
    said = list(findings)
    if all(NUMBER.fullmatch(name.strip()) for name in row):
        said.append(
            Finding(
                "quality.header",
                "warn",
                names[:3],
                None,
                f"the first line ({', '.join(row[:3])} ...) looks like data",
                "put a line with column names on top",
            )
        )
    return names, said


def _how(dialect: Dialect) -> list[Finding]:
    if dialect == Dialect():
        return []
    quotes = (
        ""
        if dialect.quote == '"'
        else ", quotes taken as they stand"
        if dialect.quote is None
        else f", quoted by {dialect.quote}"
    )
    return [
        Finding(
            "quality.format",
            "ok",
            (),
            None,
            f"fields stand between {SEPARATORS[dialect.separator]}{quotes}",
            "nothing to do if the columns look right",
        )
    ]


def _ragged(text: _Text, count: Count) -> InputError:
    line, seen = count.bad[0]
    more = count.bad_records - 1
    to_the_end = count.last_good < line
    also = (
        ""
        if not more
        else ", as all lines after it"
        if to_the_end
        else f", and {more} more line{'s' if more > 1 else ''} do not fit"
    )
    every = to_the_end and count.records - 1 == count.bad_records
    if every and len(count.widths) == 2:
        hint = (
            "the header lacks names, or lines above it should go"
            if seen > count.fields
            else "the header has names too many"
        )
    elif seen > count.fields:
        hint = f"quote fields that hold {SEPARATORS[text.dialect.separator]}"
    elif to_the_end:
        hint = f"the file breaks off or ends in a footer: write it again, or remove the lines from {line} on"
    else:
        hint = f"mend line {line}: a line break inside a field must be quoted"
    return InputError(
        f"line {line} has {seen} field{'s' if seen != 1 else ''}, the header has {count.fields}{also}",
        expected=f"{count.fields} fields between {SEPARATORS[text.dialect.separator]} on every line",
        hint=hint,
        where=f"{text.where}:{line}",
        code="ragged",
    )


def _no_zero_bytes(path: Path, head: bytes, line: int = 0) -> None:
    at = head.find(b"\0")
    if at >= 0 or line:
        where = line or head.count(b"\n", 0, at) + 1
        raise InputError(
            f"{path.name} holds zero bytes (the first on line {where}): binary data, or a damaged text",
            expected="a text file",
            hint="export it again as CSV; spreadsheets: save as .xlsx or .csv",
            where=f"{path}:{where}",
            code="binary",
        )
