"""Can a classifier tell old rows from new ones, and by what: an explanation after an alarm, never the alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ownproof.core.report import Chart, Note, Section, Series
from ownproof.stats.curves import roc_auc
from ownproof.stats.distributions import two_sided
from ownproof.stats.paired import auc_error

ROWS: Final = 4_000
"""Rows of either side that are looked at."""
SHOWN: Final = 12
LEVEL: Final = 0.95

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Domain:
    """auc: how well held-out rows are told apart (0.5: not at all), with its 95 % interval; views: what that falls by when
    one view's cells are shuffled, largest first."""

    auc: float
    low: float
    high: float
    views: tuple[tuple[str, float], ...]

    def to_json(self) -> dict[str, Any]:
        """The object `domain` of the JSON answer."""
        views = [{"view": name, "fall": fall} for name, fall in self.views]
        return {"auc": self.auc, "low": self.low, "high": self.high, "views": views}


def told_apart(old: Matrix, new: Matrix, names: Sequence[str], *, seed: int) -> Domain | None:
    """A shallow boosted classifier between two tables of cells (n, views), cross-fitted on two halves.

    None where either side has too few rows or nothing to look at. The interval is Hanley and McNeil's (1982).
    """
    if min(len(old), len(new)) < 40 or not names:
        return None
    rng = np.random.default_rng(seed)
    parts = [part[np.sort(rng.permutation(len(part))[:ROWS])] for part in (old, new)]
    x, y = np.concatenate(parts), np.repeat([0, 1], [len(p) for p in parts])
    fold = rng.permutation(len(x)) % 2
    models = [_fitted(x[fold != k], y[fold != k], seed) for k in (0, 1)]

    def area(table: Matrix) -> float:
        score = np.empty(len(table))
        for k in (0, 1):
            score[fold == k] = models[k].predict_proba(table[fold == k])[:, 1]
        return float(np.mean([roc_auc(y[fold == k], score[fold == k])[0] for k in (0, 1)]))

    whole, order = area(x), rng.permutation(len(x))
    falls = []
    for i, name in enumerate(names):
        shuffled = x.copy()
        shuffled[:, i] = x[order, i]
        falls.append((name, whole - area(shuffled)))
    reach = two_sided(LEVEL) * auc_error(whole, float((y == 1).sum()), float((y == 0).sum()))
    falls.sort(key=lambda f: (-f[1], f[0]))
    return Domain(whole, max(0.0, whole - reach), min(1.0, whole + reach), tuple(f for f in falls if f[1] > 0)[:SHOWN])


def _fitted(x: Matrix, y: NDArray[np.int64], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    made = HistGradientBoostingClassifier(
        max_iter=60, max_depth=3, learning_rate=0.15, min_samples_leaf=20, early_stopping=False, random_state=seed
    )
    return made.fit(x, y)


def section(found: Domain) -> Section:
    """The same as a chapter of the page."""
    said = Note(
        f"A classifier that is shown rows of both tells old from new with an AUC of {found.auc:.3f} "
        f"({found.low:.3f} to {found.high:.3f}; 0.5 is a coin) on rows that it was not fitted on."
    )
    bars = Series("fall of the AUC", tuple(n for n, _ in found.views), tuple(f for _, f in found.views))
    caption = "By how much the AUC falls when one column is shuffled; an explanation, no part of the decision"
    chart = Chart("What tells them apart", "bars", (bars,), x_label="fall of the AUC", caption=caption)
    return Section("Old and new rows told apart", (said, chart) if found.views else (said,), "domain")
