"""Labels that are probably wrong: confident learning on held-out probabilities of one or more learners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.stats.distributions import normal_quantile
from ownproof.stats.weights import Floats, Ints

ROWS_LEAST = 5  # a class with fewer rows is nobody's suspect: its threshold is a guess


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """rows: positions, the most probable first; likely: the class that each probably is; given, said: the mean
    probability of the given and of the likely class; share: of all rows, estimated to have another class than given."""

    rows: Ints
    likely: Ints
    given: Floats
    said: Floats
    share: float


def confident_joint(labels: Ints, proba: Floats) -> Floats:
    """Counts (k, k) of rows by given class and by the class that they confidently are, scaled to the given counts.

    A row confidently is the likeliest of the classes whose mean probability among their own rows it reaches.
    Source: Northcutt, Jiang and Chuang 2021, equations 1 and 2.

    >>> told = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.1, 0.9], [0.1, 0.9]])
    >>> confident_joint(np.array([0, 0, 0, 1, 1, 1]), told).tolist()
    [[2.0, 1.0], [0.0, 3.0]]
    """
    k = proba.shape[1]
    size = np.bincount(labels, minlength=k)
    own = np.bincount(labels, proba[np.arange(len(labels)), labels], k)
    means = np.where(size > 0, own / np.maximum(size, 1), np.inf)
    reached = np.where(proba >= means - 1e-12, proba, -1.0)
    best = reached.argmax(axis=1)
    sure = reached.max(axis=1) >= 0.0
    counts = np.bincount(labels[sure] * k + best[sure], minlength=k * k).reshape(k, k).astype(np.float64)
    empty = counts.sum(axis=1) == 0
    counts[empty, empty] = 1.0
    scaled: Floats = counts / counts.sum(axis=1, keepdims=True) * size[:, None]
    return scaled


def suspects(labels: Ints, probas: Sequence[Floats]) -> Suspects:
    """The rows whose given label is probably wrong.

    labels: int64 (n,); probas: one (n, k) a learner, held out; their mean is judged, for what two learners of another
    kind doubt together is less often a whim of one. A suspect is among the rows pruned by noise rate (of every pair of
    given and other class as many as the confident joint counts, by the largest margin) and among those pruned by class
    (of every given class as many as are off its diagonal, by the least own probability); Northcutt et al. 2021, 4.2.
    """
    mean: Floats = np.asarray(np.mean(np.stack(probas), axis=0))
    joint = confident_joint(labels, mean)
    own = mean[np.arange(len(labels)), labels]
    likely = _by_rate(labels, mean, own, joint)
    rows = np.flatnonzero((likely >= 0) & _by_class(labels, own, joint))
    said = mean[rows, likely[rows]]
    order = np.argsort(own[rows] - said, kind="stable")
    rows, said = rows[order], said[order]
    share = 1.0 - float(np.trace(joint)) / max(1, len(labels))
    return Suspects(rows, likely[rows], own[rows], said, share)


def _by_rate(labels: Ints, proba: Floats, own: Floats, joint: Floats) -> Ints:
    """The other class that each row is pruned for, -1 for none, (n,)."""
    named = np.full(len(labels), -1, dtype=np.int64)
    best = np.zeros(len(labels))
    size = np.bincount(labels, minlength=proba.shape[1])
    members = np.split(np.argsort(labels, kind="stable"), np.cumsum(size)[:-1])
    for given, other in np.argwhere(joint >= 0.5):
        if given == other or size[given] < ROWS_LEAST or size[other] < ROWS_LEAST:
            continue
        mine = members[given]
        margin = proba[mine, other] - own[mine]
        top = np.argsort(-margin, kind="stable")[: round(float(joint[given, other]))]
        top = top[margin[top] > best[mine[top]]]
        named[mine[top]], best[mine[top]] = other, margin[top]
    return named


def _by_class(labels: Ints, own: Floats, joint: Floats) -> np.ndarray:
    """Whether a row is among the least probable of its class, as many as lie off the diagonal, bool (n,)."""
    off = np.round(joint.sum(axis=1) - np.diagonal(joint))
    order = np.lexsort((own, labels))
    starts = np.cumsum(np.bincount(labels, minlength=len(joint))) - np.bincount(labels, minlength=len(joint))
    place = np.empty(len(labels))
    place[order] = np.arange(len(labels)) - starts[labels[order]]
    return np.asarray(place < off[labels])


def outliers(errors: Sequence[Floats], usual: Sequence[Floats], *, chance: float) -> tuple[Ints, Floats]:
    """Rows whose number is far from what every learner says, on the same side: positions, the farthest first, and how
    many usual errors they are off.

    errors: truth minus answer, one (n,) a learner; usual: the local size of errors. Far: beyond what, with `chance`,
    one row in all would be if the errors were of a distribution with the tails of their own middle 90 %, three times
    as long as the normal's.
    """
    n = len(errors[0])
    ratios = [error / size for error, size in zip(errors, usual, strict=True)]
    least = np.full(n, np.inf)
    sides = np.zeros(n)
    for ratio in ratios:
        low, middle, high = np.quantile(ratio, [0.05, 0.5, 0.95])
        scale = max((high - low) / (2.0 * normal_quantile(0.95)), 1e-12)
        least = np.minimum(least, np.abs(ratio - middle) / scale)
        sides += np.sign(ratio - middle)
    far = (least > normal_quantile(1.0 - chance / (2.0 * n))) & (np.abs(sides) == len(ratios))
    rows = np.flatnonzero(far)
    rows = rows[np.argsort(-least[rows], kind="stable")]
    return rows, np.mean(np.abs(np.stack(ratios)), axis=0)[rows]
