"""What a person wants to see of two classes: how they are ranked, what the probabilities mean, where the line is."""

from __future__ import annotations

import numpy as np

from ownproof.core.prediction import Predictions
from ownproof.core.report import Block, Chart, Series
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.stats.classes import confusion, precision, recall
from ownproof.stats.curves import average_precision, calibration_bins, pr_points, roc_auc, roc_points
from ownproof.stats.intervals import wilson
from ownproof.stats.thresholds import threshold_curve
from ownproof.targets.label.confused import confused_blocks
from ownproof.targets.label.decide import PER_DECISIONS, decide, two_costs

SCORE_BINS = 20


def evidence_of(
    truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating, *, before: Predictions | None = None
) -> tuple[Block, ...]:
    """The blocks; decisions without a ranking (a hard rule) have a confusion and nothing else."""
    decision = decide(predictions.raw, task, operating, hard=predictions.hard)
    confused = confused_blocks(truth, decision, task)
    if len(task.classes) > 2 or predictions.hard or not len(truth):
        return confused
    yes, score = truth == task.positive_index, predictions.raw[:, task.positive_index]
    alert = decision == task.positive_index
    return (
        roc(yes, score, alert),
        precision_recall(yes, score, alert),
        calibration(yes, score, task, before=None if before is None else before.raw[:, task.positive_index]),
        thresholds(yes, score, task, operating),
        scores(yes, score, task, operating),
        *confused,
    )


def _at(yes: np.ndarray, alert: np.ndarray) -> tuple[float, float, float]:
    """Recall, precision (1 without an alert) and false positive rate of the decisions."""
    table = confusion(yes, alert, None, 2)
    false = table[0, 0, 1] / max(1.0, table[0, 0].sum())
    return float(recall(table)[0]), float(np.nan_to_num(precision(table)[0], nan=1.0)), float(false)


def roc(yes: np.ndarray, score: np.ndarray, alert: np.ndarray) -> Chart:
    """Recall against false alarms, the operating point marked."""
    points, (found, _, false) = roc_points(yes, score), _at(yes, alert)
    area = float(roc_auc(yes, score)[0])
    line = Series("model", tuple(points.x.tolist()), tuple(points.y.tolist()))
    return Chart(
        "ROC curve",
        "line",
        (line,),
        x_label="false positive rate",
        y_label="recall",
        marks=((false, found, "operating point"),),
        reference="diagonal",
        caption=f"Area {area:.3f}: how often a positive ranks above a negative. The diagonal is guessing.",
    )


def precision_recall(yes: np.ndarray, score: np.ndarray, alert: np.ndarray) -> Chart:
    """Precision against recall, the operating point marked."""
    points, (found, right, _) = pr_points(yes, score), _at(yes, alert)
    base, area = float(yes.mean()), float(average_precision(yes, score)[0])
    line = Series("model", tuple(points.x.tolist()), tuple(points.y.tolist()))
    return Chart(
        "Precision and recall",
        "line",
        (line,),
        x_label="recall",
        y_label="precision",
        marks=((found, right, "operating point"),),
        reference=f"y={base!r}",
        caption=f"Average precision {area:.3f}; guessing gives {base:.3f}, the share of positives.",
    )


def calibration(yes: np.ndarray, score: np.ndarray, task: Task, *, before: np.ndarray | None = None) -> Chart:
    """Shares said against shares seen, in bins of equal count, with their intervals; before calibration beside it."""
    after = _said_and_seen("ten bins of equal count" if before is None else "calibrated", yes, score)
    series = (after,) if before is None else (after, _said_and_seen("before", yes, before))
    return Chart(
        "Calibration",
        "points",
        series,
        x_label=f"probability of {task.positive} said",
        y_label="share seen",
        reference="diagonal",
        caption="On the diagonal a probability means what it says. Bars are 95 % intervals of the share seen.",
    )


def _said_and_seen(name: str, yes: np.ndarray, score: np.ndarray) -> Series:
    bins = calibration_bins(yes, score)
    ends = [wilson(o * w, w) for o, w in zip(bins.observed.tolist(), bins.weight.tolist(), strict=True)]
    return Series(
        name,
        tuple(bins.predicted.tolist()),
        tuple(bins.observed.tolist()),
        tuple(e.low for e in ends),
        tuple(e.high for e in ends),
    )


def thresholds(yes: np.ndarray, score: np.ndarray, task: Task, operating: Operating) -> Chart:
    """What each threshold gives: money where costs are known, else precision, recall and F1."""
    costs = two_costs(task)
    curve = threshold_curve(yes, score, costs)
    order = np.argsort(curve.threshold, kind="stable")
    x = tuple(curve.threshold[order].tolist())
    money = PER_DECISIONS * curve.cost[order]
    shown = {"precision": curve.precision, "recall": curve.recall, "F1": curve.f1, "alerts": curve.alert_rate}
    shares = {name: values[order] for name, values in shown.items()}
    named, height = ({"cost": money}, money) if costs is not None else (shares, shares["F1"])
    lines = [Series(name, x, tuple(values.tolist())) for name, values in named.items()]
    at, caption = operating.threshold, f"Chosen by {operating.why or 'nothing in particular'}."
    marks: tuple[tuple[float, float, str], ...] = ()
    if at is not None:
        level = float(np.interp(at, curve.threshold[order], height))
        marks = ((at, level, "operating point"),)
        between = operating.details.get("between")
        if between:
            lines.append(Series("interval of the threshold", tuple(between), (level, level)))
            caption += f" Other samples of these rows would choose one from {between[0]:.3f} to {between[1]:.3f}."
    return Chart(
        "What each threshold gives" if costs is None else "Cost by threshold",
        "line",
        tuple(lines),
        x_label="threshold",
        y_label="share" if costs is None else f"cost of {PER_DECISIONS:,} decisions",
        marks=marks,
        caption=caption,
    )


def scores(yes: np.ndarray, score: np.ndarray, task: Task, operating: Operating) -> Chart:
    """Where the two classes lie on the scale of the probability, each as shares of its own rows."""
    edges = np.linspace(0.0, 1.0, SCORE_BINS + 1)
    other = task.classes[1 - task.positive_index]
    series = []
    for name, mine in ((task.positive, yes), (other, ~yes)):
        counts, _ = np.histogram(score[mine], edges)
        series.append(Series(str(name), tuple(edges.tolist()), tuple((counts / max(1, int(mine.sum()))).tolist())))
    at = operating.threshold
    marks = () if at is None else ((at, 0.0, "threshold"),)
    return Chart(
        "Probabilities by class",
        "columns",
        tuple(series),
        x_label=f"probability of {task.positive}",
        y_label="share of the class",
        marks=marks,
        caption="The further apart the two, the easier the decision.",
    )
