"""The rows a model is adopted on: read, matched with its inputs, typed, with the task they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.encoder import Code, Encoder
from ownproof.core.input import Input
from ownproof.core.reader import RawTable
from ownproof.core.reading import collected, read_table
from ownproof.core.recognise import Kind, read_typed, recognise
from ownproof.core.schema import Column, Role, Roles, Schema
from ownproof.core.target import Target
from ownproof.core.task import Task, Wishes
from ownproof.errors import InputError, UsageError
from ownproof.project.adopting.matching import check_cells, matched, told
from ownproof.project.adopting.original import Original

if TYPE_CHECKING:
    import polars as pl

ROWS_MOST = 200_000
"""Rows of the data that are looked at, spread over it."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The data as the model needs it. columns: input name to column name."""

    dataset: Dataset
    table: pl.DataFrame
    columns: Mapping[str, str]
    task: Task
    target: Target
    inputs: Mapping[str, Input]

    def asked(self, table: pl.DataFrame) -> pl.DataFrame:
        """A typed table with the model's inputs only, called and ordered as the model has them."""
        import polars as pl

        return table.select([pl.col(column).alias(name) for name, column in self.columns.items()])


def read_raw(data: Any, roles: Roles) -> RawTable:
    """The data, and whether every column that was named is there."""
    raw = read_table(data, readers=registry.shelf("readers"))
    roles.check(raw.frame.collect_schema().names())
    return raw


def candidates(raw: RawTable, roles: Roles) -> list[str]:
    """The columns that may be inputs of the model, in order."""
    taken = {roles.target, roles.id, roles.group, roles.time, roles.weight, *roles.drop}
    return [n for n in raw.frame.collect_schema().names() if n not in taken]


def ground(original: Original, raw: RawTable, roles: Roles, *, wishes: Wishes, classes: Sequence[str] = ()) -> Ground:
    """Match, type and check. Raises InputError for everything that does not fit, UsageError for classes in doubt."""
    import polars as pl

    where = raw.source
    columns = matched(original, _named(original, raw, roles), where=where)
    inputs = registry.inputs()
    looked = _spread(raw)
    found = recognise(replace(raw, frame=looked.lazy()), inputs)
    wanted = told(original, columns, found)
    kinds = [
        replace(k, kind=wanted[k.column], details=_details(k, wanted, looked, inputs))
        for k in found
        if k.column in wanted
    ]
    others = [k for k in found if k.column not in wanted]
    table = read_typed(replace(raw, frame=looked.lazy()), [*kinds, *others], inputs).collect()
    check_cells(original, columns, looked, table)
    known = table.filter(pl.col(roles.target).is_not_null())
    if not known.height:
        raise InputError(
            f"target {roles.target!r} has no known value",
            expected="a column with the answers",
            hint="name another column with --target",
            where=roles.target,
            code="target-missing",
        )
    target: Target = registry.targets()[original.target]
    task = _task(original, target, known[roles.target], wishes, classes)
    schema = _schema(found, kinds, columns, roles)
    task = replace(task, inputs=tuple(sorted({c.kind for c in schema.features})))
    truth = target.truth(known[roles.target], task)
    dataset = Dataset(known.lazy(), schema, _mark(known), known.height, truth=truth)
    return Ground(dataset, known, columns, task, target, inputs)


def encoder_of(original: Original, ground: Ground) -> Encoder:
    """The model's own coding of its inputs where it reads a matrix; else what the rows show, for flags and watching."""
    if original.reads == "columns":
        return Encoder.fit(ground.dataset, ground.inputs)
    codes = []
    for asked in original.inputs:
        code: dict[str, Any] = {"wide": True} if original.wide else {}
        if asked.levels is not None:
            code |= {"levels": list(asked.levels), "rare": [], "rest": "missing"}
        codes.append(Code(ground.columns[asked.name], asked.kind, code, 1))
    features = [f for c in codes for f in ground.inputs[c.kind].features(c.code, c.column)]  # type: ignore[attr-defined]
    return Encoder(tuple(codes), tuple(features), {c.kind: ground.inputs[c.kind] for c in codes})


