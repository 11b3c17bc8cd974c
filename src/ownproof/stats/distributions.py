"""Quantiles and tails of the normal and of Student's t, without scipy."""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()


def normal_quantile(p: float) -> float:
    """The z with P(Z <= z) = p; -inf and inf at 0 and 1, NaN outside.

    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    if p in (0.0, 1.0):
        return math.inf if p else -math.inf
    return _NORMAL.inv_cdf(p) if 0.0 < p < 1.0 else math.nan


def normal_cdf(z: float) -> float:
    """P(Z <= z) of a standard normal; exact in the lower tail."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def normal_tail(z: float) -> float:
    """P(Z > z) of a standard normal; exact in the upper tail."""
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def two_sided(level: float) -> float:
    """The z of a two-sided interval at `level`: 1.96 at 0.95.

    >>> round(two_sided(0.95), 3)
    1.96
    """
    return normal_quantile(0.5 + level / 2.0)


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction.

    Source: Numerical Recipes 6.4 (modified Lentz), about 1e-14 for moderate a and b.
    """
    if not 0.0 < x < 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    tiny = 1e-300
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1.0), tiny)
    fraction = d
    for m in range(1, 500):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away(1.0 + step * d, tiny)
            c = _away(1.0 + step / c, tiny)
            fraction *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return front * fraction / a


def _away(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny


def t_cdf(t: float, df: float) -> float:
    """P(T <= t) of Student's t with `df` degrees of freedom.

    >>> round(t_cdf(2.228139, 10), 6)
    0.975
    """
    tail = 0.5 * incomplete_beta(df / 2.0, 0.5, df / (df + t * t))
    return 1.0 - tail if t > 0 else tail


def t_quantile(p: float, df: float) -> float:
    """The t with P(T <= t) = p, by Newton's method; the normal's above a million degrees of freedom.

    >>> round(t_quantile(0.975, 10), 5)
    2.22814
    """
    if df > 1e6 or not 0.0 < p < 1.0:
        return normal_quantile(p)
    if p < 0.5:
        return -t_quantile(1.0 - p, df)
    scale = math.lgamma((df + 1.0) / 2.0) - math.lgamma(df / 2.0) - 0.5 * math.log(df * math.pi)
    low, high, t = 0.0, math.inf, normal_quantile(p)
    for _ in range(200):
        over = t_cdf(t, df) - p
        low, high = (low, t) if over > 0 else (t, high)
        step = over / math.exp(scale - 0.5 * (df + 1.0) * math.log1p(t * t / df))
        inside = low <= t - step <= high
        following = t - step if inside else (2.0 * t + 1.0 if high == math.inf else 0.5 * (low + high))
        if abs(following - t) <= 1e-13 * max(1.0, abs(t)):
            break
        t = following
    return t


def chi2_tail(x: float, df: float) -> float:
    """P(X > x) of chi-squared with `df` degrees of freedom. Source: Numerical Recipes 6.2.

    >>> round(chi2_tail(3.841459, 1), 6)
    0.05
    """
    if not x > 0.0:
        return 1.0 if x <= 0.0 else math.nan
    a, half = df / 2.0, x / 2.0
    front = math.exp(a * math.log(half) - half - math.lgamma(a))
    return 1.0 - front * _gamma_series(a, half) if half < a + 1.0 else front * _gamma_fraction(a, half)


def _gamma_series(a: float, x: float) -> float:
    term = whole = 1.0 / a
    n = a
    while abs(term) > abs(whole) * 1e-16:
        n += 1.0
        term *= x / n
        whole += term
    return whole


def _gamma_fraction(a: float, x: float) -> float:
    tiny = 1e-300
    b = x + 1.0 - a
    c, d = 1.0 / tiny, 1.0 / _away(b, tiny)
    fraction = d
    for i in range(1, 10_000):
        step = -i * (i - a)
        b += 2.0
        d = 1.0 / _away(step * d + b, tiny)
        c = _away(b + step / c, tiny)
        fraction *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return fraction
