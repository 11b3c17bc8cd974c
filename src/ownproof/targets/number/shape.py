"""What the shape of a target asks for: counts, amounts with many zeros, prices over several sizes."""

from __future__ import annotations

import numpy as np

COUNT_MEDIAN_MOST = 50.0
ZEROS_LEAST = 0.1
TAIL_LEAST = 2.0
ROWS_LEAST = 100


def objectives_of(values: np.ndarray, name: str) -> tuple[tuple[str, ...], str]:
    """Objectives worth trying beside squares, and why, in a sentence; nothing where squares fit.

    >>> objectives_of(np.random.default_rng(0).poisson(2.0, 500).astype(float), "calls")
    (('poisson',), "'calls' counts something: whole numbers from 0 on, half of them up to 2")
    """
    if len(values) < ROWS_LEAST or float(values.min()) < 0.0:
        return (), ""
    zeros, middle = float((values == 0).mean()), float(np.median(values))
    positive = values[values > 0]
    if not len(positive):
        return (), ""
    tail = tail_of(positive)
    whole = bool((values == np.floor(values)).all())
    if whole and float(values.min()) <= 1.0 and middle <= COUNT_MEDIAN_MOST and len(np.unique(values)) > 2:
        return ("poisson",), f"{name!r} counts something: whole numbers from 0 on, half of them up to {middle:g}"
    if zeros >= ZEROS_LEAST and tail >= TAIL_LEAST:
        words = f"{name!r} is 0 in {100 * zeros:.0f} % of the rows and has a heavy tail among the rest"
        return ("tweedie",), words
    if zeros == 0.0 and tail >= TAIL_LEAST:
        words = f"{name!r} is positive and its upper tail is {tail:.1f} times as long as its lower one"
        return ("log",), words
    return (), ""


def tail_of(values: np.ndarray) -> float:
    """How much longer the upper tail is than the lower one, from the 1st to the 99th of 100 parts (Hinkley 1975).

    >>> round(tail_of(np.arange(101.0)), 3)
    1.0
    """
    low, middle, high = (float(q) for q in np.quantile(values, [0.01, 0.5, 0.99]))
    return (high - middle) / (middle - low) if middle > low else float("inf") if high > middle else 1.0
