"""A bundle over a whole table: one output row per input row, in order, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.cells import as_stored
from ownproof.core.input import Bounded, Input, Remembers
from ownproof.core.reader import RawTable
from ownproof.core.reading import collected, damaged, read_table
from ownproof.core.recognise import Kind, read_typed
from ownproof.core.schema import Column
from ownproof.errors import InputError, all_at_once, did_you_mean
from ownproof.runtime.output import ENDINGS, Output
from ownproof.runtime.predictor import Predictor

if TYPE_CHECKING:
    import polars as pl

CHUNK = 100_000
"""Rows in memory at a time."""
KEYS = ("id", "group", "time")


def predict(
    bundle: str | Path, data: str | Path, out: str | Path, *, news: Callable[[int, int], None] = lambda *_: None
) -> dict[str, Any]:
    """Answer every row of a table into a file (CSV, TSV, Parquet, JSONL or Arrow by its ending).

    Each row gives: the input keys (id, group, time), `prediction`, `probability_<class>` for labels, `prediction_low` and
    `prediction_high` for numbers, `flags`. A row with a cell that cannot be read keeps its place: empty prediction, flag `quarantined`. A key that is called like an answer
    (`prediction`) is written as `prediction_given`. Nothing is left half-written.
    Raises InputError for data that lacks columns, an unknown ending or a folder that is not there.
    """
    target = Path(out)
    if target.suffix.lower() not in ENDINGS:
        raise InputError(
            f"--out {target.name} has no ending that is known",
            expected=", ".join(ENDINGS),
            where="--out",
            hint=did_you_mean(target.suffix, ENDINGS, what="endings"),
        )
    if not target.parent.is_dir():
        raise InputError(
            f"--out: there is no folder {target.parent}",
            expected="a folder that exists",
            where="--out",
            hint="make the folder first",
        )
    if target.exists() and "://" not in str(data) and Path(data).exists() and target.samefile(data):
        raise InputError(
            f"--out {target.name} is the data itself",
            expected="another file",
            where="--out",
            hint="name a file that is not read",
        )
    predictor = Predictor.open(bundle)
    try:
        return _predict(predictor, data, target, news)
    finally:
        predictor.bundle.close()


def answers(predictor: Predictor, data: Any) -> pl.DataFrame:
    """The answers to a table in memory: the same columns that `predict` writes.

    data: a path, a database URL, or a pandas, polars or Arrow frame. Raises InputError for data that lacks columns.
    """
    import polars as pl

    name = str(data) if isinstance(data, (str, Path)) else "the frame"
    table = _read(predictor, data, name)
    return pl.concat([_answer(predictor, part, bad) for part, bad in table.batches(predictor, name)])


def _predict(predictor: Predictor, data: str | Path, target: Path, news: Callable[[int, int], None]) -> dict[str, Any]:
    table = _read(predictor, data, str(data))
    done = quarantined = 0
    with Output(target) as output:
        for part, bad in table.batches(predictor, data):
            output.add(_answer(predictor, part, bad))
            done, quarantined = done + part.height, quarantined + int(bad.sum())
            news(done, max(done, table.rows))
        output.finish()
    return {
        "rows": done,
        "quarantined": quarantined,
        "bundle": predictor.bundle.hash,
        "out": str(target.resolve()),
        "proven": predictor.bundle.proven and predictor.bundle.card.get("evidence") == "sealed",
        "verdict": predictor.bundle.card.get("verdict"),
        "evidence": predictor.bundle.card.get("evidence"),
        "hint": _no_key(predictor),
    }


def _no_key(predictor: Predictor) -> str:
    """What to do when no column names the rows of the answers though one of the table could."""
    columns = predictor.bundle.schema.columns
    obvious = [c.name for c in columns if c.kind == "identifier" and c.role == "ignored"]
    if not obvious or any(c.role in KEYS for c in columns):
        return ""
    return f"the answers have no key column: rows are in the order of the data; a run with --id {obvious[0]} keeps that column"


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The columns of the data that the bundle needs, lazily, and the keys, with what each is."""

    raw: RawTable
    kinds: tuple[Kind, ...]
    rows: int
    folder: Path | None

    def batches(self, predictor: Predictor, data: str | Path) -> Iterator[tuple[pl.DataFrame, np.ndarray]]:
        """Typed rows in their order, few at a time, and which of them hold a cell that cannot be read; one batch
        without a row where there is none."""
        import polars as pl

        cells = self.raw.frame.collect_batches(chunk_size=CHUNK, maintain_order=True)
        empty = True
        try:
            for part in cells:
                empty = False
                yield self._typed(predictor, part)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as why:
            raise damaged(str(data), why) from None
        if empty:
            yield self._typed(predictor, self.raw.frame.collect_schema().to_frame())

    def _typed(self, predictor: Predictor, cells: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray]:
        raw = replace(self.raw, frame=cells.lazy())
        table = read_typed(raw, self.kinds, predictor.inputs, folder=self.folder).collect()
        bad = np.zeros(table.height, dtype=bool)
        for column in predictor.columns:
            bad |= _unreadable(predictor.inputs[column.kind], column, table[column.name], cells[column.name])
        return table, bad


