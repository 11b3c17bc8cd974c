"""Answers from one column of the matrix: the best rule that a person could write on a napkin."""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.errors import InputError


class OneFeatureScorer:
    """A table of answers, from `model.json`.

    `{"format": "one_feature", "classes": k or null, "feature": position, "kind": "numeric" or "categorical",
    "edges": [...], "answers": [...], "missing": ..., "other": ...}`. Numeric: ascending edges, one answer more than
    edges, the first for `x <= edges[0]`. Categorical: one answer per code, `other` for a code beyond them (the same
    as `missing` where it is not given).
    """

    name: ClassVar[str] = "one_feature"
    reads: ClassVar[Literal["matrix", "columns"]] = "matrix"
    shared: ClassVar[Literal[True]] = True

    def __init__(self, says: Mapping[str, Any]) -> None:
        self._feature = int(says["feature"])
        self._edges = [float(e) for e in says["edges"]] if says["kind"] == "numeric" else None
        # one table for all: the answers, then those for other codes and for missing values
        self._table = np.array([*says["answers"], says.get("other", says["missing"]), says["missing"]], np.float64)
        _check(says, self._table, self._edges)

    @classmethod
    def load(cls, folder: Path) -> OneFeatureScorer:
        """Open `model.json`. Raises InputError when it is not that of a one-feature rule."""
        path = Path(folder) / "model.json"
        try:
            return cls(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as why:
            raise InputError(
                f"the model cannot be opened: {why}",
                expected="format 'one_feature' and its table",
                hint="package the model again",
                where=path.name,
                code="model-unreadable",
            ) from why

    def score(self, batch: NDArray[np.float32]) -> NDArray[np.float64]:
        """Answers of a matrix (n, p): probabilities (n, k) or numbers (n,)."""
        x = np.asarray(batch[:, self._feature], np.float64)
        last = len(self._table) - 1
        if self._edges is not None:
            place = np.searchsorted(self._edges, x, side="left")
        else:
            known = (x >= 0) & (x < last - 1)
            place = np.where(known, x, last - 1).astype(np.int64)
        return self._table[np.where(np.isnan(x), last, place)]

    def score_one(self, row: NDArray[np.float32]) -> NDArray[np.float64]:
        """The answer of one row (p,): probabilities (k,) or a number ()."""
        x = float(row[self._feature])
        last = len(self._table) - 1
        if math.isnan(x):
            place = last
        elif self._edges is not None:
            place = bisect_left(self._edges, x)
        else:
            place = int(x) if 0 <= x < last - 1 else last - 1
        return np.array(self._table[place])


def _check(says: Mapping[str, Any], table: NDArray[np.float64], edges: list[float] | None) -> None:
    """Raises ValueError for a table that does not hang together."""
    wanted = () if says["classes"] is None else (int(says["classes"]),)
    if says["format"] != OneFeatureScorer.name or says["kind"] not in ("numeric", "categorical"):
        raise ValueError(f"format {says['format']!r}, kind {says['kind']!r}")
    if table.shape[1:] != wanted or not np.isfinite(table).all():
        raise ValueError(f"answers of shape {table.shape[1:]} where {wanted} was said, or one that is not finite")
    if edges is not None and (len(table) != len(edges) + 3 or sorted(set(edges)) != edges):
        raise ValueError(
            f"{len(edges)} edges, which must ascend, with {len(table) - 2} answers, which must be one more"
        )
