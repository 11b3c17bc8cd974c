"""What a target kind answers: how truth is read, how far two answers are apart, how answers are scored."""

# ruff: noqa: ARG002 - the answers below that look at nothing are there to be replaced
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from ownproof.core.input import Profile
from ownproof.core.prediction import Predictions
from ownproof.core.report import Block, Finding
from ownproof.core.task import Task, Wishes
from ownproof.errors import UsageError, did_you_mean
from ownproof.stats.intervals import Scale

if TYPE_CHECKING:
    import polars as pl


SUSPECT_DISTANCE = 0.5  # further from the truth than the learners are from each other


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that answers are judged by.

    label: for people. share: 1 is perfect; otherwise it is an error in units and 0 is perfect. scale: what values it
    can take, `share` 0..1, `positive`, or `plain` for any. greater: more is better. between: it sets the strata of the
    truth against each other, so that the rarer one carries it (an AUC). decides: it judges decisions, not rankings or probabilities.
    judges: a verdict can be about it; one that cannot (a bias) is only shown. most: the largest value there is.
    promised: what the answers themselves promise it to be at least; surely less is a warning.
    """

    name: str
    label: str = ""
    share: bool = True
    scale: Scale = "share"
    greater: bool = True
    between: bool = False
    decides: bool = False
    judges: bool = True

    most: float | None = None
    promised: float | None = None

    def gain(self, model: np.ndarray, baseline: np.ndarray) -> np.ndarray:
        """How much better the model is, positive when it is."""
        gained: np.ndarray = model - baseline if self.greater else baseline - model
        return gained


def chosen_metric(wished: str | None, metrics: Sequence[Metric], *, where: str = "--metric") -> str:
    """The name of the metric a user wished for, the first one where nothing was wished.

    Case, blanks and dashes do not matter. Raises UsageError with the near misses.

    >>> chosen_metric("ROC-AUC", [Metric("roc_auc")])
    'roc_auc'
    """
    able = {m.name: m for m in metrics if m.judges}
    if wished is None:
        return next(iter(able))
    name = wished.strip().lower().replace("-", "_").replace(" ", "_")
    if name in able:
        return name
    raise UsageError(
        f"{wished!r} is no metric of this task",
        expected="a metric that the target can be judged by",
        hint=did_you_mean(name, list(able), what="metrics"),
        where=where,
        code="no-metric",
    )


@dataclass(frozen=True, slots=True)
class Operating:
    """How raw answers become decisions.

    threshold: of the positive class's probability, None where the largest wins; cost: money per 1,000 decisions at
    it, None without costs; why: the rule it was chosen by. details: what else a target kind needs, as JSON.
    """

    threshold: float | None = None
    cost: float | None = None
    why: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The object `operating` of the JSON answer."""
        return {"threshold": self.threshold, "cost": self.cost, "why": self.why, "details": dict(self.details)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Operating:
        """The inverse of `to_json`."""
        return cls(data.get("threshold"), data.get("cost"), data.get("why", ""), data.get("details", {}))


@dataclass(frozen=True, slots=True)
class Terms:
    """What two models are compared by, and how each decides for it; why: in a sentence that ends without a stop.

    beside: metrics worth showing next to it.
    """

    metric: str
    model: Operating
    baseline: Operating
    why: str = ""
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A group of examples that must not fare much worse than the rest, such as a class or a slice.

    rows: bool (n,), who belongs to it. metric: what a floor holds it to; overall: what that is compared with on all
    examples; rival: what is compared with the baseline. within: they are measured on the part's rows alone.
    """

    name: str
    rows: np.ndarray
    metric: str
    overall: str
    rival: str
    within: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Promise:
    """What answers promise of themselves and what came, one number an example, (n,) each.

    says: what is counted, in words. share: came is 0 or 1 and promised its chance; otherwise both are amounts, promised
    the usual size of what came. either: too little is as bad as too much. accuses: a broken one is a defect of the
    model, and not only a hard place.
    """

    says: str
    came: np.ndarray
    promised: np.ndarray
    share: bool = True
    either: bool = False
    accuses: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Suspected:
    """Examples whose truth is doubted: positions, the most probable first, and what each probably is, as truth.

    share: of all examples, estimated to be another than given; None where that is not known. measures: by name, one
    number a suspect, such as a probability.
    """

    rows: np.ndarray
    likely: np.ndarray
    share: float | None
    measures: Mapping[str, np.ndarray]


@runtime_checkable
class Target(Protocol):
    """One kind of target. Stateless: what it learns of a target column is kept in the Task.

    truth: an array with one entry per example. Labels: int64 class index; numbers: float64; others: objects.
    A class that names `Target` as its base gets an answer for everything that has one below.
    """

    name: ClassVar[str]

    def recognise(self, column: pl.Series) -> float:
        """How likely (0..1) a typed target column is of this kind."""

    def task(self, column: pl.Series, wishes: Wishes) -> Task:
        """The task that a typed target column and the user's wishes make.

        Raises InputError when the column cannot be predicted (one class, all missing, infinite ...), all at once.
        """

    def read(self, cell: Any, task: Task) -> Any:
        """One cell as truth. Raises ValueError with the reason when it is not of the task."""

    def truth(self, column: pl.Series, task: Task) -> np.ndarray:
        """A whole typed column as truth (no missing values). Raises InputError naming cells that are not of the task."""

    def strata(self, truth: np.ndarray, task: Task) -> np.ndarray:
        """int64 (n,): which rows should be spread evenly over the parts of a split."""
        return np.zeros(len(truth), dtype=np.int64)

    def distance(self, a: Any, b: Any) -> float:
        """0 (the same answer) .. 1 (as far apart as answers can be), the same both ways."""

    def metrics(self, task: Task) -> Mapping[str, Metric]:
        """Every metric this target can be judged by, the default one first."""

    def tally(self, truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating) -> np.ndarray:
        """One row of numbers per example, float64 (n, k), from which every metric follows."""

    def score(
        self, tally: np.ndarray, weights: np.ndarray, task: Task, names: Sequence[str] = ()
    ) -> dict[str, np.ndarray]:
        """Metrics under B weightings of the examples at once: weights (B, n) gives arrays (B,).

        names: the metrics wanted, all when empty. Undefined is NaN.
        """

    def losses(self, truth: np.ndarray, predictions: Predictions, task: Task) -> np.ndarray:
        """What training minimises, one number per example, float64 (n,): a proper score of raw answers where there is
        one (log-loss, squared error), else the distance to the truth. Lower is better."""
        pairs = zip(truth, predictions.raw, strict=True)
        return np.fromiter((self.distance(a, b) for a, b in pairs), dtype=np.float64, count=len(truth))

    def terms(
        self,
        model: Predictions,
        baseline: Predictions,
        weights: np.ndarray,
        task: Task,
        *,
        operating: tuple[Operating, Operating],
    ) -> Terms:
        """What the two can fairly be compared by: the task's metric, unless one of them only decides."""
        return Terms(task.metric, *operating)

    def differ(self, a: Predictions, b: Predictions, task: Task, operating: tuple[Operating, Operating]) -> np.ndarray:
        """bool (n,): where two models answer differently, in the sense of the task's metric."""

    def calibrate(self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> dict[str, Any]:
        """What to do to raw answers so that they mean what they say, as JSON; empty for nothing."""
        return {}

    def calibrated(self, raw: np.ndarray, calibration: Mapping[str, Any]) -> np.ndarray:
        """Raw answers after a calibration."""
        return raw

    def operate(self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> Operating:
        """The operating point, by cost where costs are given, chosen on out-of-fold answers only."""
        return Operating()

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
        """The operating point with what an interval around each answer takes, from out-of-fold answers only; as it is
        where a kind has no intervals. weights: larger for rows that tomorrow will resemble; units: int64 codes (n,);
        windows: int64 (n,), the forward window of each row, later ones larger, all 0 without time."""
        return operating

    def agree(self, a: Predictions, b: Predictions, task: Task) -> float:
        """Correlation-like agreement (-1..1) of two models' answers on the same rows; 1 for equal answers."""
        apart = [self.distance(x, y) for x, y in zip(a.raw, b.raw, strict=True)]
        return 1.0 - float(np.mean(apart)) if apart else float("nan")

    def answers(self, raw: np.ndarray, task: Task, operating: Operating) -> list[dict[str, Any]]:
        """One JSON object per example: `prediction`, `probabilities` by class and the ends `low` and `high` of an
        interval where there are any."""
        return [{"prediction": self.to_json(one, task)} for one in raw]

    def columns(self, raw: np.ndarray, task: Task, operating: Operating) -> dict[str, Any]:
        """What `answers` says, side by side, lists or arrays (n,): `prediction`, `probability_<class>` and the ends
        `prediction_low` and `prediction_high`. A kind that can do without an object a row says so here."""
        answers = self.answers(raw, task, operating)
        columns: dict[str, Any] = {"prediction": [a["prediction"] for a in answers]}
        for name in answers[0].get("probabilities") or {} if answers else {}:
            columns[f"probability_{name}"] = [a["probabilities"][name] for a in answers]
        for end in ("low", "high"):
            if answers and end in answers[0]:
                columns[f"prediction_{end}"] = [a[end] for a in answers]
        return columns

    def points(self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> np.ndarray:
        """The threshold that each weighting (B, n) of the examples would choose, (B,); empty where there is none."""
        return np.empty(0)

    def stated(self, task: Task, recall: float) -> tuple[str, ...]:
        """Names that `score` knows for figures at a stated recall (0..1): precision, share of alerts, threshold."""
        return ()

    def promises(self, truth: np.ndarray, predictions: Predictions, task: Task) -> tuple[Promise, ...]:
        """What answers promise of themselves, brought to what came on average; segments are held against it."""
        return ()

    def suspects(self, truth: np.ndarray, answers: Sequence[Predictions], task: Task) -> Suspected | None:
        """Examples whose truth is probably wrong, by held-out answers of one or more learners: without anything
        better, those that all learners answer alike and far from the truth. None where nobody can say."""
        if not answers or not len(truth):
            return None
        first = answers[0].raw
        near = np.full(len(truth), 1.0)
        for other in answers:
            pairs = zip(truth, other.raw, first, strict=True)
            gap = [self.distance(t, a) - self.distance(a, b) for t, a, b in pairs]
            near = np.minimum(near, gap)
        rows = np.flatnonzero(near > SUSPECT_DISTANCE)
        rows = rows[np.argsort(-near[rows], kind="stable")]
        return Suspected(rows, first[rows], None, {"distance": near[rows]})

    def errs(
        self, truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating
    ) -> tuple[str, np.ndarray]:
        """What went wrong with each example, (n,), 0 for nothing, and what that is called."""
        return "loss", self.losses(truth, predictions, task)

    def reliability(
        self, truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task
    ) -> dict[str, np.ndarray]:
        """How far answers mean what they say, by name, each (B,) for weights (B, n), 0 is perfect; empty for nothing."""
        return {}

    def evidence(
        self,
        truth: np.ndarray,
        predictions: Predictions,
        task: Task,
        operating: Operating,
        *,
        before: Predictions | None = None,
    ) -> tuple[Block, ...]:
        """What a person wants to see of the answers: curves, confusion, residuals. before: the same answers before
        they were calibrated. `operating.details["between"]` may hold the interval (low, high) of its threshold."""
        return ()

    def findings(
        self, truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating
    ) -> tuple[Finding, ...]:
        """What a person should know of the truth and the answers before trusting them: rare classes, calibration."""
        return ()

    def parts(self, truth: np.ndarray, task: Task) -> tuple[Part, ...]:
        """Groups of examples that must not fare much worse than the rest, such as classes."""
        return ()

    def part_metric(self, task: Task) -> str:
        """The metric that slices and their floors are held to."""
        return task.metric

    def profile(self, truth: np.ndarray, task: Task) -> Profile:
        """Truth or answers in numbers: balance, distribution. Answers come as truth (class index, number ...)."""

    def drift(self, reference: Profile, now: Profile) -> Finding:
        """How far a profile moved from its reference."""

    def planning(self, truth: np.ndarray, task: Task, sealed: int) -> tuple[str, ...]:
        """What a sealed test of that many rows can and cannot show, in sentences, before anything is trained."""
        return ()

    def to_json(self, answer: Any, task: Task) -> Any:
        """A truth value or answer as a JSON value."""

    def from_json(self, value: Any, task: Task) -> Any:
        """The inverse of `to_json`."""
