"""The chapters on the columns: what each is, what it says alone, and how the most telling ones are spread."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ownproof.core.report import Block, Chart, Finding, Grid, Note, Section
from ownproof.core.schema import Schema
from ownproof.phases.audit.explore import pictures
from ownproof.phases.audit.explore.target import strength_bars
from ownproof.phases.audit.names import listed
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth

PICTURES = 9
FEW_LEVELS = 12


def table(seen: Sequence[Seen], schema: Schema) -> tuple[Section, list[Finding]]:
    """Every column as it was read, with its usual values; and which of them say nothing."""
    by_name = {s.name: s for s in seen}
    rows: list[tuple[object, ...]] = []
    for column in schema.columns:
        one = by_name.get(column.name)
        if one is None:
            rows.append((column.name, column.kind, column.role, None, None, "", column.why))
        else:
            rows.append(
                (column.name, column.kind, column.role, one.missing_share, one.profile.distinct, usual(one), column.why)
            )
    grid = Grid(
        ("column", "kind", "role", "missing share", "distinct values", "usual values", "why this kind"),
        tuple(rows),
        "Every column as it was read; the target and dropped columns are not described here",
    )
    return Section("Columns", (grid,), "columns"), _idle(seen)


def usual(one: Seen) -> str:
    """The usual values of a column in a few words."""
    profile = one.profile
    numbers = profile.numbers
    if {"q25", "median", "q75"} <= set(numbers) and not (profile.levels and len(profile.levels) <= 2):
        if not math.isnan(one.after) or one.some.numbers is None or "words" in numbers:
            return ""
        return f"{numbers['median']:,.4g} ({numbers['q25']:,.4g} to {numbers['q75']:,.4g})"
    known = max(1, profile.rows - profile.missing)
    return ", ".join(f"{_level(name)} {count / known:.0%}" for name, count in profile.levels[:3])


def _level(name: str) -> str:
    return name.removesuffix(".0")[:24]


def _idle(seen: Sequence[Seen]) -> list[Finding]:
    found = []
    constant = [s.name for s in seen if s.profile.distinct <= 1]
    if constant:
        found.append(
            Finding(
                "quality.constant",
                "ok",
                tuple(constant),
                float(len(constant)),
                f"one value or none throughout: {listed(constant)}; kept from the model",
            )
        )
    ids = [s.name for s in seen if s.column.role == "ignored" and s.profile.distinct > 1]
    if ids:
        found.append(
            Finding(
                "quality.identifier",
                "ok",
                tuple(ids),
                float(len(ids)),
                f"read as names of rows, kept from the model: {listed(ids)}",
                "if one of them is a quantity or a category after all, store it as such",
            )
        )
    return found


def strengths(seen: Sequence[Seen], truth: Truth) -> Section | None:
    """What each column says of the target when it is alone, on rows that it was not fitted on."""
    pairs = [(s.name, s.strength) for s in seen if s.watched and not math.isnan(s.strength)]
    if not pairs:
        return None
    middle = 0.0 if truth.numbers is not None else 0.5
    chart = strength_bars(pairs, f"Of {truth.column}, on rows that it was not fitted on", truth.measure, middle=middle)
    parts = [f"{s.name}: {s.part}" for s in sorted(seen, key=lambda s: s.name) if s.part and s.watched]
    notes: list[Block] = [chart]
    if parts:
        notes.append(Note(f"The strongest part is shown of columns that have several ({listed(parts, 8)})."))
    return Section("What each column says alone", tuple(notes), "strength")


def distributions(seen: Sequence[Seen], truth: Truth) -> Section | None:
    """The columns that say most, against the target, drawn on the sampled rows."""
    telling = sorted((s for s in seen if s.watched and not math.isnan(s.strength)), key=lambda s: (-s.strength, s.name))
    charts = [c for c in (picture(s, truth) for s in telling[: 2 * PICTURES]) if c is not None][:PICTURES]
    return Section("The most telling columns", tuple(charts), "distributions") if charts else None


def picture(one: Seen, truth: Truth) -> Chart | None:
    """A column against the target on the sampled rows; None for what cannot be drawn."""
    some = one.some
    if one.part or not math.isnan(one.after):
        return None
    if some.numbers is not None and not 0 < len(one.names) <= FEW_LEVELS:
        if truth.numbers is not None:
            return pictures.mean_by_bin(one.name, some.numbers, truth.numbers, truth.column)
        codes, names = pictures.classes(truth)
        return pictures.by_class(one.name, pictures.edges_of(some.numbers), some.numbers, codes=codes, names=names)
    if not one.names:
        return None
    counts = np.bincount(some.codes[some.codes >= 0], minlength=len(one.names))
    most = np.argsort(-counts, kind="stable")[: pictures.LEVELS]
    shown = np.sort(most) if some.numbers is not None else most
    place = np.full(len(one.names), -1)
    place[shown] = np.arange(len(shown))
    level = np.where(some.codes >= 0, place[some.codes], -1)
    return _against(one.name, [one.names[int(c)] for c in shown], level, truth)


def _against(name: str, levels: Sequence[str], level: np.ndarray, truth: Truth) -> Chart:
    if truth.numbers is not None:
        return pictures.mean_by_level(name, levels, level, truth=truth.numbers, target=truth.column)
    codes, names = pictures.classes(truth)
    return pictures.level_shares(name, levels, level, codes=codes, names=names)
