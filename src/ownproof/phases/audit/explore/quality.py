"""The chapters on what is wrong with single columns: cells that are missing, numbers that lie far out."""

from __future__ import annotations

from collections.abc import Sequence

from ownproof.core.report import Block, Chart, Finding, Grid, Note, Section, Series
from ownproof.phases.audit.names import drop, listed
from ownproof.phases.audit.seen import Extremes, Seen
from ownproof.phases.audit.truth import Truth

SHOWN = 30
EMPTY = 0.95  # share of cells missing from which a column is hardly there
TOLD, TOLD_P = 0.1, 1e-6  # association of being missing with the target that is worth a word, and its p-value
FAR_SHARE = 0.001


def missing(seen: Sequence[Seen], truth: Truth) -> tuple[Section, list[Finding]]:
    """Which cells are missing, and whether their being so says something of the target."""
    gaps = sorted((s for s in seen if s.profile.missing), key=lambda s: (-s.missing_share, s.name))
    if not gaps:
        return Section("Missing values", (Note("No cell is missing."),), "missing"), []
    cells = sum(s.profile.missing for s in seen)
    of = sum(s.profile.rows for s in seen)
    names = [s.name for s in gaps]
    shown = tuple(f"{s.name} {s.missing_share:.1%}" for s in gaps[:4])
    found = [
        Finding(
            "quality.missing",
            "ok",
            tuple(names),
            cells / max(1, of),
            f"{cells:,} of {of:,} cells are missing, in {len(gaps)} of {len(seen)} columns: {listed(list(shown), 4)}",
        )
    ]
    found += [_hardly(s) for s in gaps if EMPTY <= s.missing_share < 1.0 and s.watched]
    telling = [s for s in gaps if s.watched and s.copy is None and _told(s, len(seen))]
    found += [_telling(s, truth) for s in telling]
    chart = Chart(
        "Missing cells by column",
        "bars",
        (Series("", tuple(names[:SHOWN]), tuple(s.missing_share for s in gaps[:SHOWN])),),
        x_label="share of rows",
    )
    blocks: list[Block] = [chart]
    if telling:
        blocks.append(
            Note(f"Whether a cell is missing goes with {truth.column} in {listed([s.name for s in telling])}.")
        )
    return Section("Missing values", tuple(blocks), "missing"), found


def _told(one: Seen, columns: int) -> bool:
    return one.gaps is not None and one.gaps.strength >= TOLD and one.gaps.p_value < TOLD_P / max(1, columns)


def _hardly(one: Seen) -> Finding:
    return Finding(
        "quality.missing",
        "warn",
        (one.name,),
        one.missing_share,
        f"{one.missing_share:.1%} of the cells of {one.name} are missing",
        f"find out why nothing arrives, or leave it out: {drop(one.name)}",
    )


def _telling(one: Seen, truth: Truth) -> Finding:
    gaps = one.gaps
    assert gaps is not None  # noqa: S101 - the caller chose
    return Finding(
        "quality.missing",
        "ok",
        (one.name,),
        gaps.strength,
        f"whether {one.name} is missing ({one.missing_share:.1%}) goes with {truth.column}: association "
        f"{gaps.strength:.2f}, p {gaps.p_value:.0e}",
        f"make sure that {one.name} is filled, or left empty, before the outcome is known",
    )


def outliers(seen: Sequence[Seen]) -> tuple[Section | None, list[Finding]]:
    """Numbers beyond three quartile ranges of the quartiles."""
    far = [
        (s, s.extremes) for s in seen if s.watched and s.extremes is not None and s.extremes.below + s.extremes.above
    ]
    far.sort(key=lambda pair: (-_share(*pair), pair[0].name))
    if not far:
        return None, []
    rows = tuple((s.name, e.below, e.above, _share(s, e), e.low, e.high, e.least, e.most) for s, e in far[:SHOWN])
    grid = Grid(
        ("column", "rows below", "rows above", "share", "lower fence", "upper fence", "lowest", "highest"),
        rows,
        "Values beyond three quartile ranges of the quartiles: unusual, and not wrong for that",
    )
    worth = [(s, e) for s, e in far if _share(s, e) >= FAR_SHARE] or far[:1]
    shown = [
        f"{s.name} {_share(s, e):.1%} (up to {e.most:,.6g})"
        if e.above >= e.below
        else f"{s.name} {_share(s, e):.1%} (down to {e.least:,.6g})"
        for s, e in worth
    ]
    found = Finding(
        "quality.outliers",
        "ok",
        tuple(s.name for s, _ in worth),
        max(_share(s, e) for s, e in worth),
        f"values far from the rest: {listed(shown, 4)}",
        "look whether the largest are real, or a code for missing such as 9999",
    )
    return Section("Values far from the rest", (grid,), "outliers"), [found]


def _share(one: Seen, extremes: Extremes) -> float:
    return (extremes.below + extremes.above) / max(1, one.profile.rows - one.profile.missing)
