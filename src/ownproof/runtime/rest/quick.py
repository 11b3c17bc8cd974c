"""One row from JSON cells to the matrix in one walk: plain numbers as they are, texts looked up as they were read before."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ownproof.core.cells import as_json
from ownproof.core.input import Encodes, Plain, Recalls
from ownproof.runtime.predictor import Predictor

TEXTS_MOST, TEXT_MOST = 1000, 64
"""Texts of a column that are remembered as they were read, and how long they may be."""
Met = tuple[Any, Sequence[float], bool]
"""A cell as it is typed, as the matrix has it, and whether training never met it."""


@dataclass(slots=True)
class _Part:
    """One column: where its cell stands in the row, where its numbers go, and how they are made."""

    name: str
    cell: int
    at: int
    width: int
    read: Callable[[Any, Mapping[str, Any]], Any]
    details: Mapping[str, Any]
    one: Callable[[Any], Sequence[float]]
    unseen: Callable[[Any], bool] | None
    known: dict[str, Met] = field(default_factory=dict)

    def met(self, cell: Any) -> Met:
        """A cell that is looked at anew. Raises ValueError when its kind refuses it."""
        value = self.read(cell, self.details)
        made = (value, self.one(value), value is not None and self.unseen is not None and self.unseen(value))
        if cell.__class__ is str and value.__class__ is str and len(cell) <= TEXT_MOST and len(self.known) < TEXTS_MOST:
            self.known[cell] = made
        return made


class Quick:
    """Typed values, encoded row and unseen columns of a row of cells: what `read`, `one` and `unseen` of the kinds say."""

    def __init__(
        self, names: Sequence[str], plain: list[tuple[_Part, float, float]], others: list[_Part], blank: np.ndarray
    ) -> None:
        self._names = tuple(names)
        self._plain = [(p.cell, p.at, low, high, p) for p, low, high in plain]
        self._others = [(p.cell, p.at, p.width, p.known, p) for p in others]
        self._blank, self._cell = [math.nan] * len(blank), blank.dtype

    @classmethod
    def of(cls, predictor: Predictor) -> Quick | None:
        """For a bundle; None where a model reads cells, or a column has no place in the matrix."""
        if not predictor.reads_matrix:
            return None
        encoder = predictor.bundle.encoder
        features = {c.name: (i, c) for i, c in enumerate(predictor.columns)}
        if {c.column for c in encoder.codes} != set(features) or len(encoder.codes) != len(features):
            return None
        plain: list[tuple[_Part, float, float]] = []
        others: list[_Part] = []
        at = 0
        for code in encoder.codes:
            cell, column = features[code.column]
            kind = encoder.inputs[code.kind]
            assert isinstance(kind, Encodes)  # noqa: S101 - the encoder keeps no other kind
            unseen = kind.recall(code.code) if isinstance(kind, Recalls) else partial(kind.unseen, code.code)
            part = _Part(
                code.column, cell, at, code.width, kind.read, as_json(column.details), kind.one(code.code), unseen
            )
            if isinstance(kind, Plain) and code.width == 1:
                plain.append((part, *kind.plain(code.code)))
            else:
                others.append(part)
            at += code.width
        return cls(predictor.names, plain, others, np.empty(at, dtype=encoder.cell))

    def row(self, cells: Sequence[Any]) -> tuple[dict[str, Any], np.ndarray, list[str]]:
        """One row; cells: in the order of the features, more may follow. Raises ValueError for a cell that is refused."""
        values = list(cells[: len(self._names)])
        encoded, unseen = self.encoded(values)
        return dict(zip(self._names, values, strict=True)), encoded, unseen

    def encoded(self, cells: list[Any]) -> tuple[np.ndarray, list[str]]:
        """The same without names; the cells become values where they stand."""
        numbers = self._blank.copy()
        for cell_at, at, low, high, part in self._plain:
            cell = cells[cell_at]
            if cell.__class__ is float and low < cell < high:
                numbers[at] = cell
            else:
                cells[cell_at], made, _ = part.met(cell)
                numbers[at] = made[0]
        unseen: list[str] = []
        for cell_at, at, width, known, part in self._others:
            cell = cells[cell_at]
            met = (known.get(cell) if cell.__class__ is str else None) or part.met(cell)
            cells[cell_at], made, new = met
            if width == 1:
                numbers[at] = made[0]
            else:
                numbers[at : at + width] = made
            if new:
                unseen.append(part.name)
        return np.array(numbers, dtype=self._cell), unseen
