"""From what the user names to a typed table in the store: read once, typed once, never held twice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.reader import RawTable
from ownproof.core.reading import read_table
from ownproof.core.recognise import Kind, read_typed, recognise
from ownproof.core.report import Finding
from ownproof.core.schema import Column, Role, Roles, Schema
from ownproof.errors import InputError, all_at_once
from ownproof.project.disk import disk
from ownproof.project.store import Store, digest, file_digest

if TYPE_CHECKING:
    import polars as pl


UNLABELLED = "anomaly"
"""The target kind, and the place in the table, of what has no target."""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A typed table with its meaning.

    rows: of the data; further: rows of the user's own test file or of `--against` that stand behind them.
    lost: rows that were left out because their target is missing.
    """

    dataset: Dataset
    kinds: tuple[Kind, ...]
    roles: Roles
    inputs: Mapping[str, Input]
    rows: int
    further: int
    lost: int
    findings: tuple[Finding, ...]


def fingerprint(where: Any) -> str:
    """A digest of the content behind a path, a frame, or the query of a database (whose rows come in any order).

    Raises InputError when there is no such file.
    """
    if isinstance(where, (str, Path)):
        bare = str(where).removeprefix("file://")
        if "://" not in bare and Path(bare).is_file():
            return file_digest(Path(bare))
    raw = read_table(where, readers=registry.shelf("readers"))
    table = raw.frame.collect()
    parts = [digest(n, str(t)) for n, t in zip(table.columns, table.dtypes, strict=True)]
    if isinstance(where, (str, Path)):
        return digest(*parts, np.sort(table.hash_rows(seed=0).to_numpy()))
    parts += [digest(np.asarray(table[n].hash(seed=0).to_numpy())) for n in table.columns]
    return digest(*parts)


def load(
    where: Any,
    roles: Roles,
    store: Store,
    *,
    known: Mapping[str, Column] | None = None,
    mark: str | None = None,
    behind: Any = None,
    behind_role: str = "test",
    named: Mapping[str, str] | None = None,
) -> Loaded:
    """Read, type and store a table, with a second one (`behind`) under it where there is one.

    mark: the fingerprint of `where`, where it was taken already. known: kind and details of columns as the project
    sealed them, so that rows appended later are read the same way. named: columns that a flag names as `column:NAME`,
    by the flag. Raises InputError for data that cannot be used, everything at once.
    """
    inputs = registry.inputs()
    readers = registry.shelf("readers")
    scratch = store.root / "scratch"
    with disk("make room for what must be decoded", scratch):
        scratch.mkdir(parents=True, exist_ok=True)
    raw = read_table(where, readers=readers, scratch=scratch)
    if roles.target == UNLABELLED:
        raw = _unlabelled(raw, str(where))
    names = raw.frame.collect_schema().names()
    absent = [
        InputError.no_column(name, names, role=flag.removeprefix("--"), where=flag)
        for flag, name in (named or {}).items()
        if name not in names
    ]
    if absent:
        raise all_at_once(absent)
    roles.check(names)
    folder = _folder(where)
    kinds = _kinds(raw, inputs, folder, known or {})
    further_raw = None
    if behind is not None:
        further_raw = read_table(behind, readers=readers, scratch=scratch)
        further_raw = _unlabelled(further_raw, str(behind)) if roles.target == UNLABELLED else further_raw
        _same_columns(further_raw, [n for n in names if n not in roles.drop], behind, behind_role)
    what = [[k.column, k.kind, dict(k.details)] for k in kinds]
    key = digest(
        "table", mark or fingerprint(where), fingerprint(behind) if behind is not None else "", what, roles.target
    )
    path = store.get("table", key)
    if path is None:
        frames = [read_typed(raw, kinds, inputs, folder=folder)]
        frames += [read_typed(further_raw, kinds, inputs, folder=_folder(behind))] if further_raw else []
        path = store.put("table", key, lambda place: _write(place, frames, roles.target))
    facts = json.loads((path / "facts.json").read_text())
    schema = Schema(tuple(_column(k, roles, inputs) for k in kinds), roles.slices)
    import polars as pl

    dataset = Dataset(pl.scan_ipc(path / "table.arrow"), schema, key, facts["rows"] + facts["further"])
    findings = [*raw.findings, *(f for k in kinds for f in k.findings), *_target_findings(facts, roles.target)]
    return Loaded(dataset, tuple(kinds), roles, inputs, facts["rows"], facts["further"], facts["lost"], tuple(findings))


