"""A forest of decision trees as plain arrays, whoever grew it, with an evaluator to check every other form against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Link: TypeAlias = Literal["identity", "sigmoid", "softmax", "log"]
"""How raw sums become answers: as they are, 1/(1+exp(-x)), exp(x)/sum, exp(x)."""

LEAF: Final = 0
NUMERIC: Final = 1
MEMBER: Final = 2
EVERY_OUTPUT: Final = -1
MOST_CODES: Final = 1 << 24  # float32 holds every whole number below this one exactly
_CELLS: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Binary trees over a float32 matrix (n, n_features) in which NaN is missing.

    Nodes of all trees lie in one numbering; a child's number is always larger than its parent's.
    At a NUMERIC node a row goes left when `x <= threshold`, at a MEMBER node when the whole number x is one of
    `sets[member]`; missing values go where `missing_left` says. The raw score of output j is
    `base[j] + scale * (sum of the leaf values of its trees)`.

    roots, output: (trees,) the root node, and the output that the tree adds to (EVERY_OUTPUT: its leaves hold a
    value for each output). kind, feature, threshold, left, right, missing_left, member: (nodes,).
    value: (nodes, 1), or (nodes, outputs) for EVERY_OUTPUT. base: (outputs,).
    Raises ValueError when the arrays do not describe such a forest.
    """

    n_features: int
    link: Link
    base: NDArray[np.float64]
    scale: float
    roots: NDArray[np.int32]
    output: NDArray[np.int32]
    kind: NDArray[np.int8]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    member: NDArray[np.int32]
    value: NDArray[np.float64]
    sets: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        nodes = len(self.kind)
        inner = np.flatnonzero(self.kind != LEAF)
        problems = [
            (
                "the arrays of nodes differ in length",
                any(
                    len(a) != nodes
                    for a in (
                        self.feature,
                        self.threshold,
                        self.left,
                        self.right,
                        self.missing_left,
                        self.member,
                        self.value,
                    )
                ),
            ),
            ("a root is not a node", bool(np.any((self.roots < 0) | (self.roots >= nodes)))),
            (
                "a feature is outside the matrix",
                bool(np.any((self.feature[inner] < 0) | (self.feature[inner] >= self.n_features))),
            ),
            (
                "a child comes before its parent or is not a node",
                any(
                    bool(np.any((child[inner] <= inner) | (child[inner] >= nodes))) for child in (self.left, self.right)
                ),
            ),
            ("a tree adds to an output that is not there", bool(np.any(self.output >= self.outputs))),
            (
                "leaves hold neither one value nor one for each output",
                bool(np.any(self.value.shape[1] != np.where(self.output == EVERY_OUTPUT, self.outputs, 1))),
            ),
            ("a category is outside 0..2**24", any(c < 0 or c >= MOST_CODES for s in self.sets for c in s)),
            (
                "a threshold or a value is not a number",
                bool(np.isnan(self.threshold[self.kind == NUMERIC]).any() or not np.isfinite(self.value).all()),
            ),
        ]
        for text, wrong in problems:
            if wrong:
                raise ValueError(f"these are no trees: {text}")

    @property
    def outputs(self) -> int:
        """How many raw scores a row has."""
        return len(self.base)

    @property
    def classes(self) -> int | None:
        """How many probabilities an answer has; None when the answer is a number."""
        if self.link == "sigmoid":
            return 2
        return self.outputs if self.outputs > 1 else None

    def raw(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        """The raw scores (n, outputs) of a matrix (n, n_features)."""
        matrix = np.asarray(matrix, np.float32)
        if matrix.ndim != 2 or matrix.shape[1] != self.n_features:
            raise ValueError(f"a matrix of shape {matrix.shape} is not (n, {self.n_features})")
        scores = np.tile(self.base, (len(matrix), 1))
        step = max(1, _CELLS // max(1, len(self.roots)))
        for start in range(0, len(matrix), step):
            rows = slice(start, start + step)
            leaves = self._leaves(matrix[rows])
            for j in range(self.outputs):
                own = self.value[leaves[:, self.output == j], 0].sum(axis=1)
                scores[rows, j] += self.scale * own
            if (shared := self.output == EVERY_OUTPUT).any():
                for tree in leaves[:, shared].T:
                    scores[rows] += self.scale * self.value[tree]
        return scores

    def answer(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        """The answers in double precision: (n, classes) probabilities, or (n,) numbers."""
        scores = self.raw(matrix)
        with np.errstate(over="ignore"):
            if self.link == "sigmoid":
                share = 1.0 / (1.0 + np.exp(-scores[:, 0]))
                return np.column_stack([1.0 - share, share])
            if self.link == "softmax":
                power = np.exp(scores - scores.max(axis=1, keepdims=True))
                return np.asarray(power / power.sum(axis=1, keepdims=True), np.float64)
            if self.link == "log":
                scores = np.exp(scores)
        return scores if self.outputs > 1 else scores[:, 0]

    def _leaves(self, matrix: NDArray[np.float32]) -> NDArray[np.int32]:
        """The leaf (rows, trees) that each row reaches in each tree."""
        keys = np.sort(np.array([i * MOST_CODES + c for i, s in enumerate(self.sets) for c in s], np.int64))
        at = np.tile(self.roots, (len(matrix), 1)).ravel()
        row = np.repeat(np.arange(len(matrix)), len(self.roots))
        going = np.flatnonzero(self.kind[at] != LEAF)
        while going.size:
            node = at[going]
            x = matrix[row[going], self.feature[node]].astype(np.float64)
            goes_left = x <= self.threshold[node]
            in_set = self.kind[node] == MEMBER
            goes_left[in_set] = _found(keys, self.member[node[in_set]], x[in_set])
            goes_left = np.where(np.isnan(x), self.missing_left[node], goes_left)
            at[going] = np.where(goes_left, self.left[node], self.right[node])
            going = going[self.kind[at[going]] != LEAF]
        return at.reshape(len(matrix), len(self.roots))


def _found(keys: NDArray[np.int64], member: NDArray[np.int32], x: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each x is in the set with its number; `keys` holds set * MOST_CODES + code, sorted."""
    if not keys.size:
        return np.zeros(len(x), np.bool_)
    whole = (x >= 0) & (x < MOST_CODES) & (x == np.floor(x))
    wanted = member.astype(np.int64) * MOST_CODES + np.where(whole, x, 0).astype(np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.asarray(whole & (keys[place] == wanted), np.bool_)


@dataclass(slots=True)
class Planter:
    """Grows Trees node by node: plant a parent, then its children, then `join` them.

    >>> p = Planter(n_features=1)
    >>> top = p.numeric(0, 0.5, missing_left=True)
    >>> p.join(top, p.leaf(-1.0), p.leaf(2.0))
    >>> p.tree(top)
    >>> p.done(link="identity").answer(np.array([[0.5], [0.6], [np.nan]], np.float32)).tolist()
    [-1.0, 2.0, -1.0]
    """

    n_features: int
    _rows: list[tuple[int, int, float, bool, int]] = field(default_factory=list)
    _left: list[int] = field(default_factory=list)
    _right: list[int] = field(default_factory=list)
    _value: list[Sequence[float]] = field(default_factory=list)
    _sets: dict[tuple[int, ...], int] = field(default_factory=dict)
    _roots: list[int] = field(default_factory=list)
    _output: list[int] = field(default_factory=list)

    def leaf(self, *value: float) -> int:
        """A leaf with one value, or with one for each output."""
        return self._plant((LEAF, 0, 0.0, False, -1), value)

    def numeric(self, feature: int, threshold: float, *, missing_left: bool) -> int:
        """A node whose left side holds `x <= threshold`."""
        return self._plant((NUMERIC, feature, threshold, missing_left, -1))

    def one_of(self, feature: int, codes: Sequence[int], *, missing_left: bool = False) -> int:
        """A node whose left side holds the categories `codes`."""
        key = tuple(sorted(set(codes)))
        return self._plant((MEMBER, feature, 0.0, missing_left, self._sets.setdefault(key, len(self._sets))))

    def join(self, node: int, left: int, right: int) -> None:
        """Say which nodes hang under `node`."""
        self._left[node], self._right[node] = left, right

    def tree(self, root: int, *, output: int = 0) -> None:
        """Say that a tree starts at `root` and adds to `output`."""
        self._roots.append(root)
        self._output.append(output)

    def done(self, *, link: Link, base: Sequence[float] = (0.0,), scale: float = 1.0) -> Trees:
        """The forest."""
        kind, feature, threshold, missing, member = zip(*self._rows, strict=True) if self._rows else ((),) * 5
        width = max((len(v) for v in self._value), default=1)
        value = [tuple(v) if v else (0.0,) * width for v in self._value]
        return Trees(
            n_features=self.n_features,
            link=link,
            base=np.array(base, np.float64),
            scale=scale,
            roots=np.array(self._roots, np.int32),
            output=np.array(self._output, np.int32),
            kind=np.array(kind, np.int8),
            feature=np.array(feature, np.int32),
            threshold=np.array(threshold, np.float64),
            left=np.array(self._left, np.int32),
            right=np.array(self._right, np.int32),
            missing_left=np.array(missing, np.bool_),
            member=np.array(member, np.int32),
            value=np.array(value, np.float64).reshape(-1, width),
            sets=tuple(self._sets),
        )

    def _plant(self, row: tuple[int, int, float, bool, int], value: Sequence[Any] = ()) -> int:
        self._rows.append(row)
        self._left.append(-1)
        self._right.append(-1)
        self._value.append(value)
        return len(self._rows) - 1
