"""One encoder with two paths: columns for batches, a mapping for one row, the same numbers from both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.input import Encodes, Feature, Input, Recalls
from ownproof.core.schema import Column

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Code:
    """How one column becomes matrix columns; `code` was learnt from training rows by the column's input kind."""

    column: str
    kind: str
    code: Mapping[str, Any]
    width: int


@dataclass(frozen=True, slots=True)
class Encoder:
    """The codes of all columns, in matrix order, and what each matrix column means."""

    codes: tuple[Code, ...]
    features: tuple[Feature, ...]
    inputs: Mapping[str, Input]

    @property
    def cell(self) -> type[np.floating[Any]]:
        """The type of the matrix: float32, or float64 where a code is `wide` (a model that was made elsewhere)."""
        return np.float64 if any(c.code.get("wide") for c in self.codes) else np.float32

    @classmethod
    def fit(cls, train: Dataset, inputs: Mapping[str, Input], columns: Sequence[Column] = ()) -> Encoder:
        """Learn the codes from training rows: of all features, or of some columns.

        Columns whose input kind cannot become a matrix are left out (learners that read cells see them).
        """
        codes: list[Code] = []
        features: list[Feature] = []
        for column in columns or train.schema.features:
            kind = inputs[column.kind]
            if not isinstance(kind, Encodes):
                continue
            code = kind.fit_code(train.column(column.name), column.details)
            made = kind.features(code, column.name)
            if made:
                codes.append(Code(column.name, column.kind, code, len(made)))
                features += made
        return cls(tuple(codes), tuple(features), {c.kind: inputs[c.kind] for c in codes})

    def taught(self, column: str, code: Mapping[str, Any]) -> Encoder:
        """The encoder with another code of one column."""
        codes: list[Code] = []
        features: list[Feature] = []
        for old in self.codes:
            new = code if old.column == column else old.code
            made = self._kind(old).features(new, old.column)
            codes.append(Code(old.column, old.kind, new, len(made)))
            features += made
        return Encoder(tuple(codes), tuple(features), self.inputs)

    def encode(self, frame: pl.DataFrame) -> np.ndarray:
        """A typed table as a matrix (n, p) of `cell`, in C order."""
        matrix = np.empty((frame.height, len(self.features)), dtype=self.cell)
        at = 0
        for code in self.codes:
            matrix[:, at : at + code.width] = self._kind(code).encode(code.code, frame[code.column])
            at += code.width
        return matrix

    def apply(self, dataset: Dataset) -> Dataset:
        """The dataset with its matrix."""
        from dataclasses import replace

        matrix = np.empty((len(dataset), len(self.features)), dtype=self.cell)
        at = 0
        for code in self.codes:  # a column at a time: the table is never in memory twice
            matrix[:, at : at + code.width] = self._kind(code).encode(code.code, dataset.column(code.column))
            at += code.width
        return replace(dataset, encoded=Encoded(matrix, self.features))

    def one(self) -> Callable[[Mapping[str, Any]], np.ndarray]:
        """A function from one row (column name to typed value) to its matrix row (p,); build it once."""
        parts, cell = [(c.column, self._kind(c).one(c.code)) for c in self.codes], self.cell

        def encode_row(row: Mapping[str, Any]) -> np.ndarray:
            numbers: list[float] = []
            for name, part in parts:
                numbers.extend(part(row.get(name)))
            return np.array(numbers, dtype=cell)

        return encode_row

    def unseen(self) -> Callable[[Mapping[str, Any]], list[str]]:
        """A function from one typed row to the columns whose value was never met in training; build it once."""
        kinds = [(c, self._kind(c)) for c in self.codes]
        asked = [
            (c.column, kind.recall(c.code) if isinstance(kind, Recalls) else partial(kind.unseen, c.code))
            for c, kind in kinds
        ]
        parts = [(name, unseen) for name, unseen in asked if unseen is not None]

        def never_met(row: Mapping[str, Any]) -> list[str]:
            return [name for name, unseen in parts if (value := row.get(name)) is not None and unseen(value)]

        return never_met

    def _kind(self, code: Code) -> Encodes:
        kind = self.inputs[code.kind]
        assert isinstance(kind, Encodes)  # noqa: S101 - `fit` and `from_json` keep no other kind
        return kind

    def to_json(self) -> dict[str, Any]:
        """The file `encoder.json` of a bundle."""
        return {
            "format": 1,
            "columns": [{"column": c.column, "kind": c.kind, "code": dict(c.code)} for c in self.codes],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], inputs: Mapping[str, Input]) -> Encoder:
        """The inverse of `to_json`."""
        codes: list[Code] = []
        features: list[Feature] = []
        for item in data["columns"]:
            kind = inputs[item["kind"]]
            assert isinstance(kind, Encodes)  # noqa: S101 - only encodable kinds were written
            made = kind.features(item["code"], item["column"])
            codes.append(Code(item["column"], item["kind"], item["code"], len(made)))
            features += made
        return cls(tuple(codes), tuple(features), {c.kind: inputs[c.kind] for c in codes})