def _read(predictor: Predictor, data: Any, name: str) -> _Table:
    import polars as pl

    raw = read_table(data, readers=registry.shelf("readers"))
    schema = predictor.bundle.schema
    there = raw.frame.collect_schema().names()
    missing = [n for n in predictor.names if n not in there]
    if missing:
        raise all_at_once([InputError.no_column(n, there, role="the bundle needs it", where=name) for n in missing])
    keys = [c.name for c in schema.columns if c.role in KEYS and c.name in there]
    wanted = [c for c in schema.columns if c.name in predictor.names or c.name in keys]
    kinds = tuple(Kind(c.name, c.kind, c.details, "", ()) for c in wanted)
    local = isinstance(data, (str, Path)) and "://" not in str(data)
    folder = Path(data).resolve().parent if local else None
    rows = collected(raw.frame.select(pl.len()), name).item()
    return _Table(replace(raw, frame=raw.frame.select([c.name for c in wanted])), kinds, rows, folder)


def _unreadable(kind: Input, column: Column, typed: pl.Series, cells: pl.Series) -> np.ndarray:
    """bool (n,): cells that `kind.read` refuses, and those that are more than a cell may be."""
    bad = kind.beyond(typed) if isinstance(kind, Bounded) else np.zeros(len(typed), dtype=bool)
    suspects = typed.is_null() & cells.is_not_null()
    if not suspects.any():
        return bad
    details = as_stored(column.details, cells.dtype)
    rotten = [v for v in cells.filter(suspects).unique().to_list() if not _readable(kind, v, details)]
    return np.asarray(bad | (cells.is_in(rotten) & suspects).fill_null(value=False).to_numpy())


def _readable(kind: Any, value: Any, details: Mapping[str, Any]) -> bool:
    try:
        kind.read(value, details)
    except ValueError:
        return False
    return True


def _answer(predictor: Predictor, part: pl.DataFrame, bad: np.ndarray) -> pl.DataFrame:
    import polars as pl

    keys = [c.name for c in predictor.bundle.schema.columns if c.role in KEYS and c.name in part.columns]
    if part.height == 0:
        return part.select(keys).with_columns(pl.lit(None, dtype=pl.String).alias("prediction"))
    columns = predictor.columns_of(predictor.raw(part))
    if "flagged" in columns:
        columns = {**columns, "reasons": _reasons(predictor, part, columns["flagged"])}
    if any(isinstance(v, (dict, list)) for v in columns["prediction"][:1]):
        import json

        columns["prediction"] = [json.dumps(v, ensure_ascii=False) for v in columns["prediction"]]
    good = pl.Series(~bad)
    made = pl.DataFrame([pl.Series(n, v, strict=False) for n, v in columns.items()])
    made = made.select(pl.when(good).then(pl.all())).with_columns(_flags(predictor, part, bad))
    given = part.select(keys).rename({k: f"{k}_given" for k in keys if k in made.columns})
    return pl.concat([given, made], how="horizontal") if keys else made


def _reasons(predictor: Predictor, part: pl.DataFrame, flagged: Any) -> list[str]:
    """The columns that make a flagged row strange, the most telling one first."""
    where = [i for i, told in enumerate(flagged) if told]
    found = [""] * len(flagged)
    for row, names in zip(where, predictor.reasons(part[where].select(predictor.names)), strict=True):
        found[row] = ";".join(names)
    return found


def _strange(kind: Any, code: Mapping[str, Any], column: pl.Series) -> pl.Series:
    """Cells that were never met in training, each once."""
    import polars as pl

    if isinstance(kind, Remembers):
        return kind.strange(code, column)
    different = column.unique().drop_nulls().to_list()
    return pl.Series([v for v in different if kind.unseen(code, v)], dtype=column.dtype)


def _flags(predictor: Predictor, part: pl.DataFrame, bad: np.ndarray) -> pl.Series:
    """What is to be said of each row, parted by semicolons."""
    import polars as pl

    good = pl.Series(~bad)
    said: list[pl.Expr] = [pl.when(pl.Series(bad)).then(pl.lit("quarantined"))]
    for code in predictor.bundle.encoder.codes:
        kind = predictor.bundle.encoder.inputs[code.kind]
        column = part[code.column]
        if column.dtype.is_numeric():
            continue
        fresh = _strange(kind, code.code, column)
        if len(fresh):
            said.append(pl.when(column.is_in(fresh.implode()) & good).then(pl.lit(f"unseen:{code.column}")))
    if not predictor.bundle.proven:
        said.append(pl.repeat("unproven", part.height))
    return pl.select(pl.concat_str(said, separator=";", ignore_nulls=True).alias("flags")).to_series()
