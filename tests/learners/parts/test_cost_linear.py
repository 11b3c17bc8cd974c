"""The formula beside fits that were timed (`bench/costs.py`, one core)."""

from __future__ import annotations

import pytest

from ownproof.core.learner import Shape
from ownproof.learners.parts.cost_linear import Work, seconds


@pytest.mark.parametrize(
    ("size", "work", "measured"),
    [
        (Shape(17_035, 47, 2, held=8_517, levels=(280,) * 21, filled=0.88), Work(17_035, 3, 183), 0.78),
        (Shape(5_813, 18, 2, held=1_453, levels=(43,) * 10, filled=0.70), Work(5_813, 4, 246), 0.21),
        (Shape(24_566, 56, 2, held=12_283, levels=(20,) * 5, filled=0.13), Work(24_566, 4, 361), 0.86),
        (Shape(36_020, 23, 10, held=18_010, levels=(205,) * 8, filled=0.84), Work(36_020, 5, 675), 14.78),
        (Shape(21_078, 13, 10, held=10_539, levels=(10,) * 7, filled=0.76), Work(21_078, 5, 304), 2.60),
        (Shape(11_278, 50, 10, held=5_639, levels=(12,) * 10, filled=0.81), Work(11_278, 5, 680), 6.57),
        (Shape(480, 537, 1, held=120, levels=(47,) * 13, filled=0.08), Work(480, 4), 0.22),
        (Shape(37_898, 43, 1, held=8_319, levels=(304,) * 22, filled=0.81), Work(37_898, 4), 0.91),
    ],
)
def test_the_formula_is_near_what_fits_took(size: Shape, work: Work, measured: float) -> None:
    assert seconds(size, work, squares=size.features <= 60) == pytest.approx(measured, rel=0.4)


def test_levels_cost_columns_and_not_cells() -> None:
    few, many = (Shape(20_000, 10, 2, levels=(n,) * 10) for n in (20, 200))
    costs = [seconds(s, Work(20_000, 5, 250), squares=True) for s in (few, many)]
    assert costs[0] < costs[1] < 2 * costs[0]
