"""What every scorer must keep to, ours and other people's: one call in a plug-in's own tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROWS_ALONE = 50


def check_scorer(cls: Any, folder: Path, batch: NDArray[np.float32], *, tolerance: float = 0.0) -> None:
    """Load a scorer of the class `cls` from `folder` and hold its answers to `batch` (n, p) against the protocol.

    tolerance: how far a row's answer may be from the same row's in a batch; 0 for equal to the last bit.
    Raises AssertionError, with a sentence, at the first thing that is wrong.
    """
    name = getattr(cls, "name", "")
    _must(isinstance(name, str) and bool(name), f"{cls.__name__}.name must be a word, got {name!r}")
    reads = getattr(cls, "reads", None)
    _must(reads == "matrix", f"{name}: this suite tries scorers that read 'matrix', got {reads!r}")
    _must(batch.ndim == 2 and len(batch) >= 2, f"a batch of at least two rows is needed, got shape {batch.shape}")
    scorer = cls.load(folder)
    answers = scorer.score(batch)
    _check_shape(name, answers, len(batch))
    _check_batches(name, scorer, batch, answers, tolerance)
    _check_rows(name, scorer, batch, answers, tolerance)
    _must(_far(cls.load(folder).score(batch), answers) == 0, f"{name}: loaded again, it answers differently")


def _check_shape(name: str, answers: Any, rows: int) -> None:
    _must(
        isinstance(answers, np.ndarray) and answers.dtype == np.float64,
        f"{name}: `score` must give a float64 array, got {getattr(answers, 'dtype', type(answers).__name__)}",
    )
    _must(
        answers.ndim in (1, 2) and len(answers) == rows,
        f"{name}: {rows} rows must get (n,) numbers or (n, k) probabilities, got shape {answers.shape}",
    )
    _must(bool(np.isfinite(answers).all()), f"{name}: an answer is not finite")
    if answers.ndim == 2:
        _must(answers.shape[1] >= 2, f"{name}: labels need a column for each class, got {answers.shape[1]}")
        _must(bool((answers >= 0).all() and (answers <= 1).all()), f"{name}: a probability is outside 0..1")
        _must(bool(np.abs(answers.sum(axis=1) - 1).max() <= 1e-5), f"{name}: probabilities of a row do not sum to 1")


def _check_batches(
    name: str, scorer: Any, batch: NDArray[np.float32], answers: NDArray[np.float64], tolerance: float
) -> None:
    before = batch.copy()
    _must(_far(scorer.score(batch), answers) == 0, f"{name}: asked twice, it answers differently")
    _must(np.array_equal(before, batch, equal_nan=True), f"{name}: it changes the batch it is given")
    none = scorer.score(batch[:0])
    _must(
        none.shape == (0, *answers.shape[1:]) and none.dtype == np.float64,
        f"{name}: no rows must get an empty float64 array of the same width, got {none.dtype} {none.shape}",
    )
    back = scorer.score(batch[::-1])[::-1]
    _must(_far(back, answers) <= tolerance, f"{name}: answers depend on the order of the rows")
    columns_first = scorer.score(np.asfortranarray(batch))
    _must(_far(columns_first, answers) <= tolerance, f"{name}: answers depend on the layout of the batch in memory")


def _check_rows(
    name: str, scorer: Any, batch: NDArray[np.float32], answers: NDArray[np.float64], tolerance: float
) -> None:
    ones = [scorer.score_one(row) for row in batch[:_ROWS_ALONE]]
    shapes = {(np.shape(one), getattr(one, "dtype", None)) for one in ones}
    wanted = (answers.shape[1:], np.dtype(np.float64))
    _must(shapes == {wanted}, f"{name}: `score_one` must give float64 of shape {wanted[0]}, got {shapes}")
    far = _far(np.array(ones), answers[:_ROWS_ALONE])  # looked at after all calls: a shared buffer would show here
    _must(far <= tolerance, f"{name}: a row alone is answered differently from the same row in a batch, by {far:.3g}")
    lines = np.concatenate([scorer.score(batch[i : i + 1]) for i in range(min(len(batch), _ROWS_ALONE))])
    far = _far(lines, answers[:_ROWS_ALONE])
    _must(far <= tolerance, f"{name}: a batch of one row is answered differently from a larger one, by {far:.3g}")


def _far(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The largest distance between two sets of answers."""
    return float(np.abs(a - b).max(initial=0.0)) if a.shape == b.shape else float("inf")


def _must(kept: bool, sentence: str) -> None:
    if not kept:
        raise AssertionError(sentence)
