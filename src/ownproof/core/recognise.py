"""Which kind each column of a raw table is, and the table typed accordingly; no kind is named here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core.cells import as_stored
from ownproof.core.input import Input, Recognition
from ownproof.core.reader import RawTable
from ownproof.core.reading import collected
from ownproof.core.report import Finding
from ownproof.errors import InputError, OwnproofError, UsageError, all_at_once, did_you_mean

if TYPE_CHECKING:
    import polars as pl

CLOSE = 0.05
"""Two kinds whose confidences differ by no more are a doubt worth a finding."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a column was found to be: the name of its input kind, what reading it needs, and why."""

    column: str
    kind: str
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def recognise(
    raw: RawTable,
    inputs: Mapping[str, Input],
    *,
    told: Mapping[str, str] | None = None,
    folder: Path | None = None,
    rows_looked_at: int = 20_000,
) -> tuple[Kind, ...]:
    """Ask every input kind about every column and give the column to the surest; in the order of the columns.

    inputs: instances by name. told: kinds by column name that the user insists on. folder: where the data lay.
    rows_looked_at: half of them from the beginning, half spread over the rest. A kind that takes a column away from
    learners (not `usable`) must be right about all rows, so its claim is put to the counterexamples of the whole
    table. Raises InputError and UsageError for columns and kinds that are not there, all at once.
    """
    told = told or {}
    names = raw.frame.collect_schema().names()
    _check_told(told, names, inputs)
    sample, whole = _sample(raw, rows_looked_at)
    kinds = []
    for name in names:
        cells = sample[name]
        asked = _ask(cells, inputs, folder)
        best = told.get(name) or _surest(asked, inputs)
        if not whole and name not in told and not inputs[best].usable:
            extended = _with_counterexamples(raw, cells)
            if len(extended) > len(cells):
                asked = _ask(extended, inputs, folder)
                best = _surest(asked, inputs)
        kinds.append(_kind(name, best, asked, inputs, told=name in told))
    return tuple(kinds)


def read_typed(
    raw: RawTable, kinds: Sequence[Kind], inputs: Mapping[str, Input], folder: Path | None = None
) -> pl.LazyFrame:
    """The table with every column cast by its kind, lazily, in the order of `kinds`.

    The raw table may be another one than the kinds were found in (text here, numbers there): the details are told
    how the cells are stored now. Raises InputError for columns that are missing or cannot be of their kind.
    """
    import polars as pl

    schema = raw.frame.collect_schema()
    wanted, problems = [], list[OwnproofError]()
    for kind in kinds:
        if kind.column not in schema:
            problems.append(InputError.no_column(kind.column, schema.names(), where=raw.source))
            continue
        empty = schema[kind.column] == pl.Null  # no cell says how it is stored: all are missing, of whatever kind
        cells = pl.col(kind.column).cast(pl.String) if empty else pl.col(kind.column)
        details = as_stored(kind.details, pl.String() if empty else schema[kind.column])
        try:
            cast = inputs[kind.kind].cast(cells, details, folder=folder)
        except ValueError as why:
            problems.append(
                InputError(
                    f"column {kind.column!r}: {why}",
                    expected=f"cells that can be read as {kind.kind}",
                    hint="store the column as it was stored in the data the kinds come from",
                    where=raw.source,
                    code="wrong-kind",
                )
            )
            continue
        wanted.append(cast.alias(kind.column))
    if problems:
        raise all_at_once(problems)
    return raw.frame.select(wanted)


def _check_told(told: Mapping[str, str], names: Sequence[str], inputs: Mapping[str, Input]) -> None:
    problems: list[OwnproofError] = []
    for column, kind in told.items():
        if column not in names:
            problems.append(InputError.no_column(column, names))
        if kind not in inputs:
            problems.append(
                UsageError(
                    f"no input kind is called {kind!r}",
                    expected="the name of an input kind",
                    hint=did_you_mean(kind, sorted(inputs), what="input kinds"),
                    where=column,
                    code="no-kind",
                )
            )
    if problems:
        raise all_at_once(problems)


def _sample(raw: RawTable, rows: int) -> tuple[pl.DataFrame, bool]:
    """Rows from the beginning and from all over the table, in order, and whether they are all of them."""
    import polars as pl

    height = collected(raw.frame.select(pl.len()), raw.source).item()
    if height <= rows:
        return collected(raw.frame, raw.source), True
    half = rows // 2
    step = -(-(height - half) // (rows - half))
    number = pl.int_range(pl.len(), dtype=pl.Int64)
    wanted = raw.frame.filter((number < half) | (((number - half) % step) == step // 2))
    return collected(wanted, raw.source).head(rows + half), False


def _with_counterexamples(raw: RawTable, cells: pl.Series) -> pl.Series:
    """The sample, and from the whole column: cells that differ from its only value, or cells that come twice."""
    import polars as pl

    column = pl.col(cells.name)
    frame = raw.frame.select(column)
    one = cells.drop_nulls().unique()
    if len(one) <= 1:
        others = column.is_not_null() if one.is_empty() else column.is_not_null() & (column != pl.lit(one[0]))
        more = collected(frame.filter(others).head(len(cells)), raw.source).to_series()
    elif len(one) == len(cells.drop_nulls()):
        whole = collected(frame, raw.source).to_series()
        hashes = np.sort(whole.drop_nulls().hash().to_numpy())  # quicker than to tell all cells apart
        if not (hashes[1:] == hashes[:-1]).any():
            return cells
        more = whole.filter(whole.is_not_null() & whole.is_duplicated()).head(len(cells))
    else:
        return cells
    return pl.concat([cells, more])


def _ask(cells: pl.Series, inputs: Mapping[str, Input], folder: Path | None) -> dict[str, Recognition]:
    return {name: inputs[name].recognise(cells, folder=folder) for name in sorted(inputs)}


def _surest(asked: Mapping[str, Recognition], inputs: Mapping[str, Input]) -> str:
    """The highest confidence; of equals the one learners can use, then the first by name."""
    return min(asked, key=lambda n: (-asked[n].confidence, not inputs[n].usable, n))


def _kind(name: str, best: str, asked: Mapping[str, Recognition], inputs: Mapping[str, Input], *, told: bool) -> Kind:
    chosen = asked[best]
    said = [replace(f, columns=f.columns or (name,)) for f in chosen.findings]
    others = {n: r for n, r in asked.items() if n != best}
    if told and chosen.confidence < 0.1:
        surest = _surest(asked, inputs)
        said.append(
            Finding(
                "quality.kind",
                "warn",
                (name,),
                chosen.confidence,
                f"read as {best} as you said, though it looks like {surest} ({asked[surest].reason})",
                f"leave the kind of {name} out if the report looks wrong",
            )
        )
    elif not told and others:
        next_best = _surest(others, inputs)
        if chosen.confidence - others[next_best].confidence <= CLOSE:
            said.append(
                Finding(
                    "quality.kind",
                    "ok",
                    (name,),
                    others[next_best].confidence,
                    f"read as {best} ({chosen.reason or 'nothing else fits'}); it could be {next_best} "
                    f"({others[next_best].reason or 'no clear sign'})",
                    f"say which one if that is wrong: {name} = {next_best}",
                )
            )
    reason = f"you said {best}" if told else chosen.reason
    return Kind(name, best, chosen.details, reason, tuple(said))
