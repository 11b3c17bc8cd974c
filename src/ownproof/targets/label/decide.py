"""From probabilities to decisions: thresholds and costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.stats import thresholds
from ownproof.stats.curves import tallies
from ownproof.stats.weights import mean, ratio

PER_DECISIONS = 1000


def cost_table(task: Task) -> np.ndarray:
    """Money by truth (rows) and decision (columns), (k, k); zeros without costs."""
    k = len(task.classes)
    table = np.zeros((k, k))
    costs = task.costs
    if costs is None:
        return table
    names = [str(c) for c in task.classes]
    if costs.matrix:
        for truth, line in costs.matrix.items():
            for decision, value in line.items():
                table[names.index(truth), names.index(decision)] = value
    elif k == 2:
        yes = task.positive_index
        no = 1 - yes
        table[yes, yes], table[yes, no], table[no, yes], table[no, no] = costs.tp, costs.fn, costs.fp, costs.tn
    return table


def two_costs(task: Task) -> thresholds.Costs | None:
    """The four costs of two classes, None without costs."""
    if task.costs is None:
        return None
    table, yes = cost_table(task), task.positive_index
    no = 1 - yes
    return thresholds.Costs(
        tp=float(table[yes, yes]), fp=float(table[no, yes]), tn=float(table[no, no]), fn=float(table[yes, no])
    )


def decide(raw: np.ndarray, task: Task, operating: Operating, *, hard: bool = False) -> np.ndarray:
    """Class indices, int64 (n,): by the threshold, by least expected cost for several classes, else the likeliest."""
    if len(task.classes) == 2 and operating.threshold is not None and not hard:
        yes = task.positive_index
        return np.where(raw[:, yes] >= operating.threshold, yes, 1 - yes).astype(np.int64)
    if len(task.classes) > 2 and task.costs is not None and not hard:
        return np.asarray((raw @ cost_table(task)).argmin(axis=1), dtype=np.int64)
    return np.asarray(raw.argmax(axis=1), dtype=np.int64)


def operate(truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> Operating:
    """The operating point: least cost where costs are given, else the best of the task's metric when that judges
    decisions, else the highest F1 of the positive class."""
    raw = predictions.raw
    if len(task.classes) > 2 or predictions.hard or not len(truth):
        point = Operating(why=_untuned(predictions.hard, task))
    else:
        yes = truth == task.positive_index
        score = raw[:, task.positive_index]
        threshold, why = _threshold(yes, score, weights, task)
        point = Operating(threshold if np.isfinite(threshold) else 0.5, why=why)
    if task.costs is None or not len(truth):
        return point
    decision = decide(raw, task, point, hard=predictions.hard)
    cost = float(mean(cost_table(task)[truth, decision], weights)[0])
    return Operating(point.threshold, PER_DECISIONS * cost, point.why)


def errs(truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating) -> tuple[str, np.ndarray]:
    """1 for each wrong decision; with costs the money that it costs."""
    decision = decide(predictions.raw, task, operating, hard=predictions.hard)
    if task.costs is not None:
        return "cost", cost_table(task)[truth, decision]
    return "share of wrong answers", (decision != truth).astype(np.float64)


def points(truth: np.ndarray, predictions: Predictions, weights: np.ndarray, task: Task) -> np.ndarray:
    """The threshold that each weighting (B, n) would choose by the rule of `operate`, (B,); empty where none is tuned."""
    if len(task.classes) > 2 or predictions.hard or not len(truth):
        return np.empty(0)
    yes, score = truth == task.positive_index, predictions.raw[:, task.positive_index]
    costs = two_costs(task)
    if costs is None and task.metric in ("balanced_accuracy", "weighted_f1", "macro_f1"):  # those depend on the weights
        return np.array([_threshold(yes, score, np.asarray(w, dtype=np.float64), task)[0] for w in weights])
    errors = thresholds.Costs(fp=1.0, fn=1.0) if task.metric == "accuracy" else None
    return thresholds.best_thresholds(yes, score, costs or errors or "f1", weights)[0]


def _untuned(hard: bool, task: Task) -> str:
    if hard:
        return "the rule decides by itself"
    return "least expected cost by the cost matrix" if task.costs and len(task.classes) > 2 else "the likeliest class"


def _threshold(yes: np.ndarray, score: np.ndarray, weights: np.ndarray, task: Task) -> tuple[float, str]:
    costs = two_costs(task)
    if costs is not None:
        return thresholds.best_threshold(yes, score, costs, weights).threshold, "least cost"
    if task.metric == "accuracy":
        errors = thresholds.Costs(fp=1.0, fn=1.0)
        return thresholds.best_threshold(yes, score, errors, weights).threshold, "highest accuracy"
    positives, whole = float(weights @ yes), float(weights.sum())
    if task.metric == "balanced_accuracy" and 0 < positives < whole:
        errors = thresholds.Costs(fp=1.0 / (whole - positives), fn=1.0 / positives)
        return thresholds.best_threshold(yes, score, errors, weights).threshold, "highest balanced accuracy"
    if task.metric in ("weighted_f1", "macro_f1"):
        return _two_f1s(
            yes, score, weights, by_size=task.metric == "weighted_f1"
        ), f"highest {task.metric.replace('_', ' ')}"
    return thresholds.best_threshold(yes, score, "f1", weights).threshold, f"highest F1 of {str(task.positive)!r}"


def _two_f1s(yes: np.ndarray, score: np.ndarray, weights: np.ndarray, *, by_size: bool) -> float:
    """The threshold with the best mean of both classes' F1; midway to the next score, as all thresholds are."""
    t = tallies(yes, score, weights)
    hits, false = t.true_positive, t.false_positive
    first = ratio(2.0 * hits, hits + false + t.positives)
    right = t.negatives - false
    second = ratio(2.0 * right, right + (t.positives - hits) + t.negatives)
    share = t.positives / (t.positives + t.negatives) if by_size else 0.5
    best = int(np.argmax(np.nan_to_num(share * first + (1.0 - share) * second)))
    return thresholds.threshold_at_alert_rate(
        score, float((hits[best] + false[best]) / (t.positives + t.negatives)), weights
    )


def columns(raw: np.ndarray, task: Task, operating: Operating) -> dict[str, Any]:
    """`prediction` in the class's own type and `probability_<class>`, each (n,)."""
    said = [task.classes[i] for i in decide(raw, task, operating).tolist()]
    return {"prediction": said, **{f"probability_{c}": raw[:, i] for i, c in enumerate(task.classes)}}


def answers(raw: np.ndarray, task: Task, operating: Operating) -> list[dict[str, Any]]:
    """`prediction` in the class's own type and `probabilities` by class name."""
    names = [str(c) for c in task.classes]
    if len(raw) == 1 and len(names) == 2 and operating.threshold is not None:  # a request: no array is worth its making
        line, yes = raw[0].tolist(), task.positive_index
        one = yes if line[yes] >= operating.threshold else 1 - yes
        return [{"prediction": task.classes[one], "probabilities": dict(zip(names, line, strict=True))}]
    said = decide(raw, task, operating).tolist()
    return [
        {"prediction": task.classes[i], "probabilities": dict(zip(names, line, strict=True))}
        for i, line in zip(said, raw.tolist(), strict=True)
    ]
