import math

import numpy as np
import pytest

from ownproof.stats.agreement import cohen, gwet
from ownproof.stats.agreement import krippendorff as alpha
from ownproof.stats.agreement.counts import counts, patterns
from ownproof.stats.agreement.distances import Nominal, interval
from ownproof.stats.agreement.resample import spread


def two(draw, items, kappa, shares):
    truth = draw.choice(len(shares), size=items, p=shares)
    sure = draw.random((items, 2)) < math.sqrt(kappa)
    return np.where(sure, truth[:, None], draw.choice(len(shares), size=(items, 2), p=shares))


def covered(items, kappa, shares, samples):
    draw, held, floors, seen = np.random.default_rng([items, int(100 * kappa)]), 0, 0, 0
    for number in range(samples):
        said = two(draw, items, kappa, shares)
        if len(np.unique(said)) > 1:
            made = spread(cohen.sums(said[:, 0], said[:, 1], values=len(shares)), seed=number, draws=500)
            held, floors, seen = held + (made.low <= kappa <= made.high), floors + (made.floor <= kappa), seen + 1
    return held / seen, floors / seen


@pytest.mark.parametrize(
    ("items", "kappa", "shares"), [(50, 0.9, (0.9, 0.1)), (50, 0.75, (0.5, 0.5)), (200, 0.5, (0.8, 0.15, 0.05))]
)
def test_intervals_hold_kappa_as_often_as_they_say(items, kappa, shares):
    share, floor = covered(items, kappa, shares, 300)
    assert 0.915 <= share <= 0.985  # 95 % of 300 within 2.8 standard errors
    assert floor >= 0.915


def test_a_sample_without_disagreement_is_no_proof_that_there_is_none():
    one = np.repeat([0, 1], [45, 5])
    made = spread(cohen.sums(one, one, values=2), seed=0)
    assert (made.value, made.high) == (1.0, 1.0)
    assert 0.4 < made.low < made.floor < 0.9


def test_an_interval_is_half_as_wide_on_four_times_the_items():
    said = two(np.random.default_rng(0), 400, 0.7, (0.6, 0.4))
    few = spread(cohen.sums(said[:, 0], said[:, 1], values=2), seed=1)
    more = np.tile(said, (4, 1))
    many = spread(cohen.sums(more[:, 0], more[:, 1], values=2), seed=1)
    assert many.value == pytest.approx(few.value, abs=1e-12)
    assert (many.high - many.low) / (few.high - few.low) == pytest.approx(0.5, abs=0.05)


def test_groups_of_items_say_what_items_say():
    draw = np.random.default_rng(3)
    truth = draw.integers(0, 6, 9_000)
    said = np.where(draw.random((9_000, 5)) < 0.8, truth[:, None], draw.integers(0, 6, (9_000, 5)))
    made = counts(np.repeat(np.arange(9_000), 5), said.ravel(), items=9_000, values=6)
    apart, together = patterns(made, most=100_000), patterns(made, most=200)
    assert apart.alike
    assert not together.alike
    one, other = (spread(alpha.sums(made, Nominal(), groups=g), seed=0) for g in (apart, together))
    assert other.value == pytest.approx(one.value, abs=1e-12)
    assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.2)


def test_an_interval_of_many_numbers_is_the_linear_one_of_the_exact():
    draw = np.random.default_rng(4)
    truth = draw.integers(0, 400, 800)
    said = np.clip(truth[:, None] + draw.integers(-60, 61, (800, 3)), 0, 400)
    item = np.repeat(np.arange(800), 3)
    exact = spread(alpha.sums(counts(item, said.ravel(), items=800, values=401), interval(np.arange(401.0))), seed=0)
    spaced = counts(item, 2 * said.ravel(), items=800, values=801)  # as many different values, more codes than are held
    linear = spread(alpha.sums(spaced, interval(np.arange(801.0) / 2)), seed=0)
    assert linear.value == pytest.approx(exact.value, abs=1e-12)
    assert linear.low == pytest.approx(exact.low, abs=0.004)
    assert linear.high == pytest.approx(exact.high, abs=0.004)


def test_the_same_ratings_have_the_same_interval():
    said = two(np.random.default_rng(0), 80, 0.7, (0.6, 0.4))
    made = [spread(cohen.sums(said[:, 0], said[:, 1], values=2), seed=5) for _ in range(2)]
    assert made[0] == made[1]


def test_what_has_no_value_has_no_interval():
    made = spread(cohen.sums([0, 0], [0, 0], values=2), seed=0)
    assert math.isnan(made.value)
    assert math.isnan(made.low)
    only = counts([0, 0, 1, 1], [0, 0, 0, 0], items=2, values=1)
    assert math.isnan(alpha.sums(only, Nominal()).point)
    assert gwet.sums(counts([0, 0, 1, 1], [0, 1, 0, 0], items=2, values=2)).items == 2


def test_what_a_scale_may_have_missed_is_as_large_as_what_was_seen():
    draw = np.random.default_rng(5)
    said = np.round(draw.normal(0, 1, (60, 1)) + draw.normal(0, 0.1, (60, 2)), 6)
    numbers, code = np.unique(said, return_inverse=True)
    made = spread(
        alpha.sums(counts(np.repeat(np.arange(60), 2), code.ravel(), items=60, values=len(numbers)), interval(numbers)),
        seed=0,
    )
    assert 0.98 < made.low < made.value < made.high < 1.0
    assert made.high - made.value > 0.3 * (made.value - made.low)


@pytest.mark.parametrize("weighting", ["", "linear", "quadratic"])
def test_an_interval_of_many_classes_is_the_linear_one_of_the_exact(weighting):
    draw = np.random.default_rng(6)
    one = draw.integers(0, 60, 700)
    two = np.where(draw.random(700) < 0.7, one, draw.integers(0, 60, 700))
    exact = spread(cohen.sums(one, two, values=60, weighting=weighting), seed=0)
    linear = spread(cohen.sums(one, two, values=70, weighting=weighting), seed=0)  # a table of 70 x 70 is not held
    assert linear.value == pytest.approx(exact.value, abs=1e-12)
    assert (linear.low, linear.high) == pytest.approx((exact.low, exact.high), abs=0.01)
