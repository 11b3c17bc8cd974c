"""Drawing a sealed set: from the rows alone, without a seed, once a generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.moments import Times, ascending, missing, moments, spell
from ownproof.core.policy import Policy
from ownproof.core.report import Finding
from ownproof.core.schema import Column
from ownproof.errors import InputError
from ownproof.phases.seal.identity import Groups, identity, unit_columns
from ownproof.phases.seal.match import Kind, Mask, Seal, within
from ownproof.stats.hashing import Hashes, text_hash
from ownproof.stats.ordered import distinct
from ownproof.stats.units import Ints, gather, lowest, nearest_start

SEAL_KEY = text_hash("ownproof/seal/1")
"""Published and constant: whoever holds the rows draws the same set, and there is no seed to shop with."""
SLACK = 2.0
"""A share that whole units or equal times cannot meet may be up to this many times as large, or a third of it."""
LOST = "bring the column back: without it nobody can tell which rows were trained on; or start anew with --out DIR"


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """An earlier generation: its seal, and the units (by its own columns) that something was trained on."""

    seal: Seal
    trained: Hashes


def first(
    dataset: Dataset, strata: Ints, inputs: Mapping[str, Input], *, groups: Groups | None = None, policy: Policy
) -> tuple[Seal, tuple[Finding, ...]]:
    """The first generation's seal, by the roles in the dataset's schema. strata: int64 (n,), from the target.

    Raises InputError when there are too few rows or units to seal any.
    """
    if len(dataset) < policy.rows_least:
        raise InputError(
            f"{len(dataset)} rows are too few to set a test apart",
            expected=f"at least {policy.rows_least} rows",
            hint="bring more labelled rows",
            where="the data",
            code="few-rows",
        )
    time, group = dataset.schema.role("time"), dataset.schema.role("group")
    findings: list[Finding] = []
    if time is not None and not (group is not None and groups == "new"):
        columns = unit_columns(dataset, inputs, groups=groups, temporal=True)
        times = moments(dataset, time.name)
        if latest(times, policy).any():
            keys = identity(dataset, columns, inputs)
            return draw(
                strata,
                keys,
                columns=_with_time(columns, time),
                policy=policy,
                times=times,
                kind="temporal",
                names=_names(columns),
            ), ()
        findings.append(
            Finding(
                "seal.time",
                "warn",
                (time.name,),
                None,
                f"no moment of {time.name!r} parts off about {policy.sealed_share:.0%} of the rows "
                "(too many rows share a moment, or have none)",
                f"name a finer column: --time C; or leave out --time {time.name}",
            )
        )
    columns, keys = _by_hash(dataset, inputs, policy)
    seal = draw(
        strata, keys, columns=columns, policy=policy, kind="hash" if group is None else "groups", names=_names(columns)
    )
    by_value = group is None and dataset.schema.role("id") is None
    return seal, (*findings, *_large(keys, policy, by_value=by_value))


def draw(
    strata: Ints,
    keys: Hashes,
    *,
    columns: Sequence[Column],
    policy: Policy,
    generation: int = 1,
    times: Times | None = None,
    kind: Kind = "hash",
    allowed: Mask | None = None,
    names: Sequence[str] = (),
) -> Seal:
    """Seal a share of the rows, whole units, with no seed.

    strata: int64 (n,); keys: uint64 (n,), from `identity` over the columns called `names` (all of `columns` when
    empty). temporal: the latest rows, equal times on one side. Else the units with the lowest ranks within each
    stratum; one of more than 1 % of the rows stays in training (where all are large, the smaller ones may go).
    allowed: bool (n,), rows that may be sealed. Raises InputError when that leaves too few.
    """
    names = tuple(names) or tuple(c.name for c in columns)
    if kind == "temporal":
        if times is None:
            raise ValueError("a temporal seal needs times")
        sealed = latest(times, policy, allowed)
        if not sealed.any():
            raise _too_few(len(keys), 0 if allowed is None else int(allowed.sum()), policy)
        cut = times[sealed].min()
        how = f"the latest {sealed.mean():.1%} of the rows, from {spell(cut)} on"
        return _made(keys, sealed, (generation, kind, names, tuple(columns)), cut=spell(cut), reason=how)
    units = gather(keys, strata)
    may = units.rows <= size_limit(units.rows, policy)
    if allowed is not None:
        untouched = np.bincount(units.codes, allowed, len(units)) == units.rows
        may &= untouched
        wanted = policy.sealed_share * len(keys)
        if units.rows[may].sum() < wanted:
            raise _too_few(len(keys), int(units.rows[may].sum()), policy)
    chosen = lowest(units, share=policy.sealed_share, key=SEAL_KEY, eligible=may, most=0.5 if allowed is None else 1.0)
    if not chosen.any():
        raise InputError(
            f"too few or too large units to set a test apart: {len(units)}, told apart by {', '.join(names)}",
            expected="several units of which each holds a small share of the rows",
            hint="bring more of them, or name a finer --group or --id",
            where=", ".join(names),
            code="few-units",
        )
    sealed = chosen[units.codes]
    what = f"{names[0]!r}" if len(names) == 1 else f"the values of {len(names)} columns"
    how = f"{sealed.mean():.1%} of the rows, by ranked hash of {what}, within strata of the target"
    return _made(keys, sealed, (generation, kind, names, tuple(columns)), cut=None, reason=how)


def draw_new(
    dataset: Dataset,
    strata: Ints,
    inputs: Mapping[str, Input],
    *,
    past: Sequence[Past],
    groups: Groups | None = None,
    policy: Policy,
    reason: str = "",
) -> Seal:
    """The next generation: units that were neither trained on nor sealed before, in any generation of `past`.

    reason: why a new one is drawn, in the user's words.

    Raises InputError with the number of rows that are lacking, or naming a column without which it cannot be known.
    """
    touched = np.zeros(len(dataset), dtype=bool)
    for each in past:
        keys = identity(dataset, each.seal.units, inputs, hint=LOST)
        touched |= within(keys, each.seal.keys) | np.isin(keys, each.trained)
    generation = 1 + max((p.seal.generation for p in past), default=0)
    time, group = dataset.schema.role("time"), dataset.schema.role("group")
    if time is not None and not (group is not None and groups == "new"):
        columns = unit_columns(dataset, inputs, groups=groups, temporal=True)
        seal = draw(
            strata,
            identity(dataset, columns, inputs),
            columns=_with_time(columns, time),
            policy=policy,
            generation=generation,
            times=moments(dataset, time.name),
            kind="temporal",
            allowed=~touched,
            names=_names(columns),
        )
    else:
        columns, keys = _by_hash(dataset, inputs, policy)
        seal = draw(
            strata,
            keys,
            columns=columns,
            policy=policy,
            generation=generation,
            kind="hash" if group is None else "groups",
            allowed=~touched,
        )
    return replace(seal, reason=f"{seal.reason}; drawn anew: {reason}") if reason else seal


def supplied(dataset: Dataset, inputs: Mapping[str, Input], test: Mask, *, generation: int = 1) -> Seal:
    """The user's own test set as the sealed one. dataset: the data with the test rows; test: bool (n,), which they are.

    A row is recognised by its values, whatever group or id it has: numbers given anew in each file would make
    strangers equal. A row of the data that equals one of the test is found as well; it is no test row, and must be
    kept out of training.
    """
    schema = dataset.schema
    plain = replace(
        dataset,
        schema=replace(
            schema,
            columns=tuple(
                c if c.role in {"target", "weight", "time"} else replace(c, role="feature") for c in schema.columns
            ),
        ),
    )
    columns = unit_columns(plain, inputs)
    keys, time, cut = identity(dataset, columns, inputs), schema.role("time"), None
    if time is not None:
        times = moments(dataset, time.name)[test]
        known = times[~missing(times)]
        cut = spell(known.min()) if len(known) else None
    return _made(
        keys,
        test,
        (generation, "supplied", _names(columns), columns),
        cut=cut,
        reason=f"your own test set of {int(test.sum())} rows is the sealed one",
    )


def latest(times: Times, policy: Policy, allowed: Mask | None = None) -> Mask:
    """bool (n,): the latest share of the rows, equal times on one side; none where no moment parts off about as many.

    allowed: bool (n,), rows that may be sealed; then only what lies after all others.
    """
    known = ~missing(times)
    if allowed is not None and (known & ~allowed).any():
        known &= times > times[known & ~allowed].max()
    ordered = ascending(times[known])
    wanted = policy.sealed_share * len(times)
    middle = len(ordered) - wanted
    at = nearest_start(ordered, middle)
    if allowed is not None and abs(middle) <= abs(at - middle):
        at = 0  # all that is left is nearer to the share than any part of it
    count = len(ordered) - at
    inside = wanted / (SLACK + 1) <= count <= wanted * SLACK and count < len(times)
    return known & (times >= ordered[at]) if inside else np.zeros(len(times), dtype=bool)


def size_limit(rows: Ints, policy: Policy) -> float:
    """How many rows a unit may hold and still be sealed.

    1 % of all; more only where units that small make up less than twice what is to be sealed, and then as little more
    as it takes, never above twice the sealed share.
    """
    total = int(rows.sum())
    limit = max(1.0, policy.unit_share_most * total)
    ordered = np.sort(rows)
    enough = int(np.searchsorted(np.cumsum(ordered), 2 * policy.sealed_share * total))
    needed = float(ordered[min(enough, len(ordered) - 1)]) if len(ordered) else limit
    return limit if needed <= limit else max(limit, min(needed, SLACK * policy.sealed_share * total))


def _by_hash(dataset: Dataset, inputs: Mapping[str, Input], policy: Policy) -> tuple[tuple[Column, ...], Hashes]:
    """The columns of a unit where time plays no part, with the keys of all rows."""
    columns = unit_columns(dataset, inputs)
    keys = identity(dataset, columns, inputs)
    named = dataset.schema.role("group") or dataset.schema.role("id")
    every = unit_columns(dataset, inputs, every=True)
    if named is None and len(every) > len(columns) and _crowded(keys, policy):
        return every, identity(dataset, every, inputs)
    return columns, keys


def _made(
    keys: Hashes,
    sealed: Mask,
    what: tuple[int, Kind, Sequence[str], tuple[Column, ...]],
    *,
    cut: str | None,
    reason: str,
) -> Seal:
    generation, kind, names, columns = what
    return Seal(
        generation, kind, tuple(names), columns, distinct(keys[sealed]), int(sealed.sum()), len(keys), cut, reason
    )


def _too_few(rows: int, free: int, policy: Policy) -> InputError:
    share = policy.sealed_share
    lacking = max(1, ceil((share * rows - free) / (1 - share)))
    return InputError(
        f"only {free} of {rows} rows were neither trained on nor sealed before",
        expected=f"at least {share:.0%} of the rows",
        hint=f"add about {lacking} new labelled rows, then draw the test set again",
        where="seal --new",
        code="few-untouched",
    )


def _crowded(keys: Hashes, policy: Policy) -> bool:
    """Whether units of at most 1 % of the rows make up too little to seal from."""
    rows = np.unique(keys, return_counts=True)[1]
    small = rows <= max(1.0, policy.unit_share_most * len(keys))
    return bool(rows[small].sum() < 2 * policy.sealed_share * len(keys))


def _large(keys: Hashes, policy: Policy, *, by_value: bool) -> tuple[Finding, ...]:
    rows = np.unique(keys, return_counts=True)[1]
    large = rows > max(1.0, policy.unit_share_most * len(keys))
    if not large.any():
        return ()
    share = float(rows[large].sum() / len(keys))
    raised = size_limit(rows, policy) > max(1.0, policy.unit_share_most * len(keys))
    what = "sets of equal rows" if by_value else "units"
    evidence = (
        f"more than {policy.unit_share_most:.0%} of the rows each: {int(large.sum())} {what}, {share:.0%} in all; "
    )
    evidence += "there are too few small ones, so large ones may be sealed" if raised else "they stay in training"
    advice = "name a column that tells the rows apart: --id C" if by_value else "name a finer --group or --id"
    return (Finding("seal.large-units", "warn" if raised else "ok", (), share, evidence, advice),)


def _names(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(c.name for c in columns)


def _with_time(columns: Sequence[Column], time: Column) -> tuple[Column, ...]:
    return (*columns, time) if time.name not in _names(columns) else tuple(columns)
