"""What of a column is watched: what its input kind says, and for kinds that say nothing the JSON of their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ownproof.core.input import Input
from ownproof.core.watch import Watches

if TYPE_CHECKING:
    import polars as pl

CELLS: Final = 20_000
"""Cells of a kind that says nothing of itself that are looked at in a table: each may be a file to open."""


def fit(kind: Input, column: pl.Series) -> dict[str, Any]:
    """What `plain_views` needs to know of the reference's typed cells."""
    return dict(kind.fit_watch(column)) if isinstance(kind, Watches) else {}


def plain_views(kind: Input, known: Mapping[str, Any], column: pl.Series) -> Mapping[str, pl.Series]:
    """A typed column as plain ones by the name of the view: numbers as Float64, names as String."""
    return kind.watched(known, column) if isinstance(kind, Watches) else _by_json(kind, column)


def _by_json(kind: Input, column: pl.Series) -> Mapping[str, pl.Series]:
    """How large a cell's JSON is, and the mean of the numbers in it where there are any."""
    import polars as pl

    step = max(1, len(column) // CELLS)
    sizes: list[float | None] = []
    means: list[float | None] = []
    for cell in column.gather_every(step).to_list():
        said = None if cell is None else _read(kind, cell)
        parts = None if said is None else list(_leaves(said))
        numbers = [float(p) for p in parts or () if isinstance(p, (int, float))]
        texts = sum(len(p) for p in parts or () if isinstance(p, str))
        sizes.append(None if parts is None else float(texts + len(numbers)))
        means.append(sum(numbers) / len(numbers) if numbers else None)
    views = {"size": pl.Series(column.name, sizes, dtype=pl.Float64)}
    if any(m is not None for m in means):
        views["mean"] = pl.Series(column.name, means, dtype=pl.Float64)
    return views


def _read(kind: Input, cell: Any) -> Any:
    """A typed cell as JSON; None when it can no longer be read (a file that is gone)."""
    try:
        return kind.to_json(cell)
    except (ValueError, TypeError, OSError):
        return None


def _leaves(said: Any) -> Iterator[Any]:
    if isinstance(said, Mapping):
        for value in said.values():
            yield from _leaves(value)
    elif isinstance(said, (list, tuple)):
        for value in said:
            yield from _leaves(value)
    elif hasattr(said, "tolist"):
        yield from _leaves(said.tolist())
    else:
        yield said
