"""Which windows have met their truths: delay, coverage, corrections, and whether the labelled rows stand for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import plain
from ownproof.phases.monitor.sample import Sample
from ownproof.stats.curves import roc_auc
from ownproof.stats.delays import DelayCurve, delay_curve
from ownproof.stats.distributions import normal_tail


@dataclass(frozen=True, slots=True)
class Cohort:
    """A window as its labels stood at a moment: share labelled, corrections, median delay in seconds, and how apart the
    answers of labelled and unlabelled rows are (an AUC, 0.5 is alike; p: its two-sided chance); None where unknown."""

    rows: int
    labelled: int
    corrected: int
    delay_s: float | None
    apart: float | None
    p: float | None

    @property
    def coverage(self) -> float:
        """The share labelled."""
        return self.labelled / self.rows if self.rows else 0.0

    def selected(self, policy: Policy) -> bool:
        """Whether labels came for another kind of rows than the rest."""
        return (
            self.apart is not None
            and self.p is not None
            and self.p < policy.selection_alpha
            and abs(self.apart - 0.5) >= policy.selection_gap
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        shown = {"rows": self.rows, "labelled": self.labelled, "coverage": self.coverage, "corrected": self.corrected}
        return dict(plain({**shown, "delay_s": self.delay_s, "apart": self.apart, "p": self.p}))


def delays(waits: Sequence[tuple[np.ndarray, np.ndarray]], when: float) -> DelayCurve:
    """The delay curve of all windows as it was at a moment.

    waits: of each window when decisions were made, and when their first outcome was logged (NaN: not yet), (n,) each.
    """
    waited, came = [], []
    for at, first in waits:
        known = first <= when
        waited.append(np.maximum(0.0, np.where(known, first, when) - at))
        came.append(known)
    if not any(len(at) for at, _ in waits):
        return DelayCurve((), (), 0.0)
    oldest = when - min(float(at.min()) for at, _ in waits if len(at))
    return delay_curve(np.concatenate(waited), np.concatenate(came), oldest=oldest)


def cohort(sample: Sample, places: np.ndarray, when: float) -> Cohort:
    """How the labels of a window stood. places: int64, the rows whose truth is known."""
    labelled = np.zeros(len(sample), dtype=bool)
    labelled[places] = True
    first = sample.first_told()[places]
    wait = first - sample.at[places]
    delay = float(np.nanmedian(wait)) if np.isfinite(wait).any() else None
    apart, p = _apart(sample.raw, labelled)
    return Cohort(len(sample), len(places), sample.corrected(when), delay, apart, p)


def _apart(raw: np.ndarray, labelled: np.ndarray) -> tuple[float | None, float | None]:
    """The widest AUC between labelled and unlabelled answers over their columns, and its chance by Mann and Whitney."""
    n, m = int(labelled.sum()), int((~labelled).sum())
    if raw.dtype == object or min(n, m) < 10:
        return None, None
    columns = raw.reshape(len(raw), -1).astype(np.float64)
    areas = [float(roc_auc(labelled, columns[:, c])[0]) for c in range(columns.shape[1])]
    apart = max(areas, key=lambda a: abs(a - 0.5))
    error = np.sqrt((n + m + 1) / (12.0 * n * m))
    return apart, min(1.0, 2.0 * normal_tail(abs(apart - 0.5) / error) * len(areas))


def ripe_age(curve: DelayCurve, policy: Policy, declared_s: float | None) -> float | None:
    """The age in seconds from which a window's labels can be trusted to be there; None while nobody can tell."""
    return declared_s if declared_s is not None else curve.ripe(policy.mature_share)
