"""The target kind `number`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ownproof.core.foresight import Outlook
from ownproof.core.histogram import moved, number_profile
from ownproof.core.input import Profile
from ownproof.core.prediction import Predictions
from ownproof.core.report import Block, Finding
from ownproof.core.target import Metric, Operating, Promise, Suspected, Target
from ownproof.core.task import Task, Wishes
from ownproof.targets.number import measure, outlook, summary
from ownproof.targets.number.band import interval_blocks
from ownproof.targets.number.evidence import evidence_of
from ownproof.targets.number.wishes import make_task

if TYPE_CHECKING:
    import polars as pl

POSSIBLE = 0.5  # a target kind that is surer of a column of numbers gets it


class NumberTarget(Target):
    """A number; raw answers are float64 (n,).

    >>> import polars as pl
    >>> NumberTarget().task(pl.Series("price", [1.5, 2.0, 9.9]), Wishes()).metric
    'rmse'
    """

    name: ClassVar[str] = "number"

    def recognise(self, column: pl.Series) -> float:
        """Any column of numbers; one whose values look like classes is claimed more surely by another kind."""
        return POSSIBLE if column.dtype.is_numeric() else 0.0

    def task(self, column: pl.Series, wishes: Wishes) -> Task:
        """Metric and costs."""
        return make_task(column, wishes)

    def read(self, cell: Any, task: Task) -> float:
        """A finite number."""
        if isinstance(cell, bool) or cell is None:
            raise ValueError(f"{cell!r} is not a number")
        try:
            value = float(cell)
        except (TypeError, ValueError):
            raise ValueError(f"{str(cell)[:64]!r} is not a number") from None
        if not np.isfinite(value):
            raise ValueError(f"{str(cell)[:64]!r} is not finite")
        return value

    def truth(self, column: pl.Series, task: Task) -> np.ndarray:
        """float64 (n,)."""
        return measure.values_of(column, task)

    def strata(self, truth: np.ndarray, task: Task) -> np.ndarray:
        """Up to ten bins of equal count."""
        return summary.strata_of(truth)

    def distance(self, a: Any, b: Any) -> float:
        """|a - b| / (|a| + |b|): 0 for equal numbers, 1 for opposite signs (Canberra)."""
        x, y = float(a), float(b)
        if x == y:
            return 0.0
        size = max(abs(x), abs(y))
        return abs(x / size - y / size) / (abs(x / size) + abs(y / size))

    def metrics(self, task: Task) -> Mapping[str, Metric]:
        """RMSE first, or the cost where costs are given."""
        return measure.metrics_of(task)

    def tally(self, truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating) -> np.ndarray:
        """Truth, answer and its interval: float64 (n, 4)."""
        return measure.tally(truth, predictions, operating)

    def score(
        self, tally: np.ndarray, weights: np.ndarray, task: Task, names: Sequence[str] = ()
    ) -> dict[str, np.ndarray]:
        """The metrics of the task."""
        return measure.score(tally, weights, task, names)

    def losses(self, truth: np.ndarray, predictions: Predictions, task: Task) -> np.ndarray:
        """Squared error of each row, or its absolute error where the verdict is about that."""
        return measure.losses(truth, predictions, task)

    def differ(self, a: Predictions, b: Predictions, task: Task, operating: tuple[Operating, Operating]) -> np.ndarray:
        """Other numbers."""
        return measure.differ(a, b, operating)

    def operate(self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> Operating:
        """A shift where the verdict is about cost; nothing otherwise."""
        return measure.operate(truth, predictions, weights, task)

    def bounded(
        self,
        truth: np.ndarray,
        predictions: Predictions,
        weights: np.ndarray,
        task: Task,
        *,
        operating: Operating,
        units: np.ndarray,
        windows: np.ndarray,
    ) -> Operating:
        """A conformal interval, scaled by the size of the answer."""
        return measure.bounded(truth, predictions, weights, task, operating=operating, units=units, windows=windows)

    def agree(self, a: Predictions, b: Predictions, task: Task) -> float:
        """Correlation."""
        return summary.agreement(a.raw, b.raw)

    def answers(self, raw: np.ndarray, task: Task, operating: Operating) -> list[dict[str, Any]]:
        """The number, shifted where costs ask for it, and the ends of its interval."""
        said, ends = measure.given(raw, operating).tolist(), measure.ends(raw, operating)
        if ends is None:
            return [{"prediction": value} for value in said]
        sides = zip(said, ends[0].tolist(), ends[1].tolist(), strict=True)
        return [{"prediction": value, "low": low, "high": high} for value, low, high in sides]

    def columns(self, raw: np.ndarray, task: Task, operating: Operating) -> dict[str, Any]:
        """The number, shifted where costs ask for it, and the ends of its interval."""
        said, ends = measure.given(raw, operating), measure.ends(raw, operating)
        return {"prediction": said} | ({} if ends is None else {"prediction_low": ends[0], "prediction_high": ends[1]})

    def promises(self, truth: np.ndarray, predictions: Predictions, task: Task) -> tuple[Promise, ...]:
        """No error to one side, and errors of the size that answers like these have."""
        return summary.promises_of(truth, predictions.raw)

    def suspects(self, truth: np.ndarray, answers: Sequence[Predictions], task: Task) -> Suspected | None:
        """Numbers far from what every learner says, measured by the usual error of answers of that size."""
        return summary.suspected(truth, answers)

    def errs(
        self, truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating
    ) -> tuple[str, np.ndarray]:
        """Absolute errors."""
        return "absolute error", np.abs(measure.given(predictions.raw, operating) - truth)

    def evidence(
        self,
        truth: np.ndarray,
        predictions: Predictions,
        task: Task,
        operating: Operating,
        *,
        before: Predictions | None = None,
    ) -> tuple[Block, ...]:
        """Predicted against true, residuals, signed bias by size, intervals and what they hold."""
        said = measure.given(predictions.raw, operating)
        blocks = evidence_of(truth, said, task)
        ends = measure.ends(predictions.raw, operating)
        return blocks if ends is None else (*blocks, *interval_blocks(truth, said, ends, task))

    def findings(
        self, truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating
    ) -> tuple[Finding, ...]:
        """Bias; a shift that was asked for by costs is none."""
        return () if operating.details.get("shift") else summary.findings_on(truth, predictions.raw)

    def profile(self, truth: np.ndarray, task: Task) -> Profile:
        """Mean, spread, quartiles, histogram."""
        import polars as pl

        return number_profile("number", pl.Series(truth))

    def drift(self, reference: Profile, now: Profile) -> Finding:
        """Population stability index over the bins of the reference."""
        return replace(moved(reference, now), rule="drift.target")

    def planning(self, truth: np.ndarray, task: Task, sealed: int) -> tuple[str, ...]:
        """Expected interval and detectable gain of a sealed test."""
        return summary.plans(truth, task, sealed)

    def to_json(self, answer: Any, task: Task) -> float:
        """A number."""
        return float(answer)

    def from_json(self, value: Any, task: Task) -> float:
        """A number."""
        return self.read(value, task)

    def foresight(
        self, truth: np.ndarray, predictions: Predictions, task: Task, *, matrix: np.ndarray, folds: np.ndarray
    ) -> dict[str, Any]:
        """The usual size of the error by features and answer, and the shape of errors."""
        squared = task.metric in ("rmse", "r2")
        errors = truth - predictions.raw
        return outlook.foresight(errors, predictions.raw, matrix=matrix, folds=folds, squared=squared)

    def foreseen(self, raw: np.ndarray, matrix: np.ndarray, foresight: Mapping[str, Any]) -> np.ndarray:
        """The usual size of each error, (n, 1)."""
        return outlook.foreseen(raw, matrix, foresight)

    def outlook(self, raw: np.ndarray, foreseen: np.ndarray, foresight: Mapping[str, Any], task: Task) -> Outlook:
        """The answer with each error of the usual shape."""
        return outlook.outlook(raw, foreseen, foresight)

    def restored(self, answers: Sequence[Mapping[str, Any]], task: Task, operating: Operating) -> np.ndarray:
        """The numbers before their shift, (n,)."""
        said = np.array([self.read(a["prediction"], task) for a in answers], dtype=np.float64)
        return said - float(operating.details.get("shift") or 0.0)
