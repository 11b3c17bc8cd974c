"""A bundle that answers: one row from a mapping, many from a table, the same numbers from both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.cells import as_json
from ownproof.core.input import Input
from ownproof.core.schema import Column
from ownproof.core.scorer import Scorer, Shared
from ownproof.core.target import Target
from ownproof.errors import InputError, OwnproofError, all_at_once, did_you_mean
from ownproof.runtime.bundle import Bundle, open_bundle
from ownproof.runtime.reasons import reasons, reasons_of

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class _Member:
    scorer: Scorer
    weight: float


class Predictor:
    """Answers for one bundle. Opening checks every byte; nothing is executed that came with the bundle.

    >>> predictor = Predictor.open("bundle")        # doctest: +SKIP
    >>> predictor.one({"age": 39, "education": "Bachelors"})["prediction"]   # doctest: +SKIP
    '<=50K'
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.target: Target = registry.load("targets", bundle.task.target)()
        self.inputs: Mapping[str, Input] = registry.inputs()
        self.columns: tuple[Column, ...] = bundle.schema.features
        self._members = [
            _Member(registry.load("scorers", m.scorer).load(bundle.folder / "model" / m.folder), m.weight)
            for m in bundle.members
        ]
        self._encode = bundle.encoder.one()
        self._unseen = bundle.encoder.unseen()
        self._reads_matrix = all(m.scorer.reads == "matrix" for m in self._members)
        self._readers = [(c.name, self.inputs[c.kind].read, c.details) for c in self.columns]
        # A request is JSON: a text for a number is refused there, whatever the training table was stored as.
        self._strict = [(c.name, self.inputs[c.kind].read, as_json(c.details)) for c in self.columns]

    @classmethod
    def open(cls, path: str | Path, *, public_key: str | Path | None = None) -> Predictor:
        """Open a bundle (a folder or its zip), signed by `public_key` where one is given. Raises InputError or Tampered."""
        return cls(open_bundle(path, public_key=public_key))

    @property
    def shared(self) -> bool:
        """Whether several threads may score batches at once."""
        return all(isinstance(m.scorer, Shared) for m in self._members)

    @property
    def names(self) -> list[str]:
        """The columns a row must have."""
        return [c.name for c in self.columns]

    @property
    def reads_matrix(self) -> bool:
        """Whether every model of the bundle is asked with the encoded matrix."""
        return self._reads_matrix

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """One row of cells as typed values. Raises one InputError naming every missing, unknown or bad field."""
        typed: dict[str, Any] = {}
        problems: list[OwnproofError] = []
        for name, read, details in self._strict:
            if name not in row:
                problems.append(
                    InputError(
                        f"field {name!r} is missing",
                        expected="every column of the schema",
                        hint=f"add {name!r}, null where it is not known",
                        where=name,
                    )
                )
                continue
            try:
                typed[name] = read(row[name], details)
            except ValueError as why:
                problems.append(
                    InputError(
                        f"field {name!r}: {why}",
                        expected=f"a {self.bundle.schema[name].kind}",
                        hint=f"mend {name!r} and ask again",
                        where=name,
                    )
                )
        if problems:
            raise all_at_once(problems)
        return typed

    def unknown(self, row: Mapping[str, Any]) -> list[OwnproofError]:
        """One problem per field that the schema does not have."""
        return [
            InputError(
                f"field {n!r} is not in the schema",
                expected="the columns of the schema",
                hint=did_you_mean(n, self.names, what="columns"),
                where=n,
            )
            for n in row
            if n not in self.bundle.schema
        ]

    def raw_one(self, typed: Mapping[str, Any]) -> np.ndarray:
        """The raw answer of one typed row, calibrated, as a batch of one: (1, k) or (1,)."""
        return self.raw_encoded(self._encode(typed) if self._reads_matrix else typed)

    def raw_encoded(self, row: Any) -> np.ndarray:
        """The same of a row that was encoded already, (p,)."""
        if len(self._members) == 1:  # answers of some kinds cannot be averaged, and one model needs no average
            answer = np.asarray(self._members[0].scorer.score_one(row))
        else:
            answer = np.asarray(sum(m.weight * m.scorer.score_one(row) for m in self._members))
        return self.target.calibrated(answer[None], self.bundle.calibration)

    def one(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The answer for one row: `prediction`, `probabilities`, `threshold`, `flags`, `model`.

        row: column name to cell, as in JSON. Raises InputError naming every bad field.
        """
        typed = self.read(row)
        answer = self.target.answers(self.raw_one(typed), self.bundle.task, self.bundle.operating)[0]
        if answer.get("flagged"):
            answer["reasons"] = self.reasons_of(typed)
        return {
            **answer,
            "threshold": self.bundle.operating.threshold,
            "flags": self.flags(typed),
            "model": self.bundle.hash,
        }

    def flags(self, typed: Mapping[str, Any]) -> list[str]:
        """What a reader of the answer should know: `unseen:COLUMN`, and `unproven` for an unproven bundle."""
        flags = [f"unseen:{c}" for c in self._unseen(typed)]
        return flags if self.bundle.proven else [*flags, "unproven"]

    def raw(self, table: pl.DataFrame) -> np.ndarray:
        """Raw answers of a typed table, calibrated."""
        if self._reads_matrix:
            return self._score(self.bundle.encoder.encode(table))
        return self._score({n: [read(v, d) for v in table[n].to_list()] for n, read, d in self._readers})

    def raw_rows(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Raw answers of typed rows (see `read`), calibrated; no table is built of them."""
        if not self._reads_matrix:
            return self._score({n: [row[n] for row in rows] for n in self.names})
        return self.raw_matrix(self._matrix(rows))

    def raw_matrix(self, matrix: np.ndarray) -> np.ndarray:
        """The same of rows that were encoded already, (n, p)."""
        return self._score(matrix)

    def _matrix(self, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
        encoder = self.bundle.encoder
        made = np.array([self._encode(row) for row in rows], dtype=encoder.cell)
        return made.reshape(len(rows), len(encoder.features))

    def reasons_of(self, typed: Mapping[str, Any]) -> list[str]:
        """The columns that make one typed row strange, as `reasons` names them, without a table."""
        told = self.bundle.operating.details.get("usual", {})
        usual = {n: self.inputs[self.bundle.schema[n].kind].from_json(told[n][0]) for n in told if n in typed}
        return reasons_of(typed, lambda rows: self._mean(self._matrix(rows)), usual)

    def reasons(self, table: pl.DataFrame) -> list[list[str]]:
        """For each row of a typed table the columns that make it strange, where the bundle knows what is usual."""
        usual = self.bundle.operating.details.get("usual", {})
        return reasons(table, lambda t: self._mean(self.bundle.encoder.encode(t)), usual)

    def _score(self, batch: Any) -> np.ndarray:
        return self.target.calibrated(self._mean(batch), self.bundle.calibration)

    def _mean(self, batch: Any) -> np.ndarray:
        if len(self._members) == 1:
            return np.asarray(self._members[0].scorer.score(batch))
        return np.asarray(sum(m.weight * m.scorer.score(batch) for m in self._members))

    def typed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row of a typed table as `raw_one` wants it: kinds without a matrix are read from their cell."""
        if self._reads_matrix:
            return dict(row)
        return {name: read(row[name], details) for name, read, details in self._readers}

    def spare(self) -> Callable[[pl.DataFrame], np.ndarray] | None:
        """The same answers from the ONNX files that lie beside native weights; None where there are none."""
        beside = [self.bundle.folder / "model" / m.folder for m in self.bundle.members if m.scorer != "onnx"]
        if not beside or not self._reads_matrix or not all((f / "model.onnx").is_file() for f in beside):
            return None
        onnx = registry.load("scorers", "onnx")
        folders = [self.bundle.folder / "model" / m.folder for m in self.bundle.members]
        scorers = [(onnx.load(f), m.weight) for f, m in zip(folders, self.bundle.members, strict=True)]

        def answer(table: pl.DataFrame) -> np.ndarray:
            batch = self.bundle.encoder.encode(table)
            raw = np.asarray(sum(w * s.score(batch) for s, w in scorers))
            return self.target.calibrated(raw, self.bundle.calibration)

        return answer

    def columns_of(self, raw: np.ndarray) -> dict[str, Any]:
        """The same answers side by side: `prediction`, `probability_<class>`, `prediction_low` and `prediction_high`."""
        return self.target.columns(raw, self.bundle.task, self.bundle.operating)

    def answers(self, raw: np.ndarray) -> Sequence[dict[str, Any]]:
        """JSON answers for raw ones."""
        return self.target.answers(raw, self.bundle.task, self.bundle.operating)
