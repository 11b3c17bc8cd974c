"""Two columns that give the target together, as a key of two parts or an exclusive or does, and neither alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from ownproof.core.report import Chart, Finding, Level, Series
from ownproof.phases.audit.chance import LIKELY, SURE
from ownproof.phases.audit.leaks.copy import Purity
from ownproof.phases.audit.leaks.table import Case, Table, known_strength
from ownproof.phases.audit.names import drop
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth
from ownproof.stats.weights import Ints

LEVELS, CELLS = 1_000, 200_000  # of one column, and of two
PLENTY = 200  # cells from which all sampled rows are needed to see that they repeat
QUICK, QUICK_CELLS, QUICK_SHARE = slice(256), 64, 0.9  # rows that pairs of few cells must pass first, and how
COLUMNS, LARGE = 250, 1_200  # columns that are paired; pairs of many cells that are looked at
WEAK = 0.9  # what one column alone may say
ROWS_A_CELL = 3.0
NEARLY = 0.975  # share of rows whose cell has one answer, for a warning
BEYOND, OWN = (
    0.9,
    0.6,
)  # of what the largest class leaves open: what a pair must tell, and what one alone may tell of it
TIES = 0.2  # share of rows that have the most frequent number
DRAWN = 10


def pairs(table: Table) -> list[Case]:
    """`leak.pair`: the target is a function of two columns, in rows that repeat often enough to exclude chance."""
    if not table.truth.exact and table.truth.numbers is None:
        return []
    columns = [
        c for c in table.columns if c.some.levels >= 2 and c.profile.distinct <= LEVELS and known_strength(c) < WEAK
    ]
    columns = sorted(columns, key=lambda c: (c.profile.distinct, c.name))[:COLUMNS]
    tried = len(columns) * (len(columns) - 1) // 2
    found: list[Case] = []
    named: set[str] = set()
    for a, b in _promising(columns, table):
        if not named & {a.name, b.name} and (case := _looked(a, b, table, tried)) is not None:
            found.append(case)
            named |= {a.name, b.name}
    return found


# ---------------------------------------------------------------- some rows first
def _promising(columns: Sequence[Seen], table: Table) -> Iterator[tuple[Seen, Seen]]:
    """Pairs whose cells have one answer each among the sampled rows."""
    few, probe = table.few, table.probe
    answers = few.codes if few.numbers is None else np.unique(few.numbers, return_inverse=True)[1].reshape(-1)
    dense = {c.name: c.some.codes + 1 for c in columns}
    large = 0
    for a, b in combinations(columns, 2):
        cells = (a.some.levels + 1) * (b.some.levels + 1)
        if cells > CELLS or (cells > PLENTY and large >= LARGE):
            continue
        large += cells > PLENTY
        both = dense[a.name] * (b.some.levels + 1) + dense[b.name]
        if cells <= QUICK_CELLS and not _fixed(both[QUICK], answers[QUICK], QUICK_SHARE):
            continue
        rows: np.ndarray | slice = probe if cells <= PLENTY else slice(None)
        if _fixed(both[rows], answers[rows], NEARLY - 0.01):
            yield a, b


def _fixed(cell: Ints, answer: Ints, share: float) -> bool:
    """Whether cells that come again nearly always come with the same answer."""
    wide = int(answer.max()) + 1
    both, counts = np.unique(cell * wide + answer, return_counts=True)
    of = both // wide
    starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    sizes, modes = np.add.reduceat(counts, starts), np.maximum.reduceat(counts, starts)
    again = sizes > 1
    rows = int(sizes[again].sum())
    return rows >= 0.5 * len(cell) and int(modes[again].sum()) >= share * rows


# ---------------------------------------------------------------- all rows
def _looked(a: Seen, b: Seen, table: Table, tried: int) -> Case | None:
    one, two = (table.fetch(c.name).view.codes + 1 for c in (a, b))
    cell = np.unique(one * (int(two.max()) + 1) + two, return_inverse=True)[1].reshape(-1)
    if int(cell.max() + 1) * ROWS_A_CELL > len(cell):
        return None
    if table.truth.numbers is not None:
        return _number(a, b, table, (one, two, cell))
    whole = Purity.of(cell, table.truth.codes)
    share, chance = whole.right / whole.rows, whole.log10_chance + math.log10(max(tried, 1))
    beyond = _beyond(whole)
    if share < NEARLY or beyond < BEYOND or chance > LIKELY:
        return None
    if max(_beyond(Purity.of(codes, table.truth.codes)) for codes in (one, two)) > OWN:
        return None
    said = (
        f"{a.name} and {b.name} together have one {table.truth.column} in {whole.right:,} of {whole.rows:,} rows, in "
        f"{whole.levels:,} combinations; by chance one time in 10^{max(1, math.floor(-chance)):,}"
    )
    level: Level = "block" if share >= table.policy.near_copy_share and chance < SURE else "warn"
    return _case(a, b, table, (level, share, said))


def _beyond(found: Purity) -> float:
    """Share of what the largest class leaves open."""
    return (found.right - found.largest) / max(found.rows - found.largest, 1)


def _number(a: Seen, b: Seen, table: Table, codes: tuple[Ints, Ints, Ints]) -> Case | None:
    """A magnitude is one number in each cell; it would be in few by chance."""
    assert table.truth.numbers is not None  # noqa: S101 - the caller chose
    y = np.unique(table.truth.numbers, return_inverse=True)[1].reshape(-1).astype(np.int64)
    one, two, both = (Purity.of(code, y) for code in codes)
    alone = max(one.right / one.rows, two.right / two.rows)
    share = both.right / both.rows
    if share < NEARLY or alone > OWN or both.largest > TIES * both.rows:
        return None
    said = (
        f"{a.name} and {b.name} together have one {table.truth.column} in {both.right:,} of {both.rows:,} rows, in "
        f"{both.levels:,} combinations; the better one alone in {alone:.0%}"
    )
    return _case(a, b, table, ("warn", share, said))


def _case(a: Seen, b: Seen, table: Table, said: tuple[Level, float, str]) -> Case:
    names = table.accusable(*sorted((a.name, b.name)))
    advice = f"leave {'one of them' if len(names) > 1 else 'it'} out: {' or '.join(map(drop, names))}"
    level, share, evidence = said
    cell = ((a.some.codes + 1) * (b.some.levels + 1) + b.some.codes + 1).astype(np.float64)
    return Case(Finding("leak.pair", level, names, share, evidence, advice), (_heat(a, b, table.few),), cell)


def _heat(a: Seen, b: Seen, few: Truth) -> Chart:
    """What the answers are in each combination of the most frequent values of both."""
    if few.numbers is not None:
        answers, what = few.numbers, f"mean {few.column}"
    else:
        code = int(np.argsort(np.bincount(few.codes, minlength=few.k), kind="stable")[-2])
        answers, what = (few.codes == code).astype(np.float64), f"share of {few.column} = {few.spell(code)}"
    rows, columns = _most(a), _most(b)
    series = []
    for r, name in rows:
        inside = [answers[(a.some.codes == r) & (b.some.codes == c)] for c, _ in columns]
        values = tuple(float(i.mean()) if len(i) else math.nan for i in inside)
        series.append(Series(name, tuple(n for _, n in columns), values))
    return Chart(f"{what} by {a.name} and {b.name}", "heat", tuple(series), b.name, a.name)


def _most(one: Seen) -> list[tuple[int, str]]:
    counts = np.bincount(one.some.codes[one.some.codes >= 0], minlength=one.some.levels)
    most = np.sort(np.argsort(-counts, kind="stable")[:DRAWN])
    return [(int(c), one.names[int(c)] if one.names else f"value {int(c) + 1}") for c in most if counts[c]]
