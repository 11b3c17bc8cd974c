"""The split that the data asks for: forward windows, whole groups, strata, or one holdout; with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.moments import Times, missing, spell
from ownproof.core.policy import Policy
from ownproof.core.report import Finding, Report
from ownproof.core.split import Fold, Split
from ownproof.errors import InputError
from ownproof.phases.split.check import Parts, check
from ownproof.phases.split.windows import WINDOWS, before, forward
from ownproof.stats.hashing import Hashes, mixed_one, text_hash
from ownproof.stats.ordered import distinct
from ownproof.stats.units import Ints, Mask, Units, deal, gather, lowest

SPLIT_KEY = text_hash("ownproof/split/1")
FOLDS, REPEATS = 5, 3


@dataclass(frozen=True, slots=True)
class Plan:
    """Folds with what they are called, why, and what was noticed."""

    kind: str
    reason: str
    folds: tuple[Fold, ...]
    work: np.ndarray
    repeats: int = 1
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A split and what there is to say of it."""

    split: Split
    report: Report


def propose(
    dataset: Dataset,
    sealed: Mask,
    units: Hashes,
    strata: Ints,
    *,
    policy: Policy,
    times: Times | None = None,
    groups: Hashes | None = None,
    returning: bool = True,
    horizon_us: float = 0,
    aside: Mask | None = None,
    supplied: bool = False,
    classes: Sequence[str] | None = None,
    seed: int = 0,
) -> Proposal:
    """Split the rows that are not sealed. Everything is one entry a row of the dataset.

    sealed: bool; units: uint64, who a row is; strata: int64; times: what orders the rows, where they are ordered;
    groups: uint64 keys of the group column, where there is one (returning: a group may come back later, so that time
    goes first). horizon_us: how long an outcome takes to be known; aside: bool, rows that are neither sealed nor worked with (later
    than the sealed ones, equal to rows of a supplied test). supplied: the sealed rows are the user's own test. classes: the names of the
    strata where those are classes. seed: deals the folds anew.

    Raises InputError when fewer than two units are left to work with.
    """
    if len(sealed) != len(dataset):
        raise ValueError(f"{len(sealed)} marks for {len(dataset)} rows")
    who = units if groups is None else groups
    aside = np.zeros(len(sealed), dtype=bool) if aside is None else aside & ~sealed
    work = np.flatnonzero(~sealed & ~aside)
    by_group = groups is not None
    plan: Plan | None = None
    findings = _set_aside(aside, supplied=supplied)
    if times is not None and (returning or not by_group):
        plan = _temporal(times, sealed, aside, policy=policy, horizon_us=horizon_us)
        if plan is None:
            findings.append(_no_windows())
    if plan is None:
        plan = _by_units(gather(who[work], strata[work]), work, by_group=by_group, policy=policy, seed=seed)
    reason = f"your own test file is sealed; of the rest: {plan.reason}" if supplied else plan.reason
    codes = np.unique(who, return_inverse=True)[1].reshape(-1).astype(np.int64)
    split = Split(
        "supplied" if supplied else plan.kind,
        reason,
        plan.work,
        np.flatnonzero(sealed),
        plan.folds,
        codes,
        plan.repeats,
        _intervals(times, sealed, plan),
    )
    parts = Parts(split, plan.kind, units, strata, times, groups, tuple(classes) if classes is not None else None)
    findings += plan.findings
    report = check(parts, policy=policy, findings=tuple(findings))
    return Proposal(split, report)


def _temporal(times: Times, sealed: Mask, aside: Mask, *, policy: Policy, horizon_us: float) -> Plan | None:
    usable = ~(sealed | aside)
    known = times[sealed & ~missing(times)]
    in_order = len(known) > 0 and bool((missing(times) | (times < known.min()))[usable].all())
    if in_order:
        usable &= before(times, known.min(), horizon_us)
    work = np.flatnonzero(usable)
    share = policy.validation_share / (1 - policy.sealed_share)
    most = WINDOWS if len(work) <= policy.three_windows_up_to else 2
    folds = forward(times, work, share=share, horizon_us=horizon_us, most=most)
    if not folds:
        return None
    reason = f"rows are ordered in time: {len(folds)} forward windows, each trained on what came before it"
    if horizon_us:
        reason += "; rows whose outcome was not known yet are purged"
    return Plan("temporal", reason, folds, work, 1, _left_out(times, sealed, usable, aside))


