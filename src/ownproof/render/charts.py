"""Every chart as hand-written SVG: crisp in dark and light, readable in print and on a telephone, no script."""

from __future__ import annotations

from ownproof.core.report import Chart
from ownproof.render import bars, columns, heat, plane, svg
from ownproof.render.axes import WIDTH, extent
from ownproof.render.figures import finite, number

# Colours after Okabe and Ito (2008), told apart by people who do not see red or green; light and dark variants.
COLOURS = """\
.op { --op-1:#0b65a8; --op-2:#d55e00; --op-3:#00805f; --op-4:#a8458a; --op-5:#8a6d00; --op-6:#2f9bd6; --op-7:#6b4fa0;
  --op-8:#66707c; --op-ink:#1b2330; --op-soft:#5a6675; --op-rule:#dfe4ea; --op-paper:#fff; }
"""
DARK = """\
--op-1:#5cb3f0; --op-2:#f39a57; --op-3:#3fc79b; --op-4:#e29ac8; --op-5:#e3c04c; --op-6:#9fd6f7; --op-7:#b7a3e6;
  --op-8:#9aa5b1; --op-ink:#e7ebf0; --op-soft:#a3aebb; --op-rule:#303a46; --op-paper:#161b22;"""
_SERIES = "".join(f".op-chart .s{i}{{--c:var(--op-{i})}}" for i in range(1, 9))
_DASHES = "".join(
    f".op-chart .line.s{i}{{stroke-dasharray:{d}}}"
    for i, d in ((2, "7 3"), (3, "2 3"), (4, "9 3 2 3"), (6, "7 3"), (7, "2 3"), (8, "9 3 2 3"))
)
STYLE = (
    ".op-chart{display:block;width:100%;height:auto;overflow:visible;font:12.5px system-ui,-apple-system,'Segoe UI',"
    "Roboto,'Noto Sans',sans-serif;color:var(--op-ink);font-variant-numeric:tabular-nums}"
    ".op-chart text{fill:currentColor}.op-chart .tick,.op-chart .axis{fill:var(--op-soft);font-size:12px}"
    ".op-chart .value{font-size:11.5px}.op-chart .note{font-size:12px;font-weight:600;paint-order:stroke;"
    "stroke:var(--op-paper);stroke-width:3.5px;stroke-linejoin:round}"
    ".op-chart .cell{font-size:12px}"
    ".op-chart .grid{stroke:var(--op-rule);stroke-width:1}.op-chart .base{stroke:var(--op-soft);stroke-width:1}"
    ".op-chart .reference{stroke:var(--op-soft);stroke-width:1.3;stroke-dasharray:4 4}"
    ".op-chart .flag{stroke:var(--op-ink);stroke-width:1.4;stroke-dasharray:5 3}"
    ".op-chart .fill{fill:var(--c)}.op-chart .soft{fill-opacity:.55}.op-chart .hole{fill:none;stroke:var(--op-rule)}"
    ".op-chart .line{fill:none;stroke:var(--c);stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}"
    ".op-chart .band{fill:var(--c);fill-opacity:.16}.op-chart .dot{fill:var(--c);fill-opacity:.6}"
    ".op-chart .whisker{stroke:var(--c,var(--op-ink));stroke-width:1.8}"
    ".op-chart .mark{fill:var(--op-paper);stroke:var(--op-ink);stroke-width:2.2}"
    + _SERIES + _DASHES
)  # fmt: skip


def draw(chart: Chart, *, uid: str = "chart") -> str:
    """The chart as one `<svg>` element of class `op-chart`; `STYLE` gives it its looks.

    uid: a word that no other chart of the page has; the names for screen readers hang on it.

    >>> from ownproof.core.report import Chart, Series
    >>> draw(Chart("Twice", "line", (Series("", (1, 2), (2.0, 4.0)),)))[:27]
    '<svg class="op-chart" viewB'
    """
    body, height = _body(chart)
    if not body:
        body, height = svg.label((0, 20), "nothing to draw", kind="tick"), 32.0
    named = svg.tag("title", svg.safe(chart.title or "Chart"), id=f"{uid}-t")
    told = svg.tag("desc", svg.safe(description(chart)), id=f"{uid}-d")
    box = f"0 0 {svg.coordinate(WIDTH)} {svg.coordinate(height)}"
    return (
        f'<svg class="op-chart" viewBox="{box}" role="img" aria-labelledby="{svg.safe(uid)}-t" '
        f'aria-describedby="{svg.safe(uid)}-d">{named}{told}{body}</svg>'
    )


def _body(chart: Chart) -> tuple[str, float]:
    if not any(finite(y) is not None for s in chart.series for y in s.y):
        return "", 0.0
    if chart.form in {"bars", "dots"}:
        return bars.draw(chart)
    if chart.form == "columns":
        return columns.draw(chart)
    if chart.form == "heat":
        return heat.draw(chart)
    return plane.draw(chart)


def description(chart: Chart) -> str:
    """The chart in words: what it shows, how many values, and between what they lie."""
    about = " against ".join(x for x in (chart.y_label, chart.x_label) if x)
    parts = [f"{chart.form} chart" + (f" of {about}" if about else "")]
    for series in chart.series[:8]:
        known = [v for v in map(finite, series.y) if v is not None]
        name = f"{series.name}: " if series.name else ""
        low, high = extent(known)
        parts.append(f"{name}{len(series.y):,} values" + (f" from {number(low)} to {number(high)}" if known else ""))
    if len(chart.series) > 8:
        parts.append(f"and {len(chart.series) - 8} more")
    parts += [str(text) for _, _, text in chart.marks[:8] if text]
    return "; ".join(parts) + "."
