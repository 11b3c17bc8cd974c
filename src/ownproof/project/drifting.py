"""Drift: two bare files, or a bundle and a file, compared as two independent samples; nothing else is needed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ownproof.core import registry
from ownproof.core.cells import MISSING, SPACES, as_stored
from ownproof.core.input import Input
from ownproof.core.policy import Policy
from ownproof.core.reader import RawTable
from ownproof.core.reading import collected, damaged, read_table
from ownproof.core.recognise import Kind, recognise
from ownproof.core.report import Finding, Section, blocks_to_json, plain
from ownproof.core.schema import Schema
from ownproof.core.watch import Counts, Reference, Watches
from ownproof.errors import InputError, UsageError, all_at_once
from ownproof.phases.monitor.compare import Comparison, compare
from ownproof.phases.monitor.domain import Domain, told_apart
from ownproof.phases.monitor.report import chapters
from ownproof.phases.monitor.said import findings_of
from ownproof.project.disk import disk
from ownproof.runtime.bundle import open_bundle
from ownproof.runtime.watch import build, count_all, counters
from ownproof.runtime.watch.build import SAMPLE
from ownproof.runtime.watch.codes import codes

if TYPE_CHECKING:
    import polars as pl

DRIFTED: Final = 5
LOOKED_AT: Final = 2_000
"""Rows that say which kind a column is: the kinds only decide how it is watched."""
LONG: Final = 400_000
SLICES: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A reference with what reading another table in its cells takes. target: a column that is compared only where it
    is there; sample: typed rows of the reference, None where it came as counts."""

    reference: Reference
    kinds: tuple[Kind, ...]
    source: str
    target: str | None = None
    sample: pl.DataFrame | None = None


def drift(
    reference: str | Path,
    current: str | Path,
    *,
    target: str | None = None,
    drop: Sequence[str] = (),
    alpha: float | None = None,
    out: str | Path | None = None,
    policy: Policy | None = None,
) -> dict[str, Any]:
    """Compare a table with a reference: another table, or a bundle (what it was trained on).

    target: a column that is compared where both have it, and called the target. drop: columns not to look at. out: a
    folder for the page and its JSON; without it nothing is written. Raises InputError and UsageError.
    """
    if alpha is not None and not 0.0 < alpha < 1.0:
        raise UsageError(
            f"--alpha {alpha:g} is no chance of a false alarm",
            expected="a number between 0 and 1",
            hint="--alpha 0.01: one comparison in a hundred may alarm without a change",
            where="--alpha",
        )
    with tempfile.TemporaryDirectory(prefix="ownproof-") as scratch:
        known = _known(reference, target, drop, Path(scratch))
        raw = read_table(current, readers=registry.shelf("readers"), scratch=Path(scratch))
        now, gone, new = counted(known, raw, folder=_folder(current))
        found = _without_cells(compare(known.reference, now, alpha=alpha, policy=policy), gone)
        apart = _apart(known, raw, _folder(current)) if found.alarm and out is not None else None
    answer = _answer(known, raw, found, gone=gone, new=[n for n in new if n not in drop])
    answer["domain"] = apart.to_json() if apart else None
    if out is None:
        return answer
    return _written(answer, chapters(known.reference, now, found, apart), Path(out))


def _apart(known: Known, raw: RawTable, folder: Path | None) -> Domain | None:
    """How well, and by what, rows of both tables are told apart; None where the reference is no table."""
    if known.sample is None:
        return None
    inputs = registry.inputs()
    names = raw.frame.collect_schema().names()
    kinds = [k for k in known.kinds if k.column in names]
    some = typed_as(kinds, replace(raw, frame=_sampled(raw).lazy()), inputs, folder).frame.collect()
    old = codes(known.reference, known.sample.select(some.columns), inputs=inputs)
    new = codes(known.reference, some, inputs=inputs)
    both = [n for n in old[0] if n in new[0]]
    matrices = [m[:, [views.index(n) for n in both]] for views, m in (old, new)]
    return told_apart(matrices[0], matrices[1], both, seed=0)


def _written(answer: dict[str, Any], sections: Sequence[Section], folder: Path) -> dict[str, Any]:
    """The answer with its page, which stands in the folder whole or not at all."""
    from ownproof.render.html import page

    place = folder.resolve()
    told = dict(plain({**answer, "report": str(place / "report.html")}))
    title = f"{Path(str(answer['current'])).name} against {Path(str(answer['reference'])).name}"
    texts = {
        "report.html": page(told, sections, title=title),
        "report.json": json.dumps(
            {"answer": told, "sections": blocks_to_json(sections)}, ensure_ascii=False, allow_nan=False
        ),
    }
    with disk("write the page", place):
        place.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            beside = place / f"{name}.part"
            beside.write_text(text, encoding="utf-8")
            beside.replace(place / name)
    return told


