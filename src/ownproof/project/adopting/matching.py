"""Which column of the data is which input of the model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ownproof.core.recognise import Kind
from ownproof.errors import InputError, OwnproofError, all_at_once
from ownproof.project.adopting.original import Asked, Original

if TYPE_CHECKING:
    import polars as pl

UNREADABLE_MOST = 0.1
"""The share of a column's cells that may be no numbers where the model takes numbers."""


def matched(original: Original, columns: Sequence[str], *, where: str) -> dict[str, str]:
    """Input name to column name: by name (case, blanks and signs aside), or by order where the model has no names.

    columns: those of the data that may be inputs, in order. Raises InputError naming every input without a column.
    """
    asked = [a.name for a in original.inputs]
    if not original.named:
        if len(asked) == len(columns):
            return dict(zip(asked, columns, strict=True))
        raise InputError(
            f"the model takes {len(asked)} columns, without saying which; the data has {len(columns)}: {', '.join(columns[:12])}",
            expected=f"{len(asked)} columns beside the target, in the model's order",
            hint="leave out what the model does not take: --drop NAME ..., --id NAME",
            where=where,
            code="columns",
        )
    found: dict[str, str] = {}
    problems: list[OwnproofError] = []
    by_form: dict[str, list[str]] = {}
    for column in columns:
        by_form.setdefault(_form(column), []).append(column)
    for name in asked:
        alike = by_form.get(_form(name), [])
        if name in columns:
            found[name] = name
        elif len(alike) == 1:
            found[name] = alike[0]
        else:
            problems.append(InputError.no_column(name, columns, role="an input of the model", where=where))
    if problems:
        raise all_at_once(problems)
    return found


def _form(name: str) -> str:
    return re.sub(r"[^\w]+", "_", name.strip().casefold()).strip("_")


def told(original: Original, columns: Mapping[str, str], kinds: Sequence[Kind]) -> dict[str, str]:
    """The input kind of each matched column, as the model needs it; texts stay what they were found to be."""
    seen = {k.column: k.kind for k in kinds}
    wanted: dict[str, str] = {}
    for asked in original.inputs:
        column = columns[asked.name]
        words = asked.kind == "category" and asked.levels is None and seen[column] in ("category", "text")
        wanted[column] = seen[column] if words else asked.kind
    return wanted


def check_cells(original: Original, columns: Mapping[str, str], raw: pl.DataFrame, typed: pl.DataFrame) -> None:
    """Raises InputError for every column that holds something else than the model takes."""
    problems = [
        problem
        for asked in original.inputs
        if (problem := _wrong_cells(asked, columns[asked.name], raw[columns[asked.name]], typed[columns[asked.name]]))
    ]
    if problems:
        raise all_at_once(problems)


def _wrong_cells(asked: Asked, column: str, raw: pl.Series, typed: pl.Series) -> InputError | None:
    there = int(raw.is_not_null().sum())
    if asked.levels is not None:
        known = int(typed.is_in(list(asked.levels)).sum())
        if there and known < (1 - UNREADABLE_MOST) * int(typed.is_not_null().sum()):
            return InputError(
                f"column {column!r} holds {_examples(typed)}; the model knows {', '.join(map(repr, asked.levels[:5]))}",
                expected="the levels that the model was trained on",
                hint="hand in the column as it was at training",
                where=column,
                code="levels",
            )
        return None
    if asked.kind != "number" or not there or int(typed.is_not_null().sum()) >= (1 - UNREADABLE_MOST) * there:
        return None
    return InputError(
        f"column {column!r} holds {_examples(raw)}; the model takes a number there and does not say how words were turned into it",
        expected="the column as the model gets it",
        hint="hand in the data as it is after your own encoding, or adopt the whole pipeline (scikit-learn, ONNX)",
        where=column,
        code="not-numbers",
    )


def _examples(cells: pl.Series) -> str:
    return ", ".join(repr(str(c)[:32]) for c in cells.drop_nulls().unique(maintain_order=True).head(3).to_list())
