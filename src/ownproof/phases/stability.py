"""What can be shown of scores that nobody has a truth for: the share they flag, and whether they stay the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.report import Chart, Finding, Gate, Grid, Measure, Note, Report, Section, Series
from ownproof.stats.association import ranks
from ownproof.stats.intervals import Interval, wilson

UNSAID = (
    "Nobody has said which rows are faults. So it is not shown, and cannot be, that a flagged row is one, how many faults "
    "are missed, or that this detector is better than another or than none: there is no verdict, and the level of proof says "
    "only that rows were set apart. A few hundred rows looked at by hand, flagged ones and others, would change that."
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two sets of scores on the same rows. rank: Spearman's correlation; overlap: of the rows that either flags, the
    share that both do (Jaccard)."""

    what: str
    rank: float
    overlap: float
    rows: int


def likeness(what: str, a: np.ndarray, b: np.ndarray, share: float) -> Likeness:
    """How alike two sets of scores (n,) are, in the whole and in the strangest `share` of the rows.

    >>> likeness("x", np.arange(100.0), np.arange(100.0) ** 3, 0.05)
    Likeness(what='x', rank=1.0, overlap=1.0, rows=100)
    """
    x, y = ranks(a), ranks(b)
    x, y = x - x.mean(), y - y.mean()
    under = float(np.sqrt((x @ x) * (y @ y)))
    first, second = _strangest(a, share), _strangest(b, share)
    either = int((first | second).sum())
    overlap = float((first & second).sum() / either) if either else 1.0
    return Likeness(what, round(float(x @ y) / under, 12) if under > 0 else 1.0, overlap, len(a))


def _strangest(scores: np.ndarray, share: float) -> np.ndarray:
    """bool (n,): the rows of the strangest share, at least one."""
    count = max(1, round(share * len(scores)))
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.argsort(-scores, kind="stable")[:count]] = True
    return chosen


def flagged(flags: np.ndarray, units: np.ndarray, level: float) -> Interval:
    """The share of rows flagged, its interval by the number of units behind it. Both (n,)."""
    count = len(np.unique(units))
    return wilson(float(flags.mean()) * count, float(count), level) if len(flags) else Interval(0.0, 0.0, 1.0, level)


def stability(
    found: Sequence[Likeness],
    scores: np.ndarray,
    flags: Interval,
    *,
    share: float,
    detectors: tuple[str, str],
    steady_least: float,
) -> Report:
    """The page about scores without a truth: what is shown, what is not.

    scores: ranks of held-out rows (n,). found: the likenesses, that of the two detectors last. steady_least: a rank
    correlation or an overlap below it is a warning, for the flags depend on the draw then.
    """
    lines = tuple((f.what, f.rank, f.overlap, f.rows) for f in found)
    grid = Grid(
        ("compared", "rank correlation", "overlap of the flagged", "rows"), lines, "Whether the scores stay the same"
    )
    first, second = detectors
    order = np.sort(scores)[::-1]
    shown = np.unique(np.linspace(0, len(order) - 1, min(len(order), 200)).astype(int))
    curve = Series("rows", tuple((shown / len(order)).tolist()), tuple(order[shown].tolist()))
    chart = Chart("Ranks of held-out rows", "line", (curve,), x_label="share of rows, strangest first", y_label="rank")
    said = Note(
        f"{first.replace('_', ' ').capitalize()} ranks every row by how strange it is among the training rows. "
        f"{100 * share:g} % were declared to be flagged; of the held-out rows {100 * flags.value:.2f} % are "
        f"({100 * flags.low:.2f} to {100 * flags.high:.2f} %). {second.capitalize()} is the second opinion."
    )
    steady = [f for f in found[:-1] if min(f.rank, f.overlap) < steady_least]
    findings = [
        Finding(
            "anomaly.stability",
            "warn" if steady else "ok",
            (),
            min((f.overlap for f in found[:-1]), default=None),
            "; ".join(
                f"{f.what}: rank correlation {f.rank:.2f}, overlap of the flagged {f.overlap:.2f}" for f in found[:-1]
            ),
            "which rows are flagged depends on the draw: more rows, or a larger --share, make it steadier"
            if steady
            else "",
        ),
        Finding(
            "anomaly.agreement",
            "ok",
            (),
            found[-1].overlap,
            f"{first} and {second}: rank correlation {found[-1].rank:.2f}, overlap of the flagged {found[-1].overlap:.2f}; "
            "two ways of being strange, neither of them the truth",
        ),
    ]
    gate = Gate(
        "evaluate.truth",
        "inconclusive",
        "none",
        "known answers",
        rule="a verdict needs rows whose answer is known",
        advice="have some rows looked at, flagged ones and others, and name their column with --target",
    )
    sections = (
        Section("What is shown", (said, grid, chart), "baseline"),
        Section("What is not shown", (Note(UNSAID),), "doubts"),
    )
    facts = {"metrics": {"flagged": Measure(flags.value, flags.low, flags.high)}, "baseline": None, "verdict": None}
    return Report("evaluate", tuple(findings), (gate,), sections, facts)
