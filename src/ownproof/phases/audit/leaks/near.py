"""Rows that are nearly the same: numbers that moved a little, texts that were rewritten a little, one cell in ten that is
another. Found in time linear in the rows, and held against how often the rows of each side are nearly the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.report import Finding
from ownproof.core.schema import Column
from ownproof.phases.audit.leaks.across import LIKELY, TWINS_LEAST, Twins, twins
from ownproof.phases.audit.views import numbers_of
from ownproof.stats import near
from ownproof.stats.hashing import Hashes, combine, mixed, text_hashes
from ownproof.stats.weights import Ints

if TYPE_CHECKING:
    import polars as pl

ACROSS_MOST, WITHIN_MOST = (
    1_000_000,
    50_000,
)  # rows of tables in which it is looked for, across a split and within a file
PARTS, PARTS_LEAST = 10, 5  # parts that the columns are dealt to, of which one may differ; fewer columns must all agree
SHIFTS = (0.0, 0.5)
LETTERS = 600  # of a text that are read
BEYOND = 1.2  # times as many as expected


def like(dataset: Dataset, inputs: Mapping[str, Input]) -> Ints:
    """The first of the rows that each row is nearly the same as, itself for most, int64 (n,). The target is left out."""
    features = sorted(dataset.schema.features, key=lambda c: c.name)
    parts = min(PARTS, len(features)) if len(features) >= PARTS_LEAST else 0
    n = len(dataset)
    whole = np.zeros((len(SHIFTS), n), dtype=np.uint64)
    sums = np.zeros((len(SHIFTS), parts, n), dtype=np.uint64)
    for place, column in enumerate(features):
        for s, cells in enumerate(_cells(dataset.column(column.name), column, inputs[column.kind])):
            hashed = combine({column.name: cells})
            whole[s] += hashed
            if parts:
                sums[s, place % parts] += hashed
    keys = [mixed(total) for total in whole]
    keys += [mixed(whole[s] - part) for s in range(len(SHIFTS)) for part in sums[s]]
    return near.linked(n, keys)


def _cells(cells: pl.Series, column: Column, kind: Input) -> list[Hashes]:
    """The cells of a column as hashes that near ones share, one array a shift."""
    import polars as pl

    if cells.dtype.is_float() or cells.dtype.is_temporal():
        numbers = numbers_of(cells)
        return [near.grid(numbers, shift=s) for s in SHIFTS]
    if cells.dtype == pl.String and column.kind == "text":
        return [mixed(_texts(cells).astype(np.uint64))] * len(SHIFTS)
    return [kind.keys(cells)] * len(SHIFTS)


def _texts(cells: pl.Series) -> Ints:
    """The first of the texts that each is nearly the same as, case and punctuation apart, int64 (n,)."""
    import polars as pl

    plain = cells.fill_null("").str.slice(0, LETTERS).str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ")
    words = plain.str.strip_chars().str.split(" ")
    counts = words.list.len().to_numpy().astype(np.int64)
    said = words.explode()
    levels = said.unique().drop_nulls().sort()
    code = said.replace_strict(levels, pl.Series(np.arange(len(levels))), default=None, return_dtype=pl.Int64)
    hashes = text_hashes(levels.to_list())[code.fill_null(0).to_numpy()] if len(levels) else np.empty(0, np.uint64)
    return near.alike(near.sketches(hashes, np.r_[0, np.cumsum(counts)]))


def across(keys: Hashes, first: Ints, second: np.ndarray) -> Twins:
    """Rows that are nearly the same across a split, equal rows apart.

    keys: equal rows have equal keys, uint64 (n,); first: as of `like`; second: bool (n,). Of equal rows of one side one
    is looked at, and none of those that are on both sides: these are the exact rule's.
    """
    _, code = np.unique(keys, return_inverse=True)
    code = code.reshape(-1)
    there = np.zeros((int(code.max()) + 1, 2), dtype=bool)
    there[code, second.astype(np.int64)] = True
    both = np.asarray(there.all(axis=1))
    alone = ~both[code]
    one = np.zeros(len(keys), dtype=bool)
    one[np.unique(code, return_index=True)[1]] = True
    rows = np.flatnonzero(alone & one)
    return twins(first[rows].astype(np.uint64), second[rows])


def duplicates(found: Twins, rows: int, *, returning: bool) -> Finding | None:
    """`leak.duplicates` for rows that are nearly the same; nothing where repeats inside each side explain them.

    rows: of the second side. returning: the split is one in time or of groups that come back, in which the same things
    are expected on both sides.
    """
    beyond = found.both - found.expected >= TWINS_LEAST and found.both >= BEYOND * found.expected
    if not beyond or found.chance >= LIKELY:
        return None
    evidence = (
        f"{found.rows:,} of {rows:,} rows of the other side are nearly the same as a training row (numbers within about "
        f"1 % of their spread, texts but for a few words, one column in ten aside); of {found.repeated:,} sets of such "
        f"rows {found.both:,} are on both sides, {found.expected:,.1f} were expected"
    )
    if returning:
        return Finding(
            "leak.duplicates", "ok", (), found.rows / max(rows, 1), f"{evidence}; things come back over time"
        )
    advice = (
        "if they are copies, take those rows of the test out; if they belong together, name what ties them: --group C"
    )
    return Finding("leak.duplicates", "warn", (), found.rows / max(rows, 1), evidence, advice)


def within(keys: Hashes, first: Ints) -> Finding | None:
    """`quality.near-duplicates`: rows of one file that are nearly the same as an earlier one and not equal to it."""
    distinct, at = np.unique(keys, return_index=True)
    again = len(distinct) - len(np.unique(first[at]))
    if not again:
        return None
    return Finding(
        "quality.near-duplicates",
        "ok",
        (),
        again / len(keys),
        f"{again:,} of {len(keys):,} rows are nearly the same as an earlier one, and not equal to it",
        "if they are of the same thing, name what ties them, so that they stay on one side of the split: --group C",
    )
