"""A bundle as it is served: opened, warmed, described, and asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ownproof.runtime.predictor import Predictor
from ownproof.runtime.rest.described import Field, example, fields_of, out_of_range
from ownproof.runtime.rest.request import Reader
from ownproof.runtime.rest.settings import Settings

WARM_ROUNDS = 5
LOGGED = ("prediction", "probabilities", "low", "high", "threshold")


class Model:
    """One opened bundle with everything that answering takes.

    row_us: microseconds of one row, the best of a few after warming up.
    """

    def __init__(
        self, predictor: Predictor, settings: Settings, *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.predictor = predictor
        self.settings = settings
        self.hash = predictor.bundle.hash
        self.reader = Reader(predictor, settings)
        self.fields: tuple[Field, ...] = fields_of(predictor, self.reader.extras)
        self.example = example(self.fields)
        self._beyond = out_of_range(self.fields) if settings.out_of_range != "ignore" else None
        self.row_us = self._warmed(clock)

    @classmethod
    def open(cls, path: str | Path, settings: Settings) -> Model:
        """Open a bundle; every byte is checked first. Raises InputError or Tampered."""
        return cls(Predictor.open(path, public_key=settings.public_key), settings)

    def _warmed(self, clock: Callable[[], float]) -> float:
        """Ask for the example a few times: buffers are made, caches filled; the best time counts."""
        asked = self.reader.row(self.example)
        times = []
        for _ in range(WARM_ROUNDS):
            before = clock()
            self.answers(asked.rows)
            times.append(clock() - before)
        self.answers([*asked.rows, *asked.rows])
        return min(times) * 1e6

    def answers(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The answer to each typed row: `prediction`, `probabilities` (or `low`, `high`), `threshold`, `flags`."""
        predictor = self.predictor
        raw = predictor.raw_one(rows[0]) if len(rows) == 1 else predictor.raw_rows(rows)
        threshold = predictor.bundle.operating.threshold
        answers = []
        for row, answer in zip(rows, predictor.answers(raw), strict=True):
            if answer.get("flagged"):
                answer["reasons"] = predictor.reasons_of(row)
            answers.append({**answer, "threshold": threshold, "flags": predictor.flags(row)})
        return answers

    def logged(self, answer: Mapping[str, Any]) -> msgspec.Raw:
        """What the journal keeps of an answer."""
        return msgspec.Raw(msgspec.json.encode({n: answer[n] for n in LOGGED if answer.get(n) is not None}))

    def schema(self) -> dict[str, Any]:
        """The body of `/v1/schema`."""
        task = self.predictor.bundle.task
        return {
            "model": self.hash,
            "target": {
                "name": task.column,
                "kind": task.target,
                "classes": list(task.classes),
                "positive": task.positive,
            },
            "threshold": self.predictor.bundle.operating.threshold,
            "proven": self.predictor.bundle.proven,
            "id": self.reader.id_column,
            "fields": [f.to_json() for f in self.fields],
            "limits": {"body_bytes": self.settings.body_bytes, "rows": self.settings.rows},
            "example": {"inputs": self.example},
        }

    def close(self) -> None:
        """Remove what was unpacked."""
        self.predictor.bundle.close()
