"""Metrics of labels, all from one tally: truth, decision and the probability of every class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ownproof.core.prediction import Predictions
from ownproof.core.target import Metric, Operating
from ownproof.core.task import Task
from ownproof.stats import classes as decided
from ownproof.stats import curves
from ownproof.stats.weights import blocks, mean, rows
from ownproof.targets.label.decide import cost_table, decide

ROC_AUC = Metric("roc_auc", "ROC AUC", between=True)
AVERAGE_PRECISION = Metric("average_precision", "average precision", between=True)
F1 = Metric("f1", "F1", between=True, decides=True)
PRECISION = Metric("precision", "precision", between=True, decides=True)
RECALL = Metric("recall", "recall", between=True, decides=True)
ACCURACY = Metric("accuracy", "accuracy", decides=True)
BALANCED = Metric("balanced_accuracy", "balanced accuracy", between=True, decides=True)
WEIGHTED_F1 = Metric("weighted_f1", "weighted F1", decides=True)
MACRO_F1 = Metric("macro_f1", "macro F1", between=True, decides=True)
LOG_LOSS = Metric("log_loss", "log loss", share=False, scale="positive", greater=False)
BRIER = Metric("brier", "Brier score", share=False, scale="positive", greater=False)
AUC_OVR = Metric("roc_auc_ovr", "ROC AUC, each class against the rest", between=True)
COST = Metric("cost", "cost per decision", share=False, scale="plain", greater=False, decides=True)

AT_RECALL = "_at_recall:"
SAME = 1e-9  # probabilities nearer than this are the same answer

TWO = (ROC_AUC, AVERAGE_PRECISION, F1, PRECISION, RECALL, ACCURACY, BALANCED, WEIGHTED_F1, MACRO_F1, LOG_LOSS, BRIER)
MORE = (WEIGHTED_F1, MACRO_F1, ACCURACY, BALANCED, LOG_LOSS, AUC_OVR)


def metrics_of(task: Task) -> dict[str, Metric]:
    """The metrics of a task by name, the default first: with a cost matrix for several classes that is the cost."""
    chosen: tuple[Metric, ...]
    if len(task.classes) == 2:
        chosen = (*TWO, COST) if task.costs else TWO
    else:
        chosen = (COST, *MORE) if task.costs else MORE
    return {m.name: m for m in chosen}


def tally(truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating) -> np.ndarray:
    """float64 (n, 2 + k): truth, decision, probabilities."""
    decision = decide(predictions.raw, task, operating, hard=predictions.hard)
    return np.column_stack([truth, decision, predictions.raw]).astype(np.float64, copy=False)


def score(tallied: np.ndarray, weights: np.ndarray, task: Task, names: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """The metrics by name, each (B,). Beside those of the task: `recall:CLASS`, `precision:CLASS`, `f1:CLASS`, and
    `precision_at_recall:0.8` with its like."""
    table = rows(weights, len(tallied))
    wanted = list(names or metrics_of(task))
    truth, decision = tallied[:, 0].astype(np.int64), tallied[:, 1].astype(np.int64)
    shares = tallied[:, 2:]
    positive = task.positive_index
    found: dict[str, np.ndarray] = {}
    smooth: dict[str, Callable[[], np.ndarray]] = {
        "roc_auc": lambda: curves.roc_auc(truth == positive, shares[:, positive], table),
        "average_precision": lambda: curves.average_precision(truth == positive, shares[:, positive], table),
        "roc_auc_ovr": lambda: curves.roc_auc_ovr(truth, shares, table),
        "log_loss": lambda: decided.log_loss(truth, shares, table),
        "brier": lambda: decided.brier(truth == positive, shares[:, positive], table),
        "cost": lambda: mean(cost_table(task)[truth, decision], table),
    }
    for name in wanted:
        if name in smooth:
            found[name] = smooth[name]()
    found |= _at_recall(truth == positive, shares[:, positive], table, [name for name in wanted if AT_RECALL in name])
    counted = [name for name in wanted if name not in found]
    if counted:
        found |= _from_counts(truth, decision, table, task=task, names=counted)
    return {name: found[name] for name in wanted}


def _at_recall(yes: np.ndarray, score: np.ndarray, table: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """`precision_at_recall:0.8`, `alerts_at_recall:0.8`, `threshold_at_recall:0.8`."""
    found: dict[str, np.ndarray] = {}
    for recall in dict.fromkeys(name.partition(":")[2] for name in names):
        at = curves.at_recall(yes, score, float(recall), table)
        each = {"precision": at[:, 0], "alerts": at[:, 1], "threshold": at[:, 2]}
        found |= {f"{kind}{AT_RECALL}{recall}": values for kind, values in each.items()}
    return {name: found[name] for name in names}


def _from_counts(
    truth: np.ndarray, decision: np.ndarray, table: np.ndarray, *, task: Task, names: Sequence[str]
) -> dict[str, np.ndarray]:
    """Metrics of confusion matrices, some weightings at a time: many matrices of many classes are large."""
    k = len(task.classes)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for some in blocks(len(table), k * k):
        matrices = decided.confusion(truth, decision, table[some], k)
        per_class: Mapping[str, np.ndarray] = {}
        if any(":" in name or name in ("f1", "precision", "recall") for name in names):
            each = decided.per_class(matrices)
            per_class = {"f1": each.f1, "precision": each.precision, "recall": each.recall}
        for name in names:
            parts[name].append(_measure(name, matrices, per_class, task))
    return {name: np.concatenate(values) if values else np.empty(0) for name, values in parts.items()}


WHOLE = {
    "accuracy": decided.accuracy,
    "balanced_accuracy": decided.balanced_accuracy,
    "weighted_f1": decided.weighted_f1,
    "macro_f1": decided.macro_f1,
}


def _measure(name: str, matrices: np.ndarray, per_class: Mapping[str, np.ndarray], task: Task) -> np.ndarray:
    if name in WHOLE:
        return np.asarray(WHOLE[name](matrices))
    kind, _, label = name.partition(":")
    code = [str(c) for c in task.classes].index(label) if label else task.positive_index
    return np.asarray(per_class[kind][:, code])


def differ(a: Predictions, b: Predictions, task: Task, operating: tuple[Operating, Operating]) -> np.ndarray:
    """bool (n,): other decisions for a metric of decisions, other probabilities for the rest."""
    metric = metrics_of(task).get(task.metric)
    if metric is None or metric.decides:
        other = decide(a.raw, task, operating[0], hard=a.hard) != decide(b.raw, task, operating[1], hard=b.hard)
        return np.asarray(other)
    return np.asarray((np.abs(a.raw - b.raw) > SAME).any(axis=1))
