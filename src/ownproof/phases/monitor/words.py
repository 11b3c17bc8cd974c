"""Numbers, names and moments as the sentences of monitoring want them."""

from __future__ import annotations

import datetime
import math

FIXED = {"roc_auc": "ROC AUC", "roc_auc_ovr": "ROC AUC (one against the rest)", "f1": "F1", "rmse": "RMSE", "mae": "MAE",
         "r2": "R²", "weighted_f1": "weighted F1", "macro_f1": "macro F1", "brier": "Brier score"}  # fmt: skip


def figure(value: float | None) -> str:
    """A number with four significant digits at most; a dash for an unknown one.

    >>> figure(0.91234), figure(12345.6), figure(None)
    ('0.9123', '12,346', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def percent(share: float) -> str:
    """A share in percent.

    >>> percent(0.0312)
    '3.1 %'
    """
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.3g} %"


def spoken(metric: str) -> str:
    """A metric's name as words.

    >>> spoken("average_precision"), spoken("roc_auc")
    ('average precision', 'ROC AUC')
    """
    return FIXED.get(metric, metric.replace("_", " "))


def day(seconds: float) -> str:
    """A moment in UTC: the day, with the hour where it is not midnight.

    >>> day(0.0), day(3600.0)
    ('1970-01-01', '1970-01-01 01:00')
    """
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%d" if (moment.hour, moment.minute) == (0, 0) else "%Y-%m-%d %H:%M")


def duration(seconds: float) -> str:
    """A length of time in its largest unit.

    >>> duration(7200.0), duration(86400.0 * 3)
    ('2 hours', '3 days')
    """
    for size, name in ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= size:
            count = round(seconds / size, 1)
            shown = f"{count:g}"
            return f"{shown} {name}" + ("" if count == 1 else "s")
    return f"{seconds:.3g} seconds"
