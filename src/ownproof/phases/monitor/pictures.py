"""What changed, as pictures: two samples of a view side by side."""

from __future__ import annotations

from typing import Final

import numpy as np

from ownproof.core.report import Chart, Series
from ownproof.core.watch import Tally, View

LEVELS: Final = 12
EDGE: Final = 0.004
NAMES: Final = ("reference", "now")


def picture(view: View, old: Tally, new: Tally, *, names: tuple[str, str] = NAMES, said: str = "") -> Chart:
    """Levels as shares of the rows; numbers as the share of rows up to each value. said: the caption."""
    return (_levels if view.form == "levels" else _numbers)(view, (old, new), names, said)


def _levels(view: View, tallies: tuple[Tally, Tally], names: tuple[str, str], said: str) -> Chart:
    """The levels that move most or are most frequent, the rest as one, missing as one."""
    known = [
        *view.levels,
        *sorted({n for t in tallies for n in t.unseen} - set(view.levels), key=lambda n: -tallies[1].unseen.get(n, 0))[
            :200
        ],
    ]
    shares = [
        np.array([*t.cells[: len(view.levels)], *(t.unseen.get(n, 0) for n in known[len(view.levels) :])])
        / max(1, t.rows)
        for t in tallies
    ]
    weight = np.abs(shares[0] - shares[1]) + 0.2 * (shares[0] + shares[1])
    most = sorted(np.argsort(-weight, kind="stable")[:LEVELS].tolist(), key=lambda i: -shares[0][i])
    missing = [t.missing / max(1, t.rows) for t in tallies]
    lines = []
    for name, share, gap in zip(names, shares, missing, strict=True):
        drawn = [float(share[i]) for i in most]
        x = [known[i] for i in most]
        rest = 1.0 - sum(drawn) - gap
        more = [("others", max(0.0, rest))] * (len(known) > len(most) or bool(view.buckets)) + [("missing", gap)] * any(
            missing
        )
        lines.append(Series(name, (*x, *(n for n, _ in more)), (*drawn, *(s for _, s in more))))
    return Chart(view.name, "columns", tuple(lines), y_label="share of the rows", caption=said)


def _numbers(view: View, tallies: tuple[Tally, Tally], names: tuple[str, str], said: str) -> Chart:
    """Cumulated shares at the edges of the cells, the outer 1 % of the reference left out where there are many cells."""
    edges = np.array(view.edges)[1:-1]
    below = [np.cumsum(t.cells)[1:-2] / max(1, int(t.cells.sum())) for t in tallies]
    inside = np.ones(len(edges), dtype=bool)
    if len(edges) > LEVELS:
        inside = (below[0] >= EDGE) & (below[0] <= 1 - EDGE)
    elif (last := max(t.high for t in tallies)) > edges[-1]:  # all rows lie below the largest value
        edges, below = np.append(edges, last), [np.append(b, 1.0) for b in below]
        inside = np.ones(len(edges), dtype=bool)
    lines = [
        Series(name, tuple(float(e) for e in edges[inside]), tuple(float(b) for b in share[inside]))
        for name, share in zip(names, below, strict=True)
    ]
    return Chart(view.name, "step" if inside.sum() <= LEVELS else "line", tuple(lines), x_label=view.name,
                 y_label="share of rows up to here", caption=said)  # fmt: skip