def _folder(where: str | Path) -> Path | None:
    return None if "://" in str(where) else Path(where).resolve().parent


def _known(reference: str | Path, target: str | None, drop: Sequence[str], scratch: Path) -> Known:
    if _is_bundle(Path(reference)):
        return of_bundle(reference, drop)
    inputs = registry.inputs()
    raw = read_table(reference, readers=registry.shelf("readers"), scratch=scratch)
    names = raw.frame.collect_schema().names()
    absent = [n for n in (*drop, *([target] if target else [])) if n not in names]
    if absent:
        raise all_at_once([InputError.no_column(n, names, where=str(reference)) for n in absent])
    raw = replace(raw, frame=raw.frame.select([n for n in names if n not in drop]))
    some = replace(raw, frame=_sampled(raw).lazy())
    kinds = recognise(some, inputs, folder=_folder(reference), rows_looked_at=LOOKED_AT)
    sample = typed_as(kinds, some, inputs, _folder(reference)).frame.collect()
    typed = typed_as(kinds, raw, inputs, _folder(reference), late=True)
    try:
        built = build(
            typed.frame,
            {k.column: k.kind for k in kinds},
            inputs=inputs,
            sample=sample,
            raw=typed.raw,
            bare=counters(sample),
        )
    except Exception as why:
        raise _readable(why, raw.source) from why
    return Known(built, kinds, raw.source, target, sample)


