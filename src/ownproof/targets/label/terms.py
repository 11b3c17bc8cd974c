"""The terms on which two models are compared fairly: as scorers, or as deciders when one of them only decides."""

from __future__ import annotations

import numpy as np

from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating, Terms
from ownproof.core.task import Task
from ownproof.stats import thresholds
from ownproof.stats.weights import mean
from ownproof.targets.label.decide import decide
from ownproof.targets.label.measure import metrics_of


def terms(
    model: Predictions,
    baseline: Predictions,
    weights: np.ndarray,
    task: Task,
    *,
    operating: tuple[Operating, Operating],
) -> Terms:
    """Two scorers: the task's metric. A hard rule: both as deciders, at the rule's own alert rate, or by cost when
    costs are given; a rule that always says the same is a scorer that ranks nothing."""
    own, other = operating
    two = len(task.classes) == 2
    if not (model.hard or baseline.hard):
        return Terms(task.metric, own, other)
    if task.costs is not None:
        return Terms("cost", own, other, "a rule only decides, so both are compared by cost", _beside(two))
    if baseline.hard and not model.hard and _constant(baseline):
        return Terms(task.metric, own, other, "a rule that always says the same ranks nothing and counts as such")
    metric = task.metric if metrics_of(task)[task.metric].decides else "f1" if two else "weighted_f1"
    if two and baseline.hard and not model.hard:
        yes = task.positive_index
        rate = float(mean(decide(baseline.raw, task, other, hard=True) == yes, weights)[0])
        threshold = thresholds.threshold_at_alert_rate(model.raw[:, yes], rate, weights)
        own = Operating(threshold, own.cost, "the rule's own alert rate", {"alert_rate": rate})
        why = f"a rule only decides, so both are compared as deciders at its alert rate of {100 * rate:.1f} %"
        return Terms(metric, own, other, why, _beside(two))
    return Terms(metric, own, other, "one side only decides, so both are compared as deciders", _beside(two))


def _beside(two: bool) -> tuple[str, ...]:
    return ("f1", "precision", "recall", "accuracy") if two else ("weighted_f1", "accuracy")


def _constant(predictions: Predictions) -> bool:
    said = predictions.raw.argmax(axis=1)
    return not len(said) or bool((said == said[0]).all())
