"""Groups of like items: hashed words and cells, a few directions of most difference, and k-means in small batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ownproof.core.terms import WORD
from ownproof.stats.hashing import text_hashes

WIDTH: Final = 8192
DIRECTIONS: Final = 48
BINS: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """group: int64 (n,), numbered from 0; depth: float64 (n,), the distance from the middle of the own group."""

    group: np.ndarray
    depth: np.ndarray


def marks_of(texts: Sequence[str | None], cells: Mapping[str, Sequence[Any]]) -> list[list[str]]:
    """What items are made of, as words: those of their texts, and one a cell.

    cells: further columns by name; numbers are named by which eighth of the column they lie in.
    """
    marks: list[list[str]] = [WORD.findall(t.lower())[:400] if t else [] for t in texts]
    for name, column in cells.items():
        for own, mark in zip(marks, _cells(name, column), strict=True):
            own.append(mark)
    return marks


def _cells(name: str, column: Sequence[Any]) -> list[str]:
    is_number = [isinstance(v, (int, float)) and not isinstance(v, bool) for v in column]
    numbers = np.array([float(v) if n else np.nan for v, n in zip(column, is_number, strict=True)])
    known = numbers[np.isfinite(numbers)]
    if len(known) < len([v for v in column if v is not None]) or len(np.unique(known)) <= BINS:
        return [f"{name}\t{v}" for v in column]
    edges = np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])
    return [f"{name}\t{b}" for b in np.where(np.isfinite(numbers), np.searchsorted(edges, numbers), -1).tolist()]


def groups_of(marks: Sequence[Sequence[str]], *, most: int, seed: int) -> Groups:
    """Sort items into at most `most` groups of like ones; the numbers of the groups mean nothing.

    marks: of each item, as `marks_of` makes them. Words are weighed by rarity (tf-idf) and hashed into 8,192 places;
    k-means runs on their 48 main directions. Sculley 2010 (k-means in small batches).
    """
    from sklearn.cluster import MiniBatchKMeans

    points = _points(marks, seed)
    most = max(1, min(most, len(np.unique(points.round(6), axis=0))))
    if most == 1:
        return Groups(np.zeros(len(marks), np.int64), np.linalg.norm(points - points.mean(axis=0), axis=1))
    fitted = MiniBatchKMeans(
        most, random_state=seed, n_init=3, batch_size=max(1024, 4 * most), max_iter=60, reassignment_ratio=0.0
    ).fit(points)
    group = fitted.labels_.astype(np.int64)
    return Groups(group, np.linalg.norm(points - fitted.cluster_centers_[group], axis=1))


def _points(marks: Sequence[Sequence[str]], seed: int) -> np.ndarray:
    """Items as unit vectors, float64 (n, at most 48)."""
    from scipy.sparse import csr_matrix
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfTransformer

    words = {w: None for own in marks for w in own}
    places = dict(zip(words, (text_hashes(words) % np.uint64(WIDTH)).astype(np.int64).tolist(), strict=True))
    column = np.array([places[w] for own in marks for w in own], np.int64)
    row = np.repeat(np.arange(len(marks)), [len(own) for own in marks])
    counts = csr_matrix((np.ones(len(row)), (row, column)), shape=(len(marks), WIDTH))
    weighed = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    if min(weighed.shape[0], len(words)) <= DIRECTIONS:
        points = np.asarray(weighed.todense())[:, weighed.getnnz(axis=0) > 0]
    else:
        points = TruncatedSVD(DIRECTIONS, random_state=seed).fit_transform(weighed)
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(lengths > 0, lengths, 1.0), np.float64)
