"""Why a row is strange: the columns whose usual cell, put in the place of its own, would lower its score most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

MOST = 3


def reasons(
    table: pl.DataFrame, score: Callable[[pl.DataFrame], np.ndarray], usual: Mapping[str, Sequence[Any]]
) -> list[list[str]]:
    """For each row of a typed table up to three columns, the telling one first.

    score: scores (n,) of such a table, larger for stranger rows; usual: by column the cell that is met most often.
    """
    import polars as pl

    if not table.height:
        return []
    base, names = score(table), [n for n in usual if n in table.columns]
    falls = np.zeros((len(names), table.height))
    for place, name in enumerate(names):
        cell = pl.lit(usual[name][0])
        if table.schema[name] != pl.Null:
            cell = cell.cast(table.schema[name], strict=False)
        cell = cell.alias(name)
        falls[place] = base - score(table.with_columns(cell))
    order = np.argsort(-falls, axis=0, kind="stable")[:MOST]
    return [[names[i] for i in order[:, row] if falls[i, row] > 0] for row in range(table.height)]


def reasons_of(
    row: Mapping[str, Any], score: Callable[[Sequence[Mapping[str, Any]]], np.ndarray], usual: Mapping[str, Any]
) -> list[str]:
    """The same for one typed row, without a table; usual: by column the typed cell that is met most often."""
    names = list(usual)
    scores = score([row, *({**row, name: usual[name]} for name in names)])
    falls = scores[0] - scores[1:]
    order = np.argsort(-falls, kind="stable")[:MOST]
    return [names[i] for i in order if falls[i] > 0]
