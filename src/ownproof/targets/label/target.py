"""The target kind `label`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ownproof.core.foresight import Outlook
from ownproof.core.input import Profile
from ownproof.core.prediction import Predictions
from ownproof.core.report import Block, Finding
from ownproof.core.target import Metric, Operating, Part, Promise, Suspected, Target, Terms
from ownproof.core.task import Task, Wishes
from ownproof.stats.calibrate import Calibration
from ownproof.stats.classes import log_losses
from ownproof.targets.label import classes, decide, measure, outlook, summary, terms
from ownproof.targets.label.evidence import evidence_of
from ownproof.targets.label.wishes import make_task

if TYPE_CHECKING:
    import polars as pl


class LabelTarget(Target):
    """One class out of two or more; raw answers are probabilities, float64 (n, classes).

    >>> import polars as pl
    >>> from ownproof.core.task import Wishes
    >>> task = LabelTarget().task(pl.Series("paid", ["late", "on time", "late", "on time"]), Wishes())
    >>> task.classes, task.positive, task.metric
    (('late', 'on time'), 'late', 'roc_auc')
    """

    name: ClassVar[str] = "label"

    def recognise(self, column: pl.Series) -> float:
        """Words, two whole numbers, or a handful of small ones that come back often."""
        return classes.recognise(column)

    def task(self, column: pl.Series, wishes: Wishes) -> Task:
        """Classes, positive class, metric, costs and floors."""
        return make_task(column, wishes)

    def read(self, cell: Any, task: Task) -> int:
        """A class index."""
        return classes.index(cell, task)

    def truth(self, column: pl.Series, task: Task) -> np.ndarray:
        """Class indices, int64 (n,)."""
        return classes.indices(column, task)

    def strata(self, truth: np.ndarray, task: Task) -> np.ndarray:
        """The classes themselves."""
        return truth.astype(np.int64, copy=False)

    def distance(self, a: Any, b: Any) -> float:
        """0 for the same class, 1 for another."""
        return float(a != b)

    def metrics(self, task: Task) -> Mapping[str, Metric]:
        """Two classes: ROC AUC first; more: weighted F1 first."""
        return measure.metrics_of(task)

    def tally(self, truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating) -> np.ndarray:
        """Truth, decision, probabilities: float64 (n, 2 + classes)."""
        return measure.tally(truth, predictions, task, operating)

    def score(
        self, tally: np.ndarray, weights: np.ndarray, task: Task, names: Sequence[str] = ()
    ) -> dict[str, np.ndarray]:
        """Beside the metrics of the task: `recall:CLASS`, `precision:CLASS`, `f1:CLASS`."""
        return measure.score(tally, weights, task, names)

    def losses(self, truth: np.ndarray, predictions: Predictions, task: Task) -> np.ndarray:
        """Log loss of each row, whatever the metric: it is the one that never misleads a choice."""
        return log_losses(truth, predictions.raw)

    def terms(
        self,
        model: Predictions,
        baseline: Predictions,
        weights: np.ndarray,
        task: Task,
        *,
        operating: tuple[Operating, Operating],
    ) -> Terms:
        """As scorers by the task's metric; against a hard rule as deciders."""
        return terms.terms(model, baseline, weights, task, operating=operating)

    def differ(self, a: Predictions, b: Predictions, task: Task, operating: tuple[Operating, Operating]) -> np.ndarray:
        """Other decisions, or other probabilities where the metric ranks."""
        return measure.differ(a, b, task, operating)

    def calibrate(self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> dict[str, Any]:
        """Slope and intercept or a temperature, only where it helps on rows it was not fitted on."""
        return summary.fitted_calibration(truth, predictions, weights, task)

    def calibrated(self, raw: np.ndarray, calibration: Mapping[str, Any]) -> np.ndarray:
        """Probabilities after a calibration."""
        return Calibration(**calibration).apply(raw) if calibration else raw

    def operate(self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> Operating:
        """The threshold by cost, else by the metric that judges decisions, else by F1."""
        return decide.operate(truth, predictions, weights, task)

    def agree(self, a: Predictions, b: Predictions, task: Task) -> float:
        """Correlation of probabilities."""
        return summary.agreement(a.raw, b.raw)

    def answers(self, raw: np.ndarray, task: Task, operating: Operating) -> list[dict[str, Any]]:
        """The class in its own type, and the probability of each."""
        return decide.answers(raw, task, operating)

    def columns(self, raw: np.ndarray, task: Task, operating: Operating) -> dict[str, Any]:
        """The class in its own type, and the probability of each."""
        return decide.columns(raw, task, operating)

    def points(self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> np.ndarray:
        """The threshold of two classes on every resample; empty where nothing is tuned."""
        return decide.points(truth, predictions, weights, task)

    def stated(self, task: Task, recall: float) -> tuple[str, ...]:
        """Precision, share of alerts and threshold at a recall of the positive class, for two classes."""
        kinds = ("precision", "alerts", "threshold") if len(task.classes) == 2 else ()
        return tuple(f"{kind}_at_recall:{recall:g}" for kind in kinds)

    def promises(self, truth: np.ndarray, predictions: Predictions, task: Task) -> tuple[Promise, ...]:
        """How often the likeliest class is wrong; of two classes also how often the positive one is seen."""
        return summary.promises_of(truth, predictions, task)

    def suspects(self, truth: np.ndarray, answers: Sequence[Predictions], task: Task) -> Suspected | None:
        """Confident learning on the probabilities of all learners."""
        return summary.suspected(truth, answers)

    def errs(
        self, truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating
    ) -> tuple[str, np.ndarray]:
        """Wrong decisions, or their cost."""
        return decide.errs(truth, predictions, task, operating)

    def reliability(
        self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task
    ) -> dict[str, np.ndarray]:
        """Expected calibration error and log loss."""
        return summary.reliability_of(truth, predictions, weights, task)

    def evidence(
        self,
        truth: np.ndarray,
        predictions: Predictions,
        task: Task,
        operating: Operating,
        *,
        before: Predictions | None = None,
    ) -> tuple[Block, ...]:
        """Two classes: ROC, precision-recall, calibration, thresholds; all: confusion and figures by class."""
        return evidence_of(truth, predictions, task, operating, before=before)

    def findings(
        self, truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating
    ) -> tuple[Finding, ...]:
        """Classes too rare to be measured; calibration."""
        return summary.findings_on(truth, predictions, task)

    def parts(self, truth: np.ndarray, task: Task) -> tuple[Part, ...]:
        """The classes."""
        return summary.parts_of(truth, task)

    def part_metric(self, task: Task) -> str:
        """The task's metric where it is a share, else accuracy."""
        return task.metric if measure.metrics_of(task)[task.metric].share else "accuracy"

    def profile(self, truth: np.ndarray, task: Task) -> Profile:
        """Rows by class."""
        return summary.profile_of(truth, task)

    def drift(self, reference: Profile, now: Profile) -> Finding:
        """Population stability index of the class shares."""
        return summary.drifted(reference, now)

    def planning(self, truth: np.ndarray, task: Task, sealed: int) -> tuple[str, ...]:
        """Expected interval and detectable gain of a sealed test."""
        return summary.plans(truth, task, sealed)

    def to_json(self, answer: Any, task: Task) -> Any:
        """The class of an index."""
        return task.classes[int(answer)]

    def from_json(self, value: Any, task: Task) -> int:
        """The index of a class."""
        return classes.index(value, task)

    def foresight(
        self, truth: np.ndarray, predictions: Predictions, task: Task, *, matrix: np.ndarray, folds: np.ndarray
    ) -> dict[str, Any]:
        """The chance of each class at each probability, by isotonic regression across folds."""
        return outlook.foresight(truth, predictions, task, folds)

    def foreseen(self, raw: np.ndarray, matrix: np.ndarray, foresight: Mapping[str, Any]) -> np.ndarray:
        """The chance of each class, (n, classes)."""
        return outlook.foreseen(raw, foresight)

    def outlook(self, raw: np.ndarray, foreseen: np.ndarray, foresight: Mapping[str, Any], task: Task) -> Outlook:
        """Every class, by its chance."""
        return outlook.outlook(foreseen)

    def restored(self, answers: Sequence[Mapping[str, Any]], task: Task, operating: Operating) -> np.ndarray:
        """The probabilities, (n, classes)."""
        return outlook.restored(answers, task)
