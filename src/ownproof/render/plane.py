"""Charts with two number axes: lines, steps, points."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ownproof.core.report import Chart, Series
from ownproof.render import axes, svg
from ownproof.render.axes import WIDTH, Frame, Scale
from ownproof.render.figures import finite, is_number, number

HEIGHT = 300.0
LINE_POINTS_MOST = 600
DOTS_MOST = 1200
COLOURS = 8
Point = svg.Point


def draw(chart: Chart) -> tuple[str, float]:
    """The drawing of a chart of form line, step or points, and its height."""
    legend, top = axes.legend([s.name for s in chart.series], 0.0)
    frame = _frame(chart, top + (26 if chart.y_label else 10))
    names = _names(chart.series)
    parts = [legend, axes.vertical_axis(frame, chart.y_label)]
    parts.append(_named_axis(frame, names, chart.x_label) if names else axes.horizontal_axis(frame, chart.x_label))
    parts.append(_reference(frame, chart.reference))
    for index, series in enumerate(chart.series):
        kind = f"s{index % COLOURS + 1}"
        parts.append(_interval(frame, series, kind, bars=chart.form == "points" and bool(series.y)))
    for index, series in enumerate(chart.series):
        kind = f"s{index % COLOURS + 1}"
        if chart.form == "points":
            parts.append(_points(frame, series, kind))
        else:
            parts.append(_line(frame, series, kind, steps=chart.form == "step"))
    parts.append(_marks(frame, chart.marks))
    return "".join(parts), frame.bottom + (44 if chart.x_label else 26)


def _names(series: Sequence[Series]) -> list[str]:
    """The names along the x axis, where x holds words and not numbers."""
    values = [x for s in series for x in s.x]
    if all(is_number(x) for x in values):
        return []
    return list(dict.fromkeys(str(x) for x in values))


def places(series: Series, names: Sequence[str]) -> list[float]:
    """Where each point lies on the x axis; NaN where that is unknown."""
    if names:
        order = {name: float(i) for i, name in enumerate(names)}
        return [order.get(str(x), math.nan) for x in series.x]
    return [math.nan if finite(x) is None else float(x) for x in series.x]


def _frame(chart: Chart, top: float) -> Frame:
    names = _names(chart.series)
    xs = [x for s in chart.series for x in places(s, names)] + [m[0] for m in chart.marks if is_number(m[0])]
    ys = [v for s in chart.series for v in (*s.y, *s.low, *s.high)] + [m[1] for m in chart.marks]
    xs, ys = _above_zero(xs, "x" in chart.log), _above_zero(ys, "y" in chart.log)
    level = axes.reference_value(chart.reference)
    x_share, y_share = axes.shares(chart.x_label, xs), axes.shares(chart.y_label, ys)
    x_low, x_high = axes.extent(xs)
    y_low, y_high = axes.extent(ys, include=[level] if level is not None else [])
    if chart.reference == "diagonal":
        x_low = y_low = min(x_low, y_low)
        x_high = y_high = max(x_high, y_high)
    x_low, x_high = _with_air(
        x_low, x_high, share=x_share, log="x" in chart.log, part=0.02 if chart.form != "points" else 0.04
    )
    y_low, y_high = _with_air(y_low, y_high, share=y_share, log="y" in chart.log, part=0.06)
    left = axes.left_margin(y_low, y_high, share=y_share, log="y" in chart.log)
    bottom = HEIGHT - 44 + max(0.0, top - 36)
    x, y = Scale(x_low, x_high, left, WIDTH - 8, "x" in chart.log), Scale(y_low, y_high, bottom, top, "y" in chart.log)
    return Frame(x, y, x_share, y_share)


def _above_zero(values: list[float], log: bool) -> list[float]:
    """What has a place on an axis; of a whole number of factors at least one."""
    if not log:
        return values
    return [v for v in map(finite, values) if v is not None and v > 0] or [1.0, 10.0]


def _with_air(low: float, high: float, *, share: bool, log: bool, part: float) -> tuple[float, float]:
    """The ends of an axis, with some room beyond what is shown."""
    if log:
        room = max(high / max(low, 1e-300), 1.1) ** part
        return max(low, 1e-300) / room, high * room
    return _round_unit(low, high) if share else axes.padded(low, high, part=part)


def _round_unit(low: float, high: float) -> tuple[float, float]:
    """Shares that span most of 0..1 get the whole of it; others some air."""
    if high - low > 0.6:
        return 0.0, 1.0
    return axes.padded(low, high, share=True, part=0.06)


def _named_axis(frame: Frame, names: Sequence[str], title: str) -> str:
    every = max(1, math.ceil(len(names) / 6))
    parts = [svg.line((frame.left, frame.bottom), (frame.right, frame.bottom), "base")]
    room = (frame.right - frame.left) / max(1, min(len(names), 6)) - 4
    for index in range(0, len(names), every):
        x = frame.x(float(index))
        anchor: svg.Anchor = "start" if index == 0 and len(names) > 1 else "middle"
        anchor = "end" if index == len(names) - 1 and index else anchor
        parts.append(svg.label((x, frame.bottom + 18), names[index], room=room, anchor=anchor, kind="tick"))
    if title:
        parts.append(svg.label((frame.right, frame.bottom + 36), title, anchor="end", room=WIDTH - 20, kind="axis"))
    return "".join(parts)


def _reference(frame: Frame, reference: str) -> str:
    if reference == "diagonal":
        low, high = max(frame.x.low, frame.y.low), min(frame.x.high, frame.y.high)
        return svg.line(frame.at(low, low), frame.at(high, high), "reference")
    level = axes.reference_value(reference)
    if level is None or not frame.y.low <= level <= frame.y.high:
        return ""
    return svg.line((frame.left, frame.y(level)), (frame.right, frame.y(level)), "reference")


def _pairs(frame: Frame, series: Series, values: Sequence[float]) -> list[Point]:
    xs = (
        places(series, _names([series]))
        if not series.x or is_number(series.x[0])
        else [float(i) for i in range(len(series.x))]
    )
    return [frame.at(x, math.nan if finite(y) is None else float(y)) for x, y in zip(xs, values, strict=False)]


def thin(points: list[Point], most: int = LINE_POINTS_MOST) -> list[Point]:
    """Fewer points that draw the same line: of each stretch its first, lowest, highest and last.

    >>> len(thin([(i, i % 7) for i in range(100_000)])) <= 600
    True
    """
    if len(points) <= most:
        return points
    size = math.ceil(len(points) / (most // 4))
    kept: list[Point] = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        chosen = {0, len(stretch) - 1, *(f(range(len(stretch)), key=lambda i: stretch[i][1]) for f in (min, max))}
        kept += [stretch[i] for i in sorted(chosen)]
    return kept


def _line(frame: Frame, series: Series, kind: str, *, steps: bool) -> str:
    parts = []
    for stretch in svg.runs(_pairs(frame, series, series.y)):
        if len(stretch) == 1:
            parts.append(svg.circle(stretch[0], 3.0, f"fill {kind}"))
        else:
            parts.append(svg.tag("path", d=svg.trace(thin(stretch), steps=steps), kind=f"line {kind}"))
    few = len(series.y) <= 12 and not steps
    if few:  # measured points are shown as such, a learning curve of five sizes is five measurements
        parts += [
            svg.circle(p, 2.6, f"fill {kind}", title=_told(series, i))
            for i, p in enumerate(_pairs(frame, series, series.y))
            if math.isfinite(p[0]) and math.isfinite(p[1])
        ]
    return "".join(parts)


def _told(series: Series, index: int) -> str:
    x = series.x[index] if index < len(series.x) else index
    said = f"{number(x) if is_number(x) else x}: {number(series.y[index])}"
    if index < len(series.low) and index < len(series.high) and finite(series.low[index]) is not None:
        said += f" ({number(series.low[index])} to {number(series.high[index])})"
    return f"{series.name} {said}".strip()


def _interval(frame: Frame, series: Series, kind: str, *, bars: bool) -> str:
    if not series.low or not series.high:
        return ""
    lows, highs = _pairs(frame, series, series.low), _pairs(frame, series, series.high)
    both = [(a, b) for a, b in zip(lows, highs, strict=False)]
    if bars:
        return "".join(
            svg.line(a, b, f"whisker {kind}") for a, b in both[:DOTS_MOST] if all(map(math.isfinite, (*a, *b)))
        )
    parts, stretch = [], []
    for a, b in [*both, ((math.nan, math.nan), (math.nan, math.nan))]:
        if all(map(math.isfinite, (*a, *b))):
            stretch.append((a, b))
        elif stretch:
            lower, upper = thin([p[0] for p in stretch]), thin([p[1] for p in stretch])
            parts.append(svg.tag("path", d=svg.trace([*lower, *reversed(upper)]) + "Z", kind=f"band {kind}"))
            stretch = []
    return "".join(parts)


def _points(frame: Frame, series: Series, kind: str) -> str:
    """Dots; of many that fall on one place one is drawn."""
    seen: dict[tuple[int, int], tuple[int, Point]] = {}
    for index, point in enumerate(_pairs(frame, series, series.y)):
        if math.isfinite(point[0]) and math.isfinite(point[1]):
            seen.setdefault((round(point[0] / 2.5), round(point[1] / 2.5)), (index, point))
    kept = list(seen.values())
    kept = kept[:: math.ceil(len(kept) / DOTS_MOST)] if len(kept) > DOTS_MOST else kept
    told = len(kept) <= 60
    size = 4.0 if told else 2.2
    return "".join(svg.circle(p, size, f"dot {kind}", title=_told(series, i) if told else "") for i, p in kept)


def _marks(frame: Frame, marks: Sequence[tuple[float, float, str]]) -> str:
    """Rings around single points, their text on the side that has room."""
    parts = []
    for x_value, y_value, text in marks:
        if finite(x_value) is None or finite(y_value) is None:
            continue
        x, y = frame.at(float(x_value), float(y_value))
        if not (math.isfinite(x) and math.isfinite(y)):  # what is not above 0 has no place on an axis of factors
            continue
        parts.append(svg.circle((x, y), 5.5, "mark"))
        right = x < (frame.left + frame.right) / 2
        room = (frame.right - x if right else x - frame.left) - 12
        below = y < frame.top + 24 or (right and y < (frame.top + frame.bottom) / 2)
        at = (x + (10 if right else -10), y + (16 if below else -10))
        parts.append(svg.label(at, text, room=room, anchor="start" if right else "end", kind="note"))
    return "".join(parts)
