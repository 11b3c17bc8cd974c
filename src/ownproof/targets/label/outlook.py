"""Which class each answer will turn out to be, by calibrated chances (confidence-based performance estimation)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ownproof.core.foresight import Outlook
from ownproof.core.prediction import Predictions
from ownproof.core.task import Task
from ownproof.stats.isotonic import Rising, cross_fitted

FEWEST = 10  # rows of a class, under which its chances cannot be learnt


def foresight(truth: np.ndarray, predictions: Predictions, task: Task, folds: np.ndarray) -> dict[str, Any]:
    """One rising function a class, each against the rest; nothing for hard answers and for a class of few rows."""
    counts = np.bincount(truth.astype(np.int64), minlength=len(task.classes))
    if predictions.hard or not len(truth) or int(counts.min()) < FEWEST:
        return {}
    codes = _learnt(task)
    fits = [cross_fitted(predictions.raw[:, c], (truth == c).astype(np.float64), folds)[0] for c in codes]
    return {"way": "calibrated chances", "classes": codes, "chances": [f.to_json() for f in fits]}


def _learnt(task: Task) -> list[int]:
    """Of two classes one is enough."""
    return [task.positive_index] if len(task.classes) == 2 else list(range(len(task.classes)))


def foreseen(raw: np.ndarray, said: Mapping[str, Any]) -> np.ndarray:
    """The chance of each class, float64 (n, classes), rows adding up to 1."""
    chances = np.empty(raw.shape, dtype=np.float64)
    for code, fit in zip(said["classes"], said["chances"], strict=True):
        chances[:, code] = np.clip(Rising.from_json(fit).apply(raw[:, code]), 0.0, 1.0)
        if len(said["classes"]) == 1:
            chances[:, 1 - code] = 1.0 - chances[:, code]
    total = chances.sum(axis=1, keepdims=True)
    return np.where(total > 0, chances / np.where(total > 0, total, 1.0), raw)


def outlook(chances: np.ndarray) -> Outlook:
    """Every class that has a chance."""
    rows, codes = np.nonzero(chances > 0)
    return Outlook(rows.astype(np.int64), codes.astype(np.int64), chances[rows, codes])


def restored(answers: Sequence[Mapping[str, Any]], task: Task) -> np.ndarray:
    """The probabilities that were given, float64 (n, classes); a bare class is sure of itself."""
    names = [str(c) for c in task.classes]
    places = {name: i for i, name in enumerate(names)}
    out = np.zeros((len(answers), len(names)))
    for line, answer in zip(out, answers, strict=True):
        shares = answer.get("probabilities")
        if shares:
            line[:] = [float(shares[name]) for name in names]
        else:
            line[places[str(answer["prediction"])]] = 1.0
    return out
