"""The chapter on repeated rows: equal ones, and equal ones with different answers."""

from __future__ import annotations

import numpy as np

from ownproof.core.report import Block, Finding, Note, Section
from ownproof.phases.audit.truth import Truth
from ownproof.stats.hashing import Hashes, mixed
from ownproof.stats.ordered import distinct


def chapter(keys: Hashes, truth: Truth) -> tuple[Section, list[Finding]]:
    """Rows that are equal in every feature. keys: of the features of each row, uint64 (n,)."""
    n = len(keys)
    rows = distinct(keys)
    if len(rows) == n:
        return Section("Repeated rows", (Note("No two rows are equal."),), "repeats"), []
    code, count = np.unique(keys, return_inverse=True, return_counts=True)[1:]
    with_answer = len(distinct(mixed(keys ^ mixed(truth.keys))))
    code = code.reshape(-1)
    found = [_repeats(n - with_answer, n, int(count.max()) if n else 0)] if n > with_answer else []
    if truth.exact:
        odd = _quarrelling(code, truth)
        quarrels = int(count[odd].sum())
        if quarrels:
            wrong = n - _right(code, truth)
            found.append(
                Finding(
                    "quality.conflicts",
                    "ok",
                    (),
                    quarrels / n,
                    f"{quarrels:,} of {n:,} rows have a twin in every feature with another {truth.column}: whatever "
                    f"sees these features alone is wrong in {wrong:,} rows or more",
                    "look whether some are labelled wrongly, or bring a column that tells them apart",
                )
            )
    if not found:
        return Section("Repeated rows", (Note("No two rows are equal."),), "repeats"), []
    blocks: tuple[Block, ...] = tuple(Note(f.evidence[:1].upper() + f.evidence[1:] + ".") for f in found)
    return Section("Repeated rows", blocks, "repeats"), found


def _repeats(again: int, n: int, most: int) -> Finding:
    return Finding(
        "quality.duplicates",
        "ok",
        (),
        again / n,
        f"{again:,} of {n:,} rows repeat an earlier one in every feature and the target; the most frequent features come "
        f"{most:,} times",
        "if a row was stored twice, take the copy out; equal rows stay on one side of the split either way",
    )


def _quarrelling(code: np.ndarray, truth: Truth) -> np.ndarray:
    """bool, one a distinct row: whether its rows have different answers."""
    low = np.full(int(code.max()) + 1, truth.k)
    high = np.full(int(code.max()) + 1, -1)
    np.minimum.at(low, code, truth.codes)
    np.maximum.at(high, code, truth.codes)
    return np.asarray(low < high)


def _right(code: np.ndarray, truth: Truth) -> int:
    """How many rows the most frequent answer of each distinct row gets right."""
    pairs, counts = np.unique(code.astype(np.int64) * truth.k + truth.codes, return_counts=True)
    starts = np.flatnonzero(np.r_[True, np.diff(pairs // truth.k) != 0])
    return int(np.maximum.reduceat(counts, starts).sum())
