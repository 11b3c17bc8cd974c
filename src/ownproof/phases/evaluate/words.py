"""Numbers and names as sentences of the report want them."""

from __future__ import annotations

import math

from ownproof.core.report import Measure, Verdict


def figure(value: float | None) -> str:
    """A number with four significant digits; a dash for an unknown one.

    >>> figure(0.91234), figure(12345.6), figure(float("nan"))
    ('0.9123', '12,346', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    return f"{value:,.0f}" if size >= 4 else f"{value:.{max(0, 3 - max(size, -1))}f}" if size >= -4 else f"{value:.3g}"


def spoken(metric: str) -> str:
    """A metric's name as words; of `recall:late` the part before the colon.

    >>> spoken("average_precision"), spoken("recall:late"), spoken("roc_auc")
    ('average precision', 'recall', 'ROC AUC')
    """
    head = metric.partition(":")[0]
    fixed = {"roc_auc": "ROC AUC", "roc_auc_ovr": "ROC AUC (one against the rest)", "f1": "F1", "rmse": "RMSE",
             "mae": "MAE", "r2": "R²", "weighted_f1": "weighted F1", "macro_f1": "macro F1", "brier": "Brier score"}  # fmt: skip
    return fixed.get(head, head.replace("_", " "))


def share(value: float) -> str:
    """A share in percent, without decimals that say nothing.

    >>> share(0.95), share(0.995)
    ('95 %', '99.5 %')
    """
    return f"{100 * value:.4g} %"


def ranged(measure: Measure) -> str:
    """A figure with its interval."""
    if measure.low is None or measure.high is None:
        return figure(measure.value)
    return f"{figure(measure.value)} ({figure(measure.low)} to {figure(measure.high)})"


def told(verdict: Verdict) -> str:
    """The comparison in two sentences."""
    name, metric = verdict.baseline, spoken(verdict.metric)
    between = "its interval is unknown"
    if math.isfinite(verdict.low) and math.isfinite(verdict.high):
        between = f"it lies between {figure(verdict.low)} and {figure(verdict.high)} ({share(verdict.level)} interval)"
    return (
        f"{verdict.word}: {metric} is {figure(verdict.model)} against {figure(verdict.value)} of {name}. "
        f"The gain is {figure(verdict.gain)}; {between}, and {figure(verdict.worthwhile)} would be worth having."
    )


def needed(verdict: Verdict, rows: int) -> str:
    """How many rows a decision would take, as advice."""
    if verdict.units_needed is None:
        return "no number of rows can be named that would settle it"
    total = math.ceil(verdict.units_needed * rows / max(1, verdict.units))
    apart = f" ({verdict.units_needed:,} units)" if rows != verdict.units else ""
    return f"about {total:,} rows of evidence{apart} would settle it, against {rows:,} now"
