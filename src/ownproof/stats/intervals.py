"""Intervals: bootstrap over units, and the few closed forms that need no bootstrap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ownproof.stats.distributions import t_quantile, two_sided
from ownproof.stats.weights import BLOCK_CELLS, Floats, Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike, NDArray

SOME_UNITS, MANY_UNITS = 10_000, 50_000

Scale = Literal["plain", "share", "positive"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and the interval around it that holds the truth in `level` of all samples; NaN is "unknown"."""

    value: float
    low: float
    high: float
    level: float


def resamples_for(units: int, usual: int = 1000) -> int:
    """How many resamples are enough: `usual`; two fifths of it beyond 10,000 units and a fifth beyond 50,000, where time
    counts more.

    Only a standard error is read from them: 200 know it within 5 %, 400 within 3.5 %, 1,000 within 2 %.
    """
    if units <= SOME_UNITS:
        return usual
    return min(usual, max(100, 2 * usual // 5 if units <= MANY_UNITS else usual // 5))


def resample_counts(units: ArrayLike, resamples: int, seed: int) -> Iterator[NDArray[np.int32]]:
    """Bootstrap weights over units, in chunks (b, n) that add up to `resamples` rows.

    units: (n,) integer codes; all rows of a unit get the same count, and as many units are drawn as there are.
    The draws come from the raw stream of PCG64, so they are the same on every platform and numpy version.

    >>> [w.tolist() for w in resample_counts([7, 7, 9], 2, seed=1)]
    [[[1, 1, 1], [0, 0, 2]]]
    """
    codes, place = np.unique(np.asarray(units), return_inverse=True)
    count, n = len(codes), len(place)
    if not n:
        return
    source = np.random.PCG64(np.random.SeedSequence(seed))
    alone = count == n and bool((place == np.arange(n)).all())
    step = max(1, 4 * BLOCK_CELLS // n)
    for start in range(0, resamples, step):
        drawn = _drawn(source, min(step, resamples - start), count)
        yield drawn if alone else np.take(drawn, place.ravel(), axis=1)


def _drawn(source: np.random.PCG64, b: int, count: int) -> NDArray[np.int32]:
    """(b, count): how often each of `count` units is drawn in `count` draws, by multiply and shift on 32 bits."""
    pairs = (count + 1) // 2
    raw = source.random_raw(b * pairs).reshape(b, pairs)
    half = np.concatenate([raw >> np.uint64(32), raw & np.uint64(0xFFFFFFFF)], axis=1)[:, :count]
    picked = ((half * np.uint64(count)) >> np.uint64(32)).astype(np.int64)
    picked += (np.arange(b, dtype=np.int64) * count)[:, None]
    return np.bincount(picked.ravel(), minlength=b * count).reshape(b, count).astype(np.int32)


def bootstrap(statistic: Callable[[Weights], Floats], units: ArrayLike, resamples: int, seed: int) -> Floats:
    """The statistic on every resample, (B,): `statistic` takes (b, n) weights and answers (b,).

    >>> from ownproof.stats.weights import mean
    >>> bootstrap(lambda w: mean([1.0, 3.0], w), [0, 1], 3, seed=0).shape
    (3,)
    """
    parts = [statistic(weights) for weights in resample_counts(units, resamples, seed)]
    return np.concatenate(parts) if parts else np.full(resamples, np.nan)


def carrying_units(counts: ArrayLike) -> float:
    """How many units carry a measure that sets classes against each other (AUC): the harmonic mean of their counts.

    Not for F1 and the like: there it makes intervals too wide (99 % covered on 10 positives).

    >>> carrying_units([10, 90])
    18.0
    """
    sizes = np.asarray(counts, dtype=np.float64)
    return float(len(sizes) / (1.0 / sizes).sum()) if len(sizes) and (sizes > 0).all() else 0.0


def interval(
    values: ArrayLike, point: float, level: float, units: int, *, scale: Scale = "plain", carrying: float | None = None
) -> Interval:
    """The interval from bootstrap values (B,) around the `point` on all rows; `units` is how many were resampled.

    The bootstrap standard error times Student's t, widened by sqrt(n / (n - 1)) since resampling draws from a plug-in;
    n is `carrying` (see `carrying_units`) where given, else `units`. scale: "plain" for gains, bias and R-squared;
    "share" for one figure of 0..1, on its logit (at 0 or 1 itself Wilson's interval); "positive" for RMSE and the
    like, on its log. Unknown (NaN) with fewer than two units or values in under half of the resamples.

    Chosen by simulation against the percentile, the expanded percentile (Hesterberg 2015) and BCa at 95 %, from 100
    rows: paired gains covered 93.5-97.1 % here, 92.0-95.7 % by expanded percentiles, 88-92 % by BCa where tails are
    heavy; an AUC of 0.95 on 10 positives 96 % here, 83-91 % by the others. And the thin tails of a 99.5 % interval
    need no more resamples. Weak spot: one RMSE (not a gain) of heavy-tailed errors on few rows, 88-93 % up to 500.
    """
    column = np.asarray(values, dtype=np.float64)
    known = column[np.isfinite(column)]
    n = float(units) if carrying is None else min(float(units), carrying)
    if scale == "share" and point in (0.0, 1.0) and n > 0:
        return wilson(point * n, n, level)
    if n <= 1.0 or len(known) < max(2.0, len(column) / 2.0) or not math.isfinite(point):
        return Interval(float(point), math.nan, math.nan, level)
    error = float(known.std(ddof=1)) * math.sqrt(n / (n - 1.0))
    low, high = _around(float(point), error * t_quantile(0.5 + level / 2.0, n - 1.0), scale)
    return Interval(float(point), low, high, level)


def _around(point: float, reach: float, scale: Scale) -> tuple[float, float]:
    """The two ends at `reach` from the point, taken on the scale by the delta method and brought back."""
    if scale == "share" and 0.0 < point < 1.0:
        odds, step = math.log(point) - math.log1p(-point), reach / (point * (1.0 - point))
        return _expit(odds - step), _expit(odds + step)
    if scale == "positive" and point > 0.0:
        factor = math.exp(min(reach / point, 700.0))
        return point / factor, point * factor
    return point - reach, point + reach


def _expit(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(max(z, -700.0)) / (1.0 + math.exp(max(z, -700.0)))


def wilson(successes: float, n: float, level: float = 0.95) -> Interval:
    """Wilson's interval of a share; NaN for n = 0. Source: Wilson 1927.

    >>> i = wilson(8, 10); (i.value, round(i.low, 4), round(i.high, 4))
    (0.8, 0.4902, 0.9433)
    """
    if n <= 0:
        return Interval(math.nan, math.nan, math.nan, level)
    z, share = two_sided(level), successes / n
    scale = 1.0 + z * z / n
    centre = (share + z * z / (2.0 * n)) / scale
    reach = z / scale * math.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n))
    return Interval(share, max(0.0, centre - reach), min(1.0, centre + reach), level)


def bonferroni(level: float, count: int) -> float:
    """The level at which each of `count` intervals must stand so that all hold together at `level`.

    >>> round(bonferroni(0.95, 5), 4)
    0.99
    """
    return 1.0 - (1.0 - level) / max(1, count)