def _sampled(raw: RawTable) -> pl.DataFrame:
    """Rows from all over a table: evenly spread; of a long binary file a few slices, for which it is not read whole."""
    import polars as pl

    rows = int(collected(raw.frame.select(pl.len()), raw.source).item())
    if rows <= LONG or raw.raw_text:
        return collected(raw.frame.gather_every(max(1, rows // SAMPLE)), raw.source)
    starts = [round(i * (rows - SAMPLE // SLICES) / (SLICES - 1)) for i in range(SLICES)]
    return collected(pl.concat([raw.frame.slice(start, SAMPLE // SLICES) for start in starts]), raw.source)


def _readable(why: Exception, source: str) -> Exception:
    import polars as pl

    return damaged(source, why) if isinstance(why, (pl.exceptions.PolarsError, OSError)) else why


def _is_bundle(path: Path) -> bool:
    return (path / "manifest.json").is_file() or (path.suffix == ".zip" and path.is_file())


def of_bundle(path: str | Path, drop: Sequence[str] = ()) -> Known:
    """The reference that a bundle brings. Raises InputError for a bundle that was written without one."""
    bundle = open_bundle(path)
    try:
        if not (bundle.folder / "profiles/watch.json").is_file():
            raise InputError(
                "the bundle has no profiles/watch.json: it was written by an older version",
                expected="a bundle with a reference",
                hint="package it again, or name the training table: ownproof drift TRAINING CURRENT",
                where=str(path),
                code="no-reference",
            )
        reference = Reference.from_json(bundle.read("profiles/watch.json"))
        return Known(reference, kinds_of(bundle.schema, reference, drop), str(path))
    finally:
        bundle.close()


def kinds_of(schema: Schema, reference: Reference, drop: Sequence[str] = ()) -> tuple[Kind, ...]:
    """How the watched columns of a bundle's schema are read."""
    names = [c.name for c in reference.columns if c.name in schema and c.name not in drop]
    return tuple(Kind(n, schema[n].kind, schema[n].details) for n in names)


def counted(known: Known, raw: RawTable, *, folder: Path | None) -> tuple[Counts, list[str], list[str]]:
    """A raw table in a reference's cells, the columns that are gone, and those that are new.

    Raises InputError when not one column of the reference is there.
    """
    inputs = registry.inputs()
    names = raw.frame.collect_schema().names()
    kinds = [k for k in known.kinds if k.column in names or k.column != known.target]
    gone = [k.column for k in kinds if k.column not in names]
    if len(gone) == len(kinds):
        raise InputError.no_column(gone[0], names, where=raw.source) if gone else _nothing(raw.source)
    typed = typed_as(kinds, raw, inputs, folder, late=True)
    try:
        window = count_all(known.reference, typed.frame, raw=typed.raw, inputs=inputs)
    except Exception as why:
        raise _readable(why, raw.source) from why
    unreadable = {n: int(rows) for n, rows in _rows_of(raw, typed.lost).items() if rows}
    owner = {v.name: c.name for c in known.reference.columns for v in c.views}
    tallies = {n: replace(t, unreadable=unreadable.get(owner[n], 0)) for n, t in window.tallies.items()}
    return replace(window, tallies=tallies), gone, [n for n in names if n not in {k.column for k in known.kinds}]


def _nothing(source: str) -> InputError:
    return InputError(
        "there is no column to compare",
        expected="at least one column of the reference",
        hint="name the two tables of one kind",
        where=source,
        code="no-column",
    )


def _rows_of(raw: RawTable, lost: Mapping[str, pl.Expr]) -> Mapping[str, int]:
    """How many cells of each column held something that could not be read; one pass over the columns in doubt."""
    if not lost:
        return {}
    return dict(collected(raw.frame.select(**lost), raw.source).row(0, named=True))


@dataclass(frozen=True, slots=True, eq=False)
class Typed:
    """A table read as the reference's kinds, lazily. raw: the details of text columns left as they were stored; lost:
    for each column in doubt, how many cells cannot be read."""

    frame: pl.LazyFrame
    raw: Mapping[str, Mapping[str, Any]]
    lost: Mapping[str, pl.Expr]


def typed_as(
    kinds: Sequence[Kind], raw: RawTable, inputs: Mapping[str, Input], folder: Path | None, *, late: bool = False
) -> Typed:
    """A raw table read as these kinds. What is not there, or is stored as something else altogether, is missing.

    late: texts that are texts afterwards too stay as they are stored, to be read level by level.
    """
    import polars as pl

    raw = _numbered(kinds, raw)
    schema = raw.frame.collect_schema()
    wanted: dict[str, pl.Expr] = {}
    lost: dict[str, pl.Expr] = {}
    for kind in kinds:
        stored = schema.get(kind.column)
        empty = stored is None or stored == pl.Null
        cells = pl.lit(None, dtype=pl.String) if empty else pl.col(kind.column)
        details = as_stored(kind.details, pl.String() if empty or stored is None else stored)
        try:
            cast = inputs[kind.kind].cast(cells, details, folder=folder)
        except ValueError:
            cast = inputs[kind.kind].cast(pl.lit(None, dtype=pl.String), as_stored(kind.details, pl.String()))
            lost[kind.column] = cells.is_not_null().sum()
        else:
            if stored == pl.String:
                words = sorted({*kind.details.get("missing", ()), *MISSING})
                lost[kind.column] = (~cells.str.strip_chars(SPACES).is_in(words) & cast.is_null()).sum()
        wanted[kind.column] = cast.alias(kind.column)
    found = raw.frame.select(wanted.values()).collect_schema()
    texts = [k for k in kinds if schema.get(k.column) == pl.String == found[k.column]]
    for kind in texts:
        lost.pop(kind.column, None)
    kept = [k for k in texts if late and folder_free(inputs[k.kind])]
    frame = raw.frame.select([pl.col(n) if n in {k.column for k in kept} else e for n, e in wanted.items()])
    return Typed(frame, {k.column: as_stored(k.details, pl.String()) for k in kept}, lost)


def _numbered(kinds: Sequence[Kind], raw: RawTable) -> RawTable:
    """The table with columns of true and false that are texts of 1 and 0 all through read as numbers."""
    import polars as pl

    schema = raw.frame.collect_schema()
    doubted = [k.column for k in kinds if "spelling" in k.details and schema.get(k.column) == pl.String]
    if not doubted:
        return raw
    bits = [pl.col(n).str.strip_chars(SPACES).is_in(["", "0", "1"]).all() for n in doubted]
    found = collected(raw.frame.select(bits), raw.source).row(0, named=True)
    casts = [pl.col(n).str.strip_chars(SPACES).cast(pl.Int64, strict=False) for n in doubted if found[n]]
    return replace(raw, frame=raw.frame.with_columns(casts)) if casts else raw


def folder_free(kind: Input) -> bool:
    """Whether a kind's cells mean the same wherever the data lie: it says how it is watched, and needs no file for it."""
    return isinstance(kind, Watches)


def _without_cells(found: Comparison, gone: Sequence[str]) -> Comparison:
    """Columns that are not there any more say so."""
    columns = tuple(replace(c, change="the column is gone") if c.column in gone else c for c in found.columns)
    return replace(found, columns=columns)


def _answer(
    known: Known, raw: RawTable, found: Comparison, *, gone: Sequence[str], new: Sequence[str]
) -> dict[str, Any]:
    said: tuple[Finding, ...] = findings_of(found, gone=gone, new=new)
    return {
        "schema": "ownproof/1",
        "command": "drift",
        "exit": DRIFTED if found.alarm else 0,
        **found.to_json(),
        "findings": [f.to_json() for f in said],
        "reference": known.source,
        "current": raw.source,
        "target": known.target,
        "allows_for_days": False,
    }


def columns_of(answer: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that a terminal shows: what drifted first, then what moved, then the others by PSI."""
    rows = sorted(
        answer["columns"], key=lambda c: (not c["drift"], not c["sure"], c["p"] if c["sure"] else -(c["psi"] or 0.0))
    )
    return [
        (
            c["column"],
            "drift" if c["drift"] else "moved" if c["sure"] else "",
            c["psi"],
            c["p"],
            c["weight"],
            c["change"],
        )
        for c in rows
    ]
