"""Labels in numbers: balance, classes as parts, drift, what a test of a size can show, what to know of the answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ownproof.core.histogram import moved
from ownproof.core.input import Profile
from ownproof.core.prediction import Predictions
from ownproof.core.report import Finding
from ownproof.core.target import Part, Promise, Suspected
from ownproof.core.task import Task
from ownproof.stats import calibrate, paired
from ownproof.stats.classes import log_loss
from ownproof.stats.curves import calibration_bins, ece
from ownproof.stats.segments import levelled
from ownproof.stats.suspects import suspects

ROWS_LEAST_TO_CALIBRATE = 200
CLASS_ROWS_LEAST = 20
TYPICAL_AUC = 0.80
SURE_OF_GAP = 0.05


def fitted_calibration(
    truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task
) -> dict[str, float | str]:
    """Slope and intercept (two classes) or temperature, kept only when it lowers the log loss of the half of the rows
    it was not fitted on, both ways round; empty when not, or when rows are few."""
    counts = np.bincount(truth, minlength=len(task.classes))
    few = len(truth) < ROWS_LEAST_TO_CALIBRATE or np.sort(counts)[-2] < CLASS_ROWS_LEAST
    if predictions.hard or few or not np.isfinite(predictions.raw).all():
        return {}
    raw = predictions.raw
    halves = np.arange(len(truth)) % 2 == 0
    before = after = 0.0
    for half in (halves, ~halves):
        made = calibrate.fit(truth[half], raw[half], weights[half])
        size = float(weights[~half].sum())
        before += size * calibrate.honesty(truth[~half], raw[~half], weights[~half]).log_loss
        after += size * calibrate.honesty(truth[~half], made.apply(raw[~half]), weights[~half]).log_loss
    if not after < before:
        return {}
    made = calibrate.fit(truth, raw, weights)
    return {"kind": made.kind, "slope": made.slope, "intercept": made.intercept}


def promises_of(truth: np.ndarray, predictions: Predictions, task: Task) -> tuple[Promise, ...]:
    """Shares of wrong answers, and of the positive class of two; a rule that only decides promises nothing."""
    raw = predictions.raw
    if predictions.hard or len(truth) < ROWS_LEAST_TO_CALIBRATE or not np.isfinite(raw).all():
        return ()
    wrong = (raw.argmax(axis=1) != truth).astype(np.float64)
    found = [Promise("wrong answers", wrong, levelled(1.0 - raw.max(axis=1), wrong))]
    if len(task.classes) == 2:
        yes = (truth == task.positive_index).astype(np.float64)
        said = levelled(raw[:, task.positive_index], yes)
        found.append(Promise(f"rows that are {task.positive}", yes, said, either=True))
    return tuple(found)


def suspected(truth: np.ndarray, answers: Sequence[Predictions]) -> Suspected | None:
    """The labels that confident learning doubts, with the probability of the likely and of the given class."""
    probas = [a.raw for a in answers if not a.hard and np.isfinite(a.raw).all()]
    if not probas or not len(truth):
        return None
    found = suspects(truth, probas)
    return Suspected(
        found.rows, found.likely, found.share, {"probability": found.said, "given_probability": found.given}
    )


def reliability_of(
    truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task
) -> dict[str, np.ndarray]:
    """Expected calibration error (of the positive class, or of the likeliest one of several) and log loss, each (B,)."""
    if predictions.hard or not len(truth):
        return {}
    raw = predictions.raw
    if len(task.classes) == 2:
        right, said = truth == task.positive_index, raw[:, task.positive_index]
    else:
        right, said = raw.argmax(axis=1) == truth, raw.max(axis=1)
    return {"ece": ece(right, said, weights), "log_loss": log_loss(truth, raw, weights)}


def agreement(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two tables of probabilities, each class around its own mean; equal tables agree fully."""
    if len(a) and float(np.abs(a - b).max()) < 1e-6:
        return 1.0
    x, y = (a - a.mean(axis=0)).ravel(), (b - b.mean(axis=0)).ravel()
    under = math.sqrt(float(x @ x) * float(y @ y))
    return float(x @ y) / under if under > 0 else 0.0


def parts_of(truth: np.ndarray, task: Task) -> tuple[Part, ...]:
    """The classes: recall against a floor and against the overall share of right answers, F1 against the baseline's.

    Of two classes the overall figure is the mean of both recalls: where one is rare, accuracy is the other's recall
    under another name, and the threshold trades one for the other.
    """
    overall = "balanced_accuracy" if len(task.classes) == 2 else "accuracy"
    return tuple(
        Part(str(c), truth == i, f"recall:{c}", overall, f"f1:{c}", within=False) for i, c in enumerate(task.classes)
    )


def profile_of(truth: np.ndarray, task: Task) -> Profile:
    """Rows by class, most frequent first."""
    counts = np.bincount(truth, minlength=len(task.classes))
    order = sorted(range(len(counts)), key=lambda i: (-counts[i], i))
    levels = tuple((str(task.classes[i]), int(counts[i])) for i in order)
    return Profile("label", len(truth), 0, int((counts > 0).sum()), levels=levels)


