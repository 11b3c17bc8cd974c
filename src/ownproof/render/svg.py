"""SVG as text: elements, labels that fit their room, paths with gaps; everything from data is escaped."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Literal

# What XML 1.0 cannot hold, and halves of surrogate pairs, which UTF-8 cannot.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
FONT_PX = 12.5
Point = tuple[float, float]


def fit_for_xml(text: Any, *, most: int = 2000) -> str:
    """Text without characters that no page can hold, and not longer than `most`; not escaped.

    >>> fit_for_xml("a\\x00b")
    'a\\ufffdb'
    """
    plain = _UNFIT.sub("\ufffd", str(text)[: most + 1])
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def safe(text: Any, *, most: int = 2000) -> str:
    """The same, escaped for an element or a quoted attribute."""
    return escape(fit_for_xml(text, most=most), quote=True)


def coordinate(value: float) -> str:
    """A number with one decimal and nothing that is not needed."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if math.isfinite(value) else "0"


def tag(name: str, body: str = "", **attributes: Any) -> str:
    """An element. Underscores of names become dashes, `kind` becomes `class`; None leaves an attribute out."""
    parts = []
    for key, value in attributes.items():
        if value is None or value == "":
            continue
        key = "class" if key == "kind" else key.replace("_", "-")
        text = coordinate(value) if isinstance(value, float) else safe(value, most=20_000)
        parts.append(f' {key}="{text}"')
    return f"<{name}{''.join(parts)}>{body}</{name}>" if body else f"<{name}{''.join(parts)}/>"


def width_of(text: str, *, font_px: float = FONT_PX) -> float:
    """About how wide text is, in units of the drawing."""
    total = 0.0
    for letter in text:
        if unicodedata.combining(letter):
            continue
        wide = unicodedata.east_asian_width(letter) in "WF"
        total += 1.0 if wide else 0.33 if letter in "iljt.,:;'|!()[] I" else 0.9 if letter in "mwMW@%" else 0.6
    return total * font_px


def shorten(text: Any, room: float) -> str:
    """Text cut in its middle so that it fits the room: both ends of a column's name tell.

    >>> shorten("capital_gain_of_last_year", 80)
    'capit…_year'
    """
    whole = " ".join(fit_for_xml(text, most=400).split())
    if width_of(whole) <= room:
        return whole
    keep = len(whole)
    while keep > 2 and width_of(whole[: (keep + 1) // 2] + "…" + whole[len(whole) - keep // 2 :]) > room:
        keep -= 1
    return whole[: (keep + 1) // 2].rstrip() + "…" + whole[len(whole) - keep // 2 :].lstrip()


Anchor = Literal["start", "middle", "end"]


def label(
    at: Point, text: Any, *, room: float = math.inf, anchor: Anchor = "start", kind: str = "", turn: float = 0.0
) -> str:
    """A line of text; shortened to its room, with the whole text as a tooltip then. turn: degrees around its point."""
    whole = " ".join(fit_for_xml(text).split())
    short = whole if room == math.inf else shorten(whole, room)
    body = safe(short) + (tag("title", safe(whole)) if short != whole else "")
    x, y = coordinate(at[0]), coordinate(at[1])
    return (
        tag(
            "text",
            body,
            x=x,
            y=y,
            kind=kind,
            text_anchor=None if anchor == "start" else anchor,
            transform=f"rotate({coordinate(turn)} {x} {y})" if turn else None,
        )
        if body
        else ""
    )


def line(start: Point, end: Point, kind: str) -> str:
    """A straight stroke."""
    return tag("line", x1=float(start[0]), y1=float(start[1]), x2=float(end[0]), y2=float(end[1]), kind=kind)


def rectangle(
    at: Point, width: float, height: float, kind: str, *, title: str = "", rx: float = 0.0, opacity: float | None = None
) -> str:
    """A rectangle with a tooltip where one is given."""
    return tag(
        "rect",
        tag("title", safe(title)) if title else "",
        x=float(at[0]),
        y=float(at[1]),
        width=max(0.0, float(width)),
        height=max(0.0, float(height)),
        rx=rx or None,
        fill_opacity=None if opacity is None else f"{opacity:.2f}",
        kind=kind,
    )


def circle(at: Point, radius: float, kind: str, *, title: str = "") -> str:
    """A dot with a tooltip where one is given."""
    return tag(
        "circle", tag("title", safe(title)) if title else "", cx=float(at[0]), cy=float(at[1]), r=radius, kind=kind
    )


def runs(points: Iterable[Point]) -> list[list[Point]]:
    """The points in unbroken stretches: whatever is not finite makes a gap.

    >>> runs([(0, 1), (1, float("nan")), (2, 3)])
    [[(0, 1)], [(2, 3)]]
    """
    stretches: list[list[Point]] = [[]]
    for point in points:
        if math.isfinite(point[0]) and math.isfinite(point[1]):
            stretches[-1].append(point)
        elif stretches[-1]:
            stretches.append([])
    return [s for s in stretches if s]


def trace(points: Sequence[Point], *, steps: bool = False) -> str:
    """The `d` of a path through the points; with `steps` it runs level until the next point."""
    parts: list[str] = []
    for index, (x, y) in enumerate(points):
        if index == 0:
            parts.append(f"M{coordinate(x)} {coordinate(y)}")
        elif steps:
            parts.append(f"H{coordinate(x)}V{coordinate(y)}")
        else:
            parts.append(f"L{coordinate(x)} {coordinate(y)}")
    return "".join(parts)
