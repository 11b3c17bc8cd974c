"""The seal itself: a frozen list of hashes, found again in later data and kept out of training."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.moments import moments
from ownproof.core.policy import Policy
from ownproof.core.report import Gate
from ownproof.core.schema import Column
from ownproof.errors import InputError, Tampered
from ownproof.phases.seal.identity import NEW, identity
from ownproof.stats.hashing import Hashes
from ownproof.stats.ordered import distinct

Kind = Literal["hash", "temporal", "groups", "supplied"]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Seal:
    """One generation of sealed units, frozen as a list of hashes.

    unit_columns: the columns whose values make a unit; columns: those and the time column as they were read that
    day. keys: uint64, ascending, the sealed units. sealed_rows of rows. cut: the first sealed moment, where there is
    time. reason: how it was drawn and why so, in a sentence.
    """

    generation: int
    kind: Kind
    unit_columns: tuple[str, ...]
    columns: tuple[Column, ...]
    keys: Hashes
    sealed_rows: int
    rows: int
    cut: str | None = None
    reason: str = ""

    @property
    def units(self) -> tuple[Column, ...]:
        """The columns that make a unit."""
        return tuple(c for c in self.columns if c.name in self.unit_columns)

    @property
    def time(self) -> Column | None:
        """The column that orders the rows, where the latest are sealed."""
        return next((c for c in self.columns if c.role == "time"), None)

    @property
    def digest(self) -> str:
        """The SHA-256 of the list of keys."""
        return hashlib.sha256(self.keys.astype("<u8").tobytes()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Everything but the keys, which `digest` stands for."""
        return {
            "generation": self.generation,
            "kind": self.kind,
            "unit_columns": list(self.unit_columns),
            "columns": [c.to_json() for c in self.columns],
            "units": len(self.keys),
            "digest": self.digest,
            "sealed_rows": self.sealed_rows,
            "rows": self.rows,
            "cut": self.cut,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], keys: Hashes) -> Seal:
        """The inverse of `to_json`. Raises Tampered when the keys are not the ones that were sealed."""
        seal = cls(
            data["generation"],
            data["kind"],
            tuple(data["unit_columns"]),
            tuple(Column.from_json(c) for c in data["columns"]),
            np.asarray(keys, dtype=np.uint64),
            data["sealed_rows"],
            data["rows"],
            data["cut"],
            data["reason"],
        )
        if seal.digest != data["digest"]:
            raise Tampered(
                f"the list of sealed units of generation {seal.generation} was changed",
                expected=f"{data['units']} keys with the digest {data['digest'][:12]}",
                hint="put the list back as it was (git checkout, a backup)",
                where="store/seal",
                code="seal",
            )
        return seal


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Where a seal's units lie in a dataset.

    keys: the unit of every row, uint64 (n,); sealed: bool (n,); found_share: how many of the sealed units are there,
    0..1; late: bool (n,), rows at or after the cut that are not sealed.
    """

    keys: Hashes
    sealed: Mask
    found_share: float
    late: Mask


def marked(seal: Seal, dataset: Dataset, inputs: Mapping[str, Input]) -> Matched:
    """Find a seal's units among rows, whatever share of them is there. Raises InputError naming a missing column."""
    keys = identity(dataset, seal.units, inputs)
    sealed = within(keys, seal.keys)
    late = np.zeros(len(keys), dtype=bool)
    if seal.kind == "temporal" and seal.time is not None and seal.cut is not None:
        if seal.time.name not in dataset.schema:
            identity(dataset, [seal.time], inputs)
        times = moments(dataset, seal.time.name)
        cut = np.datetime64(seal.cut) if times.dtype.kind == "M" else float(seal.cut)
        late = (times >= cut) & ~sealed
    found = len(distinct(keys[sealed])) / max(len(seal.keys), 1)
    return Matched(keys, sealed, found, late)


def match(seal: Seal, dataset: Dataset, inputs: Mapping[str, Input], *, policy: Policy) -> Matched:
    """Find the sealed units again. Raises InputError when a column of that day is missing or too few are found."""
    found = marked(seal, dataset, inputs)
    if found.found_share < policy.sealed_found_least:
        raise InputError(
            f"only {found.found_share:.1%} of the {len(seal.keys)} sealed units are in this data",
            expected=f"at least {policy.sealed_found_least:.0%} of what was sealed as generation {seal.generation}",
            hint=f"use the data that was sealed; if it is another data set for good, draw another test set: {NEW}",
            where="seal",
            code="seal-lost",
        )
    return found


def guard(train_keys: Hashes, seal: Seal) -> Gate:
    """The gate `seal.train`: no row whose unit is sealed may be trained on. train_keys: from `identity`, uint64 (n,)."""
    rows = int(within(train_keys, seal.keys).sum())
    return Gate(
        "seal.train",
        "refused" if rows else "pass",
        rows,
        0,
        rule="no sealed row is trained on",
        advice="leave the sealed rows out: train on the rows that the split calls work" if rows else "",
    )


def within(keys: Hashes, ordered: Hashes) -> Mask:
    """bool (n,): which keys are in an ascending list. Their first bits tell of most that they are not."""
    found = np.zeros(len(keys), dtype=bool)
    if not len(ordered):
        return found
    bits = np.uint64(64 - (8 * len(ordered)).bit_length())
    there = np.zeros(1 << int(64 - bits), dtype=bool)
    there[ordered >> bits] = True
    near = np.flatnonzero(there[keys >> bits])
    some = keys[near]
    at = np.minimum(np.searchsorted(ordered, some), len(ordered) - 1)
    found[near] = ordered[at] == some
    return found