def _unlabelled(raw: RawTable, where: str) -> RawTable:
    """The table with an empty place for the scores. Raises InputError when a column is called like it."""
    import polars as pl

    if UNLABELLED in raw.frame.collect_schema().names():
        raise InputError(
            f"the data has a column {UNLABELLED!r}, which is what scores are called",
            expected="another name for it",
            hint=f"rename the column, or predict it: --target {UNLABELLED} --task label",
            where=where,
            code="name-taken",
        )
    return replace(raw, frame=raw.frame.with_columns(pl.lit(0.0).alias(UNLABELLED)))


def _folder(where: Any) -> Path | None:
    is_path = isinstance(where, (str, Path)) and "://" not in str(where)
    return Path(where).resolve().parent if is_path else None


def _kinds(raw: RawTable, inputs: Mapping[str, Input], folder: Path | None, known: Mapping[str, Column]) -> list[Kind]:
    kinds = list(recognise(raw, inputs, folder=folder))
    for i, kind in enumerate(kinds):
        sealed = known.get(kind.column)
        if sealed is not None:  # word for word, so that a restart has the same schema to the byte
            details = {k: v for k, v in sealed.details.items() if k != "also_feature"}  # that comes with today's roles
            kinds[i] = Kind(kind.column, sealed.kind, details, sealed.why, kind.findings)
    return kinds


def _same_columns(raw: RawTable, names: list[str], where: Any, role: str) -> None:
    there = raw.frame.collect_schema().names()
    missing = [n for n in names if n not in there]
    if missing:
        raise InputError(
            f"{where} lacks {len(missing)} column(s) of the data: {', '.join(missing[:8])}",
            expected="the same columns as the data",
            where=f"--{role}",
            hint="export both files from the same query",
        )


def _write(folder: Path, frames: Sequence[pl.LazyFrame], target: str) -> None:
    """The rows that have a target, of the data and of what stands behind it, as one file that is mapped and not read."""
    import polars as pl

    counts, kept = [], [f.filter(pl.col(target).is_not_null()) for f in frames]
    for frame, whole in zip(kept, frames, strict=True):
        both = pl.concat([frame.select(pl.len()), whole.select(pl.len())]).collect(engine="streaming")
        counts.append([int(n) for n in both["len"]])
    pl.concat(kept).sink_ipc(folder / "table.arrow", compression="uncompressed")
    facts = {"rows": counts[0][0], "lost": counts[0][1] - counts[0][0], "further": sum(c[0] for c in counts[1:])}
    (folder / "facts.json").write_text(json.dumps(facts))


def _target_findings(facts: Mapping[str, int], target: str) -> list[Finding]:
    if not facts["lost"]:
        return []
    lost, rows = facts["lost"], facts["rows"] + facts["lost"]
    return [
        Finding(
            "quality.target-missing",
            "warn" if lost > 0.05 * rows else "ok",
            (target,),
            lost / rows,
            f"{lost} of {rows} rows have no value in {target!r}; they are left out",
            "find out why they are missing: rows lost for a reason make the rest unrepresentative",
        )
    ]


def _column(kind: Kind, roles: Roles, inputs: Mapping[str, Input]) -> Column:
    role: Role = "feature" if inputs[kind.kind].usable else "ignored"
    details = dict(kind.details)
    for said in ("target", "time", "group", "id", "weight"):
        if getattr(roles, said) == kind.column:
            role = said
    if kind.column in roles.drop:
        role = "drop"
    returning = roles.groups != "new" and roles.time is not None
    if inputs[kind.kind].usable and (role == "time" or (role == "group" and returning)):
        details["also_feature"] = True  # the hour of day tells; a group that comes back is known
    return Column(kind.column, kind.kind, role, details, kind.reason)
