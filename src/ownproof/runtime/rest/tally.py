"""Answers counted by what they say: classes, scores, flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ownproof.runtime.rest.metrics import SHARES, Counters, Histogram, label
from ownproof.runtime.rest.model import Model

CLASSES_MOST = 32


class Tally:
    """The counters of one model's answers."""

    def __init__(self, model: Model, counters: Counters) -> None:
        bundle = model.predictor.bundle
        task = bundle.task
        self._counters = counters
        self._values = counters.values
        self._rows = counters.place("ownproof_rows_total")
        self._classes: dict[Any, int] = {
            c: counters.place(f'ownproof_predictions_total{{prediction="{label(c)}"}}')
            for c in task.classes[:CLASSES_MOST]
        }
        self._positive = str(task.positive) if len(task.classes) == 2 and task.positive is not None else None
        bounds = SHARES if task.classes else _bounds(bundle.read("profiles/target.json"))
        self._score = Histogram(counters, "ownproof_score", bounds) if bounds else None
        self._flags: dict[str, int] = {}

    def count(self, answers: Sequence[Mapping[str, Any]]) -> None:
        """Count some answers."""
        for answer in answers:
            self.count_one(answer, answer["flags"])

    def count_one(self, answer: Mapping[str, Any], flags: Sequence[str]) -> None:
        """Count an answer with its flags."""
        values = self._values
        values[self._rows] += 1
        said = answer["prediction"]
        if self._classes:
            place = self._classes.get(said) if isinstance(said, (str, int, float)) else None
            values[self._other() if place is None else place] += 1
        score = self._scored(answer)
        if score is not None and self._score is not None:
            self._score.observe(score)
        for flag in flags:
            values[self._flag(flag)] += 1

    def _scored(self, answer: Mapping[str, Any]) -> float | None:
        shares = answer.get("probabilities")
        if shares:
            found = shares.get(self._positive) if self._positive is not None else max(shares.values())
            return None if found is None else float(found)
        said = answer["prediction"]
        return float(said) if isinstance(said, float) else None

    def _other(self) -> int:
        return self._counters.place('ownproof_predictions_total{prediction="other"}')

    def _flag(self, flag: str) -> int:
        place = self._flags.get(flag)
        if place is None:
            place = self._flags[flag] = self._counters.place(f'ownproof_flagged_total{{flag="{label(flag)}"}}')
        return place


def _bounds(profile: Mapping[str, Any]) -> tuple[float, ...]:
    """Ten bounds of a number's histogram, by the deciles of the target's own in training."""
    edges, counts = profile.get("edges") or [], profile.get("counts") or []
    if len(edges) < 2:
        return ()
    total, at = sum(counts), 0.0
    found: list[float] = []
    for edge, count in zip(edges[1:], counts, strict=True):
        at += count
        if at >= total * (len(found) + 1) / 10:
            found.append(float(edge))
    return tuple(sorted(set(found)))
