"""A comparison as chapters: what drifted, as pictures; every column in a table; what lies between columns."""

from __future__ import annotations

from collections.abc import Iterator

from ownproof.core.report import Block, Chart, Grid, Note, Section, Series
from ownproof.core.watch import Counts, Reference, Watched
from ownproof.phases.monitor.compare import ColumnDrift, Comparison
from ownproof.phases.monitor.domain import Domain, section
from ownproof.phases.monitor.pictures import picture

PICTURES_MOST = 24
SHOWN_MOST = 15


def chapters(reference: Reference, now: Counts, found: Comparison, apart: Domain | None = None) -> tuple[Section, ...]:
    """The page of `drift`, from the counts alone. apart: how rows of both are told apart, where somebody looked."""
    told = (section(apart),) if apart is not None else ()
    made = (_overview(found), _pictures(reference, now, found), _joint(found), *told, _columns(found), _how(found))
    return tuple(s for s in made if s.blocks)


def _overview(found: Comparison) -> Section:
    """How far each column moved, in what its test can tell apart."""
    ranked = sorted(found.columns, key=lambda c: c.p)[:SHOWN_MOST]
    rows = [(c.column, c.effect / c.limit) for c in ranked if c.effect is not None and c.limit]
    bars = Series("move / limit", tuple(n for n, _ in rows), tuple(min(20.0, abs(v)) for _, v in rows))
    chart = Chart(
        "How large the surest moves are",
        "bars",
        (bars,),
        x_label="times the limit (cut at 20)",
        caption="A move counts from 1 on, where it is also sure; the surest is on top",
    )
    return Section("What moved", (chart,) if rows else (), "moved")


def _pictures(reference: Reference, now: Counts, found: Comparison) -> Section:
    drifted = sorted((c for c in found.columns if c.drift), key=lambda c: (-(c.weight or 0.0), c.p))
    watched = {c.name: c for c in reference.columns}
    blocks: list[Block] = [b for c in drifted[:PICTURES_MOST] for b in _picture(reference, now, watched[c.column], c)]
    if len(drifted) > PICTURES_MOST:
        blocks.append(Note(f"{len(drifted) - PICTURES_MOST} more columns drifted; they stand in the table below."))
    return Section("What drifted", tuple(blocks), "drifted")


def _picture(reference: Reference, now: Counts, column: Watched, found: ColumnDrift) -> Iterator[Chart]:
    view = next(v for v in column.views if v.name == found.view)
    weight = f"; weight in the answers {found.weight:.0%}" if found.weight else ""
    yield picture(view, reference.counts.tallies[view.name], now.tallies[view.name], said=f"{found.change}{weight}")


def _joint(found: Comparison) -> Section:
    if found.joint is None or not found.joint.pairs:
        return Section("Between columns", (), "between")
    rows = tuple((f"{a} and {b}", before, now, p) for a, b, before, now, p in found.joint.pairs)
    caption = "Correlations of normal scores between columns that did not drift by themselves; the surest changes"
    return Section("Between columns", (Grid(("pair", "before", "now", "p"), rows, caption),), "between")


def _columns(found: Comparison) -> Section:
    ranked = sorted(found.columns, key=lambda c: (not c.drift, not c.sure, c.p))
    rows = tuple(
        (
            c.column,
            "drift" if c.drift else "moved" if c.sure else "",
            c.change if c.sure else "",
            c.p,
            c.psi,
            c.psi_chance,
            c.weight,
        )
        for c in ranked
    )
    names = ("column", "", "what changed", "p", "PSI", "PSI by chance", "weight")
    caption = (
        "p is over all tests of the column; PSI decides nothing: without any change it is as large as the next figure"
    )
    return Section("Every column", (Grid(names, rows, caption),), "columns")


def _how(found: Comparison) -> Section:
    text = (
        f"{found.reference_rows:,} rows before and {found.rows:,} now are compared as two samples, column by column and pair by "
        f"pair. When nothing changed, one comparison in {1 / found.alpha:,.0f} alarms at most, whatever the number of rows. A move "
        "that is sure and smaller than its limit is called moved and raises no alarm."
    )
    return Section("How this was decided", (Note(text),), "how")
