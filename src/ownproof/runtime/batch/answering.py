"""Rows of a table in, a table of answers out: keys, predictions, flags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ownproof.core.input import Remembers
from ownproof.runtime.batch.rows import KEYS, Typed, rows_of
from ownproof.runtime.predictor import Predictor

if TYPE_CHECKING:
    import numpy as np
    import polars as pl


def answers(predictor: Predictor, data: Any) -> pl.DataFrame:
    """The answers to a table in memory: the same columns that `predict` writes.

    data: a path, a database URL, or a pandas, polars or Arrow frame. Raises InputError for data that lacks columns.
    """
    import polars as pl

    rows = rows_of(predictor, data)
    return pl.concat([answered(predictor, rows.typed(predictor, at, cells)) for at, cells in rows.cells()])


def answered(predictor: Predictor, rows: Typed) -> pl.DataFrame:
    """Keys, answers and flags of some rows, in their order."""
    import polars as pl

    part, bad = rows.table, rows.bad
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
