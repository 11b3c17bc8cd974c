"""Tables made plain: column names that can be typed, and storage types that every kind knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ownproof.core.report import Finding

if TYPE_CHECKING:
    import polars as pl


def clean_names(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Names without outer spaces, blanks and repeats, and what was changed.

    >>> clean_names([" age", "", "age"])[0]
    ('age', 'column_2', 'age_2')
    """
    bare = [re.sub(r"\s+", " ", str(n)).strip().strip("﻿") for n in names]
    taken = set(bare)
    clean: list[str] = []
    blank, twice, spaced = [], [], []
    for position, (old, name) in enumerate(zip(names, bare, strict=True), start=1):
        new = name or _free(f"column_{position}", taken, first=1)
        if name and name in clean:
            new = _free(name, taken, first=2)
            twice.append(f"{name!r} -> {new!r}")
        elif not name:
            blank.append(f"number {position} -> {new!r}")
        elif old != name:
            spaced.append(f"{old!r} -> {name!r}")
        taken.add(new)
        clean.append(new)
    said = [("without a name", blank), ("named twice", twice), ("with spaces around the name", spaced)]
    return tuple(clean), tuple(_renamed(what, changes) for what, changes in said if changes)


def plain_columns(frame: pl.LazyFrame) -> tuple[pl.LazyFrame, tuple[Finding, ...]]:
    """The same table with names cleaned and every column as text, number, boolean, date or datetime.

    Categories become text, decimals and durations (in seconds) numbers, nested values JSON text; bytes stay.
    """
    import polars as pl

    schema = frame.collect_schema()
    names, findings = clean_names(schema.names())
    wanted, said = [], list(findings)
    for (old, dtype), new in zip(schema.items(), names, strict=True):
        column, note = _plain(pl.col(old), dtype)
        wanted.append(column.alias(new))
        if note:
            said.append(Finding("quality.stored-as", "ok", (new,), None, note, f"--drop {new}, if it is of no use"))
    simple = (
        all(_plain(pl.col(n), t)[0].meta.eq(pl.col(n)) for n, t in schema.items()) and list(names) == schema.names()
    )
    return (frame if simple else frame.select(wanted)), tuple(said)


def _plain(column: pl.Expr, dtype: pl.DataType) -> tuple[pl.Expr, str]:
    import polars as pl

    if isinstance(dtype, (pl.Categorical, pl.Enum)) or dtype in (pl.Null, pl.Time):
        return column.cast(pl.String), ""
    if isinstance(dtype, pl.Decimal):
        return column.cast(pl.Float64), ""
    if isinstance(dtype, pl.Duration):
        return column.dt.total_microseconds() / 1e6, "a duration, read as seconds"
    if dtype.is_nested():
        packed = pl.struct(column.alias("v")).struct.json_encode()
        text = packed.str.strip_prefix('{"v":').str.strip_suffix("}")
        return pl.when(column.is_not_null()).then(text), f"nested cells ({dtype}), read as JSON text"
    return column, ""


def _free(name: str, taken: set[str], *, first: int) -> str:
    if first == 1 and name not in taken:
        return name
    number = max(first, 2)
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _renamed(what: str, changes: list[str]) -> Finding:
    shown = ", ".join(changes[:5]) + (f" and {len(changes) - 5} more" if len(changes) > 5 else "")
    return Finding(
        "quality.column-names",
        "ok" if what.startswith("with spaces") else "warn",
        (),
        len(changes),
        f"{len(changes)} column{'s' if len(changes) > 1 else ''} {what}: {shown}",
        "use the new names here, or mend the header of the data",
    )
