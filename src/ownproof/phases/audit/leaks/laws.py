"""Whether a magnitude is a sum, a difference, a product or a ratio of two others, to rounding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ownproof.stats.weights import Floats

Form = Callable[[Floats, Floats], Floats]
LINEAR: Mapping[str, Form] = {
    "{a} - {b}": np.subtract,
    "{b} - {a}": lambda a, b: np.subtract(b, a),
    "{a} + {b}": np.add,
}
LOGARITHMIC: Mapping[str, Form] = {
    "{a} * {b}": np.multiply,
    "{a} / {b}": np.divide,
    "{b} / {a}": lambda a, b: np.divide(b, a),
}
FORMS: Mapping[str, Form] = {**LINEAR, **LOGARITHMIC}
EXACT = 1e-6  # relative error of numbers kept in single precision
LEAST = 30
COARSEST, FINEST = -6, 6  # powers of ten that a unit of rounding is looked for among
ENOUGH = 0.999  # share of rows on one line at which no other is tried
DRAWS, JUDGES = 60, 300  # lines through two rows, and rows that these are judged by
CORE, ROUNDS = 0.6, 4  # share of the rows that a line is drawn through again, and how often


@dataclass(frozen=True, slots=True)
class Law:
    """y = slope * form(a, b) + offset.

    share: of the known rows where that holds to rounding; chance: the share among shuffled answers; explained: share
    of the variance, 0..1; rows: that are known.
    """

    form: str
    slope: float
    offset: float
    share: float
    chance: float
    explained: float
    rows: int

    def spell(self, a: str, b: str) -> str:
        """The law with names.

        >>> Law("{a} / {b}", 1.0, 0.0, 1.0, 0.0, 1.0, 50).spell("amount", "area")
        'amount / area'
        """
        said = self.form.format(a=a, b=b)
        if abs(self.slope - 1.0) > EXACT:
            said = f"{self.slope:.6g} x ({said})"
        return said if self.offset == 0.0 else f"{said} {'+' if self.offset > 0 else '-'} {abs(self.offset):.6g}"


def unit_of(values: Floats) -> float:
    """The power of ten that all known values are multiples of, 0 where they are not rounded.

    >>> unit_of(np.array([12.5, 3.25])), unit_of(np.array([1000.0, 25000.0]))
    (0.01, 1000.0)
    """
    known = values[np.isfinite(values) & (values != 0)][:2000]
    if not len(known):
        return 0.0
    for power in range(COARSEST, FINEST + 1):
        steps = known * 10.0**power
        if bool((np.abs(steps - np.round(steps)) <= 1e-9 * np.maximum(np.abs(steps), 1.0)).all()):
            return float(10.0**-power)
    return 0.0


def law(form: str, a: Floats, b: Floats, y: Floats) -> Law | None:
    """The line of y on a form of a and b, (n,) each, that most rows lie on; None where there is none to draw."""
    make = FORMS[form]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        made = make(a, b)
    known = np.isfinite(made) & np.isfinite(y)
    if int(known.sum()) < LEAST:
        return None
    a, b, d, y = a[known], b[known], made[known], y[known]
    if d.min() == d.max() or y.min() == y.max():
        return None
    slack = _slack(form, a, b, d)
    own = 0.5 * unit_of(y) + EXACT * np.abs(y)
    best: Law | None = None
    for slope, offset in _lines(d, y, own, slack):
        if best is not None and best.share >= ENOUGH:
            break
        off = np.abs(y - slope * d - offset)
        near = own + abs(slope) * slack
        share = float((off <= near).mean())
        if best is None or share > best.share:
            chance = float((np.abs(np.roll(y, 1) - slope * d - offset) <= near).mean())
            explained = 1.0 - float((off**2).sum() / ((y - y.mean()) ** 2).sum())
            best = Law(form, slope, offset, share, chance, explained, len(y))
    return best


def _slack(form: str, a: Floats, b: Floats, d: Floats) -> Floats:
    """How far a form may be off because its parts are rounded, (n,)."""
    of_a, of_b = 0.5 * unit_of(a), 0.5 * unit_of(b)
    bits = 4.0 * np.finfo(np.float64).eps
    if form in LINEAR:
        return of_a + of_b + bits * (np.abs(a) + np.abs(b))
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(d) * (of_a / np.abs(a) + of_b / np.abs(b))
    return np.where(np.isfinite(off), off, 0.0)


def _lines(d: Floats, y: Floats, own: Floats, slack: Floats) -> Iterator[tuple[float, float]]:
    """Slopes and offsets to be tried: the plain one, the one through the core of the rows, and the one through two
    rows that most others lie on (Fischler and Bolles 1981)."""
    yield 1.0, 0.0
    there = d != 0
    if there.any():
        yield float(np.median(y[there] / d[there])), 0.0
    steps, rises = np.diff(d), np.diff(y)
    there = steps != 0
    if not there.any():
        return
    slope = float(np.median(rises[there] / steps[there]))
    offset = float(np.median(y - slope * d))
    for _ in range(ROUNDS):
        off = np.abs(y - slope * d - offset)
        core = off <= np.quantile(off, CORE)
        x, z = d[core] - d[core].mean(), y[core] - y[core].mean()
        under = float(x @ x)
        if under <= 0:
            break
        slope = float(x @ z) / under
        offset = float(y[core].mean() - slope * d[core].mean())
    yield slope, offset
    drawn = np.flatnonzero(there)[:DRAWS]
    slopes = rises[drawn] / steps[drawn]
    offsets = y[drawn] - slopes * d[drawn]
    off = np.abs(y[None, :JUDGES] - slopes[:, None] * d[None, :JUDGES] - offsets[:, None])
    near = (off <= own[:JUDGES] + np.abs(slopes)[:, None] * slack[:JUDGES]).mean(axis=1)
    best = int(near.argmax())
    yield float(slopes[best]), float(offsets[best])
