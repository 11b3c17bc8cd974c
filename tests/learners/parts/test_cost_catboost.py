"""The formula beside fits that were timed (`bench/costs.py`, one core): answers to the held-out rows included."""

from __future__ import annotations

import pytest

from ownproof.core.learner import Shape
from ownproof.learners.parts.cost_catboost import seconds


def shape(rows: int, columns: int, answers: int, *, bins: float, held: int, codes: int = 0) -> Shape:
    return Shape(rows, columns, answers, bins=bins, held=held, levels=(20,) * codes)


@pytest.mark.parametrize(
    ("size", "rounds", "measured"),
    [
        (shape(1_039, 8, 2, bins=45, held=259, codes=6), 300, 0.46),
        (shape(2_502, 9, 2, bins=5, held=625, codes=6), 300, 0.43),
        (shape(19_032, 13, 2, bins=141, held=9_516, codes=4), 55, 0.38),
        (shape(23_834, 42, 2, bins=53, held=11_916, codes=27), 29, 0.71),
        (shape(128_200, 38, 2, bins=108, held=28_141, codes=14), 12, 1.60),
        (shape(872, 48, 1, bins=175, held=217), 36, 0.21),
        (shape(5_201, 29, 1, bins=80, held=1_300, codes=19), 77, 0.46),
        (shape(174_568, 17, 1, bins=69, held=38_319, codes=12), 12, 1.16),
        (shape(948, 59, 20, bins=136, held=237), 12, 1.36),
        (shape(15_820, 17, 6, bins=95, held=7_910, codes=3), 13, 0.45),
        (shape(48_551, 19, 3, bins=106, held=10_657, codes=15), 12, 1.50),
        (shape(111_231, 32, 10, bins=180, held=24_416), 12, 5.88),
    ],
)
def test_the_formula_is_near_what_fits_took(size: Shape, rounds: int, measured: float) -> None:
    assert seconds(size, rounds=rounds, depth=6, above=2) == pytest.approx(measured, rel=0.4)


def test_codes_with_means_are_wider_than_flags() -> None:
    codes = shape(5_000, 20, 2, bins=20, held=1_000, codes=10)
    assert seconds(codes, rounds=100, depth=6, above=2) > 1.3 * seconds(codes, rounds=100, depth=6, above=20)
