"""From what the user names to a typed table in the store: read once, typed once, never held twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
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
from ownproof.errors import InputError
from ownproof.project.store import Store, digest, file_digest

if TYPE_CHECKING:
    import polars as pl


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
    """A digest of the content behind a path, a URL with its query, or a frame."""
    if isinstance(where, (str, Path)):
        path = Path(where)
        if "://" not in str(where) and path.is_file():
            return file_digest(path)
        return digest("url", str(where))
    raw = read_table(where, readers=registry.shelf("readers"))
    table = raw.frame.collect()
    parts = [digest(n, str(t)) for n, t in zip(table.columns, table.dtypes, strict=True)]
    parts += [digest(np.asarray(table[n].hash(seed=0).to_numpy())) for n in table.columns]
    return digest(*parts)


def load(where: Any, roles: Roles, store: Store, *, known: Mapping[str, tuple[str, Mapping[str, Any]]] | None = None,
         behind: Any = None, behind_role: str = "test") -> Loaded:
    """Read, type and store a table, with a second one (`behind`) under it where there is one.

    known: kind and details of columns as the project sealed them, so that rows appended later are read the same way.
    Raises InputError for data that cannot be used, everything at once.
    """
    inputs = registry.inputs()
    readers = registry.shelf("readers")
    scratch = store.root / "scratch"
    raw = read_table(where, readers=readers, scratch=scratch)
    names = raw.frame.collect_schema().names()
    roles.check(names)
    folder = _folder(where)
    kinds = _kinds(raw, inputs, roles, folder, known or {})
    further_raw = None
    if behind is not None:
        further_raw = read_table(behind, readers=readers, scratch=scratch)
        _same_columns(further_raw, [n for n in names if n not in roles.drop], behind, behind_role)
    what = [[k.column, k.kind, dict(k.details)] for k in kinds]
    key = digest("table", fingerprint(where), fingerprint(behind) if behind is not None else "", what, roles.target)
    path = store.get("table", key)
    if path is None:
        path = store.put("table", key, lambda f: _write(f, raw, further_raw, kinds, inputs, roles.target, folder,
                                                        _folder(behind)))
    facts = json.loads((path / "facts.json").read_text())
    schema = Schema(tuple(_column(k, roles, inputs) for k in kinds), roles.slices)
    import polars as pl

    dataset = Dataset(pl.scan_ipc(path / "table.arrow"), schema, key, facts["rows"] + facts["further"])
    findings = [*raw.findings, *(f for k in kinds for f in k.findings), *_target_findings(facts, roles.target)]
    return Loaded(dataset, tuple(kinds), roles, inputs, facts["rows"], facts["further"], facts["lost"],
                  tuple(findings))


def _folder(where: Any) -> Path | None:
    is_path = isinstance(where, (str, Path)) and "://" not in str(where)
    return Path(where).resolve().parent if is_path else None


def _kinds(raw: RawTable, inputs: Mapping[str, Input], roles: Roles, folder: Path | None,
           known: Mapping[str, tuple[str, Mapping[str, Any]]]) -> list[Kind]:
    there = raw.frame.collect_schema().names()  # a sealed column that is gone is named by the seal, with its own advice
    kinds = list(recognise(raw, inputs, folder=folder, told={c: k for c, (k, _) in known.items() if c in there}))
    for i, kind in enumerate(kinds):
        if kind.column in known:
            name, details = known[kind.column]
            kinds[i] = Kind(kind.column, name, details, "as the project sealed it", kind.findings)
    return kinds


def _same_columns(raw: RawTable, names: list[str], where: Any, role: str) -> None:
    there = raw.frame.collect_schema().names()
    missing = [n for n in names if n not in there]
    if missing:
        raise InputError(f"{where} lacks {len(missing)} column(s) of the data: {', '.join(missing[:8])}",
                         expected="the same columns as the data", where=f"--{role}",
                         hint="export both files from the same query")


def _write(folder: Path, raw: RawTable, further: RawTable | None, kinds: list[Kind], inputs: Mapping[str, Input],
           target: str, where: Path | None, where_further: Path | None) -> None:
    import polars as pl

    typed = read_typed(raw, kinds, inputs, folder=where)
    rows = int(typed.select(pl.len()).collect().item())
    kept = typed.filter(pl.col(target).is_not_null())
    count = int(kept.select(pl.len()).collect().item())
    more, frames = 0, [kept]
    if further is not None:
        extra = read_typed(further, kinds, inputs, folder=where_further).filter(pl.col(target).is_not_null())
        more = int(extra.select(pl.len()).collect().item())
        frames.append(extra)
    table = pl.concat(frames) if len(frames) > 1 else kept
    table.sink_ipc(folder / "table.arrow", compression="uncompressed")
    (folder / "facts.json").write_text(json.dumps({"rows": count, "further": more, "lost": rows - count}))


def _target_findings(facts: Mapping[str, int], target: str) -> list[Finding]:
    if not facts["lost"]:
        return []
    lost, rows = facts["lost"], facts["rows"] + facts["lost"]
    return [Finding("quality.target-missing", "warn" if lost > 0.05 * rows else "ok", (target,), lost / rows,
                    f"{lost} of {rows} rows have no value in {target!r}; they are left out",
                    "find out why they are missing: rows lost for a reason make the rest unrepresentative")]


def _column(kind: Kind, roles: Roles, inputs: Mapping[str, Input]) -> Column:
    role: Role = "feature" if inputs[kind.kind].usable else "ignored"
    details = dict(kind.details)
    for said in ("target", "time", "group", "id", "weight"):
        if getattr(roles, said) == kind.column:
            role = said
    if kind.column in roles.drop:
        role = "drop"
    returning = roles.groups != "new" and roles.time is not None
    if inputs[kind.kind].usable and (role == "time" or role == "group" and returning):
        details["also_feature"] = True  # the hour of day tells; a group that comes back is known
    return Column(kind.column, kind.kind, role, details, kind.reason)


