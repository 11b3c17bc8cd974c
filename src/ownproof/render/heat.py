"""Charts of coloured cells: confusion matrices, correlations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ownproof.core.report import Chart, Series
from ownproof.render import svg
from ownproof.render.axes import WIDTH
from ownproof.render.figures import compact, finite, is_share, number, percent

SIDE_MOST = 40
WRITTEN_MOST = 10
LINE = 15.0  # the height of a name
ASLANT = 18.0  # how far apart names that stand aslant must begin


@dataclass(frozen=True, slots=True)
class Board:
    """Where the cells lie: rows from `top` down, `tall` each; columns from `left` on, `side` each.

    turned: the names of the columns stand aslant, because they are longer than a column is wide.
    """

    rows: tuple[Series, ...]
    columns: tuple[str, ...]
    left: float
    top: float
    side: float
    tall: float
    turned: bool


def _board(chart: Chart) -> Board | None:
    names = list(dict.fromkeys(str(x) for s in chart.series for x in s.x))
    rows, columns = chart.series[:SIDE_MOST], tuple(names[:SIDE_MOST])
    if not rows or not columns:
        return None
    left = min(150.0, max(svg.width_of(svg.shorten(s.name, 140)) for s in rows) + 12)
    side = (WIDTH - left - 4) / len(columns)
    turned = any(svg.width_of(svg.shorten(n, 110)) > side - 4 for n in columns)
    top = 22.0
    if turned:
        side = (WIDTH - left - 30) / len(columns)
        top = min(110.0, max(svg.width_of(svg.shorten(n, 130)) for n in columns) * 0.8 + 14)
    top += 18 if chart.x_label or chart.y_label else 0
    tall = max(LINE, min(side, 46.0 if len(columns) > 4 else 56.0))
    return Board(rows, columns, left, top, side, tall, turned)


def draw(chart: Chart) -> tuple[str, float]:
    """The drawing of a heat chart (one series a row, x the names of the columns) and its height."""
    board = _board(chart)
    if board is None:
        return "", 20.0
    values = [[finite(v) for v in _row(s.x, s.y, board.columns)] for s in board.rows]
    known = [v for row in values for v in row if v is not None]
    share = is_share(f"{chart.title} {chart.caption}", known) and any(not v.is_integer() for v in known)
    most = max(map(abs, known), default=1.0) or 1.0
    parts = [_corner(chart), _column_names(board)]
    for i, series in enumerate(board.rows):
        place = (board.left - 7, board.top + (i + 0.5) * board.tall + 4)
        parts.append(svg.label(place, series.name or "(blank)", room=board.left - 8, anchor="end", kind="name"))
        for j, value in enumerate(values[i]):
            told = f"{series.name}, {board.columns[j]}: {_text(value, share=share)}"
            text = _short(value, share=share) if len(board.columns) <= WRITTEN_MOST else ""
            parts.append(_cell(board, (i, j), value, most=most, told=told, text=text))
    height = board.top + len(board.rows) * board.tall + 6
    left_out = max(
        len(chart.series) - len(board.rows), len({str(x) for s in chart.series for x in s.x}) - len(board.columns)
    )
    if left_out:
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


def _column_names(board: Board) -> str:
    parts = []
    every = math.ceil(ASLANT / board.side) if board.turned else 1
    for j, name in enumerate(board.columns):
        if j % every:
            continue
        x, text = board.left + (j + 0.5) * board.side, name or "(blank)"
        if board.turned:
            room = min(130.0, (WIDTH - x) * 1.3 + 6)
            parts.append(svg.label((x - 2, board.top - 6), text, room=room, kind="name", turn=-45.0))
        else:
            place = (x, board.top - 8)
            parts.append(svg.label(place, text, room=board.side - 2, anchor="middle", kind="name"))
    return "".join(parts)


def _text(value: float | None, *, share: bool) -> str:
    return percent(value) if share else number(int(value) if value is not None and value.is_integer() else value)


def _short(value: float | None, *, share: bool) -> str:
    if value is None:
        return ""
    if abs(value) >= 1e5:
        return compact(value, decimals=1)
    return percent(value, decimals=0) if share else f"{value:.2f}" if not value.is_integer() else f"{value:,.0f}"


def _cell(board: Board, place: tuple[int, int], value: float | None, *, most: float, told: str, text: str) -> str:
    x, y = board.left + place[1] * board.side, board.top + place[0] * board.tall
    corner, width, height = (x + 0.75, y + 0.75), board.side - 1.5, board.tall - 1.5
    if value is None:
        return svg.rectangle(corner, width, height, "hole", title=told, rx=2.0)
    part = min(1.0, abs(value) / most) ** 0.8
    depth = 0.06 + (0.52 if text else 0.94) * part  # ink stays readable on it in dark and light
    kind = "fill s1" if value >= 0 else "fill s2"
    box = svg.rectangle(corner, width, height, kind, title=told, rx=2.0, opacity=depth)
    middle = (x + board.side / 2, y + board.tall / 2 + 4.4)
    return box + (svg.label(middle, text, room=board.side - 2, anchor="middle", kind="cell") if text else "")
