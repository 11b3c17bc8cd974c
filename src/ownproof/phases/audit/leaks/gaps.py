"""Columns whose gaps give the outcome away: filled for one answer and empty for the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.report import Chart, Finding
from ownproof.phases.audit.chance import binomial_tail
from ownproof.phases.audit.explore import pictures
from ownproof.phases.audit.leaks.table import Case, Table
from ownproof.phases.audit.names import drop, listed
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth
from ownproof.stats.association import ranks
from ownproof.stats.weights import Floats

PURE, COVERED, COMMON = 0.975, 0.3, 0.5  # own class of one state; its share in it; its share of all rows
COVERED_OF_MANY = 0.9  # the same where there are more than two classes, which may be kinds of things
ROWS_LEAST = 30
MARGIN, SURPRISING = 0.05, 1e-3  # the purity is surely not this much lower


@dataclass(frozen=True, slots=True)
class _Told:
    auc: float
    says: str


def gaps(table: Table) -> list[Case]:
    """`leak.missing`: columns that are filled and empty as the target is, those with the same gaps together."""
    alike: dict[bytes, list[Seen]] = {}
    for one in table.columns:
        gap = one.some.missing
        if ROWS_LEAST <= int(gap.sum()) <= len(gap) - ROWS_LEAST:
            alike.setdefault(np.packbits(gap).tobytes(), []).append(one)
    found = []
    tells = table.policy.gap_auc
    for columns in alike.values():
        gap = columns[0].some.missing
        told = (
            _of_numbers(gap, table.few.numbers, tells)
            if table.few.numbers is not None
            else _of_codes(gap, table.few, tells)
        )
        if told is not None:
            found.append(_case(columns, told, table))
    return found


def _of_codes(gap: np.ndarray, truth: Truth, tells: float) -> _Told | None:
    """The state that tells a class best, where it is nearly that class."""
    if not truth.exact:
        return None
    best: _Told | None = None
    for code in np.flatnonzero(np.bincount(truth.codes, minlength=truth.k) >= ROWS_LEAST).tolist():
        own = truth.codes == code
        for state, word in ((~gap, "filled"), (gap, "empty")):
            told = _state(state, own, truth.k, tells)
            if told is not None and (best is None or told[0] > best.auc):
                best = _Told(told[0], told[1].format(word=word, name=truth.spell(code), target=truth.column))
    return best


def _state(state: np.ndarray, own: np.ndarray, k: int, tells: float) -> tuple[float, str] | None:
    inside, covered, beyond = float(own[state].mean()), float(state[own].mean()), float(state[~own].mean())
    auc = 0.5 * (covered + 1.0 - beyond)
    both = auc >= tells
    hits = int((state & own).sum())
    sure = hits >= ROWS_LEAST and inside >= PURE and float(own.mean()) <= COMMON
    sure = sure and binomial_tail(hits, int(state.sum()), PURE - MARGIN) < SURPRISING
    one_way = sure and covered >= (COVERED if k == 2 else COVERED_OF_MANY)
    if not (both or one_way):
        return None
    return auc, (
        f"{{word}} in {covered:.1%} of the rows with {{target}} = {{name}} and in {beyond:.1%} of the others; "
        f"{inside:.1%} of the {int(state.sum()):,} {{word}} rows that were looked at are {{name}}"
    )


def _of_numbers(gap: np.ndarray, truth: Floats, tells: float) -> _Told | None:
    known = np.isfinite(truth)
    order, empty = ranks(truth[known]), gap[known]
    n, m = int(empty.sum()), int((~empty).sum())
    if min(n, m) < ROWS_LEAST:
        return None
    auc = (float(order[~empty].sum()) - m * (m + 1) / 2) / (n * m)
    if max(auc, 1.0 - auc) < tells:
        return None
    more = "larger" if auc > 0.5 else "smaller"
    auc = max(auc, 1.0 - auc)
    return _Told(
        auc, f"the target is {more} where it is filled, in {auc:.1%} of the pairs of a filled and an empty row"
    )


def _case(columns: Sequence[Seen], told: _Told, table: Table) -> Case:
    names = table.accusable(*sorted(c.name for c in columns))
    evidence = f"{listed(list(names))} {'is' if len(names) == 1 else 'are'} {told.says}"
    if table.few.numbers is not None:
        evidence = f"{listed(list(names))}: {told.says}"
    advice = (
        f"if it is filled in only after the outcome: {' '.join(map(drop, names))}; else write it as "
        '"before" into a file for --available'
    )
    finding = Finding("leak.missing", "warn", names, told.auc, evidence, advice)
    return Case(finding, (_chart(columns[0], table.few),) if names else ())


def _chart(one: Seen, few: Truth) -> Chart:
    title, levels, level = f"{one.name}: empty or filled", ("empty", "filled"), (~one.some.missing).astype(np.int64)
    if few.numbers is not None:
        return pictures.mean_by_level(title, levels, level, truth=few.numbers, target=few.column)
    codes, names = pictures.classes(few)
    return pictures.level_shares(title, levels, level, codes=codes, names=names)