def drifted(reference: Profile, now: Profile) -> Finding:
    """Population stability index of the class shares, with the class that moved most."""
    before, after = dict(reference.levels), dict(now.levels)
    most = max(before | after, key=lambda n: abs(_share(after, n) - _share(before, n)), default="")
    found = moved(reference, now)
    evidence = f"{found.evidence}; share of {most!r} {100 * _share(before, most):.1f} % before, {100 * _share(after, most):.1f} % now"
    return replace(found, rule="drift.target", evidence=evidence)


def _share(counts: Mapping[str, int], name: str) -> float:
    return counts.get(name, 0) / max(1, sum(counts.values()))


def findings_on(truth: np.ndarray, predictions: Predictions, task: Task) -> tuple[Finding, ...]:
    """Classes with too few rows to say anything, and whether probabilities mean what they say."""
    counts = np.bincount(truth, minlength=len(task.classes))
    found = []
    rare = [f"{str(c)!r} ({n})" for c, n in zip(task.classes, counts.tolist(), strict=True) if n < 2]
    if rare:
        shown = ", ".join(rare[:8]) + (f" and {len(rare) - 8} more" if len(rare) > 8 else "")
        found.append(
            Finding(
                "class.rare",
                "warn",
                (task.column,),
                float(len(rare)),
                f"fewer than two rows here: {shown}; nothing can be said of them",
                "add rows of these classes, or drop or merge them",
            )
        )
    if not predictions.hard and len(truth) >= ROWS_LEAST_TO_CALIBRATE:
        found.append(_calibration(truth, predictions.raw, task))
    return tuple(found)


def _calibration(truth: np.ndarray, raw: np.ndarray, task: Task) -> Finding:
    """The mean gap of said and seen shares over ten bins, less what chance alone makes of it."""
    if len(task.classes) == 2:
        yes, said, what = (
            truth == task.positive_index,
            raw[:, task.positive_index],
            f"probability of {str(task.positive)!r}",
        )
    else:
        yes, said, what = raw.argmax(axis=1) == truth, raw.max(axis=1), "probability of the likeliest class"
    bins = calibration_bins(yes, said)
    share = bins.weight / bins.weight.sum()
    gap = float(share @ np.abs(bins.predicted - bins.observed))
    chance = float(share @ np.sqrt(2.0 / math.pi * bins.predicted * (1.0 - bins.predicted) / bins.weight))
    off = gap - chance > SURE_OF_GAP
    evidence = f"the {what} is off by {100 * gap:.1f} % on average over ten bins; chance alone makes about {100 * chance:.1f} %"
    advice = "read the probabilities as a ranking only; more rows let them be calibrated" if off else ""
    return Finding("calibration", "warn" if off else "ok", (), gap, evidence, advice)


def plans(truth: np.ndarray, task: Task, sealed: int) -> tuple[str, ...]:
    """What a sealed test of so many rows will show: expected interval and detectable gain, before any training."""
    if sealed < 1 or not len(truth):
        return ()
    counts = np.bincount(truth, minlength=len(task.classes))
    if len(task.classes) == 2 and task.metric in ("roc_auc", "average_precision"):
        return _plan_auc(counts, task, sealed)
    width = paired.expected_width("share", 0.85, sealed)
    gain = paired.detectable_gain("share", 0.85, sealed)
    rarest = int(np.argmin(counts))
    there = counts[rarest] / len(truth) * sealed
    return (
        f"{sealed:,} sealed rows show a share of right answers near 0.85 to within ±{width:.3f}.",
        _least_gain(gain, "right answers", "15 % of the rows answered differently", capped=gain >= 0.15),
        f"The rarest class, {str(task.classes[rarest])!r}, will have about {there:.0f} of them.",
    )


def _plan_auc(counts: np.ndarray, task: Task, sealed: int) -> tuple[str, ...]:
    share = float(counts[task.positive_index] / counts.sum())
    there = share * sealed
    width = paired.expected_width("auc", TYPICAL_AUC, sealed, positive_share=share)
    gain = paired.detectable_gain("auc", TYPICAL_AUC, sealed, positive_share=share)
    sentence = f"{sealed:,} sealed rows, about {there:.0f} of them {str(task.positive)!r}"
    if math.isnan(width):
        return (f"{sentence}: too few to measure a ROC AUC at all.",)
    return (
        f"{sentence}: a ROC AUC near {TYPICAL_AUC:.2f} will be known to within ±{width:.3f}.",
        _least_gain(gain, "ROC AUC", "a baseline that ranks half alike", capped=gain >= 1 - TYPICAL_AUC),
    )


def _least_gain(gain: float, what: str, when: str, *, capped: bool) -> str:
    if capped:
        return (
            f"No gain of {what} will be told from chance with 80 % power ({when}): the test is too small for a claim."
        )
    return f"The least gain of {what} that it shows with 80 % power is {gain:.3f} ({when}); a smaller one may end as CANNOT TELL."
