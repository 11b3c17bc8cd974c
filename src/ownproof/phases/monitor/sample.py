"""The decisions of a window that are kept one by one: a sample by hash, so that samples of parts add up to the whole's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True)
class Told:
    """One outcome: when it was logged, when it became known, and what, as JSON text (None takes back what was said)."""

    at: float
    known: float
    value: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Up to so many decisions, those with the smallest hashes of their ids, in the order of the hashes.

    marks: uint64 (n,), the hashes; ids, keys: prediction ids and the caller's own (None where not given), objects (n,);
    at: unix seconds (n,); raw: the answers as the target kind keeps them, (n, ...); foreseen: what their outlook needs,
    (n, m); groups: by segment column the level of each, objects (n,); told: outcomes by place, in the order they came.
    """

    marks: np.ndarray
    ids: np.ndarray
    keys: np.ndarray
    at: np.ndarray
    raw: np.ndarray
    foreseen: np.ndarray
    groups: Mapping[str, np.ndarray]
    told: Mapping[int, tuple[Told, ...]]

    def __len__(self) -> int:
        return len(self.marks)

    def take(self, places: np.ndarray) -> Sample:
        """Some of the decisions, int64 places in rising order of their hashes."""
        new = {int(old): i for i, old in enumerate(places)}
        return Sample(
            self.marks[places],
            self.ids[places],
            self.keys[places],
            self.at[places],
            self.raw[places],
            self.foreseen[places],
            {name: levels[places] for name, levels in self.groups.items()},
            {new[place]: told for place, told in self.told.items() if place in new},
        )

    def known(self, when: float) -> dict[int, str]:
        """The outcome of each decision that has one, as it was logged by a moment: what became known last."""
        found: dict[int, str] = {}
        for place, told in self.told.items():
            said = [t for t in told if t.at <= when]
            last = max(said, key=lambda t: (t.known, t.at)) if said else None
            if last is not None and last.value is not None:
                found[place] = last.value
        return found

    def first_told(self) -> np.ndarray:
        """When the first outcome of each decision was logged, (n,), NaN where none was."""
        first = np.full(len(self), np.nan)
        for place, told in self.told.items():
            first[place] = min(t.at for t in told)
        return first

    def corrected(self, when: float) -> int:
        """How many decisions had been told something else before what holds at a moment."""
        count = 0
        for told in self.told.values():
            values = [t.value for t in told if t.at <= when]
            count += any(v != values[0] for v in values)
        return count

    def tell(self, more: Mapping[int, tuple[Told, ...]]) -> Sample:
        """The sample with further outcomes by place; what was told before is told once."""
        told = dict(self.told)
        for place, said in more.items():
            told[place] = tuple(dict.fromkeys((*told.get(place, ()), *said)))
        return replace(self, told=told)


def joined(a: Sample, b: Sample, most: int) -> Sample:
    """The sample of two parts of a window together: the `most` smallest hashes of both, each once."""
    marks = np.concatenate([a.marks, b.marks])
    order = np.unique(marks, return_index=True)[1][:most]
    whole = Sample(
        marks,
        np.concatenate([a.ids, b.ids]),
        np.concatenate([a.keys, b.keys]),
        np.concatenate([a.at, b.at]),
        np.concatenate([a.raw, b.raw]) if len(a) and len(b) else (a.raw if len(a) else b.raw),
        np.concatenate([a.foreseen, b.foreseen]) if len(a) and len(b) else (a.foreseen if len(a) else b.foreseen),
        {name: np.concatenate([a.groups[name], b.groups[name]]) for name in a.groups},
        {**a.told, **{place + len(a): told for place, told in b.told.items()}},
    )
    return whole.take(order)
