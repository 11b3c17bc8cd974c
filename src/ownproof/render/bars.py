"""Charts whose one axis holds names: horizontal bars, dots with intervals; and histograms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ownproof.core.report import Chart, Series
from ownproof.render import axes, svg
from ownproof.render.axes import WIDTH, Frame, Scale
from ownproof.render.figures import finite, is_number, number
from ownproof.render.plane import COLOURS, HEIGHT, value_text

NAMES_MOST = 30
COLUMNS_APART_MOST = 80
ROW = 24.0


@dataclass(frozen=True, slots=True)
class Rows:
    """The names down the side, and where each series has its values for them."""

    names: tuple[str, ...]
    left_out: int
    cells: tuple[tuple[tuple[float, float | None, float | None] | None, ...], ...]


def rows_of(chart: Chart) -> Rows:
    """The names of all series in order; of many the largest, still in their order."""
    values: list[dict[str, tuple[float, float | None, float | None]]] = []
    size: dict[str, float] = {}
    for series in chart.series:
        one: dict[str, tuple[float, float | None, float | None]] = {}
        for i, (x, y) in enumerate(zip(series.x, series.y, strict=False)):
            size.setdefault(str(x), 0.0)
            if finite(y) is not None:
                one[str(x)] = (float(y), _or_none(series.low, i), _or_none(series.high, i))
                size[str(x)] = max(size[str(x)], abs(float(y)))
        values.append(one)
    names = list(size)
    if len(names) > NAMES_MOST:
        kept = set(sorted(names, key=lambda n: -size[n])[:NAMES_MOST])
        names = [n for n in names if n in kept]
    return Rows(tuple(names), len(size) - len(names), tuple(tuple(one.get(n) for n in names) for one in values))


def _or_none(values: Sequence[float], index: int) -> float | None:
    return finite(values[index]) if index < len(values) else None


def draw(chart: Chart) -> tuple[str, float]:
    """The drawing of a chart of form bars or dots, and its height."""
    rows = rows_of(chart)
    legend, top = axes.legend([s.name for s in chart.series], 0.0)
    if not rows.names:
        return legend, max(top, 20.0)
    frame, share, step = _side_frame(chart, rows, top + 8)
    parts = [legend, axes.horizontal_axis(frame, chart.y_label or chart.x_label, lines=True)]
    parts.append(_upright(frame, chart.reference))
    room = frame.left - 10
    for i, name in enumerate(rows.names):
        middle = frame.top + (i + 0.5) * step
        parts.append(svg.label((frame.left - 8, middle + 4.2), name or "(blank)", room=room, anchor="end", kind="name"))
    drawn = _dots if chart.form == "dots" else _bars
    for index, cells in enumerate(rows.cells):
        parts.append(drawn(frame, rows, cells, share=share, step=step, place=(index, len(rows.cells))))
    parts.append(_marks(frame, chart, rows, step))
    height = frame.bottom + (44 if chart.y_label or chart.x_label else 26)
    if rows.left_out:
        text = f"the {len(rows.names)} largest of {len(rows.names) + rows.left_out:,}"
        parts.append(svg.label((0, frame.bottom + 36), text, kind="tick"))
        height = frame.bottom + 44
    return "".join(parts), height


def _side_frame(chart: Chart, rows: Rows, top: float) -> tuple[Frame, bool, float]:
    values = [v for cells in rows.cells for c in cells if c for v in c if v is not None]
    level = axes.reference_value(chart.reference)
    share = axes.shares(chart.y_label or chart.x_label, values)
    include = ([0.0] if chart.form == "bars" else []) + ([level] if level is not None else [])
    low, high = axes.extent(values, include=include)
    low, high = axes.padded(low, high, share=share and chart.form == "dots", part=0.05)
    left = min(170.0, max(svg.width_of(svg.shorten(n or "(blank)", 160)) for n in rows.names) + 14)
    step = ROW if len(rows.cells) == 1 or chart.form == "dots" else 8 + 13.0 * len(rows.cells)
    step = max(step, 9.0 * len(rows.cells) + 8) if chart.form == "dots" else step
    roomy = 52.0 if chart.form == "bars" else 12.0
    frame = Frame(Scale(low, high, left + (roomy if low < 0 and chart.form == "bars" else 0), WIDTH - roomy),
                  Scale(0.0, 1.0, top + step * len(rows.names), top), x_share=share)
    return frame, share, step


def _upright(frame: Frame, reference: str) -> str:
    level = axes.reference_value(reference)
    if level is None or not frame.x.low <= level <= frame.x.high:
        return ""
    return svg.line((frame.x(level), frame.top - 4), (frame.x(level), frame.bottom), "reference")


Cells = tuple[tuple[float, float | None, float | None] | None, ...]


def _bars(frame: Frame, rows: Rows, cells: Cells, *, share: bool, step: float, place: tuple[int, int]) -> str:
    index, count = place
    kind = f"s{index % COLOURS + 1}"
    thick = (step - 8) / count
    zero = frame.x(0.0)
    parts = []
    for i, found in enumerate(cells):
        if found is None:
            continue
        value, low, high = found
        y = frame.top + i * step + 4 + index * thick
        x = frame.x(value)
        told = f"{rows.names[i]}: {value_text(value, share=share)}"
        parts.append(svg.rectangle((min(x, zero), y), max(abs(x - zero), 0.8), thick - 1, f"fill {kind}", title=told,
                                   rx=1.5))
        end = x
        if low is not None and high is not None:
            parts.append(svg.line((frame.x(low), y + thick / 2), (frame.x(high), y + thick / 2), "whisker"))
            end = max(x, frame.x(high)) if value >= 0 else min(x, frame.x(low))
        text = value_text(value, share=share)
        at = (end + 5, y + thick / 2 + 3.8) if value >= 0 else (end - 5, y + thick / 2 + 3.8)
        parts.append(svg.label(at, text, anchor="start" if value >= 0 else "end", kind="value"))
    return "".join(parts)


def _dots(frame: Frame, rows: Rows, cells: Cells, *, share: bool, step: float, place: tuple[int, int]) -> str:
    index, count = place
    kind = f"s{index % COLOURS + 1}"
    parts = []
    for i, found in enumerate(cells):
        middle = frame.top + (i + 0.5) * step + (index - (count - 1) / 2) * 9
        if index == 0:
            parts.append(svg.line((frame.left, frame.top + (i + 0.5) * step), (frame.right, frame.top + (i + 0.5) * step),
                                  "grid"))
        if found is None:
            continue
        value, low, high = found
        told = f"{rows.names[i]}: {value_text(value, share=share)}"
        if low is not None and high is not None:
            told += f" ({value_text(low, share=share)} to {value_text(high, share=share)})"
            parts.append(svg.line((frame.x(low), middle), (frame.x(high), middle), f"whisker {kind}"))
        parts.append(svg.circle((frame.x(value), middle), 4.6, f"fill {kind}", title=told))
    return "".join(parts)


def _marks(frame: Frame, chart: Chart, rows: Rows, step: float) -> str:
    """A mark of a chart with names lies at a value (its x), beside the row numbered by its y where that is one."""
    parts = []
    for value, row, text in chart.marks:
        if finite(value) is None or not frame.x.low <= value <= frame.x.high:
            continue
        place = finite(row)
        inside = place is not None and 0 <= place < len(rows.names)
        y = frame.top + (int(place or 0) + 0.5) * step if inside else frame.top
        parts.append(svg.circle((frame.x(value), y), 5.5, "mark"))
        parts.append(svg.label((frame.x(value) + 9, y - 6), text, room=frame.right - frame.x(value), kind="note"))
    return "".join(parts)


def draw_columns(chart: Chart) -> tuple[str, float]:
    """The drawing of a histogram (x are bin edges with one y fewer) or of upright columns (x are names)."""
    legend, top = axes.legend([s.name for s in chart.series], 0.0)
    top += 26 if chart.y_label else 10
    binned = all(len(s.x) == len(s.y) + 1 and all(finite(x) is not None for x in s.x) for s in chart.series)
    values = [v for s in chart.series for v in (*s.y, *s.high)]
    share = axes.shares(chart.y_label, values)
    low, high = axes.extent(values, include=[0.0])
    low, high = axes.padded(low, high, part=0.05)
    left = axes.left_margin(low, high, share=share)
    y = Scale(low, high, HEIGHT - 44 + max(0.0, top - 36), top)
    drawn = _binned if binned and chart.series else _named
    body, frame = drawn(chart, y, left, share)
    return legend + body, frame.bottom + (44 if chart.x_label else 28)


def _binned(chart: Chart, y: Scale, left: float, share: bool) -> tuple[str, Frame]:
    edges = [float(x) for s in chart.series for x in s.x]
    low, high = axes.extent(edges)
    frame = Frame(Scale(low, high, left, WIDTH - 8), y, axes.shares(chart.x_label, edges), share)
    parts = [axes.vertical_axis(frame, chart.y_label)]
    soft = " soft" if len(chart.series) > 1 else ""
    for index, series in enumerate(chart.series):
        kind = f"s{index % COLOURS + 1}{soft}"
        draw_bins = _outline if len(series.y) > COLUMNS_APART_MOST else _bins
        parts.append(draw_bins(frame, series, kind))
    parts += [axes.horizontal_axis(frame, chart.x_label), _level(frame, chart.reference), _flags(frame, chart)]
    return "".join(parts), frame


def _bins(frame: Frame, series: Series, kind: str) -> str:
    parts, zero = [], frame.y(0.0)
    for i, value in enumerate(series.y):
        if finite(value) is None:
            continue
        start, end = frame.x(float(series.x[i])), frame.x(float(series.x[i + 1]))
        told = f"{series.name} {number(series.x[i])} to {number(series.x[i + 1])}: {number(value)}".strip()
        top = frame.y(float(value))
        parts.append(svg.rectangle((start + 0.5, min(top, zero)), end - start - 1 if end - start > 2 else end - start,
                                   abs(zero - top), f"fill {kind}", title=told))
    return "".join(parts)


def _outline(frame: Frame, series: Series, kind: str) -> str:
    """Many bins as one filled outline, the highest of each pixel kept."""
    tops: dict[float, float] = {}
    for i, value in enumerate(series.y):
        x = float(round(frame.x(float(series.x[i]))))
        tops[x] = max(tops.get(x, 0.0), finite(value) or 0.0)
    zero = frame.y(0.0)
    points = [(x, frame.y(v)) for x, v in sorted(tops.items())]
    end = frame.x(float(series.x[-1]))
    path = f"M{svg.coordinate(points[0][0])} {svg.coordinate(zero)}V{svg.coordinate(points[0][1])}"
    path += "".join(f"H{svg.coordinate(x)}V{svg.coordinate(y)}" for x, y in points[1:])
    return svg.tag("path", d=f"{path}H{svg.coordinate(end)}V{svg.coordinate(zero)}Z", kind=f"fill {kind}")


def _named(chart: Chart, y: Scale, left: float, share: bool) -> tuple[str, Frame]:
    names = list(dict.fromkeys(str(x) for s in chart.series for x in s.x))
    frame = Frame(Scale(0.0, float(max(1, len(names))), left, WIDTH - 8), y, y_share=share)
    step = (frame.right - frame.left) / max(1, len(names))
    thick = step * (0.72 if step > 6 else 1.0) / max(1, len(chart.series))
    order, zero = {n: i for i, n in enumerate(names)}, frame.y(0.0)
    parts = [axes.vertical_axis(frame, chart.y_label)]
    for index, series in enumerate(chart.series):
        seen: set[int] = set()
        for i, (x, value) in enumerate(zip(series.x, series.y, strict=False)):
            start = frame.left + (order[str(x)] + 0.5) * step + (index - len(chart.series) / 2) * thick
            if finite(value) is None or (step < 1 and round(start) in seen):
                continue
            seen.add(round(start))
            top = frame.y(float(value))
            told = f"{x}: {value_text(float(value), share=share)}" if len(names) <= COLUMNS_APART_MOST else ""
            parts.append(svg.rectangle((start, min(top, zero)), max(0.8, thick - (1 if thick > 3 else 0)),
                                       abs(zero - top), f"fill s{index % COLOURS + 1}", title=told))
            low, high = _or_none(series.low, i), _or_none(series.high, i)
            if low is not None and high is not None and step > 6:
                centre = start + thick / 2
                parts.append(svg.line((centre, frame.y(low)), (centre, frame.y(high)), "whisker"))
    parts += [_name_ticks(frame, names, step), _level(frame, chart.reference)]
    if chart.x_label:
        parts.append(svg.label((frame.right, frame.bottom + 36), chart.x_label, anchor="end", room=WIDTH - 20, kind="axis"))
    return "".join(parts), frame


def _name_ticks(frame: Frame, names: Sequence[str], step: float) -> str:
    every = max(1, math.ceil(46 / step))
    parts = [svg.line((frame.left, frame.bottom), (frame.right, frame.bottom), "base")]
    for i in range(0, len(names), every):
        x = frame.left + (i + 0.5) * step
        parts.append(svg.label((x, frame.bottom + 18), names[i] or "(blank)", room=step * every - 5, anchor="middle",
                               kind="tick"))
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
        at = frame.x(float(x))
        right = at < (frame.left + frame.right) / 2
        parts.append(svg.line((at, frame.top), (at, frame.bottom), "flag"))
        room = frame.right - at if right else at - frame.left
        parts.append(svg.label((at + (6 if right else -6), frame.top + 10), text, room=room - 8,
                               anchor="start" if right else "end", kind="note"))
    return "".join(parts)
