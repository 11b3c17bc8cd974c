"""A bundle over a whole table: one output row per input row, in order, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.cells import as_stored
from ownproof.core.reading import collected, read_table
from ownproof.core.recognise import Kind, read_typed
from ownproof.errors import InputError, all_at_once, did_you_mean
from ownproof.runtime.predictor import Predictor

if TYPE_CHECKING:
    import polars as pl

CHUNK = 100_000
ENDINGS = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".arrow", ".feather")
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


def _predict(predictor: Predictor, data: str | Path, target: Path, news: Callable[[int, int], None]) -> dict[str, Any]:
    table, bad = _typed(predictor, data)
    parts: list[pl.DataFrame] = []
    quarantined = 0
    for start in range(0, max(table.height, 1), CHUNK):
        part, rotten = table.slice(start, CHUNK), bad[start : start + CHUNK]
        parts.append(_answer(predictor, part, rotten))
        quarantined += int(rotten.sum())
        news(min(start + CHUNK, table.height), table.height)
    _write(parts, target)
    return {
        "rows": table.height,
        "quarantined": quarantined,
        "bundle": predictor.bundle.hash,
        "out": str(target.resolve()),
        "proven": predictor.bundle.proven,
    }


def _typed(predictor: Predictor, data: str | Path) -> tuple[pl.DataFrame, np.ndarray]:
    """The typed table with its keys, and which rows hold a cell that cannot be read."""
    import polars as pl

    raw = read_table(data, readers=registry.shelf("readers"))
    schema = predictor.bundle.schema
    there = raw.frame.collect_schema().names()
    missing = [n for n in predictor.names if n not in there]
    if missing:
        raise all_at_once(
            [InputError.no_column(n, there, role="the bundle needs it", where=str(data)) for n in missing]
        )
    keys = [c.name for c in schema.columns if c.role in KEYS and c.name in there]
    wanted = [c for c in schema.columns if c.name in predictor.names or c.name in keys]
    kinds = [Kind(c.name, c.kind, c.details, "", ()) for c in wanted]
    folder = Path(data).resolve().parent if "://" not in str(data) else None
    from dataclasses import replace

    frame = raw.frame.select([c.name for c in wanted])
    table = read_typed(replace(raw, frame=frame), kinds, predictor.inputs, folder=folder).collect()
    cells = collected(frame, str(data))
    bad = np.zeros(table.height, dtype=bool)
    for column in predictor.columns:
        kind = predictor.inputs[column.kind]
        suspects = table[column.name].is_null() & cells[column.name].is_not_null()
        if not suspects.any():
            continue
        values = cells[column.name].filter(suspects).unique()
        details = as_stored(column.details, cells.schema[column.name])
        rotten = [v for v in values.to_list() if not _readable(kind, v, details)]
        bad |= (cells[column.name].is_in(rotten) & suspects).fill_null(value=False).to_numpy()
    return table.select(pl.all()), bad


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
    answers = predictor.answers(predictor.raw(part))
    columns: dict[str, list[Any]] = {
        "prediction": [None if b else a["prediction"] for a, b in zip(answers, bad, strict=True)]
    }
    for name in answers[0].get("probabilities") or {}:
        columns[f"probability_{name}"] = [
            None if b else a["probabilities"][name] for a, b in zip(answers, bad, strict=True)
        ]
    for end in ("low", "high"):
        if end in answers[0]:
            columns[f"prediction_{end}"] = [None if b else a[end] for a, b in zip(answers, bad, strict=True)]
    columns["flags"] = _flags(predictor, part, bad)
    if any(isinstance(v, (dict, list)) for v in columns["prediction"]):
        import json

        columns["prediction"] = [
            None if v is None else json.dumps(v, ensure_ascii=False) for v in columns["prediction"]
        ]
    made = pl.DataFrame([pl.Series(n, v, strict=False) for n, v in columns.items()])
    given = part.select(keys).rename({k: f"{k}_given" for k in keys if k in columns})
    return pl.concat([given, made], how="horizontal") if keys else made


def _flags(predictor: Predictor, part: pl.DataFrame, bad: np.ndarray) -> list[str]:
    flags: list[list[str]] = [["quarantined"] if b else [] for b in bad]
    for code in predictor.bundle.encoder.codes:
        kind = predictor.bundle.encoder.inputs[code.kind]
        column = part[code.column]
        if column.dtype.is_numeric():
            continue
        fresh = {v for v in column.unique().drop_nulls().to_list() if kind.unseen(code.code, v)}  # type: ignore[attr-defined]
        if fresh:
            for i, value in enumerate(column.to_list()):
                if value in fresh and not bad[i]:
                    flags[i].append(f"unseen:{code.column}")
    if not predictor.bundle.proven:
        for mine in flags:
            mine.append("unproven")
    return [";".join(f) for f in flags]


def _write(parts: list[pl.DataFrame], target: Path) -> None:
    """Beside the target, synced, then renamed: a reader sees the whole file or none."""
    import polars as pl

    table = pl.concat(parts)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        ending = target.suffix.lower()
        if ending in (".csv", ".tsv"):
            table.write_csv(beside, separator="\t" if ending == ".tsv" else ",")
        elif ending == ".parquet":
            table.write_parquet(beside)
        elif ending in (".jsonl", ".ndjson"):
            table.write_ndjson(beside)
        else:
            table.write_ipc(beside)
        with beside.open("rb") as handle:
            os.fsync(handle.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
