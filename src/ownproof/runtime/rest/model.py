"""A bundle as it is served: opened, warmed, described, and asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ownproof.runtime.predictor import Predictor
from ownproof.runtime.rest.described import Field, example, fields_of
from ownproof.runtime.rest.one import OneRow
from ownproof.runtime.rest.request import Asked, Reader
from ownproof.runtime.rest.rules import Rules
from ownproof.runtime.rest.settings import Settings

WARM_ROUNDS = 5
LOGGED = ("prediction", "probabilities", "low", "high", "threshold", "said")


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
        self._rules = Rules.of(predictor, self.fields, settings)
        self._threshold = predictor.bundle.operating.threshold
        self._always = [] if predictor.bundle.proven else ["unproven"]
        self.row_us = self._warmed(clock)
        self.one = self._one_row() if self._rules is None else None

    @classmethod
    def open(cls, path: str | Path, settings: Settings) -> Model:
        """Open a bundle; every byte is checked first. Raises InputError or Tampered."""
        return cls(Predictor.open(path, public_key=settings.public_key), settings)

    def _warmed(self, clock: Callable[[], float]) -> float:
        """Ask for the example a few times: buffers are made, caches filled; the best time counts."""
        raw = msgspec.json.encode({"inputs": self.example})
        times = []
        for _ in range(WARM_ROUNDS):
            before = clock()
            asked = self.reader.read(raw)
            self._told(self._raw(asked), asked)
            times.append(clock() - before)
        if self.settings.rows > 1:
            self._raw(self.reader.read(msgspec.json.encode({"rows": [self.example] * 2})))
        return min(times) * 1e6

    def answers(self, asked: Asked) -> list[dict[str, Any]]:
        """The answer to each row: `prediction`, `probabilities` (or `low`, `high`), `threshold`, `flags`."""
        told = self._told(self._raw(asked), asked)
        return told if self._rules is None else self._rules.applied(asked.rows, told)

    def _raw(self, asked: Asked) -> np.ndarray:
        predictor = self.predictor
        if asked.encoded is None:
            return predictor.raw_one(asked.rows[0]) if len(asked.rows) == 1 else predictor.raw_rows(asked.rows)
        if len(asked.encoded) == 1:
            return predictor.raw_encoded(asked.encoded[0])
        return predictor.raw_matrix(np.stack(asked.encoded))

    def _told(self, raw: np.ndarray, asked: Asked) -> list[dict[str, Any]]:
        answers = self.predictor.answers(raw)
        for at, answer in enumerate(answers):
            if answer.get("flagged"):
                answer["reasons"] = self.predictor.reasons_of(asked.rows[at])
            answer["threshold"] = self._threshold
            if asked.unseen is None:
                answer["flags"] = self.predictor.flags(asked.rows[at])
            else:
                answer["flags"] = [*(f"unseen:{name}" for name in asked.unseen[at]), *self._always]
        return list(answers)

    def _one_row(self) -> OneRow | None:
        """The short way for one row, where answers go out as the bundle gives them."""
        told = self.answers(self.reader.row(self.example))[0]
        return OneRow.of(self.reader, self.predictor, self._always, example=told, logged=self.logged(told))

    def logged(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """What the journal keeps of an answer."""
        return {n: answer[n] for n in LOGGED if answer.get(n) is not None}

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
