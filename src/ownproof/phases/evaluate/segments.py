"""Weak segments: where answers break their promise beyond chance, and what would mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ownproof.core.report import Finding, Level
from ownproof.core.target import Promise
from ownproof.phases.evaluate.contest import Contender
from ownproof.phases.evaluate.cuts import Cut
from ownproof.phases.evaluate.setting import Setting
from ownproof.phases.evaluate.words import figure
from ownproof.stats.segments import Cell, Kept, design_effect, weak

SHOWN = 5
TIMES_SHARE, TIMES_AMOUNT = 2.0, 4.0  # a gap so many times the least that is told is a warning


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows under one or two conditions, what was promised of them and what came.

    p: the chance of as much anywhere in the table; warns: it is large enough, and of a kind, to be a warning.
    """

    conditions: tuple[str, ...]
    columns: tuple[str, ...]
    says: str
    share: bool
    rows: int
    promised: float
    came: float
    p: float
    warns: bool
    accuses: bool

    @property
    def name(self) -> str:
        """The conditions in one line."""
        return " and ".join(self.conditions)

    def to_json(self) -> dict[str, Any]:
        """One object of `segments` in the JSON answer."""
        return {
            "conditions": list(self.conditions),
            "columns": list(self.columns),
            "of": self.says,
            "rows": self.rows,
            "promised": self.promised,
            "observed": self.came,
            "p": self.p,
        }


def segments(setting: Setting, model: Contender, cuts: Sequence[Cut]) -> tuple[Segment, ...]:
    """The segments of every promise, those that warn first."""
    rows, policy = setting.rows, setting.policy
    promises = setting.target.promises(rows.truth, model.predictions, setting.task)
    if not promises or not cuts:
        return ()
    binned = [c.binned for c in cuts]
    found: list[Segment] = []
    for promise in promises:
        came, promised = promise.came.astype(np.float64), promise.promised.astype(np.float64)
        kept = Kept(came, promised, promise.share, "either" if promise.either else "more")
        effect = design_effect(came - promised if promise.share else came, rows.units)
        cells = weak(
            binned,
            kept,
            least=policy.segment_rows_least,
            alpha=policy.segment_alpha / len(promises),
            effect=effect,
            most=SHOWN,
        )
        found += [s for s in (_segment(setting, promise, cell, cuts) for cell in cells) if s is not None]
    return tuple(sorted(found, key=lambda s: (not s.warns, s.p)))


def _segment(setting: Setting, promise: Promise, cell: Cell, cuts: Sequence[Cut]) -> Segment | None:
    """The cell in words; None when it is surely off but by next to nothing."""
    gap = cell.came - cell.promised if promise.share else abs(cell.came) / max(cell.promised, 1e-300)
    least = setting.policy.segment_gap
    if not promise.share:
        least = setting.policy.segment_error_gap + (0.0 if promise.either else 1.0)
    if abs(gap) < least:
        return None
    pairs = [(f, level) for f, level in zip(cell.features, cell.levels, strict=True) if f >= 0]
    return Segment(
        tuple(cuts[f].conditions[level] for f, level in pairs),
        tuple(cuts[f].column for f, _ in pairs),
        promise.says,
        promise.share,
        cell.rows,
        cell.promised,
        cell.came,
        cell.p,
        promise.accuses and abs(gap) >= least * (TIMES_SHARE if promise.share else TIMES_AMOUNT),
        promise.accuses,
    )


def segment_findings(found: Sequence[Segment]) -> list[Finding]:
    """One finding a segment; those of other promises that say the same rows are off are not repeated."""
    findings, named = [], set()
    for one in found:
        if one.conditions in named:
            continue
        named.add(one.conditions)
        level: Level = "warn" if one.warns else "ok"
        advice = MEND if one.accuses else HARD
        findings.append(Finding("slice.segment", level, one.columns, one.came, evidence(one), advice))
    return findings


MEND = "abstain there or let a person decide, add rows like these, or add a column that tells them apart"
HARD = "give answers there a wider margin, add rows like these, or a column that tells them apart"


def evidence(one: Segment) -> str:
    """What was promised and what came, for a finding."""
    sure = f"a chance of {one.p:.2g} after correction for all segments looked at"
    if one.share:
        return f"{one.name} ({one.rows:,} rows): promised {one.promised:.2f} of {one.says}, got {one.came:.2f}; {sure}"
    if one.accuses:
        way = "high" if one.came > 0 else "low"
        return (
            f"{one.name} ({one.rows:,} rows): answers are too {way} by {figure(abs(one.came))} on average, where errors "
            f"are usually {figure(one.promised)}; {sure}"
        )
    return (
        f"{one.name} ({one.rows:,} rows): errors are {figure(one.came)} on average, where answers of this size usually "
        f"err by {figure(one.promised)}; {sure}"
    )
