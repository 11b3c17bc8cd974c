"""What is worth saying of the ratings: raters, classes and slices that stand out, spellings, changed minds."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from typing import Final

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import Finding
from ownproof.phases.agree import apart
from ownproof.phases.agree.evidence import Evidence, evidence
from ownproof.phases.agree.measured import Measured
from ownproof.phases.agree.pages import percent
from ownproof.stats.agreement.resample import Spread, spread
from ownproof.stats.distributions import two_sided
from ownproof.stats.intervals import bonferroni

GAP: Final = 0.1
"""A rater, or a rater's later half, is spoken of when so much of kappa lies between it and the others."""
ITEMS_LEAST: Final = 30
PREVALENT: Final = 0.9
ALARM: Final = 0.99
"""One false accusation of any rater in a hundred sets of ratings."""
DRAWS: Final = 4_000
WORDS: Final = ("NA", "N/A", "n/a", "na", "none", "None", "NONE", "-", "?", "missing", "unknown")


def findings(found: Measured, *, policy: Policy, seed: int) -> tuple[Finding, ...]:
    """All findings, those that accuse first."""
    said = [
        *_spellings(found),
        *_raters(found, seed=seed),
        *_changes(found, seed=seed),
        *_weak(found, policy),
        *_slices(found, policy),
        *_prevalence(found),
        *_about_rows(found),
    ]
    order = {"block": 0, "warn": 1, "ok": 2}
    return tuple(sorted(said, key=lambda f: order[f.level]))


def _spellings(found: Measured) -> Iterator[Finding]:
    """Classes that are one word in two spellings: what they disagree on is typing."""
    if found.ratings.kind != "nominal":
        return
    alike: dict[str, list[str]] = {}
    for value in found.ratings.values:
        plain = unicodedata.normalize("NFKC", str(value)).casefold()
        key = "".join(c for c in plain if c.isalnum()) or plain
        alike.setdefault(key, []).append(str(value))
    for names in alike.values():
        if len(names) > 1:
            shown = ", ".join(repr(n) for n in names)
            yield Finding(
                "agree.spelling",
                "warn",
                tuple(names),
                float(len(names)),
                f"{shown} are counted as {len(names)} classes and differ in spelling only",
                "write them the same way, then measure again",
            )


def _raters(found: Measured, *, seed: int) -> Iterator[Finding]:
    """Raters who agree with the others less than the others do among themselves, beyond chance and by a tenth."""
    number = len(found.raters)
    if number < 3:
        return
    level = bonferroni(ALARM, number)
    ratings = found.seen.ratings
    for part in found.raters:
        if part.spread.items < ITEMS_LEAST or not part.spread.high < found.deciding.spread.value:
            continue
        rest = _others(found, part.name)
        if rest is None or part.spread.high > rest.value - GAP:
            continue
        rows = ratings.rater == ratings.raters.index(part.name)
        sure = spread(apart.of_rater(found.seen, rows), seed=seed, level=level, draws=DRAWS)
        if sure.high < rest.value - GAP and sure.high < rest.low:
            yield Finding(
                "agree.rater",
                "warn",
                (part.name,),
                part.spread.value,
                f"rater {part.name!r} agrees with the others at {_told(part.spread)}, they among themselves at "
                f"{_told(rest)}",
                f"go through the guide with {part.name} on the disputed items; until then measure without these ratings",
            )


def _others(found: Measured, rater: str) -> Spread | None:
    """Agreement of the other raters among themselves."""
    seen = _without(found.seen, rater)
    if len(seen.ratings.items) < ITEMS_LEAST:
        return None
    made = seen.coefficient(seen.decides, seed=0, level=found.deciding.spread.level, draws=apart.DRAWS)
    return None if made.undefined else made.spread


def _changes(found: Measured, *, seed: int) -> Iterator[Finding]:
    """Raters whose later half agrees less than their earlier one, the others not: the most fallen first, then without."""
    seen, changes = found.seen, found.changes
    while changes:
        fallen = changes[0]
        rest = _change_of_others(seen, fallen.name)
        if rest is None or not _fell(fallen, len(found.changes), rest):
            return
        yield Finding(
            "agree.drift",
            "warn",
            (fallen.name,),
            fallen.change.value,
            f"rater {fallen.name!r} agreed with the others at {_told(fallen.earlier)} in the earlier half of the answers "
            f"and at {_told(fallen.later)} in the later",
            f"look at the latest answers of {fallen.name}: has the guide changed, or the pace?",
        )
        seen = _without(seen, fallen.name)
        changes = apart.drifts(seen, seed=seed, level=fallen.change.level)


