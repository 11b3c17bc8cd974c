"""Numbers in numbers: strata, agreement, bias, what a test of a size can show."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ownproof.core.prediction import Predictions
from ownproof.core.report import Finding
from ownproof.core.target import Promise, Suspected
from ownproof.core.task import Task
from ownproof.stats import paired
from ownproof.stats.distributions import two_sided
from ownproof.stats.suspects import outliers

STRATA = 10
BIAS_SHARE = 0.05
SUSPECT_CHANCE = 0.05
ROWS_LEAST = 200  # fewer say nothing of segments


def strata_of(truth: np.ndarray) -> np.ndarray:
    """Up to ten bins of equal count; equal values fall into one."""
    if not len(truth):
        return np.empty(0, dtype=np.int64)
    edges = np.unique(np.quantile(truth, np.linspace(0.0, 1.0, STRATA + 1)[1:-1]))
    return np.searchsorted(edges, truth, side="left").astype(np.int64)


def agreement(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation; equal answers agree fully, even constant ones."""
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if len(x) and float(np.abs(x - y).max()) <= 1e-9 * float(np.abs(x).max()):
        return 1.0
    x, y = x - x.mean(), y - y.mean()
    under = math.sqrt(float(x @ x) * float(y @ y))
    return float(x @ y) / under if under > 0 else 0.0


def usual_error(said: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """The mean absolute error of the answers of about the same size, (n,): twenty bins, straight lines between."""
    order = np.argsort(said, kind="stable")
    groups = [g for g in np.array_split(order, min(20, max(1, len(order) // 20))) if len(g)]
    middle = np.array([said[g].mean() for g in groups])
    size = np.array([np.abs(errors[g]).mean() for g in groups])
    floor = 1e-12 * max(1.0, float(np.abs(errors).max()))
    return np.asarray(np.maximum(np.interp(said, middle, size), floor))


def promises_of(truth: np.ndarray, said: np.ndarray) -> tuple[Promise, ...]:
    """Errors of the usual size, as often too high as too low."""
    errors = said - truth
    if len(errors) < ROWS_LEAST or not np.isfinite(errors).all() or not errors.any():
        return ()
    usual = usual_error(said, errors)
    centred = errors - float(np.median(errors))
    return (
        Promise("errors to one side", centred, usual, share=False, either=True),
        Promise("large errors", np.abs(errors), usual, share=False, accuses=False),
    )


def suspected(truth: np.ndarray, answers: Sequence[Predictions]) -> Suspected | None:
    """Numbers that every learner finds far off, by the usual error of answers of that size."""
    able = [a.raw for a in answers if np.isfinite(a.raw).all()]
    if not able or len(truth) < ROWS_LEAST:
        return None
    errors = [truth - said for said in able]
    if not all(e.any() for e in errors):
        return None
    usual = [usual_error(said, e) for said, e in zip(able, errors, strict=True)]
    rows, times = outliers(errors, usual, chance=SUSPECT_CHANCE)
    return Suspected(rows, np.mean(np.stack(able), axis=0)[rows], None, {"times_usual_error": times})


def findings_on(truth: np.ndarray, said: np.ndarray) -> tuple[Finding, ...]:
    """Whether the answers are too high or too low on average, beyond chance and by a size that matters."""
    errors = said - truth
    spread = float(truth.std())
    if len(errors) < 2 or spread == 0 or not np.isfinite(errors).all():
        return ()
    bias, chance = float(errors.mean()), float(errors.std(ddof=1)) / math.sqrt(len(errors))
    off = abs(bias) > two_sided(0.99) * chance and abs(bias) > BIAS_SHARE * spread
    way = "high" if bias > 0 else "low"
    evidence = f"answers are {abs(bias):.6g} too {way} on average (chance alone: ±{two_sided(0.95) * chance:.3g})"
    advice = "look at the bias by size below; a model of the logarithm or other costs may mend it" if off else ""
    return (Finding("bias", "warn" if off else "ok", (), bias, evidence, advice),)


def plans(truth: np.ndarray, task: Task, sealed: int) -> tuple[str, ...]:
    """What a sealed test of so many rows will show: expected interval and detectable gain, before any training."""
    if sealed < 2 or len(truth) < 2:
        return ()
    centred = (truth - truth.mean()) / max(float(np.abs(truth).max()), 1e-300)  # so that fourth powers stay finite
    spread = float(centred.std())
    if spread == 0.0:
        return ()
    tails = float((centred**4).mean() / max(1e-300, float((centred**2).mean()) ** 2))
    kurtosis = min(max(3.0, tails), 30.0)
    width = paired.expected_width("rmse", spread, sealed, kurtosis=kurtosis) / spread
    gain = paired.detectable_gain("rmse", spread, sealed, kurtosis=kurtosis) / spread
    return (
        f"{sealed:,} sealed rows will show the RMSE of {task.column!r} to within ±{100 * width:.1f} % of itself.",
        f"The least gain that they show with 80 % power is {100 * gain:.1f} % of the RMSE (errors half alike); a smaller one may end as CANNOT TELL.",
    )
