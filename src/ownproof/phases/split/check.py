"""What a split must hold, looked for in the split that was made: no unit on two sides, no class missing, time in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ownproof.core.moments import Times, missing, spell
from ownproof.core.policy import Policy
from ownproof.core.report import Block, Finding, Gate, Grid, Note, Report, Section
from ownproof.core.split import Split
from ownproof.stats.hashing import Hashes
from ownproof.stats.ordered import distinct
from ownproof.stats.units import Ints

SHOWN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """A split with what is known of its rows: kind of its folds, unit keys, strata, times, group keys, class names."""

    split: Split
    kind: str
    units: Hashes
    strata: Ints
    times: Times | None
    groups: Hashes | None
    classes: tuple[str, ...] | None

    def named(self) -> Iterator[tuple[str, np.ndarray]]:
        """The parts of the split by name: windows one by one, other folds as one."""
        folds = self.split.folds
        if self.kind == "temporal":
            for k, fold in enumerate(folds):
                yield f"window {k + 1}: train", fold.train
                yield f"window {k + 1}: validation", fold.validation
        elif len(folds) == 1:
            yield "train", folds[0].train
            yield "validation", folds[0].validation
        else:
            yield f"train and validation ({len(folds)} folds)", self.split.work
        yield "sealed", self.split.sealed


def check(parts: Parts, *, policy: Policy, findings: tuple[Finding, ...] = ()) -> Report:
    """The report of a split, with the gates `split.units`, `split.class` and `split.time`."""
    gates = [_units(parts), _time(parts)]
    found = list(findings)
    if parts.classes is not None:
        gate, rare = _classes(parts, parts.classes, policy)
        gates.append(gate)
        found += rare
    facts = {"folds": len(parts.split.folds), "repeats": parts.split.repeats, "reason": parts.split.reason}
    notes: list[Block] = [Note(parts.split.reason[:1].upper() + parts.split.reason[1:] + ".")]
    if parts.groups is not None and parts.kind == "temporal":
        share = _returning(parts)
        facts["groups_returning"] = share
        notes.append(
            Note(
                f"Groups may return: {share:.0%} of the sealed groups are known from training; "
                "they are evaluated apart from the new ones."
            )
        )
    return Report("split", tuple(found), tuple(gates), (Section("Split", (*notes, _table(parts)), "split"),), facts)


def _units(parts: Parts) -> Gate:
    """Count units on two sides: groups where they are kept whole, else rows as they are recognised.

    Groups that also occur in the user's own test are the audit's business.
    """
    split = parts.split
    rows = _codes(parts.units)
    within = rows if parts.kind == "temporal" else split.units
    across = rows if split.kind == "supplied" else within
    both = _overlap(across, split.work, split.sealed)
    both += max((_overlap(within, f.train, f.validation) for f in split.folds), default=0)
    return Gate(
        "split.units",
        "refused" if both else "pass",
        both,
        0,
        rule="no unit is on two sides",
        advice="name what belongs together with --group, and draw the test set again" if both else "",
    )


def _codes(units: Hashes) -> np.ndarray:
    """int64 (n,): equal units have equal codes."""
    if len(distinct(units)) == len(units):
        return np.arange(len(units))
    return np.unique(units, return_inverse=True)[1].reshape(-1)


def _held(codes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """bool, one a unit: which are among some rows."""
    held = np.zeros(int(codes.max()) + 1 if len(codes) else 0, dtype=bool)
    held[codes[rows]] = True
    return held


def _overlap(codes: np.ndarray, one: np.ndarray, other: np.ndarray) -> int:
    return int((_held(codes, one) & _held(codes, other)).sum())


def _time(parts: Parts) -> Gate:
    rule = "rows that are ordered in time are split in time"
    if parts.times is None:
        return Gate("split.time", "not-run", rule=rule)
    times, split = parts.times, parts.split
    if parts.kind != "temporal":
        return Gate("split.time", "not-run", parts.kind, rule=rule)
    pairs = [(f.train, f.validation) for f in split.folds] + [(split.work, split.sealed)]
    wrong = sum(_disorder(times, early, late) for early, late in pairs)
    return Gate(
        "split.time",
        "refused" if wrong else "pass",
        wrong,
        0,
        rule=rule,
        advice="test on the latest rows: leave out --test, or hand in one that is later than the data" if wrong else "",
    )


def _disorder(times: Times, early: np.ndarray, late: np.ndarray) -> int:
    """How many of the early rows are not before every late one."""
    first, second = times[early], times[late]
    second = second[~missing(second)]
    return int((first[~missing(first)] >= second.min()).sum()) if len(second) else 0


def _classes(parts: Parts, classes: tuple[str, ...], policy: Policy) -> tuple[Gate, list[Finding]]:
    split, k = parts.split, len(classes)
    trained = np.zeros(len(parts.strata), dtype=bool)
    for fold in split.folds:
        trained[fold.train] = True
    sides = {"training": np.flatnonzero(trained), "validation": split.answered, "sealed": split.sealed}
    everywhere = np.concatenate([split.work, split.sealed])
    pairs = distinct(split.units[everywhere] * k + parts.strata[everywhere])
    units = np.bincount(pairs % k, minlength=k)
    refused: list[str] = []
    rare: list[Finding] = []
    for side, rows in sides.items():
        counts = np.bincount(parts.strata[rows], minlength=k)
        for c in np.flatnonzero((counts == 0) & (units > 0)):
            if units[c] >= policy.class_units_least:
                refused.append(f"{classes[c]} ({_count(units[c])}) is missing in {side}")
            else:
                rare.append(
                    Finding(
                        "split.class-rare",
                        "warn",
                        (),
                        int(units[c]),
                        f"class {classes[c]!r} has {_count(units[c])} and none in the {side} part",
                        "bring more of it, or merge it with another class",
                    )
                )
    gate = Gate(
        "split.class",
        "refused" if refused else "pass",
        "; ".join(refused) or 0,
        0,
        rule=f"a class of at least {policy.class_units_least} units is on every side",
        advice="bring rows of it from every period and group, or merge it with another class" if refused else "",
    )
    return gate, rare


def _count(units: int) -> str:
    return f"{units} unit" + ("s" if units != 1 else "")


def _returning(parts: Parts) -> float:
    """The share of the sealed groups that occur in the work rows."""
    sealed = _held(parts.split.units, parts.split.sealed)
    return float(_held(parts.split.units, parts.split.work)[sealed].mean()) if sealed.any() else 0.0


def _table(parts: Parts) -> Grid:
    names = parts.classes or ()
    shown = names[:SHOWN]
    rows = []
    for name, members in parts.named():
        row: list[object] = [name, len(members), int(_held(parts.split.units, members).sum())]
        if parts.times is not None:
            known = parts.times[members][~missing(parts.times[members])]
            row += [spell(known.min()), spell(known.max())] if len(known) else ["", ""]
        counts = np.bincount(parts.strata[members], minlength=len(names))
        row += [f"{counts[c] / max(len(members), 1):.1%}" for c in range(len(shown))]
        rows.append(tuple(row))
    columns = ("part", "rows", "units", *(("from", "to") if parts.times is not None else ()), *shown)
    more = f" ({len(names) - SHOWN} more classes)" if len(names) > SHOWN else ""
    return Grid(columns, tuple(rows), "The parts, and the share of each class in them" + more if shown else "The parts")
