"""Labels that are probably wrong: confident learning on held-out probabilities of one or more learners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ownproof.stats.weights import Floats, Ints

ROWS_LEAST = 5  # a class with fewer rows is nobody's suspect: its threshold is a guess


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """rows: positions, the most probable first; likely: the class that each probably is; given, said: the mean
    probability of the given and of the likely class; joint: (k, k), the estimated share of rows by given (axis 0) and
    true class (axis 1)."""

    rows: Ints
    likely: Ints
    given: Floats
    said: Floats
    joint: Floats

    @property
    def share(self) -> float:
        """The estimated share of rows whose label is another than the true one."""
        return float(1.0 - np.trace(self.joint)) if self.joint.size else 0.0


def confident_joint(labels: Ints, proba: Floats) -> Floats:
    """Counts (k, k) of rows by given class and by the class that they confidently are, scaled to the given counts.

    A row confidently is the likeliest of the classes whose mean probability among their own rows it reaches.
    Source: Northcutt, Jiang and Chuang 2021, equations 1 and 2.

    >>> confident_joint(np.array([0, 0, 0, 1, 1, 1]), np.array([[.9, .1], [.8, .2], [.1, .9], [.2, .8], [.1, .9], [.1, .9]]))
    array([[2., 1.],
           [0., 3.]])
    """
    k = proba.shape[1]
    size = np.bincount(labels, minlength=k)
    means = np.array([proba[labels == c, c].mean() if size[c] else np.inf for c in range(k)])
    reached = np.where(proba >= means - 1e-12, proba, -1.0)
    best = reached.argmax(axis=1)
    sure = reached.max(axis=1) >= 0.0
    counts = np.bincount(labels[sure] * k + best[sure], minlength=k * k).reshape(k, k).astype(np.float64)
    empty = counts.sum(axis=1) == 0
    counts[empty, empty] = 1.0
    scaled: Floats = counts / counts.sum(axis=1, keepdims=True) * size[:, None]
    return scaled


def suspects(labels: Ints, probas: Sequence[Floats]) -> Suspects:
    """The rows whose given label is probably wrong, on which all learners agree.

    labels: int64 (n,); probas: one (n, k) a learner, held out. Each learner names, of every pair of given and other
    class, as many rows as its confident joint counts, by the largest margin of the other class (pruning by noise rate,
    Northcutt et al. 2021, 4.2); a suspect is named by all of them for the same class.
    """
    mean = np.mean(np.stack(probas), axis=0)
    joints = [confident_joint(labels, p) for p in probas]
    joint = np.mean(np.stack(joints), axis=0)
    joint = joint / max(1.0, float(joint.sum()))
    named = [_named(labels, p, j) for p, j in zip(probas, joints, strict=True)]
    agreed = named[0]
    for other in named[1:]:
        agreed = np.where(agreed == other, agreed, -1)
    rows = np.flatnonzero(agreed >= 0)
    likely = agreed[rows]
    margin = mean[rows, likely] - mean[rows, labels[rows]]
    order = np.argsort(-margin, kind="stable")
    rows, likely = rows[order], likely[order]
    return Suspects(rows, likely, mean[rows, labels[rows]], mean[rows, likely], joint)


def _named(labels: Ints, proba: Floats, joint: Floats) -> Ints:
    """The other class that a learner names for each row, -1 for none, (n,)."""
    named = np.full(len(labels), -1, dtype=np.int64)
    best = np.full(len(labels), -np.inf)
    size = np.bincount(labels, minlength=proba.shape[1])
    for given, other in np.argwhere(np.round(joint) > 0):
        if given == other or size[given] < ROWS_LEAST or size[other] < ROWS_LEAST:
            continue
        mine = np.flatnonzero(labels == given)
        margin = proba[mine, other] - proba[mine, given]
        count = min(round(float(joint[given, other])), len(mine))
        top = np.argpartition(-margin, count - 1)[:count] if count < len(mine) else np.arange(len(mine))
        top = top[(margin[top] > 0) & (margin[top] > best[mine[top]])]
        named[mine[top]], best[mine[top]] = other, margin[top]
    return named


def outliers(errors: Sequence[Floats], usual: Sequence[Floats], chance: float) -> NDArray[np.bool_]:
    """Rows whose number is far from what every learner says, bool (n,).

    errors: truth minus answer, one (n,) a learner; usual: the local size of errors. Far is beyond the point that
    `chance` of one row in all would pass if the middle half of the errors were of a normal distribution.
    """
    from ownproof.stats.distributions import normal_quantile

    n = len(errors[0])
    far = np.ones(n, dtype=bool)
    sides = []
    for error, size in zip(errors, usual, strict=True):
        ratio = error / size
        low, middle, high = np.quantile(ratio, [0.25, 0.5, 0.75])
        scale = max((high - low) / 1.349, 1e-12)
        z = (ratio - middle) / scale
        far &= np.abs(z) > normal_quantile(1.0 - chance / (2.0 * n))
        sides.append(np.sign(z))
    agreed: NDArray[np.bool_] = far & (np.abs(np.sum(sides, axis=0)) == len(sides))
    return agreed
