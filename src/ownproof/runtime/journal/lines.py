"""Lines of a segment as a frame; a line that cannot be read is counted, never guessed at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import polars as pl


class _Decision(msgspec.Struct):
    id: str
    at: float
    model: str
    inputs: msgspec.Raw
    answer: msgspec.Raw
    flags: list[str] = []
    us: int = 0
    key: str | None = None
    request: str | None = None
    role: str = "live"
    redacted: list[str] = []


class _Refusal(msgspec.Struct):
    at: float
    model: str
    status: int
    problems: list[dict[str, str]] = []
    request: str | None = None


class _Outcome(msgspec.Struct):
    at: float
    known: float
    outcome: msgspec.Raw
    prediction_id: str | None = None
    id: str | None = None
    part: str | None = None


class _Cell(msgspec.Struct):
    sha256: str
    at: float
    cell: msgspec.Raw


_DECODERS: Mapping[str, msgspec.json.Decoder[Any]] = {
    "decisions": msgspec.json.Decoder(_Decision),
    "refusals": msgspec.json.Decoder(_Refusal),
    "outcomes": msgspec.json.Decoder(_Outcome),
    "cells": msgspec.json.Decoder(_Cell),
}
MOMENTS = ("at", "known")
JSON_CELLS = ("inputs", "answer", "outcome", "cell")
LONGEST_S = 253_402_300_800.0
"""Seconds up to the year 10000: a moment beyond it is no moment."""


def columns(kind: str) -> dict[str, Any]:
    """The columns of a kind's frames: name to polars dtype. Moments are in UTC, JSON values are their text."""
    import polars as pl

    moment, text, texts = pl.Datetime("us", "UTC"), pl.String(), pl.List(pl.String)
    return {
        "decisions": {
            "id": text,
            "at": moment,
            "model": text,
            "inputs": text,
            "answer": text,
            "flags": texts,
            "us": pl.Int64(),
            "key": text,
            "request": text,
            "role": text,
            "redacted": texts,
        },
        "refusals": {
            "at": moment,
            "model": text,
            "status": pl.Int64(),
            "problems": pl.List(pl.Struct({"field": pl.String, "reason": pl.String})),
            "request": text,
        },
        "outcomes": {"at": moment, "known": moment, "outcome": text, "prediction_id": text, "id": text, "part": text},
        "cells": {"sha256": text, "at": moment, "cell": text},
    }[kind]


def decoded(lines: Sequence[bytes], kind: str) -> tuple[pl.DataFrame, int]:
    """A frame of the lines that hold a record of that kind, in order, and how many do not."""
    import polars as pl

    decode = _DECODERS[kind].decode
    rows, bad = [], 0
    for each in lines:
        try:
            row = decode(each.decode())  # as text: bytes that are no UTF-8 would pass unseen within raw values
        except (ValueError, RecursionError):
            bad += 1
            continue
        if 0 <= row.at < LONGEST_S and 0 <= getattr(row, "known", 0.0) < LONGEST_S:
            rows.append(row)
        else:
            bad += 1
    made = {}
    for name, dtype in columns(kind).items():
        values: list[Any] = [getattr(row, name) for row in rows]
        made[name] = pl.Series(name, _cells(name, values), dtype=_stored(name, dtype), strict=False)
    frame = pl.DataFrame(made).with_columns(
        pl.from_epoch(pl.col(n), time_unit="us").dt.replace_time_zone("UTC") for n in MOMENTS if n in made
    )
    return frame, bad


def _cells(name: str, values: list[Any]) -> list[Any]:
    convert: Callable[[Any], Any] | None = None
    if name in MOMENTS:
        convert = _microseconds
    elif name in JSON_CELLS:
        convert = _text
    return values if convert is None else [convert(v) for v in values]


def _microseconds(seconds: float) -> int:
    return round(seconds * 1e6)


def _text(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()


def _stored(name: str, dtype: Any) -> Any:
    import polars as pl

    return pl.Int64() if name in MOMENTS else dtype
