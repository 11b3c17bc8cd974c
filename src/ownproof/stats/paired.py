"""The verdict on a paired gain, and what a test of so many units can show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from ownproof.stats.distributions import normal_quantile, two_sided

if TYPE_CHECKING:
    from collections.abc import Sequence

Word = Literal["BETTER", "NOT BETTER", "CANNOT TELL"]
Measure = Literal["share", "auc", "rmse"]


def verdict(
    gain: float,
    low: float,
    high: float,
    *,
    worthwhile: float,
    units: int,
    different: int,
    least_units: int = 100,
    least_different: int = 10,
) -> Word:
    """One word on a gain and its interval.

    BETTER: the lower end is above 0 and the gain at least `worthwhile`. NOT BETTER: the upper end is below
    `worthwhile`, on at least `least_units` units of which `least_different` are answered differently.
    Otherwise, and when a figure is unknown (NaN), CANNOT TELL.

    >>> verdict(0.03, 0.01, 0.05, worthwhile=0.02, units=500, different=80)
    'BETTER'
    """
    if math.isnan(gain) or math.isnan(worthwhile):
        return "CANNOT TELL"
    if low > 0.0 and gain >= worthwhile:
        return "BETTER"
    if high < worthwhile and units >= least_units and different >= least_different:
        return "NOT BETTER"
    return "CANNOT TELL"


def not_worse(low: float, *, margin: float) -> bool:
    """Whether the lower end of the gain stays above minus the margin."""
    return low > -margin


def worthwhile_gain(
    metric_is_share: bool, baseline_value: float, *, share_of_error: float = 0.05, share_of_value: float = 0.02
) -> float:
    """The least gain worth having: a share of the remaining error (0-1 measures) or of the value (RMSE, MAE).

    >>> round(worthwhile_gain(True, 0.80), 4), worthwhile_gain(False, 50.0)
    (0.01, 1.0)
    """
    return share_of_error * max(0.0, 1.0 - baseline_value) if metric_is_share else share_of_value * abs(baseline_value)


def spend_alpha(openings: int, alphas: Sequence[float] = (0.04, 0.005, 0.005)) -> float | None:
    """The alpha of the next opening after `openings` earlier ones; None when all is spent.

    >>> [spend_alpha(k) for k in range(4)]
    [0.04, 0.005, 0.005, None]
    """
    return alphas[openings] if 0 <= openings < len(alphas) else None


def units_needed(
    gain: float,
    low: float,
    high: float,
    units: int,
    *,
    worthwhile: float,
    power: float = 0.8,
    level: float = 0.95,
    least_units: int = 100,
    most: int = 10**9,
) -> int | None:
    """How many units in all until a decision is reached with chance `power`, were the gain seen the true one.

    Towards BETTER when the gain is above `worthwhile`, towards NOT BETTER when below. None when never (the gain is
    `worthwhile` itself, nothing is known, or more than `most` would be needed).
    """
    figures = (gain, low, high, worthwhile)
    if any(not math.isfinite(f) for f in figures) or units < 1 or gain == worthwhile:
        return None
    z, z_power = two_sided(level), normal_quantile(power)
    if gain > worthwhile:
        error = (gain - low) / z
        allowed = min(gain / (z + z_power) if gain > 0 else 0.0, (gain - worthwhile) / z_power)
    else:
        error = (high - gain) / z
        allowed = (worthwhile - gain) / (z + z_power)
    if allowed <= 0.0 or error < 0.0:
        return None
    needed = max(least_units, math.ceil(units * (error / allowed) ** 2))
    return needed if needed <= most else None


def auc_error(auc: float, positives: float, negatives: float) -> float:
    """Standard error of an AUC. Source: Hanley and McNeil 1982.

    >>> round(auc_error(0.8, 50, 50), 4)
    0.0445
    """
    if positives < 1 or negatives < 1:
        return math.nan
    one, two = auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc)
    spread = auc * (1 - auc) + (positives - 1) * (one - auc * auc) + (negatives - 1) * (two - auc * auc)
    return math.sqrt(max(0.0, spread) / (positives * negatives))


def standard_error(
    measure: Measure, value: float, units: int, *, positive_share: float = 0.5, kurtosis: float = 3.0
) -> float:
    """Standard error to expect of a share, an AUC or an RMSE at `value` on `units` units; NaN when undefined.

    positive_share: for an AUC; kurtosis of the errors: for an RMSE (3 is the normal's).
    """
    if units < 1:
        return math.nan
    if measure == "share":
        return math.sqrt(max(0.0, value * (1.0 - value)) / units)
    if measure == "auc":
        return auc_error(value, units * positive_share, units * (1.0 - positive_share))
    return value * math.sqrt(max(0.0, kurtosis - 1.0) / (4.0 * units))


def expected_width(
    measure: Measure,
    value: float,
    units: int,
    *,
    level: float = 0.95,
    positive_share: float = 0.5,
    kurtosis: float = 3.0,
) -> float:
    """Half the width of the interval to expect: the number after the plus-minus sign.

    >>> round(expected_width("share", 0.85, 150), 3)
    0.057
    """
    error = standard_error(measure, value, units, positive_share=positive_share, kurtosis=kurtosis)
    return two_sided(level) * error


def detectable_gain(
    measure: Measure,
    value: float,
    units: int,
    *,
    level: float = 0.95,
    power: float = 0.8,
    disagreement: float = 0.15,
    correlation: float = 0.5,
    positive_share: float = 0.5,
    kurtosis: float = 3.0,
) -> float:
    """The smallest true gain that a paired test on `units` units shows with chance `power`; NaN when undefined.

    share: from the share of units answered differently (`disagreement`; Connor 1987), never above it.
    auc, rmse: from the standard error of the two and the `correlation` between them.

    >>> round(detectable_gain("share", 0.79, 733), 3)
    0.04
    """
    if units < 1:
        return math.nan
    z, z_power = two_sided(level), normal_quantile(power)
    if measure != "share":
        error = standard_error(measure, value, units, positive_share=positive_share, kurtosis=kurtosis)
        return (z + z_power) * error * math.sqrt(max(0.0, 2.0 * (1.0 - correlation)))
    low, high = 0.0, disagreement
    for _ in range(60):
        middle = 0.5 * (low + high)
        shown = z * math.sqrt(disagreement) + z_power * math.sqrt(max(0.0, disagreement - middle**2))
        low, high = (middle, high) if middle * math.sqrt(units) < shown else (low, middle)
    return high
