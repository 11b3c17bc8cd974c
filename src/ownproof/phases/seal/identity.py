"""Who a row is: the unit it belongs to, as a stable hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.row_hashes import row_hashes
from ownproof.core.schema import Column
from ownproof.errors import InputError, OwnproofError, all_at_once
from ownproof.stats.hashing import Hashes

Groups = Literal["new", "returning"]
NEW = 'ownproof seal --new "reason"'
"""The command that draws another test set."""


def unit_columns(
    dataset: Dataset,
    inputs: Mapping[str, Input],
    *,
    groups: Groups | None = None,
    temporal: bool = False,
    every: bool = False,
) -> tuple[Column, ...]:
    """The columns that make a unit: the group, else the id, else the values of a row; never the target or the weight.

    With time and groups that may return, or an id, the moment counts too (the latest rows are sealed then). Values are
    those of all columns, dropped ones included, so that dropping a column draws no other set; columns that only
    number the rows are left out unless `every` is asked for, so that rows equal but for such a number stay together.
    """
    schema = dataset.schema
    time = schema.role("time")
    named = schema.role("group") or schema.role("id")
    if named is not None:
        with_time = temporal and time is not None and not (named.role == "group" and groups == "new")
        return (named, time) if with_time and time is not None else (named,)
    values = [c for c in schema.columns if c.role not in {"target", "weight"}]
    telling = [c for c in values if inputs[c.kind].usable or c.role == "time"]
    return tuple(values if every or not telling else telling)


def identity(dataset: Dataset, columns: Sequence[Column], inputs: Mapping[str, Input], *, hint: str = "") -> Hashes:
    """The unit of every row as a stable hash of its cells, uint64 (n,); one column is in memory at a time.

    The order of rows and columns does not count. Raises InputError naming every column that is not there or is read
    as another kind than on the day of sealing; hint: what to do then.
    """
    problems: list[OwnproofError] = []
    for column in columns:
        now = dataset.schema[column.name].kind if column.name in dataset.schema else None
        if now == column.kind:
            continue
        what = "there is no" if now is None else "this data reads differently the"
        read = "" if now is None else f" (as {now}, not as {column.kind})"
        problems.append(
            InputError(
                f"{what} column {column.name!r}{read}, which sealed rows are recognised by",
                expected="the columns of the day the test set was sealed",
                hint=hint or f"bring the column back, or draw another test set: {NEW}",
                where="seal",
                code="seal-columns",
            )
        )
    if problems:
        raise all_at_once(problems)
    return row_hashes(dataset, columns, inputs)
