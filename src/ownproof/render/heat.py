"""Charts of coloured cells: confusion matrices, correlations."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ownproof.core.report import Chart
from ownproof.render import svg
from ownproof.render.axes import WIDTH
from ownproof.render.figures import compact, finite, is_share, number, percent

SIDE_MOST = 40
WRITTEN_MOST = 10


def draw(chart: Chart) -> tuple[str, float]:
    """The drawing of a heat chart (one series a row, x the names of the columns) and its height."""
    names = list(dict.fromkeys(str(x) for s in chart.series for x in s.x))
    rows, columns = chart.series[:SIDE_MOST], names[:SIDE_MOST]
    if not rows or not columns:
        return "", 20.0
    left = min(150.0, max(svg.width_of(svg.shorten(s.name, 140)) for s in rows) + 12)
    side = (WIDTH - left - 4) / len(columns)
    tall = max(12.0, min(side, 46.0 if len(columns) > 4 else 56.0))
    turned = any(svg.width_of(svg.shorten(n, 110)) > side - 4 for n in columns)
    top = min(110.0, max(svg.width_of(svg.shorten(n, 130)) for n in columns) * 0.8 + 14) if turned else 22.0
    top += 18 if chart.x_label or chart.y_label else 0
    parts = [_corner(chart), _column_names(columns, left, (side, top), turned=turned)]
    values = [[finite(v) for v in _row(s.x, s.y, columns)] for s in rows]
    known = [v for row in values for v in row if v is not None]
    most, share = max(map(abs, known), default=1.0) or 1.0, is_share(chart.title + " " + chart.caption, known)
    share = share and all(v <= 1 for v in known) and any(not v.is_integer() for v in known)
    for i, series in enumerate(rows):
        y = top + i * tall
        parts.append(
            svg.label((left - 7, y + tall / 2 + 4), series.name or "(blank)", room=left - 8, anchor="end", kind="name")
        )
        for j, value in enumerate(values[i]):
            told = f"{series.name}, {columns[j]}: {_text(value, share=share)}"
            parts.append(
                _cell(
                    (left + j * side, y),
                    (side, tall),
                    value,
                    most=most,
                    told=told,
                    text=_short(value, share=share) if len(columns) <= WRITTEN_MOST else "",
                )
            )
    height = top + len(rows) * tall + 6
    left_out = max(len(chart.series) - SIDE_MOST, len(names) - SIDE_MOST)
    if left_out > 0:
        parts.append(svg.label((0, height + 14), f"the first {SIDE_MOST}; {left_out} more are not drawn", kind="tick"))
        height += 20
    return "".join(parts), height


def _row(xs: Sequence[object], ys: Sequence[float], columns: Sequence[str]) -> list[float]:
    found = {str(x): y for x, y in zip(xs, ys, strict=False)}
    return [found.get(c, math.nan) for c in columns]


def _corner(chart: Chart) -> str:
    """The names of the two axes, above the table: rows first, columns to the right."""
    if not (chart.x_label or chart.y_label):
        return ""
    rows = svg.label((0, 12), f"↓ {chart.y_label}", room=WIDTH / 2, kind="axis") if chart.y_label else ""
    columns = (
        svg.label((WIDTH - 4, 12), f"{chart.x_label} →", room=WIDTH / 2, anchor="end", kind="axis")
        if chart.x_label
        else ""
    )
    return rows + columns


def _column_names(columns: Sequence[str], left: float, size: tuple[float, float], *, turned: bool) -> str:
    side, top = size
    parts = []
    for j, name in enumerate(columns):
        x = left + (j + 0.5) * side
        if turned:
            parts.append(
                svg.label(
                    (x - 2, top - 6),
                    name or "(blank)",
                    room=min(130.0, (WIDTH - x) * 1.5 + 20),
                    kind="name",
                    turn=-45.0,
                )
            )
        else:
            parts.append(svg.label((x, top - 8), name or "(blank)", room=side - 2, anchor="middle", kind="name"))
    return "".join(parts)


def _text(value: float | None, *, share: bool) -> str:
    return percent(value) if share else number(int(value) if value is not None and value.is_integer() else value)


def _short(value: float | None, *, share: bool) -> str:
    if value is None:
        return ""
    if abs(value) >= 1e5:
        return compact(value, decimals=1)
    return percent(value, decimals=0) if share else f"{value:.2f}" if not value.is_integer() else f"{value:,.0f}"


def _cell(at: svg.Point, size: tuple[float, float], value: float | None, *, most: float, told: str, text: str) -> str:
    if value is None:
        return svg.rectangle((at[0] + 0.75, at[1] + 0.75), size[0] - 1.5, size[1] - 1.5, "hole", title=told, rx=2.0)
    part = min(1.0, abs(value) / most) ** 0.8
    depth = 0.06 + (0.52 if text else 0.94) * part  # ink stays readable on it in dark and light
    kind = "fill s1" if value >= 0 else "fill s2"
    box = svg.rectangle(
        (at[0] + 0.75, at[1] + 0.75), size[0] - 1.5, size[1] - 1.5, kind, title=told, rx=2.0, opacity=depth
    )
    if not text:
        return box
    return box + svg.label(
        (at[0] + size[0] / 2, at[1] + size[1] / 2 + 4.4), text, room=size[0] - 2, anchor="middle", kind="cell"
    )