def _fell(change: apart.Change, number: int, others: float) -> bool:
    """Whether a rater surely fell, and by a tenth more than the others did among themselves."""
    reach = change.change.high - change.change.value
    wider = reach * two_sided(bonferroni(ALARM, number)) / two_sided(change.change.level)
    least = min(0.0, others)
    return math.isfinite(reach) and change.change.value + wider < least and change.change.value <= least - GAP


def _change_of_others(seen: Evidence, rater: str) -> float | None:
    """How agreement among the others changed at the middle of a rater's answers; None where it cannot be told."""
    ratings = seen.ratings
    if ratings.at is None:
        return None
    middle = float(np.nanmedian(ratings.at[ratings.rater == ratings.raters.index(rater)]))
    values = []
    for rows in (ratings.at <= middle, ratings.at > middle):
        half = evidence(
            ratings.of_rows(rows & (ratings.rater != ratings.raters.index(rater))), weighting=seen.weighting
        )
        if half.undefined(half.decides):
            return None
        values.append(half.sums(half.decides).point)
    return values[1] - values[0]


def _without(seen: Evidence, rater: str) -> Evidence:
    ratings = seen.ratings
    return evidence(ratings.of_rows(ratings.rater != ratings.raters.index(rater)), weighting=seen.weighting)


def _weak(found: Measured, policy: Policy) -> Iterator[Finding]:
    """Classes that raters do not tell apart from the others."""
    limit = policy.kappa_low
    for part in found.classes:
        high = _wider(part.spread, len(found.classes))
        if part.spread.items >= ITEMS_LEAST and high < limit and not high >= found.deciding.spread.value:
            kind = "F1" if found.seen.marked is not None else "kappa"
            yield Finding(
                "agree.class",
                "warn",
                (part.name,),
                part.spread.value,
                f"on {part.name!r} raters agree at {_told(part.spread)} ({kind} of this class against the others)",
                f"define {part.name} more sharply in the guide, with decided edge cases",
            )


def _slices(found: Measured, policy: Policy) -> Iterator[Finding]:
    whole = found.deciding.spread
    for part in found.slices:
        high = _wider(part.spread, len(found.slices))
        if part.spread.items >= ITEMS_LEAST and high < policy.kappa_low and high < whole.value - GAP:
            yield Finding(
                "agree.slice",
                "warn",
                (part.of,),
                part.spread.value,
                f"where {part.of} is {part.name!r} raters agree at {_told(part.spread)}, over all at {_told(whole)}",
                f"look at the disputed items where {part.of} is {part.name}; the guide may not cover them",
            )


def _wider(found: Spread, number: int) -> float:
    """The upper end of an interval that holds together with `number` others; NaN where it is unknown."""
    return found.value + (found.high - found.value) * two_sided(bonferroni(found.level, number)) / two_sided(
        found.level
    )


def _prevalence(found: Measured) -> Iterator[Finding]:
    if not found.classes or found.seen.marked is not None:
        return
    first = found.classes[0]
    if first.share >= PREVALENT and found.observed is not None:
        other = found.coefficients.get("gwet")
        beside = (
            f"; {other.title}, which chance fools less, is {other.spread.value:.3f}"
            if other and not other.undefined
            else ""
        )
        yield Finding(
            "agree.prevalence",
            "ok",
            (first.name,),
            first.share,
            f"{percent(first.share)} of the ratings are {first.name!r} and {percent(found.observed)} of the pairs agree: most of it "
            f"would by chance, and kappa counts what is left{beside}",
            "draw the overlap stratified, so that the rare classes are among the items rated twice",
        )


def _about_rows(found: Measured) -> Iterator[Finding]:
    ratings = found.ratings
    if found.once:
        yield Finding(
            "agree.once",
            "ok",
            (),
            float(found.once),
            f"{found.once:,} of {len(ratings.items):,} items were rated once and say nothing of agreement",
            "",
        )
    if ratings.replaced:
        yield Finding(
            "agree.changed",
            "ok",
            (),
            ratings.changed / ratings.replaced,
            f"{ratings.replaced:,} answers were given anew by the same rater ({ratings.changed:,} of them changed); the "
            "last one counts",
            "",
        )
    if ratings.unanswered:
        yield Finding(
            "agree.unanswered",
            "ok",
            (),
            float(ratings.unanswered),
            f"{ratings.unanswered:,} rows hold no item, no rater or no label and are left out",
            "",
        )
    words = [str(v) for v in ratings.values if v in WORDS] if ratings.kind in ("nominal", "ordinal") else []
    if words:
        yield Finding(
            "agree.missing-word",
            "ok",
            tuple(words),
            float(len(words)),
            f"{', '.join(repr(w) for w in words)} is counted as a class",
            "leave the cell empty where nobody answered",
        )


def _told(found: Spread) -> str:
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
