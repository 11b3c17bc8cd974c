"""What a journal holds: decisions, refusals, outcomes and large cells, one JSON line each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ownproof.core.policy import Policy

_encoder = msgspec.json.Encoder()
_rows: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer as it was given.

    id: the prediction id; at: unix seconds (UTC) by the server's clock; model: the bundle's hash; inputs: the request's
    row, and answer: `prediction`, `probabilities`, `low`, `high`, `threshold` as far as there are (dicts, or JSON as
    msgspec.Raw); us: the microseconds that answering took; key: the caller's id; request: X-Request-Id;
    role: `live`, or `shadow-<version>` for answers nobody saw; redacted: the inputs that were left out.
    """

    id: str
    at: float
    model: str
    inputs: Any
    answer: Any
    flags: Sequence[str] = ()
    us: int = 0
    key: str | None = None
    request: str | None = None
    role: str = "live"
    redacted: Sequence[str] = ()


class Refusal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request that was not answered: the HTTP status, and `{field, reason}` of each problem, never a value."""

    at: float
    model: str
    status: int
    problems: Sequence[Mapping[str, str]] = ()
    request: str | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came true, or is said to have come true, of a decision.

    at: when it was logged, known: when it became known (unix seconds); the decision is named by prediction_id or by id,
    the caller's own; outcome: any JSON value, null withdraws what was said; part: which of several outcomes it is.
    """

    at: float
    known: float
    outcome: Any
    prediction_id: str | None = None
    id: str | None = None
    part: str | None = None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell too large for a line, kept once: the decision holds `{"sha256", "bytes"}` in its place."""

    sha256: str
    at: float
    cell: Any


Record = Decision | Refusal | Outcome | Cell
KINDS: Mapping[type[Record], str] = {Decision: "decisions", Refusal: "refusals", Outcome: "outcomes", Cell: "cells"}
"""The name of the files that hold a record."""


def line(record: Record) -> bytes:
    """A record as one line of JSON; NaN and infinity become null.

    Raises TypeError for values that are no JSON, ValueError for text that is no UTF-8.

    >>> line(Outcome(at=2.5, known=2.0, id="7", outcome="yes"))
    b'{"at":2.5,"known":2.0,"outcome":"yes","id":"7"}\\n'
    """
    return one_line(_encoder.encode(record)) + b"\n"


def one_line(json: bytes) -> bytes:
    """JSON without line breaks: between tokens they are mere space, within a string JSON has none."""
    if b"\n" in json or b"\r" in json:
        return json.replace(b"\n", b" ").replace(b"\r", b" ")
    return json


def prediction_id(ns: int, random: int) -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, 12 of their fraction, 62 of chance.

    ns: unix nanoseconds; random: at least 62 random bits. Ids of one process sort by time (to a quarter of a
    microsecond) as long as its clock does not step back; they differ in any case.

    >>> prediction_id(1_645_557_742_000_000_000, 0x18C4DC0C0C07398F)
    '017f22e2-79b0-7000-98c4-dc0c0c07398f'
    """
    milliseconds, rest = divmod(ns, 1_000_000)
    fraction = (rest << 12) // 1_000_000
    low = (random & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
    text = f"{(milliseconds & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | fraction << 64 | low:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _may_hold(raw: bytes, most: int) -> bool:
    """Whether a cell of a JSON object may be longer than so many bytes; False is certain, and cheap to know.

    Without nesting and escaped quotes such a cell is a run without quotes.
    """
    if b'\\"' in raw or b"[" in raw or raw.count(b"{") > 1:
        return True
    start, run = 0, most - 1
    while start + run <= len(raw):  # the last quote of each stretch is where the next one starts
        quote = raw.rfind(b'"', start, start + run)
        if quote < 0:
            return True
        start = quote + 1
    return False


class Kept(msgspec.Struct, frozen=True):
    """The inputs of a decision as they are logged: JSON, the names left out, and the cells that go by their hash."""

    inputs: msgspec.Raw
    redacted: Sequence[str] = ()
    cells: Sequence[tuple[str, msgspec.Raw]] = ()


def kept(
    inputs: bytes | msgspec.Raw | Mapping[str, Any],
    *,
    redact: frozenset[str] = frozenset(),
    most: int = Policy().journal_cell_bytes,
) -> Kept:
    """What is logged of a request's row: all but the redacted fields, with cells over `most` bytes by their SHA-256.

    inputs: a dict, or the JSON object as it came (left as it is when there is nothing to change).
    Raises ValueError when the bytes are no JSON object.

    >>> bytes(kept({"name": "Ada", "age": 36}, redact=frozenset({"name"})).inputs)
    b'{"age":36}'
    """
    raw = bytes(inputs) if isinstance(inputs, (bytes, msgspec.Raw)) else _encoder.encode(inputs)
    if not redact and (len(raw) <= most or not _may_hold(raw, most)):
        return Kept(msgspec.Raw(one_line(raw)))
    row = _rows.decode(raw)
    large = [(name, written) for name, cell in row.items() if len(written := bytes(cell)) > most and name not in redact]
    gone = [name for name in row if name in redact]
    if not large and not gone:
        return Kept(msgspec.Raw(one_line(raw)))
    cells = []
    for name, written in large:
        digest = hashlib.sha256(written).hexdigest()
        cells.append((digest, msgspec.Raw(written)))
        row[name] = msgspec.Raw(b'{"sha256":"%s","bytes":%d}' % (digest.encode(), len(written)))
    for name in gone:
        del row[name]
    return Kept(msgspec.Raw(one_line(_encoder.encode(row))), tuple(gone), tuple(cells))
