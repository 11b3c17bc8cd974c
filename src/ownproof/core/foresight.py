"""What answers foretell of their own truths, and answers of a journal as they were before they were written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating, Target
from ownproof.core.task import Task
from ownproof.stats.isotonic import folds_of

ROWS_MOST = 20_000
"""Held-out answers that are learnt from: more make the bundle's profile no better."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """The truths that each answer may meet. rows: int64 (m,), the answer's place; truth: (m,) as the target kind keeps
    it; chance: (m,), adding up to 1 for each answer."""

    rows: np.ndarray
    truth: np.ndarray
    chance: np.ndarray


@runtime_checkable
class Foresees(Protocol):
    """A target kind whose answers tell how good they will turn out, before any truth is known."""

    def foresight(
        self, truth: np.ndarray, predictions: Predictions, task: Task, *, matrix: np.ndarray, folds: np.ndarray
    ) -> dict[str, Any]:
        """What held-out answers teach, as JSON; empty for nothing.

        matrix: the encoded features, float32 (n, p), p may be 0; folds: int64 (n,), what is learnt is learnt across them.
        """

    def foreseen(self, raw: np.ndarray, matrix: np.ndarray, foresight: Mapping[str, Any]) -> np.ndarray:
        """What is kept of each answer for its outlook, float64 (n, m)."""

    def outlook(self, raw: np.ndarray, foreseen: np.ndarray, foresight: Mapping[str, Any], task: Task) -> Outlook:
        """The truths that each answer may meet, and their chances."""


@runtime_checkable
class Restores(Protocol):
    """A target kind whose raw answers are more than the prediction that a journal holds."""

    def restored(self, answers: Sequence[Mapping[str, Any]], task: Task, operating: Operating) -> np.ndarray:
        """Raw answers from those that were given (`Target.answers`). Raises ValueError for what is none."""


def restored(target: Target, answers: Sequence[Mapping[str, Any]], task: Task, operating: Operating) -> np.ndarray:
    """Raw answers (n, ...) from those that were given. Raises ValueError or KeyError for what is none."""
    if isinstance(target, Restores):
        return target.restored(answers, task, operating)
    read = [target.from_json(a["prediction"], task) for a in answers]
    if read and all(isinstance(r, float) for r in read):
        return np.asarray(read, dtype=np.float64)
    out = np.empty(len(read), dtype=object)
    for place, answer in enumerate(read):
        out[place] = answer
    return out


def learnt(
    target: Target,
    truth: np.ndarray,
    predictions: Predictions,
    task: Task,
    *,
    matrix: Callable[[np.ndarray], np.ndarray],
    units: np.ndarray,
    seed: int,
) -> dict[str, Any]:
    """What held-out answers teach about the outlook of later ones: `profiles/foresight.json`; empty where the kind has
    nothing to say.

    truth: (n, ...), units: int64 (n,), all rows of one are kept together; matrix: the encoded features, float32 (m, p), of
    some of the rows, by their places.
    """
    if not isinstance(target, Foresees) or not len(truth):
        return {}
    some = np.linspace(0, len(truth) - 1, min(len(truth), ROWS_MOST)).astype(np.int64)
    folds = folds_of(len(some), seed=seed, units=units[some])
    return target.foresight(truth[some], predictions.take(some), task, matrix=matrix(some), folds=folds)
