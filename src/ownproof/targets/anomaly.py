"""The target kind `anomaly`: nobody has said which rows are faults, so rows are ranked by how strange they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ownproof.core.histogram import moved, number_profile
from ownproof.core.input import Profile
from ownproof.core.prediction import Predictions
from ownproof.core.report import Finding
from ownproof.core.target import Metric, Operating, Target
from ownproof.core.task import Task, Wishes
from ownproof.errors import InputError, UsageError

if TYPE_CHECKING:
    import polars as pl

FLAGGED = Metric("flagged", "share flagged")
KNOTS = 512
SHARE = 0.01


class AnomalyTarget(Target):
    """How strange a row is, by rank among the training rows: 0 (the most usual) to 1; raw answers are float64 (n,).

    There is no truth. A score is flagged from the rank on that leaves the declared share above it.

    >>> import polars as pl
    >>> AnomalyTarget().task(pl.Series("anomaly", [0.0, 0.0]), Wishes(share=0.05)).details
    {'share': 0.05}
    """

    name: ClassVar[str] = "anomaly"

    def recognise(self, column: pl.Series) -> float:
        """Hardly: a table is looked at this way only where it was asked for."""
        return 1e-3 if column.dtype.is_numeric() else 0.0

    def task(self, column: pl.Series, wishes: Wishes) -> Task:
        """The declared share, 1 % where nothing was said."""
        if column.null_count() == len(column):
            raise InputError(
                "there is no row to look at", expected="a table with rows", hint="name another file", where=column.name
            )
        unfit = {"--metric": wishes.metric, "--cost": wishes.costs, "--positive": wishes.positive}
        said = [flag for flag, value in unfit.items() if value is not None] + (["--floor"] if wishes.floors else [])
        if said:
            raise UsageError(
                f"{said[0]} makes no sense without a target",
                expected="a target with known answers",
                hint=f"leave out {said[0]}, or name a target",
                where=said[0],
            )
        share = SHARE if wishes.share is None else wishes.share
        return Task(column.name, self.name, metric=FLAGGED.name, truth="none", details={"share": share})

    def read(self, cell: Any, task: Task) -> float:
        """A score from 0 to 1."""
        if isinstance(cell, bool) or not isinstance(cell, (int, float)) or not 0.0 <= cell <= 1.0:
            raise ValueError(f"{str(cell)[:64]!r} is no score from 0 to 1")
        return float(cell)

    def truth(self, column: pl.Series, task: Task) -> np.ndarray:
        """The scores, float64 (n,): nobody knows any better."""
        return column.cast(float, strict=False).fill_null(0.0).to_numpy().astype(np.float64)

    def distance(self, a: Any, b: Any) -> float:
        """How far apart the ranks are."""
        return min(1.0, abs(float(a) - float(b)))

    def metrics(self, task: Task) -> Mapping[str, Metric]:
        """The share flagged; nothing can be judged."""
        return {FLAGGED.name: FLAGGED}

    def tally(self, truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating) -> np.ndarray:
        """Whether a row is flagged: float64 (n, 1)."""
        return (predictions.raw >= threshold_of(task)).astype(np.float64)[:, None]

    def score(
        self, tally: np.ndarray, weights: np.ndarray, task: Task, names: Sequence[str] = ()
    ) -> dict[str, np.ndarray]:
        """The share flagged."""
        table = np.atleast_2d(np.asarray(weights, dtype=np.float64))
        return {FLAGGED.name: table @ tally[:, 0] / table.sum(axis=1)}

    def losses(self, truth: np.ndarray, predictions: Predictions, task: Task) -> np.ndarray:
        """Nothing: no answer is known to be wrong."""
        return np.zeros(len(predictions))

    def differ(self, a: Predictions, b: Predictions, task: Task, operating: tuple[Operating, Operating]) -> np.ndarray:
        """Other scores."""
        return np.asarray(a.raw != b.raw)

    def calibrate(self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> dict[str, Any]:
        """From raw scores to ranks among held-out rows: the scores at evenly spaced ranks."""
        if not len(predictions):
            return {}
        at = np.linspace(0.0, 1.0, min(KNOTS, max(2, len(predictions))))
        scores, place = np.unique(np.quantile(predictions.raw, at), return_index=True)
        if len(scores) < 2:
            return {}
        return {"scores": scores.tolist(), "ranks": at[place].tolist()}

    def calibrated(self, raw: np.ndarray, calibration: Mapping[str, Any]) -> np.ndarray:
        """The ranks; a score beyond all that were seen has the last one."""
        if not calibration:
            return raw
        return np.asarray(np.interp(np.asarray(raw, dtype=np.float64), calibration["scores"], calibration["ranks"]))

    def operate(self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> Operating:
        """Flagged from the rank on that leaves the declared share above it."""
        return Operating(threshold_of(task), None, f"a declared share of {100 * task.details['share']:g} %")

    def agree(self, a: Predictions, b: Predictions, task: Task) -> float:
        """Correlation of the ranks."""
        x, y = a.raw - a.raw.mean(), b.raw - b.raw.mean()
        under = float(np.sqrt((x @ x) * (y @ y)))
        return float(x @ y) / under if under > 0 else float(np.array_equal(a.raw, b.raw))

    def answers(self, raw: np.ndarray, task: Task, operating: Operating) -> list[dict[str, Any]]:
        """The rank, and whether it is flagged."""
        least = threshold_of(task)
        return [
            {"prediction": value, "flagged": value >= least} for value in np.asarray(raw, dtype=np.float64).tolist()
        ]

    def columns(self, raw: np.ndarray, task: Task, operating: Operating) -> dict[str, Any]:
        """The ranks, and which of them are flagged."""
        return {"prediction": raw, "flagged": raw >= threshold_of(task)}

    def profile(self, truth: np.ndarray, task: Task) -> Profile:
        """Mean, spread, quartiles, histogram of scores."""
        import polars as pl

        return number_profile("number", pl.Series(truth))

    def drift(self, reference: Profile, now: Profile) -> Finding:
        """Population stability index over the bins of the reference."""
        return replace(moved(reference, now), rule="drift.target")

    def to_json(self, answer: Any, task: Task) -> float:
        """A score."""
        return float(answer)

    def from_json(self, value: Any, task: Task) -> float:
        """A score."""
        return self.read(value, task)


def threshold_of(task: Task) -> float:
    """The rank from which rows are flagged."""
    return 1.0 - float(task.details["share"])
