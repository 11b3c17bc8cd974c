import numpy as np
import pytest

from ownproof.targets.number.shape import objectives_of, tail_of

DRAW = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (DRAW.poisson(3, 1000), ("poisson",)),
        (DRAW.poisson(0.05, 1000), ("poisson",)),
        (np.where(DRAW.random(1000) < 0.4, 0.0, DRAW.lognormal(5, 1, 1000)), ("tweedie",)),
        (DRAW.lognormal(12, 0.6, 1000).round(), ("log",)),
        (DRAW.normal(100, 10, 1000), ()),
        (DRAW.normal(0, 1, 1000), ()),
        (DRAW.uniform(0, 1, 1000), ()),
        (DRAW.integers(0, 2, 1000), ()),
        (DRAW.lognormal(12, 0.6, 50), ()),
        (np.zeros(500), ()),
    ],
)
def test_the_shape_of_the_target_asks_for_its_objective(values, wanted):
    names, why = objectives_of(np.asarray(values, float), "y")
    assert names == wanted
    assert bool(why) == bool(wanted)


def test_tails_are_compared_on_both_sides_of_the_middle():
    assert tail_of(np.array([1.0, 2.0, 2.0, 2.0])) == 0.0
    assert tail_of(np.array([2.0, 2.0, 2.0, 9.0])) == np.inf
    assert tail_of(np.full(5, 3.0)) == 1.0
