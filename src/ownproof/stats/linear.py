"""A linear model over a matrix of numbers and category codes, without building its one-hot columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Link: TypeAlias = Literal["identity", "sigmoid", "softmax", "log"]
"""How scores become answers: as they are, 1/(1+exp(-x)) for class 1 of two, exp(x)/sum, exp(x)."""

_ARRAYS = ("numeric", "mean", "sd", "indicated", "squared", "categorical", "levels")


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """How a matrix (n, features), NaN missing, becomes the columns of a linear model.

    Numeric columns are standardised, cut at `clip` standard deviations, and 0 (the mean) where missing; those marked
    in `indicated` get a column that is 1 where missing, those in `squared` their square. Categorical columns hold
    codes 0..levels-1 and get one column per code and one for missing; any other value counts as missing.
    Column order: standardised, squares, indicators, then codes and missing of each categorical column.

    numeric: (q,) positions in the matrix; mean, sd, indicated, squared: (q,); categorical: (c,) positions;
    levels: (c,). Raises ValueError when they do not fit together.

    >>> plain = Expansion.of(2, numeric=[0], mean=[10.0], sd=[5.0], categorical=[1], levels=[2])
    >>> plain.apply(np.array([[20, 1], [np.nan, np.nan]], np.float32)).tolist()
    [[2.0, 0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0]]
    """

    features: int
    clip: float
    numeric: NDArray[np.int64]
    mean: Floats
    sd: Floats
    indicated: NDArray[np.bool_]
    squared: NDArray[np.bool_]
    categorical: NDArray[np.int64]
    levels: NDArray[np.int64]

    def __post_init__(self) -> None:
        q, c = len(self.numeric), len(self.categorical)
        places = np.concatenate([self.numeric, self.categorical])
        if any(len(a) != q for a in (self.mean, self.sd, self.indicated, self.squared)) or len(self.levels) != c:
            raise ValueError("the parts of an expansion differ in length")
        if np.any((places < 0) | (places >= self.features)):
            raise ValueError(f"a position lies outside a matrix of {self.features} columns")
        if not (np.all(self.sd > 0) and np.isfinite(self.sd).all() and np.isfinite(self.mean).all()):
            raise ValueError("each mean must be finite, and each standard deviation finite and above 0")
        if not self.clip > 0 or np.any(self.levels < 0):
            raise ValueError("the clip must be above 0, and no number of levels below 0")

    @classmethod
    def of(
        cls,
        features: int,
        *,
        numeric: Any = (),
        mean: Any = (),
        sd: Any = (),
        indicated: Any = None,
        squared: Any = None,
        categorical: Any = (),
        levels: Any = (),
        clip: float = np.inf,
    ) -> Expansion:
        """An expansion from lists. indicated, squared: all True and all False unless given."""
        q = len(numeric)
        return cls(
            features=features,
            clip=float(clip),
            numeric=np.asarray(numeric, np.int64),
            mean=np.asarray(mean, np.float64),
            sd=np.asarray(sd, np.float64),
            indicated=np.ones(q, np.bool_) if indicated is None else np.asarray(indicated, np.bool_),
            squared=np.zeros(q, np.bool_) if squared is None else np.asarray(squared, np.bool_),
            categorical=np.asarray(categorical, np.int64),
            levels=np.asarray(levels, np.int64),
        )

    @property
    def dense_columns(self) -> int:
        """How many columns come from numbers."""
        return len(self.numeric) + int(self.squared.sum()) + int(self.indicated.sum())

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return self.dense_columns + int(self.levels.sum()) + len(self.levels)

    @property
    def starts(self) -> NDArray[np.int64]:
        """The first column (c,) of each categorical block."""
        return np.asarray(self.dense_columns + np.cumsum(self.levels + 1) - self.levels - 1, np.int64)

    def dense(self, matrix: NDArray[np.float32]) -> Floats:
        """The columns from numbers (n, dense_columns)."""
        x = np.asarray(matrix[:, self.numeric], np.float64)
        missing = np.isnan(x)
        z = np.minimum(np.maximum((x - self.mean) / self.sd, -self.clip), self.clip)
        z[missing] = 0.0
        return np.concatenate([z, z[:, self.squared] ** 2, missing[:, self.indicated]], axis=1)

    def places(self, matrix: NDArray[np.float32]) -> NDArray[np.int64]:
        """The column (n, c) that holds the 1 of each categorical column."""
        x = matrix[:, self.categorical]
        with np.errstate(invalid="ignore"):
            known = (x >= 0) & (x < self.levels)
            return np.where(known, x, self.levels).astype(np.int64) + self.starts

    def apply(self, matrix: NDArray[np.float32]) -> Floats:
        """All columns (n, columns), ones and zeros written out."""
        out = np.zeros((len(matrix), self.columns), np.float64)
        out[:, : self.dense_columns] = self.dense(matrix)
        np.put_along_axis(out, self.places(matrix), 1.0, axis=1)
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Weights over an expansion. weights: (columns, outputs); bias: (outputs,).

    A sum runs over the columns one after the other, so that a row's answer does not depend on the rows beside it.
    """

    expansion: Expansion
    link: Link
    bias: Floats
    weights: Floats

    def __post_init__(self) -> None:
        if self.weights.shape != (self.expansion.columns, len(self.bias)):
            raise ValueError(
                f"weights of shape {self.weights.shape} do not fit {self.expansion.columns} columns "
                f"and {len(self.bias)} outputs"
            )
        if (self.link == "softmax") != (len(self.bias) > 1):
            raise ValueError(f"the link {self.link} does not go with {len(self.bias)} outputs")
        if not (np.isfinite(self.weights).all() and np.isfinite(self.bias).all()):
            raise ValueError("a weight is not finite")

    @property
    def classes(self) -> int | None:
        """How many probabilities an answer has; None when the answer is a number."""
        return {"softmax": len(self.bias), "sigmoid": 2}.get(self.link)

    def raw(self, matrix: NDArray[np.float32]) -> Floats:
        """The scores (n, outputs) of a matrix (n, features)."""
        if matrix.ndim != 2 or matrix.shape[1] != self.expansion.features:
            raise ValueError(f"a matrix of shape {matrix.shape} is not (n, {self.expansion.features})")
        scores = np.tile(self.bias, (len(matrix), 1))
        for column, weight in zip(self.expansion.dense(matrix).T, self.weights, strict=False):
            scores += column[:, None] * weight
        for place in self.expansion.places(matrix).T:
            scores += self.weights[place]
        return scores

    def answer(self, matrix: NDArray[np.float32]) -> Floats:
        """Probabilities (n, classes), or numbers (n,)."""
        return linked(self.raw(matrix), self.link)

    def to_json(self) -> dict[str, Any]:
        """What `model.json` says; the numbers are in `arrays`."""
        clip = self.expansion.clip
        return {
            "format": "linear",
            "link": self.link,
            "classes": self.classes,
            "features": self.expansion.features,
            "clip": clip if np.isfinite(clip) else None,
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that `weights.npz` holds."""
        return {"bias": self.bias, "weights": self.weights, **{n: getattr(self.expansion, n) for n in _ARRAYS}}

    @classmethod
    def from_json(cls, says: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Linear:
        """The inverse of `to_json` and `arrays`."""
        clip = np.inf if says["clip"] is None else says["clip"]
        return cls(
            Expansion.of(int(says["features"]), clip=clip, **{n: arrays[n] for n in _ARRAYS}),
            says["link"],
            np.asarray(arrays["bias"], np.float64),
            np.asarray(arrays["weights"], np.float64),
        )


def linked(scores: Floats, link: Link) -> Floats:
    """Answers from scores (n, outputs).

    >>> linked(np.array([[0.0]]), "sigmoid").tolist(), linked(np.array([[2.0]]), "identity").tolist()
    ([[0.5, 0.5]], [2.0])
    """
    with np.errstate(over="ignore"):
        if link == "softmax":
            power = np.exp(scores - scores.max(axis=1, keepdims=True))
            return np.asarray(power / power.sum(axis=1, keepdims=True), np.float64)
        if link == "sigmoid":
            share = 1.0 / (1.0 + np.exp(-scores))
            return np.concatenate([1.0 - share, share], axis=1)
        return np.asarray(np.exp(scores[:, 0]) if link == "log" else scores[:, 0], np.float64)
