"""Columns that give the outcome away: copies, things known only afterwards, and what stands apart without a reason."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ownproof.core.policy import Policy
from ownproof.core.report import Finding
from ownproof.phases.audit.chance import SURE
from ownproof.phases.audit.names import afterwards, drop, words_of
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth

SHOWN = 5
LATER = 0.99  # share of a column's moments after the row's own time that says: written down afterwards
OTHERS_LEAST = 3  # columns that must be there to stand apart from
APART, HALF = 0.1, 0.5  # ahead of the second column by so much of an AUC, and with at most half of what it leaves open
TENTH, CLEAR = 0.1, 0.03  # or with at most a tenth of what the second leaves open, and clearly ahead of it


def copies(seen: Sequence[Seen], truth: Truth, available: Mapping[str, str]) -> list[Finding]:
    """`leak.copy`, or `leak.id` for names of things that have one answer each: one finding a column.

    What the availability file calls known before is said and not accused.
    """
    found = [
        _loyal(one, truth) if one.copy.how == "names" else _copy(one, truth) for one in seen if one.copy is not None
    ]
    return [replace(f, level="ok", advice="") if available.get(f.columns[0]) == "before" else f for f in found]


def _loyal(one: Seen, truth: Truth) -> Finding:
    copy, name = one.copy, one.name
    assert copy is not None  # noqa: S101 - the caller chose
    few = bool(one.names)
    evidence = (
        f"{one.profile.distinct:,} values of {name} name {copy.rows:,} rows, and all rows of one have the same "
        f"{truth.column} ({one.example})"
    )
    return Finding(
        "leak.id",
        "block" if few else "warn",
        (name,),
        copy.share,
        evidence,
        f"keep the rows of one {name} together: --group {shlex.quote(name)}; or leave it out: {drop(name)}",
    )


def _copy(one: Seen, truth: Truth) -> Finding:
    copy, name, target = one.copy, one.name, truth.column
    assert copy is not None  # noqa: S101 - the caller chose
    says = {
        "equal": f"{name} is {target} itself",
        "recoded": f"{name} is {target} under other names ({one.example})",
        "levels": f"every value of {name} has one {target} only ({one.example})",
        "missing": f"{name} is empty or not as {target} is ({one.example})",
        "cut": f"{target} is {name} cut at {_edges(copy.edges)}",
        "bands": f"{name} is made of bands of {target}, cut at {_edges(copy.edges)}",
        "monotone": f"{target} {'falls' if copy.falling else 'rises'} with {name} without exception ({one.example})",
    }[copy.how]
    if copy.share < 1.0:
        says = says.replace(" without exception", "")
    right = round(copy.share * copy.rows)
    certain = copy.log10_chance < SURE
    evidence = (
        f"{says}: {right:,} of {copy.rows:,} rows; by chance one time in 10^{max(1, math.floor(-copy.log10_chance)):,}"
    )
    return Finding(
        "leak.copy", "block" if certain else "warn", (name,), copy.share, evidence, f"leave it out: {drop(name)}"
    )


def _edges(edges: Sequence[tuple[float, float]]) -> str:
    shown = [f"{low:.6g} | {high:.6g}" for low, high in edges[:SHOWN]]
    return ", ".join(shown) + (f" and {len(edges) - SHOWN} more places" if len(edges) > SHOWN else "")


def declared(seen: Sequence[Seen], available: Mapping[str, str]) -> list[Finding]:
    """`leak.availability` for what the availability file says: `after` is certain, a lag is a warning."""
    found = []
    for one in seen:
        known = available.get(one.name, "before")
        if not one.watched or known == "before":
            continue
        if known == "after":
            found.append(
                Finding(
                    "leak.availability",
                    "block",
                    (one.name,),
                    None,
                    f'the availability file says {one.name} = "after": it is known only after the outcome',
                    f"leave it out: {drop(one.name)}",
                )
            )
        else:
            found.append(
                Finding(
                    "leak.availability",
                    "warn",
                    (one.name,),
                    None,
                    f"the availability file says {one.name} is known {known} late: a row to be answered does not have it yet",
                    f"shift it by {known}, or leave it out: {drop(one.name)}",
                )
            )
    return found


def strong(
    seen: Sequence[Seen], truth: Truth, policy: Policy, *, available: Mapping[str, str], accused: set[str]
) -> list[Finding]:
    """What columns alone say too well: `leak.availability`, `leak.proxy` or only `predictor.strong`, one a column.

    accused: columns that are named already; nothing is compared with them, nor with what has another role. A column that the availability file calls
    known before is never accused here.
    """
    least = policy.strong_auc
    fair = sorted(
        (
            s
            for s in seen
            if s.watched and s.column.role == "feature" and s.name not in accused and not math.isnan(s.strength)
        ),
        key=lambda s: (-s.strength, s.name),
    )
    found, rest = [], []
    for one in fair:
        cleared = available.get(one.name) == "before"
        reason = "" if cleared or one.strength < least else _reason(one, truth)
        if reason:
            found.append(
                Finding(
                    "leak.availability",
                    "warn",
                    (one.name,),
                    one.strength,
                    f"{_says(one, truth)}, and {reason}",
                    f'if it is known only afterwards: {drop(one.name)}; else write {one.name} = "before" '
                    "into a file for --available",
                )
            )
        else:
            rest.append(one)
    return found + [
        _alone(one, rest, truth, cleared=available.get(one.name) == "before") for one in rest if one.strength >= least
    ]


def _reason(one: Seen, truth: Truth) -> str:
    word = afterwards(one.name, truth.column)
    if one.after >= LATER:
        return f"{one.after:.0%} of its moments lie after the row's own time"
    if word:
        own = word in words_of(truth.column)
        return (
            f"its name has the target's {word!r} in it"
            if own
            else f"its name ({word!r}) is of a thing known only afterwards"
        )
    return ""


def _says(one: Seen, truth: Truth) -> str:
    what = f"{one.part!r}" if one.part else one.name
    return f"{what} alone tells {truth.column} with {truth.measure} {one.strength:.3f} (cross-fitted)"


def _alone(one: Seen, rest: Sequence[Seen], truth: Truth, *, cleared: bool) -> Finding:
    others = [s for s in rest if s is not one]
    second = max(others, key=lambda s: (s.strength, s.name), default=None)
    apart = second is not None and len(others) >= OTHERS_LEAST and _apart(one.strength, second.strength, truth)
    if cleared or not apart or second is None:
        return Finding(
            "predictor.strong",
            "ok",
            (one.name,),
            one.strength,
            _says(one, truth),
            "" if cleared else "make sure that it is known before the outcome",
        )
    return Finding(
        "leak.proxy",
        "warn",
        (one.name,),
        one.strength,
        f"{_says(one, truth)}; the next column, {second.name}, reaches {second.strength:.3f}",
        f'if it is known before the outcome, write {one.name} = "before" into a file for --available; '
        f"else: {drop(one.name)}",
    )


def _apart(first: float, second: float, truth: Truth) -> bool:
    scale = 1.0 if truth.numbers is None else 2.0
    left, other = (1.0 - first) / scale, (1.0 - second) / scale
    return (other - left >= APART and left <= HALF * other) or (other - left >= CLEAR and left <= TENTH * other)
