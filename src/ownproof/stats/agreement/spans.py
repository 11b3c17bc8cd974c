"""Agreement on marked spans: alpha over the characters of a text, and F1 of the spans themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ownproof.stats.agreement.counts import Groups
from ownproof.stats.agreement.distances import Nominal
from ownproof.stats.agreement.krippendorff import of_amounts
from ownproof.stats.agreement.resample import Sums, by_group, shaped
from ownproof.stats.weights import Floats

Span = tuple[int, int, str]
Marks = tuple[Span, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """What the raters of each item marked, item by item, with two raters or more. lengths: (items,) characters."""

    items: tuple[tuple[Marks, ...], ...]
    lengths: np.ndarray

    def __len__(self) -> int:
        """How many items."""
        return len(self.items)


def characters(marked: Marked, groups: Groups) -> tuple[Sums, tuple[str, ...]]:
    """Krippendorff's alpha with every character as a unit, its value the labels on it ("" for none), and those values.

    A character under several spans has all of their names. Characters of an item are resampled together. An item of
    which no length is known (0) ends with its last span. Source: Krippendorff 2011, units weighted by their length.
    """
    names: dict[str, int] = {"": 0}
    seen: dict[Any, tuple[float, dict[int, float]]] = {}
    observed = np.zeros(len(marked))
    rows: list[tuple[int, int, float]] = []
    for i, (raters, length) in enumerate(zip(marked.items, marked.lengths, strict=True)):
        key = (raters, int(length))
        if key not in seen:
            seen[key] = _of_item(raters, int(length), names)
        observed[i], amounts = seen[key]
        rows += [(i, v, n) for v, n in amounts.items()]
    values = len(names)
    place, value, amount = (np.array([r[j] for r in rows], dtype=np.float64) for j in range(3))
    size = len(groups.sizes)
    cells = np.bincount(
        groups.place[place.astype(np.int64)] * values + value.astype(np.int64), weights=amount, minlength=size * values
    )
    total = float(amount.sum())
    table, shape = shaped(np.column_stack([by_group(observed, groups), cells.reshape(size, values)]), groups)
    usual = cells.reshape(size, values).sum(axis=0) / max(1, len(marked))
    chance = float(Nominal().expected(usual[None])[0]) / max(1.0, float(usual.sum()))
    prior = np.stack([np.append(0.0, usual), np.append(chance, usual)])
    return Sums(table, shape, of_amounts(total, Nominal().expected), prior, len(marked)), tuple(names)


def _of_item(raters: Sequence[Marks], length: int, names: dict[str, int]) -> tuple[float, dict[int, float]]:
    """An item's observed disagreement over its characters, and how many characters of each value all raters gave."""
    ends = {0, length, *(e for marks in raters for s in marks for e in s[:2])}
    cuts = sorted(ends)
    observed, amounts = 0.0, dict[int, float]()
    said = [_labels(marks, cuts, names) for marks in raters]
    for k, (start, end) in enumerate(pairwise(cuts)):
        here = [s[k] for s in said]
        for v in here:
            amounts[v] = amounts.get(v, 0.0) + (end - start)
        same = sum(here.count(v) for v in here)
        observed += (end - start) * (len(here) ** 2 - same) / (len(here) - 1)
    return observed, amounts


def _labels(marks: Marks, cuts: Sequence[int], names: dict[str, int]) -> list[int]:
    """The code of the labels on each piece of text between two cuts."""
    found: list[int] = []
    for start, end in pairwise(cuts):
        on = sorted({s[2] for s in marks if s[0] <= start and end <= s[1]})
        found.append(names.setdefault(" + ".join(on), len(names)))
    return found


def pairs(marked: Marked, groups: Groups, *, exact: bool = True, label: str | None = None) -> Sums:
    """F1 of one rater's spans against another's, over all pairs of raters of an item, as sums over items.

    exact: start, end and label equal; else spans count that overlap one of the same label. label: only its spans.
    It is undefined where nobody marked anything. Source: Hripcsak and Rothschild 2005 (F1 in place of kappa for spans).
    """
    hits, marks = np.zeros(len(marked)), np.zeros(len(marked))
    seen: dict[Any, tuple[float, float]] = {}
    for i, raters in enumerate(marked.items):
        if raters not in seen:
            seen[raters] = _f1_of_item(raters, exact=exact, label=label)
        hits[i], marks[i] = seen[raters]
    rows, shape = shaped(np.column_stack([by_group(hits, groups), by_group(marks, groups)]), groups)
    mean = float(marks.sum()) / max(1, len(marked))
    return Sums(rows, shape, _share, np.array([[mean, mean], [0.0, mean]]), len(marked))


def _share(sums: Floats) -> Floats:
    found: Floats = np.divide(sums[:, 0], sums[:, 1], out=np.full(len(sums), np.nan), where=sums[:, 1] > 0)
    return found


def _f1_of_item(raters: Sequence[Marks], *, exact: bool, label: str | None) -> tuple[float, float]:
    """Spans that have a partner in the other's, and all spans, over the ordered pairs of raters, a pair less than m weighs
    as one."""
    chosen = [[s for s in marks if label is None or s[2] == label] for marks in raters]
    hits = all_ = 0.0
    for i, mine in enumerate(chosen):
        for j, other in enumerate(chosen):
            if i != j:
                all_ += len(mine)
                hits += sum(_partner(s, other, exact=exact) for s in mine)
    return hits / (len(raters) - 1), all_ / (len(raters) - 1)


def _partner(span: Span, others: Sequence[Span], *, exact: bool) -> bool:
    if exact:
        return span in others
    return any(o[2] == span[2] and o[0] < span[1] and span[0] < o[1] for o in others)


def differ(first: Marks, second: Marks) -> float:
    """How far two raters' spans of an item are apart, 0 to 1: one less their exact F1; 0 where both marked nothing."""
    size = len(first) + len(second)
    return 1.0 - 2.0 * len(set(first) & set(second)) / size if size else 0.0
