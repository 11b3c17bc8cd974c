"""Two columns whose difference, sum, ratio or product is the target, or is what a label was cut from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.report import Chart, Finding, Level, Series
from ownproof.phases.audit.chance import SURE
from ownproof.phases.audit.explore import pictures
from ownproof.phases.audit.leaks.cuts import intervals
from ownproof.phases.audit.leaks.laws import FORMS, LINEAR, LOGARITHMIC, Law, law
from ownproof.phases.audit.leaks.table import Case, Table, known_strength
from ownproof.phases.audit.names import drop, known_beforehand
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth
from ownproof.stats.pair_fits import PairFits, pair_fits
from ownproof.stats.strength import bin_codes
from ownproof.stats.weights import Floats

COLUMNS = 400  # columns of numbers that are paired
TRIED = 24  # pairs that are looked at closely, of each kind
PROMISING, GAIN = 0.9, 0.25  # share that a pair explains, and how much may be left of what the better one leaves
PARALLEL = 1e-6  # 1 - r² of two columns that are nearly the same, as start and end are
RELATED = 0.5  # the same of two columns whose difference may have cut a label, rows far off included
LUCKY, BEYOND = 0.6, 0.8  # share of shuffled rows where it may hold; part of the others where it must
CLOSE, ALONE = 0.995, 0.9  # share explained by a law that is not exact, and by the better column alone
HANGING = 0.3  # share of what a law leaves that its parts may explain
TELLS, LEFT, WEAK = 0.97, 0.2, 0.9  # AUC of a form; what it leaves of the rest; AUC that one column alone may have
CLEAR = 0.03  # AUC by which a form is ahead of every column
STRONG = 0.97  # AUC of one column alone beyond which a cut of two says nothing more
AIMS, DRAWN = 5, 400  # classes that pairs are chosen for; rows that are drawn
LINEAR_ONCE, LOGARITHMIC_ONCE = ("{b} - {a}", "{a} + {b}"), ("{a} * {b}", "{a} / {b}")  # the others order rows alike


@dataclass(frozen=True, slots=True)
class _Pair:
    a: Seen
    b: Seen
    forms: tuple[str, ...]


def derived(table: Table) -> list[Case]:
    """`leak.derived`: the target is made of two columns, of which either must go.

    Pairs are chosen by what a linear fit on both explains beyond the better one, of the values and of their
    logarithms, and looked at in all rows.
    """
    columns = sorted(table.numbers(levels_least=3), key=lambda c: (-known_strength(c), c.name))[:COLUMNS]
    if len(columns) < 2 or not (table.truth.exact or table.truth.numbers is not None):
        return []
    columns.sort(key=lambda c: c.name)
    look = _number if table.truth.numbers is not None else _label
    found: list[Case] = []
    named: set[str] = set()
    for pair in _pairs(columns, table):
        if not named & {pair.a.name, pair.b.name} and (case := look(pair, table)) is not None:
            found.append(case)
            named |= set(case.finding.columns)
    return found


# ---------------------------------------------------------------- which pairs are worth a look
def _pairs(columns: Sequence[Seen], table: Table) -> Iterator[_Pair]:
    rows = table.probe
    matrix = np.column_stack([_values(c, rows) for c in columns])
    few = table.few.take(rows)
    logs = _log(matrix)
    if few.numbers is not None:
        yield from _chosen(columns, [pair_fits(matrix, few.numbers)], tuple(LINEAR), few)
        yield from _chosen(columns, [pair_fits(logs, _log(few.numbers))], tuple(LOGARITHMIC), few)
        return
    most = np.argsort(-np.bincount(few.codes, minlength=few.k), kind="stable")[: AIMS if few.k > 2 else 1]
    aims = [(few.codes == c).astype(np.float64) for c in most]
    yield from _chosen(columns, [pair_fits(matrix, aim) for aim in aims], LINEAR_ONCE, few)
    yield from _chosen(columns, [pair_fits(logs, aim) for aim in aims], LOGARITHMIC_ONCE, few)


def _log(values: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0, np.log(values), np.nan)


def _chosen(columns: Sequence[Seen], fits: Sequence[PairFits], forms: tuple[str, ...], few: Truth) -> Iterator[_Pair]:
    """The pairs that explain most beyond their better column; before them those that are nearly the same."""
    upper = np.triu(np.ones_like(fits[0].both, dtype=bool), 1)
    near = PARALLEL if few.numbers is not None else RELATED
    parallel = np.where(upper & (1.0 - fits[0].alike < near), fits[0].alike, -np.inf)
    gains = [_gain(f, few.numbers is not None) for f in fits]
    best = np.where(upper, np.maximum.reduce(gains), -np.inf)
    for score in (parallel, best):
        order = np.argsort(-score, axis=None, kind="stable")[:TRIED]
        for at in order[np.isfinite(score.ravel()[order])]:
            i, j = divmod(int(at), len(columns))
            yield _Pair(columns[i], columns[j], forms)


def _gain(fit: PairFits, numbers: bool) -> Floats:
    """How promising each pair is; -inf for those that are not."""
    left = (1.0 - fit.both) / np.maximum(1.0 - fit.best, 1e-12)
    if numbers:
        return np.where((fit.both >= PROMISING) & (left <= GAIN), fit.both, -np.inf)
    return np.where(np.isfinite(left) & (fit.both >= 0.05), fit.both - fit.best, -np.inf)


def _values(one: Seen, rows: np.ndarray | slice) -> Floats:
    """Magnitudes of sampled rows, moments in seconds."""
    assert one.some.numbers is not None  # noqa: S101 - chosen as a magnitude
    return one.some.numbers[rows] * _scale(one)


def _scale(one: Seen) -> float:
    return 1e-6 if one.column.kind == "moment" else 1.0


def _all(pair: _Pair, table: Table) -> tuple[Floats, Floats]:
    """Both columns in all rows."""
    return _magnitudes(pair.a, table), _magnitudes(pair.b, table)


def _magnitudes(one: Seen, table: Table) -> Floats:
    numbers = table.fetch(one.name).view.numbers
    assert numbers is not None  # noqa: S101 - chosen as a magnitude
    return numbers * _scale(one)


def _made(form: str, a: Floats, b: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        made = FORMS[form](a, b)
    return np.where(np.isfinite(made), made, np.nan)


def _of(pair: _Pair, form: str, rows: np.ndarray | slice) -> Floats:
    return _made(form, _values(pair.a, rows), _values(pair.b, rows))


# ---------------------------------------------------------------- a number
def _number(pair: _Pair, table: Table) -> Case | None:
    rows, truth = table.probe, table.few.numbers
    assert truth is not None  # noqa: S101 - the caller chose
    a, b, y = _values(pair.a, rows), _values(pair.b, rows), truth[rows]
    laws = [found for form in pair.forms if (found := law(form, a, b, y)) is not None]
    best = max(laws, key=lambda found: (found.share, found.slope > 0, found.explained), default=None)
    if best is None or _lucky(best) or not (best.share >= table.policy.law_share or best.explained >= CLOSE):
        return None
    whole = _whole(pair, best.form, table)
    if whole is None or _lucky(whole):
        return None
    if whole.share < table.policy.law_share and not _close(whole, pair, table):
        return None
    certain = whole.share >= table.policy.near_copy_share and whole.rows * math.log10(max(whole.chance, 1e-3)) < SURE
    said = f"{table.truth.column} = {whole.spell(pair.a.name, pair.b.name)}"
    if whole.share >= table.policy.law_share:
        said += f" to rounding in {round(whole.share * whole.rows):,} of {whole.rows:,} rows"
        said += f" (shuffled: {whole.chance:.1%})"
    else:
        said += f" explains {whole.explained:.2%} of it, neither column alone more than {ALONE:.0%}"
    level: Level = "block" if certain else "warn"
    made = _of(pair, whole.form, slice(None))
    return Case(_finding(pair, table, level, whole.share, said), (_scatter(pair, best, table),), made)


def _lucky(found: Law) -> bool:
    """Whether a law holds for shuffled answers nearly as often, as where most of them are 0."""
    return found.chance > LUCKY or (
        found.share - found.chance < BEYOND * (1.0 - found.chance) and found.explained < CLOSE
    )


def _whole(pair: _Pair, form: str, table: Table) -> Law | None:
    assert table.truth.numbers is not None  # noqa: S101 - the caller chose
    return law(form, *_all(pair, table), table.truth.numbers)


def _close(found: Law, pair: _Pair, table: Table) -> bool:
    """Whether a law that does not hold to rounding is the law all the same: nothing of the rest hangs on its parts."""
    if found.explained < CLOSE or max(known_strength(pair.a), known_strength(pair.b)) > ALONE:
        return False
    assert table.few.numbers is not None  # noqa: S101 - the caller chose
    rest = table.few.numbers[table.probe] - found.slope * _of(pair, found.form, table.probe) - found.offset
    parts = np.column_stack([_values(pair.a, table.probe), _values(pair.b, table.probe)])
    return not pair_fits(parts, rest).both[0, 1] > HANGING


def _scatter(pair: _Pair, found: Law, table: Table) -> Chart:
    assert table.few.numbers is not None  # noqa: S101 - the caller chose
    rows = slice(DRAWN)
    made, y = (
        found.slope * _made(found.form, _values(pair.a, rows), _values(pair.b, rows)) + found.offset,
        table.few.numbers[rows],
    )
    known = np.isfinite(made) & np.isfinite(y)
    points = Series("rows", tuple(made[known].tolist()), tuple(y[known].tolist()))
    said = found.spell(pair.a.name, pair.b.name)
    return Chart(
        f"{table.truth.column} against {said}", "points", (points,), said, table.truth.column, reference="diagonal"
    )


# ---------------------------------------------------------------- a label
def _label(pair: _Pair, table: Table) -> Case | None:
    alone = max(known_strength(pair.a), known_strength(pair.b))
    if alone >= STRONG:
        return None
    few = table.few.take(table.probe)
    strengths = {f: few.strength(bin_codes(_of(pair, f, table.probe)), seed=table.seed) for f in pair.forms}
    form = max(strengths, key=lambda f: (not math.isnan(strengths[f]), strengths[f]))
    strength = strengths[form]
    if not strength >= TELLS - 0.02 or 1.0 - strength > 2.0 * LEFT * (1.0 - alone):
        return None
    made = _of(pair, form, slice(None))
    if form in LINEAR_ONCE and np.nanmedian(made) < 0 and "-" in form:
        form, made = "{a} - {b}", -made
    strength = table.few.strength(bin_codes(made), seed=table.seed)
    cut = intervals(_made(form, *_all(pair, table)), table.truth.codes)
    certain = cut is not None and cut.cut and cut.log10_chance < SURE
    rival = max(map(known_strength, table.columns))
    apart = strength - rival >= CLEAR and 1.0 - strength <= LEFT * (1.0 - rival)
    if not certain and (alone >= WEAK or strength < TELLS or not apart):
        return None
    name = form.format(a=pair.a.name, b=pair.b.name)
    said = f"{name} tells {table.truth.column} with {table.truth.measure} {strength:.3f} (cross-fitted), "
    said += f"the better column alone with {alone:.3f}"
    if certain and cut is not None:
        edges = ", ".join(f"{low:.6g} | {high:.6g}" for low, high in cut.edges[:3])
        said = f"{table.truth.column} is {name} cut at {edges}: {cut.rows:,} of {cut.rows:,} rows; {said}"
    chart = _histogram(name, made, table.few)
    return Case(_finding(pair, table, "block" if certain else "warn", strength, said), (chart,), made)


def _histogram(name: str, made: Floats, few: Truth) -> Chart:
    codes, names = pictures.classes(few)
    return pictures.by_class(name, pictures.edges_of(made), made, codes=codes, names=names)


def _finding(pair: _Pair, table: Table, level: Level, value: float, evidence: str) -> Finding:
    names = table.accusable(pair.a.name, pair.b.name)
    # What is called scheduled or expected was known before: the other one makes the target of it.
    names = tuple(n for n in names if not known_beforehand(n)) or names
    either = " or ".join(map(drop, names))
    return Finding(
        "leak.derived",
        level,
        names,
        value,
        evidence,
        f"leave {'one of them' if len(names) > 1 else 'it'} out: {either}",
    )
