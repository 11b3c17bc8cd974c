"""Scales, ticks and frames: where a value lies in a drawing, and which values are written beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ownproof.render import svg
from ownproof.render.figures import UNITS, compact, finite, is_share, percent

WIDTH = 420.0
_MOST = 1e300


@dataclass(frozen=True, slots=True)
class Scale:
    """From values (low..high) to places (start..end); with `log` equal factors are equally far apart."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The place of a value; NaN stays NaN, and on a scale of factors so is what is not above 0."""
        if self.log:
            if not 0 < value < math.inf:
                return math.nan
            part = math.log(value / self.low) / math.log(self.high / self.low)
            return self.start + part * (self.end - self.start)
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, count: int = 5) -> tuple[float, ...]:
        """Round values that are written beside it, about so many."""
        return log_ticks(self.low, self.high, count=count) if self.log else ticks(self.low, self.high, count=count)

    def texts(self, values: Sequence[float], *, share: bool) -> list[str]:
        """What is written at them."""
        return [compact(v) if v >= 1 else f"{v:g}" for v in values] if self.log else tick_texts(values, share=share)


def nice_step(span: float, count: int) -> float:
    """The step of 1, 2 or 5 times a power of ten that cuts a span into about `count` parts.

    >>> nice_step(1.0, 5), nice_step(730, 5), nice_step(0.03, 4)
    (0.2, 200.0, 0.01)
    """
    raw = span / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    best = min((1.0, 2.0, 5.0, 10.0), key=lambda m: abs(math.log(m * power / raw)))
    step = best * power
    return round(step, max(0, 1 - math.floor(math.log10(step)))) if step < 1 else step


def ticks(low: float, high: float, *, count: int = 5) -> tuple[float, ...]:
    """Round values within low..high.

    >>> ticks(0, 1)
    (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return (low,)
    step = nice_step(high - low, count)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    places = max(0, 2 - math.floor(math.log10(step)))
    return tuple(round(i * step, places) for i in range(first, last + 1))


def log_ticks(low: float, high: float, *, count: int = 5) -> tuple[float, ...]:
    """Powers of ten within low..high, both above 0; every second or third of many, and 2s and 5s between few.

    >>> log_ticks(300, 2e6), log_ticks(30, 700)
    ((1000.0, 10000.0, 100000.0, 1000000.0), (50.0, 100.0, 200.0, 500.0))
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1.0, 2.0, 5.0) if math.log10(high / low) < 2 else (1.0,)
    found = [m * 10.0**p for p in range(first, last + 1) for m in steps if low <= m * 10.0**p <= high * (1 + 1e-12)]
    return tuple(found[:: max(1, math.ceil(len(found) / max(count + 1, 1)))]) or (low,)


def tick_texts(values: Sequence[float], *, share: bool = False) -> list[str]:
    """What is written at the ticks, all with the same decimals.

    >>> tick_texts((0.0, 0.5, 1.0)), tick_texts((0.0, 0.5, 1.0), share=True), tick_texts((0, 50_000))
    (['0.0', '0.5', '1.0'], ['0 %', '50 %', '100 %'], ['0', '50k'])
    """
    step = min((b - a for a, b in pairwise(values)), default=0.0)
    if share:
        decimals = max(0, -math.floor(math.log10(step * 100) + 1e-9)) if step > 0 else 1
        return [percent(v, decimals=decimals) if v not in (0, 1) else f"{v * 100:.0f} %" for v in values]
    top = max((abs(v) for v in values), default=0.0)
    if top >= 1e4:
        unit = next(u for u in UNITS if top >= u)
        decimals = max(0, -math.floor(math.log10(step / unit) + 1e-9)) if step > 0 else 1
        return ["0" if v == 0 else f"{v / unit:,.{decimals}f}{UNITS[unit]}" for v in values]
    if step > 0 and step < 1e-4:
        return [f"{v:.1e}" if v else "0" for v in values]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 2
    return [f"{v:,.{decimals}f}" for v in values]


def extent(values: Iterable[float], *, include: Iterable[float] = ()) -> tuple[float, float]:
    """The least and the greatest finite value, never equal; (0, 1) of nothing."""
    known = [v for v in map(finite, [*values, *include]) if v is not None]
    if not known:
        return 0.0, 1.0
    low, high = max(min(known), -_MOST), min(max(known), _MOST)  # their difference is a number too
    if high - low <= max(1e-9 * max(abs(low), abs(high)), 1 / _MOST):
        room = abs(high) * 0.1 or 0.5
        return low - room, high + room
    return low, high


