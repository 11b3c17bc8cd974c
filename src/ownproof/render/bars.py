"""Charts with names down the side: horizontal bars, and dots with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ownproof.core.report import Chart, Series
from ownproof.render import axes, svg
from ownproof.render.axes import WIDTH, Frame, Scale
from ownproof.render.figures import decimals_for, finite, number, percent
from ownproof.render.plane import COLOURS

NAMES_MOST = 30
NAME_ROOM = 150.0
VALUE_ROOM = 52.0
ROW = 24.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and its interval."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Side:
    """A chart with names down its side. cells: by series, then by name; None where a series lacks a name.

    left: where the names end; step: height of a row; decimals: of the written values.
    """

    names: tuple[str, ...]
    left_out: int
    cells: tuple[tuple[Cell | None, ...], ...]
    frame: Frame
    left: float
    step: float
    decimals: int

    def written(self, value: float) -> str:
        """A value as it stands beside its bar."""
        if self.frame.x_share:
            return percent(value)
        return number(value, decimals=self.decimals) if round(value, self.decimals) else "≈ 0" if value else "0"

    def told(self, index: int, cell: Cell) -> str:
        """The tooltip of a row."""
        said = f"{self.names[index]}: {self.written(cell.value)}"
        if cell.low is None or cell.high is None:
            return said
        return f"{said} ({self.written(cell.low)} to {self.written(cell.high)})"

    def middle(self, index: float) -> float:
        """The height at which a row lies."""
        return self.frame.top + (index + 0.5) * self.step


def _cells(series: Series) -> dict[str, Cell]:
    return {
        str(x): Cell(float(y), at(series.low, i), at(series.high, i))
        for i, (x, y) in enumerate(zip(series.x, series.y, strict=False))
        if finite(y) is not None
    }


def at(values: Sequence[float], index: int) -> float | None:
    """The finite number at a place, None where there is none."""
    return finite(values[index]) if index < len(values) else None


def _side(chart: Chart, top: float) -> Side | None:
    found = [_cells(s) for s in chart.series]
    names = list(dict.fromkeys(str(x) for s in chart.series for x in s.x))
    everything = len(names)
    if everything > NAMES_MOST:  # of many the largest, in the order in which they came
        size = {n: max((abs(f[n].value) for f in found if n in f), default=-1.0) for n in names}
        kept = set(sorted(names, key=lambda n: -size[n])[:NAMES_MOST])
        names = [n for n in names if n in kept]
    if not names:
        return None
    cells = tuple(tuple(f.get(n) for n in names) for f in found)
    left = min(NAME_ROOM + 8, max(svg.width_of(svg.shorten(n or "(blank)", NAME_ROOM)) for n in names) + 8)
    step = ROW if len(cells) == 1 else 8 + (13.0 if chart.form == "bars" else 9.0) * len(cells)
    values = [v for row in cells for c in row if c for v in (c.value, c.low, c.high) if v is not None]
    frame = _frame(chart, values, left, (top, top + step * len(names)))
    largest = max(map(abs, values), default=0.0)
    decimals = 0 if all(v.is_integer() for v in values) else decimals_for(largest)
    return Side(tuple(names), everything - len(names), cells, frame, left, step, min(decimals, 6))


def _frame(chart: Chart, values: Sequence[float], left: float, heights: tuple[float, float]) -> Frame:
    level = axes.reference_value(chart.reference)
    share = axes.shares(chart.y_label or chart.x_label or chart.title, values)
    include = [v for v in ((0.0 if chart.form == "bars" else None), level) if v is not None]
    low, high = axes.extent(values, include=include)
    if chart.form == "bars":
        writing = VALUE_ROOM if low < 0 else 0.0
        return Frame(
            Scale(low, high, left + 4 + writing, WIDTH - VALUE_ROOM), Scale(0.0, 1.0, heights[1], heights[0]), share
        )
    low, high = axes.padded(low, high, share=share, part=0.05)
    return Frame(Scale(low, high, left + 4, WIDTH - 12), Scale(0.0, 1.0, heights[1], heights[0]), share)


def draw(chart: Chart) -> tuple[str, float]:
    """The drawing of a chart of form bars or dots, and its height."""
    legend, top = axes.legend([s.name for s in chart.series], 0.0)
    heading = chart.x_label if chart.y_label else ""  # one label is of the values, of two the first is of the names
    side = _side(chart, top + (24 if heading else 8))
    if side is None:
        return legend, max(top, 20.0)
    title = chart.y_label or chart.x_label
    parts = [legend, svg.label((0, top + 14), heading, room=WIDTH / 2, kind="axis")]
    parts += [axes.horizontal_axis(side.frame, title, lines=True), _upright(side.frame, chart.reference)]
    for index, name in enumerate(side.names):
        place = (side.left, side.middle(index) + 4.2)
        parts.append(svg.label(place, name or "(blank)", room=NAME_ROOM, anchor="end", kind="name"))
    for index in range(len(side.cells)):
        parts.append(_dots(side, index) if chart.form == "dots" else _bars(side, index))
    if chart.form == "bars" and side.frame.x.low <= 0 <= side.frame.x.high:
        zero = side.frame.x(0.0)
        parts.append(svg.line((zero, side.frame.top), (zero, side.frame.bottom), "base"))
    parts.append(_marks(side, chart))
    height = side.frame.bottom + (44 if title else 26)
    if side.left_out:
        text = f"the {len(side.names)} largest of {len(side.names) + side.left_out:,}"
        parts.append(svg.label((0, side.frame.bottom + 36), text, kind="tick"))
        height = side.frame.bottom + 44
    return "".join(parts), height


def _upright(frame: Frame, reference: str) -> str:
    level = axes.reference_value(reference)
    if level is None or not frame.x.low <= level <= frame.x.high:
        return ""
    return svg.line((frame.x(level), frame.top - 4), (frame.x(level), frame.bottom), "reference")


def _bars(side: Side, index: int) -> str:
    kind, x = f"s{index % COLOURS + 1}", side.frame.x
    thick = (side.step - 8) / len(side.cells)
    parts = []
    for row, cell in enumerate(side.cells[index]):
        if cell is None:
            continue
        y = side.frame.top + row * side.step + 4 + index * thick
        start, end = sorted((x(cell.value), x(0.0)))
        parts.append(
            svg.rectangle(
                (start, y), max(end - start, 0.8), thick - 1, f"fill {kind}", title=side.told(row, cell), rx=1.5
            )
        )
        ends = [x(v) for v in (cell.value, cell.low, cell.high) if v is not None]
        if cell.low is not None and cell.high is not None:
            parts.append(svg.line((x(cell.low), y + thick / 2), (x(cell.high), y + thick / 2), "whisker"))
        right = cell.value >= 0
        place = (max(ends) + 5 if right else min(ends) - 5, y + thick / 2 + 3.8)
        parts.append(svg.label(place, side.written(cell.value), anchor="start" if right else "end", kind="value"))
    return "".join(parts)


def _dots(side: Side, index: int) -> str:
    kind, x, count = f"s{index % COLOURS + 1}", side.frame.x, len(side.cells)
    parts = []
    for row, cell in enumerate(side.cells[index]):
        y = side.middle(row)
        if index == 0:
            parts.append(svg.line((side.frame.left, y), (side.frame.right, y), "grid"))
        if cell is None:
            continue
        y += (index - (count - 1) / 2) * 9
        if cell.low is not None and cell.high is not None:
            parts.append(svg.line((x(cell.low), y), (x(cell.high), y), f"whisker {kind}"))
        parts.append(svg.circle((x(cell.value), y), 4.6, f"fill {kind}", title=side.told(row, cell)))
    return "".join(parts)


def _marks(side: Side, chart: Chart) -> str:
    """A mark lies at a value (its x), beside the row that its y numbers, or above all rows."""
    parts = []
    for value, row, text in chart.marks:
        if finite(value) is None or not side.frame.x.low <= value <= side.frame.x.high:
            continue
        place = finite(row)
        y = side.middle(place) if place is not None and 0 <= place < len(side.names) else side.frame.top
        where = side.frame.x(float(value))
        parts.append(svg.circle((where, y), 5.5, "mark"))
        parts.append(svg.label((where + 9, y - 6), text, room=WIDTH - where - 10, kind="note"))
    return "".join(parts)
