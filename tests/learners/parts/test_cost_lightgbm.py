"""The formula beside fits that were timed (`bench/costs.py`, one core): answers to the held-out rows included."""

from __future__ import annotations

import pytest

from ownproof.core.learner import Shape
from ownproof.learners.parts.cost_lightgbm import seconds

DEFAULT = {"feature_fraction": 1.0, "bagging_fraction": 0.75}
SMALL = {"feature_fraction": 0.6, "bagging_fraction": 0.8, "extra_trees": True}
SHORT, LONG = 5, 300  # levels


def shape(rows: int, columns: int, answers: int, *, bins: float, held: int, short: int = 0, long: int = 0) -> Shape:
    return Shape(rows, columns, answers, bins=bins, held=held, levels=(SHORT,) * short + (LONG,) * long)


@pytest.mark.parametrize(
    ("size", "params", "rounds", "leaves", "measured"),
    [
        (shape(2_502, 9, 2, bins=5, held=625, short=9), SMALL, 300, 8, 0.19),
        (shape(1_528, 55, 2, bins=92, held=382, short=18, long=7), SMALL, 300, 8, 0.20),
        (shape(6_339, 5, 2, bins=207, held=1_584), DEFAULT, 174, 50, 0.39),
        (shape(14_630, 7, 2, bins=122, held=7_315, short=1), DEFAULT, 97, 50, 0.39),
        (shape(11_822, 54, 2, bins=50, held=5_911, short=40, long=5), DEFAULT, 55, 50, 0.43),
        (shape(21_644, 81, 2, bins=194, held=10_822), DEFAULT, 17, 50, 0.74),
        (shape(33_146, 13, 1, bins=156, held=7_275), DEFAULT, 31, 100, 0.39),
        (shape(128_200, 38, 2, bins=108, held=28_141, short=16, long=1), DEFAULT, 12, 50, 1.48),
        (shape(15_820, 17, 6, bins=95, held=7_910, short=3, long=1), DEFAULT, 12, 50, 0.51),
        (shape(3_489, 7, 20, bins=119, held=872, short=3), SMALL, 30, 6, 0.31),
        (shape(552, 83, 10, bins=142, held=138, short=13, long=3), SMALL, 45, 8, 0.27),
    ],
)
def test_the_formula_is_near_what_fits_took(
    size: Shape, params: dict[str, object], rounds: int, leaves: float, measured: float
) -> None:
    said = seconds(params, size, rounds=rounds, rows=size.rows, leaves=leaves, above=50)
    assert said == pytest.approx(measured, rel=0.4)


def test_long_columns_of_many_classes_cost_a_column_for_each_class() -> None:
    few, many = shape(10_000, 10, 10, bins=50, held=0, short=4), shape(10_000, 10, 10, bins=50, held=0, long=4)
    costs = [seconds(DEFAULT, s, rounds=100, rows=10_000, leaves=50, above=50) for s in (few, many)]
    assert costs[1] > 2 * costs[0]


def test_rows_that_decide_when_to_stop_are_paid_for() -> None:
    alone, held = (shape(1_000, 10, 2, bins=100, held=h) for h in (0, 20_000))
    assert seconds(DEFAULT, held, rounds=100, rows=1_000, leaves=30, above=50) > 1.5 * seconds(
        DEFAULT, alone, rounds=100, rows=1_000, leaves=30, above=50
    )
