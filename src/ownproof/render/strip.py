"""The gain on one line: where it lies with its interval, beside zero and the gain worth having."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ownproof.render import axes, svg, words
from ownproof.render.axes import Scale
from ownproof.render.figures import finite

WIDTH = 640.0
HEIGHT = 84.0
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
    parts = [_zones(scale, worth), svg.line((scale(low), 40), (scale(high), 40), "span"),
             svg.circle((scale(gain), 40), 8.0, "point"), _figures(baseline, scale, (low, gain, high))]
    said = f"Gain {gain:.4g}, interval {low:.4g} to {high:.4g}" + (f", worth having from {worth:.4g}" if worth else "")
    head = svg.tag("title", "Gain over the baseline", id=f"{uid}-t") + svg.tag("desc", svg.safe(said), id=f"{uid}-d")
    return (f'<svg class="op-strip" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-labelledby="{uid}-t" '
            f'aria-describedby="{uid}-d">{head}{"".join(parts)}</svg>')


def _zones(scale: Scale, worth: float | None) -> str:
    """Worse, better but not worth it, worth having: three fields with their names below."""
    zero, edge = scale(0.0), scale(worth) if worth is not None and worth > 0 else None
    fields = [(0.0, zero, "worse", "baseline is better"), (edge or zero, WIDTH, "worth", "worth having")]
    if edge is not None:
        fields.insert(1, (zero, edge, "idle", "too small"))
    parts = [svg.rectangle((a, 24), b - a, 32, kind) for a, b, kind, _ in fields]
    parts += [svg.label(((a + b) / 2, 74), name, anchor="middle") for a, b, _, name in fields
              if svg.width_of(name) < b - a - 6]
    parts.append(svg.line((zero, 20), (zero, 60), "zero"))
    if edge is not None:
        parts.append(svg.line((edge, 20), (edge, 60), "edge"))
    return "".join(parts)


def _figures(baseline: Mapping[str, Any], scale: Scale, values: tuple[float, float, float]) -> str:
    """The gain over its point; the ends of the interval where they have room beside it."""
    metric = words.metric(baseline.get("metric"))
    low, gain, high = values
    unit = " points" if metric.kind == "share" else ""
    text = ("+" if gain > 0 else "") + metric.amount(gain) + unit
    half = svg.width_of(text) / 2 + 4
    centre = min(max(scale(gain), half), WIDTH - half)
    parts = [svg.label((centre, 14), text, anchor="middle", kind="strong")]
    for value, anchor in ((low, "end"), (high, "start")):
        said = metric.amount(value)
        x = scale(value) + (-6 if anchor == "end" else 6)
        clear = scale(gain) - half - 6 > x if anchor == "end" else scale(gain) + half + 6 < x
        if clear and svg.width_of(said) < (x if anchor == "end" else WIDTH - x):
            parts.append(svg.label((x, 14), said, anchor="end" if anchor == "end" else "start"))
    if abs(scale(0.0) - scale(gain)) > half + 20:
        parts.append(svg.label((scale(0.0), 14), axes.tick_texts((0.0, 1.0))[0][:1], anchor="middle"))
    return "".join(parts)
