"""The gain on one line: where it lies with its interval, beside zero and the gain worth having."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ownproof.render import svg, words
from ownproof.render.axes import Scale
from ownproof.render.figures import decimals_for, finite

WIDTH = 480.0
HEIGHT = 80.0
STYLE = (
    ".op-strip{display:block;width:100%;height:auto;font:12.5px system-ui,-apple-system,'Segoe UI',Roboto,"
    "'Noto Sans',sans-serif;font-variant-numeric:tabular-nums}"
    ".op-strip text{fill:var(--op-soft)}.op-strip .strong{fill:var(--op-ink);font-weight:650}"
    ".op-strip .worse{fill:var(--op-bad);fill-opacity:.10}.op-strip .idle{fill:var(--op-unsure);fill-opacity:.10}"
    ".op-strip .worth{fill:var(--op-good);fill-opacity:.10}.op-strip .zero{stroke:var(--op-ink);stroke-width:1.5}"
    ".op-strip .edge{stroke:var(--op-soft);stroke-width:1.2;stroke-dasharray:3 3}"
    ".op-strip .span{stroke:var(--tone);stroke-width:5;stroke-linecap:round}"
    ".op-strip .point{fill:var(--tone);stroke:var(--op-paper);stroke-width:2.5}"
)  # fmt: skip


def draw(baseline: Mapping[str, Any], *, uid: str = "gain") -> str:
    """The object `baseline` of an answer as one `<svg>`; empty where it holds no gain."""
    gain, low, high = (finite(baseline.get(k)) for k in ("gain", "low", "high"))
    if gain is None:
        return ""
    low, high = (gain if low is None else low), (gain if high is None else high)
    worth = finite(baseline.get("worthwhile"))
    left, right = min(0.0, low, gain), max(0.0, high, gain, worth or 0.0)
    room = (right - left) * 0.14 or 1.0
    scale = Scale(left - room, right + room, 0.0, WIDTH)
    parts = [
        _zones(scale, worth),
        svg.line((scale(low), 40), (scale(high), 40), "span"),
        svg.circle((scale(gain), 40), 8.0, "point"),
        _figures(baseline, scale, (low, gain, high)),
    ]
    said = f"Gain {gain:.4g}, interval {low:.4g} to {high:.4g}" + (f", worth having from {worth:.4g}" if worth else "")
    head = svg.tag("title", "Gain over the baseline", id=f"{uid}-t") + svg.tag("desc", svg.safe(said), id=f"{uid}-d")
    return (
        f'<svg class="op-strip" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-labelledby="{uid}-t" '
        f'aria-describedby="{uid}-d">{head}{"".join(parts)}</svg>'
    )


def _zones(scale: Scale, worth: float | None) -> str:
    """Worse, better but not worth it, worth having."""
    zero, edge = scale(0.0), scale(worth) if worth is not None and worth > 0 else None
    fields = [(0.0, zero, "worse"), (zero if edge is None else edge, WIDTH, "worth")]
    if edge is not None:
        fields.insert(1, (zero, edge, "idle"))
    parts = [svg.rectangle((a, 24), b - a, 32, kind) for a, b, kind in fields]
    parts.append(svg.line((zero, 20), (zero, 60), "zero"))
    if edge is not None:
        parts.append(svg.line((edge, 20), (edge, 60), "edge"))
    return "".join(parts)


def _figures(baseline: Mapping[str, Any], scale: Scale, values: tuple[float, float, float]) -> str:
    """The gain over its point, its interval below, and the names of the fields where they find room."""
    metric = words.metric(baseline.get("metric"))
    low, gain, high = values
    worth = finite(baseline.get("worthwhile"))
    unit = " points" if metric.kind == "share" else ""
    decimals = None if metric.kind == "share" else decimals_for(max(map(abs, values)))
    parts, above, below = [], _Line(14.0), _Line(74.0)
    parts.append(
        above.put(("+" if gain > 0 else "") + metric.amount(gain, decimals=decimals) + unit, scale(gain), "strong")
    )
    if low < high:
        parts.append(below.put(metric.between(low, high), scale((low + high) / 2), "strong"))
    if worth:
        said = f"worth having from {metric.amount(worth, decimals=decimals)}"
        parts.append(below.put(said, scale(worth) + svg.width_of(said) / 2 - 2))
    zero = scale(0.0)
    parts.append(above.put("as good as the baseline", zero) or above.put("0", zero))
    parts.append(below.put("worse", zero - svg.width_of("worse") / 2 - 6))
    return "".join(parts)


class _Line:
    """A line of writing on which no two words overlap."""

    def __init__(self, y: float) -> None:
        self._y = y
        self._taken: list[tuple[float, float]] = []

    def put(self, text: str, centre: float, kind: str = "") -> str:
        """The text around a place, moved inside the drawing; empty where something stands already."""
        half = svg.width_of(text) * (1.06 if kind else 1.0) / 2
        centre = min(max(centre, half), WIDTH - half)
        if any(centre - half < b + 8 and a - 8 < centre + half for a, b in self._taken):
            return ""
        self._taken.append((centre - half, centre + half))
        return svg.label((centre, self._y), text, anchor="middle", kind=kind)
