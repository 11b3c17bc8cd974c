"""Charts that stand upright: histograms over bins, columns over names."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ownproof.core.report import Chart, Series
from ownproof.render import axes, svg
from ownproof.render.axes import WIDTH, Frame, Scale
from ownproof.render.bars import at
from ownproof.render.figures import finite, is_number, number, percent
from ownproof.render.plane import COLOURS, HEIGHT

APART_MOST = 80
COLUMN_WIDEST = 64.0


def draw(chart: Chart) -> tuple[str, float]:
    """The drawing of a histogram (x are bin edges with one y fewer) or of columns over names, and its height."""
    legend, top = axes.legend([s.name for s in chart.series], 0.0)
    top += 26 if chart.y_label else 10
    binned = all(len(s.x) == len(s.y) + 1 and all(finite(x) is not None for x in s.x) for s in chart.series)
    values = [v for s in chart.series for v in (*s.y, *s.high)]
    share = axes.shares(chart.y_label, values)
    level = axes.reference_value(chart.reference)
    low, high = axes.padded(*axes.extent(values, include=[0.0, *([] if level is None else [level])]), part=0.05)
    left = axes.left_margin(low, high, share=share)
    y = Scale(low, high, HEIGHT - 44 + max(0.0, top - 36), top)
    body, frame = (_binned if binned else _named)(chart, y, left, share)
    return legend + body, frame.bottom + (44 if chart.x_label else 28)


def _binned(chart: Chart, y: Scale, left: float, share: bool) -> tuple[str, Frame]:
    edges = [float(x) for s in chart.series for x in s.x]
    low, high = axes.extent(edges)
    frame = Frame(Scale(low, high, left, WIDTH - 8), y, axes.shares(chart.x_label, edges), share)
    parts = [axes.vertical_axis(frame, chart.y_label)]
    soft = " soft" if len(chart.series) > 1 else ""
    for index, series in enumerate(chart.series):
        kind = f"fill s{index % COLOURS + 1}{soft}"
        parts.append((_outline if len(series.y) > APART_MOST else _bins)(frame, series, kind))
    parts += [axes.horizontal_axis(frame, chart.x_label), _level(frame, chart.reference), _flags(frame, chart)]
    return "".join(parts), frame


def _bins(frame: Frame, series: Series, kind: str) -> str:
    parts, zero = [], frame.y(0.0)
    for i, value in enumerate(series.y):
        if finite(value) is None:
            continue
        start, end = sorted((frame.x(float(series.x[i])), frame.x(float(series.x[i + 1]))))
        gap = 0.5 if end - start > 2 else 0.0
        told = f"{series.name} {number(series.x[i])} to {number(series.x[i + 1])}: {number(value)}".strip()
        top = frame.y(float(value))
        parts.append(
            svg.rectangle((start + gap, min(top, zero)), end - start - 2 * gap, abs(zero - top), kind, title=told)
        )
    return "".join(parts)


def _outline(frame: Frame, series: Series, kind: str) -> str:
    """Many bins as one filled outline; of those that share a unit of the drawing the highest."""
    tops: dict[float, float] = {}
    for i, value in enumerate(series.y):
        x = float(round(frame.x(float(series.x[i]))))
        tops[x] = max(tops.get(x, 0.0), finite(value) or 0.0)
    zero, points = frame.y(0.0), [(x, frame.y(v)) for x, v in sorted(tops.items())]
    end = frame.x(float(series.x[-1]))
    path = f"M{svg.coordinate(points[0][0])} {svg.coordinate(zero)}V{svg.coordinate(points[0][1])}"
    path += "".join(f"H{svg.coordinate(x)}V{svg.coordinate(y)}" for x, y in points[1:])
    return svg.tag("path", d=f"{path}H{svg.coordinate(end)}V{svg.coordinate(zero)}Z", kind=kind)


def _named(chart: Chart, y: Scale, left: float, share: bool) -> tuple[str, Frame]:
    names = list(dict.fromkeys(str(x) for s in chart.series for x in s.x))
    frame = Frame(Scale(0.0, float(max(1, len(names))), left, WIDTH - 8), y, y_share=share)
    step = (frame.right - frame.left) / max(1, len(names))
    parts = [axes.vertical_axis(frame, chart.y_label)]
    for index, series in enumerate(chart.series):
        parts.append(_columns(frame, series, names, (index, len(chart.series))))
    parts += [_name_ticks(frame, names, step), _level(frame, chart.reference)]
    if chart.x_label:
        place = (frame.right, frame.bottom + 36)
        parts.append(svg.label(place, chart.x_label, anchor="end", room=WIDTH - 20, kind="axis"))
    return "".join(parts), frame


def _columns(frame: Frame, series: Series, names: Sequence[str], place: tuple[int, int]) -> str:
    index, count = place
    order, zero = {n: i for i, n in enumerate(names)}, frame.y(0.0)
    step = (frame.right - frame.left) / max(1, len(names))
    thick = min(step * (0.72 if step > 6 else 1.0), COLUMN_WIDEST * count) / count
    parts, seen = [], set()
    for i, (x, value) in enumerate(zip(series.x, series.y, strict=False)):
        start = frame.left + (order[str(x)] + 0.5) * step + (index - count / 2) * thick
        if finite(value) is None or (step < 1 and round(start) in seen):
            continue
        seen.add(round(start))
        top = frame.y(float(value))
        written = percent(value) if frame.y_share else number(value)
        told = f"{x}: {written}" if len(names) <= APART_MOST else ""
        parts.append(
            svg.rectangle(
                (start, min(top, zero)),
                max(0.8, thick - (1 if thick > 3 else 0)),
                abs(zero - top),
                f"fill s{index % COLOURS + 1}",
                title=told,
            )
        )
        low, high = at(series.low, i), at(series.high, i)
        if low is not None and high is not None and step > 6:
            parts.append(svg.line((start + thick / 2, frame.y(low)), (start + thick / 2, frame.y(high)), "whisker"))
        elif thick >= 34:
            parts.append(svg.label((start + thick / 2, min(top, zero) - 4), written, anchor="middle", kind="value"))
    return "".join(parts)


def _name_ticks(frame: Frame, names: Sequence[str], step: float) -> str:
    every = max(1, math.ceil(46 / step))
    parts = [svg.line((frame.left, frame.bottom), (frame.right, frame.bottom), "base")]
    for i in range(0, len(names), every):
        place = (frame.left + (i + 0.5) * step, frame.bottom + 18)
        parts.append(svg.label(place, names[i] or "(blank)", room=step * every - 5, anchor="middle", kind="tick"))
    return "".join(parts)


def _level(frame: Frame, reference: str) -> str:
    level = axes.reference_value(reference)
    if level is None or not frame.y.low <= level <= frame.y.high:
        return ""
    return svg.line((frame.left, frame.y(level)), (frame.right, frame.y(level)), "reference")


def _flags(frame: Frame, chart: Chart) -> str:
    """Marks of a histogram: an upright line at x with its text."""
    parts = []
    for x, _, text in chart.marks:
        if not is_number(x) or not frame.x.low <= x <= frame.x.high:
            continue
        where = frame.x(float(x))
        right = where < (frame.left + frame.right) / 2
        parts.append(svg.line((where, frame.top), (where, frame.bottom), "flag"))
        room = (frame.right - where if right else where - frame.left) - 8
        place = (where + (6 if right else -6), frame.top + 10)
        parts.append(svg.label(place, text, room=room, anchor="start" if right else "end", kind="note"))
    return "".join(parts)