def _by_units(units: Units, work: np.ndarray, *, by_group: bool, policy: Policy, seed: int) -> Plan:
    if len(units) < 2:
        raise InputError(
            f"only {len(units)} unit{'' if len(units) == 1 else 's'} left to train and validate on",
            expected="at least two",
            hint="bring more groups, or leave out --group" if by_group else "bring more distinct rows",
            where="--group" if by_group else "",
            code="few-units",
        )
    key = mixed_one(SPLIT_KEY ^ mixed_one(seed & 0xFFFFFFFFFFFFFFFF))
    what = "whole groups" if by_group else "equal rows together"
    rows = len(work)
    if rows > policy.three_folds_up_to:
        share = policy.validation_share / (1 - policy.sealed_share)
        held = lowest(units, share=share, key=key)
        if held.any():
            return Plan(
                "group" if by_group else "holdout",
                f"{rows:,} rows: one holdout is enough; {what}, by strata",
                (_fold(work, held[units.codes]),),
                work,
            )
    parts = min(FOLDS if rows <= policy.five_folds_up_to else 3, len(units))
    repeats = REPEATS if rows < policy.repeated_folds_below else 1
    folds = []
    for repeat in range(repeats):
        part = deal(units, parts=parts, key=mixed_one(key ^ repeat) if repeat else key)[units.codes]
        folds += [_fold(work, part == p) for p in range(parts)]
    kind: Literal["group", "repeated", "stratified"] = (
        "group" if by_group else "repeated" if repeats > 1 else "stratified"
    )
    again = f", dealt {repeats} times because there are few rows" if repeats > 1 else ""
    return Plan(kind, f"{rows:,} rows: {parts} folds by strata, {what}{again}", tuple(folds), work, repeats)


def _fold(work: np.ndarray, held: Mask) -> Fold:
    return Fold(work[~held], work[held])


def _no_windows() -> Finding:
    return Finding(
        "split.time",
        "warn",
        (),
        None,
        "the times part off no validation window of a useful size, so the rows were split without regard to time",
        "name a finer column: --time C",
    )


def _set_aside(aside: Mask, *, supplied: bool) -> list[Finding]:
    rows = int(aside.sum())
    if not rows:
        return []
    why = (
        "equal a row of your own test"
        if supplied
        else "are later than the sealed ones, or were handed in to compare with"
    )
    return [
        Finding(
            "split.aside",
            "ok",
            (),
            rows / len(aside),
            f"{rows:,} row{'s' if rows != 1 else ''} {why}; nothing is trained on them",
            "" if supplied else 'draw a later test set with: ownproof seal --new "reason"',
        )
    ]


def _left_out(times: Times, sealed: Mask, usable: Mask, aside: Mask) -> tuple[Finding, ...]:
    findings = []
    timeless = int((missing(times) & ~sealed).sum())
    if timeless:
        findings.append(
            Finding(
                "split.time-missing",
                "warn",
                (),
                timeless / len(times),
                f"{timeless} rows have no time; they are trained on and never answered",
                "fill in the times, or leave those rows out",
            )
        )
    purged = int((~sealed & ~aside & ~usable).sum())
    if purged:
        findings.append(
            Finding(
                "split.purged",
                "ok",
                (),
                purged / len(times),
                f"{purged} rows lie within the horizon before the sealed ones and are left out",
                "",
            )
        )
    return tuple(findings)


def _intervals(times: Times | None, sealed: Mask, plan: Plan) -> dict[str, tuple[str, str]]:
    if times is None:
        return {}
    held = distinct(np.concatenate([f.validation for f in plan.folds]))
    train = plan.folds[-1].train if plan.kind == "temporal" else plan.work
    parts = {"train": train, "validation": held, "sealed": np.flatnonzero(sealed)}
    spans = {}
    for name, rows in parts.items():
        known = times[rows][~missing(times[rows])]
        if len(known):
            spans[name] = (spell(known.min()), spell(known.max()))
    return spans