def _named(original: Original, raw: RawTable, roles: Roles) -> list[str]:
    """The columns to choose from; a time or group that the model names as an input is one."""
    free = candidates(raw, roles)
    if not original.named:
        return free
    asked = {a.name for a in original.inputs}
    return free + [n for n in (roles.time, roles.group, roles.id) if n is not None and n in asked]


def _spread(raw: RawTable) -> pl.DataFrame:
    import polars as pl

    rows = collected(raw.frame.select(pl.len()), raw.source).item()
    frame = raw.frame
    if rows > ROWS_MOST:
        step = -(-rows // ROWS_MOST)
        frame = frame.filter(pl.int_range(pl.len(), dtype=pl.Int64) % step == 0)
    return collected(frame, raw.source)


def _details(
    kind: Kind, wanted: Mapping[str, str], table: pl.DataFrame, inputs: Mapping[str, Input]
) -> Mapping[str, Any]:
    name = wanted[kind.column]
    return kind.details if name == kind.kind else inputs[name].recognise(table[kind.column]).details


def _schema(found: Sequence[Kind], kinds: Sequence[Kind], columns: Mapping[str, str], roles: Roles) -> Schema:
    """The columns in the order of the data; what the model does not take is dropped, and says so."""
    ours = {k.column: k for k in kinds}
    names = {column: name for name, column in columns.items()}
    made = []
    for kind in found:
        said = next((r for r in ("target", "time", "group", "id", "weight") if getattr(roles, r) == kind.column), None)
        role: Role = said or ("feature" if kind.column in ours else "drop")  # type: ignore[assignment]
        chosen = ours.get(kind.column, kind)
        details = dict(chosen.details)
        if kind.column in ours and role != "feature":
            details["also_feature"] = True
        why = f"the model's input {names[kind.column]!r}" if kind.column in ours else "the model does not take it"
        made.append(Column(kind.column, chosen.kind, role, details, why))
    return Schema(tuple(made), roles.slices)


def _task(original: Original, target: Target, column: pl.Series, wishes: Wishes, said: Sequence[str]) -> Task:
    """The task, its classes in the model's order."""
    task = target.task(column, wishes)
    if original.target != "label":
        return task
    known = tuple(said) or original.classes
    if known is None:
        if len(task.classes) == original.outputs:
            return task
        raise UsageError(
            f"the model answers {original.outputs} classes without naming them; the target holds {len(task.classes)}",
            expected=f"{original.outputs} classes",
            hint="name them in the model's order: --classes A B ...",
            where="--classes",
        )
    if len(known) != original.outputs:
        raise UsageError(
            f"{len(known)} classes were named, the model answers {original.outputs}",
            expected=f"{original.outputs} classes in the model's order",
            hint="name all of them",
            where="--classes",
        )
    return replace(task, classes=_as_in_data(known, task))


def _as_in_data(known: Sequence[Any], task: Task) -> tuple[Any, ...]:
    """The model's classes as the data writes them: 1 and "1" and 1.0 are one class. Two that are numbers in the model
    and words in the data stand in the order of the words, as every label encoder has them."""
    texts = {str(c): c for c in task.classes}
    numbers = {float(c): c for c in task.classes if isinstance(c, (int, float))}
    made: list[Any] = []
    for each in known:
        number = float(each) if isinstance(each, (int, float)) else None
        made.append(texts.get(str(each), numbers.get(number, each) if number is not None else each))
    strange = [c for c in task.classes if c not in made]
    if not strange:
        return tuple(made)
    if len(strange) == len(task.classes) == len(made) and list(known) == list(range(len(known))):
        return task.classes
    raise InputError(
        f"target {task.column!r} holds {', '.join(repr(str(c)) for c in strange[:5])}; the model answers {', '.join(repr(str(c)) for c in known[:8])}",
        expected="the classes of the model",
        hint="write the target as the model was trained on it, or name the model's classes as the data has them: --classes A B ...",
        where=task.column,
        code="unknown-class",
    )


def _mark(table: pl.DataFrame) -> str:
    from ownproof.project.store import digest

    return digest("adopted", *table.columns, np.asarray(table.hash_rows(seed=0).to_numpy()))