def padded(low: float, high: float, *, share: bool = False, part: float = 0.04) -> tuple[float, float]:
    """The same with some air; shares stay within 0..1, and 0 stays an edge where it is one."""
    room = (high - low) * part
    low, high = (low if low == 0 else low - room), (high if high == 0 else high + room)
    return (max(low, 0.0), min(high, 1.0)) if share else (low, high)


@dataclass(frozen=True, slots=True)
class Frame:
    """The box in which a chart with two number axes is drawn."""

    x: Scale
    y: Scale
    x_share: bool = False
    y_share: bool = False

    @property
    def left(self) -> float:
        """Of the box, as are the others."""
        return self.x.start

    @property
    def right(self) -> float:
        """See `left`."""
        return self.x.end

    @property
    def top(self) -> float:
        """See `left`."""
        return self.y.end

    @property
    def bottom(self) -> float:
        """See `left`."""
        return self.y.start

    def at(self, x: float, y: float) -> svg.Point:
        """The place of a pair of values."""
        return self.x(x), self.y(y)


def left_margin(low: float, high: float, *, share: bool, log: bool = False) -> float:
    """How much room the writing beside a vertical axis takes."""
    scale = Scale(low, high, 0.0, 1.0, log)
    texts = scale.texts(scale.ticks(), share=share)
    return max([svg.width_of(t) for t in texts], default=20.0) + 14


def vertical_axis(frame: Frame, name: str) -> str:
    """Level grid lines with their values, and the axis's name above them."""
    values = frame.y.ticks()
    parts = []
    for value, text in zip(values, frame.y.texts(values, share=frame.y_share), strict=True):
        y = frame.y(value)
        parts.append(svg.line((frame.left, y), (frame.right, y), "grid"))
        parts.append(svg.label((frame.left - 7, y + 4), text, anchor="end", kind="tick"))
    if name:
        parts.append(svg.label((0, frame.top - 12), name, room=WIDTH - 10, kind="axis"))
    return "".join(parts)


def horizontal_axis(frame: Frame, name: str, *, lines: bool = False) -> str:
    """Values below the box, the axis's name below them; with `lines` upright grid lines."""
    count = max(2, min(6, int((frame.right - frame.left) / 58)))
    values = frame.x.ticks(count)
    parts = [svg.line((frame.left, frame.bottom), (frame.right, frame.bottom), "base")]
    for value, text in zip(values, frame.x.texts(values, share=frame.x_share), strict=True):
        x = frame.x(value)
        if lines:
            parts.append(svg.line((x, frame.top), (x, frame.bottom), "grid"))
        else:
            parts.append(svg.line((x, frame.bottom), (x, frame.bottom + 4), "base"))
        half = svg.width_of(text) / 2
        shown = min(max(x, half), WIDTH - half - 1)
        parts.append(svg.label((shown, frame.bottom + 18), text, anchor="middle", kind="tick"))
    if name:
        parts.append(svg.label((frame.right, frame.bottom + 36), name, anchor="end", room=WIDTH - 20, kind="axis"))
    return "".join(parts)


def reference_value(reference: str) -> float | None:
    """The level a reference line lies at; None for a diagonal, nothing, or what cannot be read."""
    if reference == "zero":
        return 0.0
    if reference.startswith("y="):
        try:
            return finite(float(reference[2:]))
        except ValueError:
            return None
    return None


def shares(label_text: str, values: Iterable[float]) -> bool:
    """Whether an axis is written in percent."""
    return is_share(label_text, values)


def legend(names: Sequence[str], top: float, *, most: int = 8) -> tuple[str, float]:
    """Swatches with names, wrapped; the drawing and the height it takes."""
    if len(names) < 2:
        return "", 0.0
    parts, x, y = [], 0.0, top + 12
    shown = [*names[:most], *([f"and {len(names) - most} more"] if len(names) > most else [])]
    for index, name in enumerate(shown):
        text = svg.shorten(name, 170)
        wide = svg.width_of(text) + 32
        if x and x + wide > WIDTH:
            x, y = 0.0, y + 19
        if index < most:
            parts.append(svg.rectangle((x, y - 9), 12, 10, f"fill s{index % 8 + 1}", rx=2.0))
        parts.append(svg.label((x + 17, y), name, room=170, kind="name"))
        x += wide
    return "".join(parts), y - top + 8
