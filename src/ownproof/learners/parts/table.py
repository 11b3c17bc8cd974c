"""What every learner over the encoded matrix asks of a task and of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.learner import Shape
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.errors import InputError

SERVED = ("label", "number")


def refusal(schema: Schema | None, task: Task) -> str | None:
    """Why a learner of labels and numbers cannot serve a task; None when it can. schema: None if it needs no column."""
    if task.target not in SERVED:
        return f"it predicts {' and '.join(SERVED)}, not {task.target}"
    if task.truth != "full":
        return f"it needs the truth of every row, which is {task.truth}"
    if task.target == "label" and len(task.classes) < 2:
        return f"it needs at least two classes, not {len(task.classes)}"
    if schema is not None and not schema.features:
        return "there is no column left to learn from"
    return None


def class_count(task: Task) -> int:
    """How many classes the answers have; 0 for numbers."""
    return len(task.classes) if task.target == "label" else 0


def encoded(dataset: Dataset) -> Encoded:
    """The matrix with what its columns mean. Raises InputError for a dataset without one."""
    if dataset.encoded is None:
        raise InputError(
            "the dataset has no matrix",
            expected="rows that an encoder has been applied to",
            hint="Encoder.fit(train, inputs).apply(dataset)",
            where="fit",
            code="no-matrix",
        )
    return dataset.encoded


def matrix(dataset: Dataset) -> NDArray[np.float32]:
    """The encoded matrix, float32 (n, p), in C order. Raises InputError for a dataset without one."""
    return np.ascontiguousarray(encoded(dataset).matrix, dtype=np.float32)


def shape(train: Dataset, held: Dataset | None, task: Task, cores: int) -> Shape:
    """How large a fit on these rows is. Raises InputError for a dataset without a matrix."""
    waits = 0 if held is None else len(held)
    return Shape.of(encoded(train), len(train), answers=class_count(task), cores=cores, held=waits)


def truth(dataset: Dataset, task: Task) -> NDArray[Any]:
    """The truth: class indices int64 (n,), or numbers float64 (n,). Raises InputError where there is none."""
    if dataset.truth is None or not len(dataset.truth):
        raise InputError(
            "there is no row with a known truth",
            expected="at least one row to learn from",
            hint="hand the rows with their truth to `fit`",
            where=task.column,
            code="no-truth",
        )
    return dataset.truth.astype(np.int64 if class_count(task) else np.float64, copy=False)


def weights(dataset: Dataset) -> NDArray[np.float64] | None:
    """The weights with mean 1, so that their unit does not matter; None where all rows weigh the same."""
    given = dataset.weights
    if given is None or not len(given):
        return None
    mean = float(np.mean(given))
    if mean <= 0 or np.all(given == given[0]):
        return None
    return np.asarray(given, np.float64) / mean


def shares(labels: NDArray[np.int64], weight: NDArray[np.float64] | None, classes: int) -> NDArray[np.float64]:
    """The weighted share of every class, float64 (classes,).

    >>> shares(np.array([0, 1, 1, 1]), None, 3).tolist()
    [0.25, 0.75, 0.0]
    """
    counts = np.bincount(labels, weights=weight, minlength=classes).astype(np.float64)
    return np.asarray(counts / counts.sum(), np.float64)


def both(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities (n, 2) of two classes from the second one's (n,)."""
    return np.column_stack([1.0 - share, share])


def present(labels: NDArray[Any], classes: int) -> tuple[tuple[int, ...], NDArray[Any]]:
    """The classes that are there, in order, and the labels counted among them; numbers (classes 0) pass as they are.

    >>> present(np.array([3, 0, 3]), 4)
    ((0, 3), array([1, 0, 1]))
    """
    if not classes:
        return (), labels
    found, among_them = np.unique(labels, return_inverse=True)
    return tuple(int(i) for i in found), among_them.astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Rows that a fit is stopped by."""

    matrix: NDArray[np.float32]
    truth: NDArray[Any]
    weight: NDArray[np.float64] | None


def among(validation: Dataset | None, task: Task, kept: Sequence[int]) -> Held | None:
    """The rows of validation whose class is one of `kept` (all rows for numbers), counted among them; None for none."""
    if validation is None or not len(validation):
        return None
    rows = validation
    if kept and class_count(task):
        rows = validation.take(np.isin(truth(validation, task), list(kept)))
        if not len(rows):
            return None
    labels = truth(rows, task)
    return Held(matrix(rows), np.searchsorted(list(kept), labels) if kept else labels, weights(rows))
