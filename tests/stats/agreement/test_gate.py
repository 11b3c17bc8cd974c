import pytest

from ownproof.stats.agreement.gate import Limits, decide
from ownproof.stats.agreement.resample import Spread

LIMITS = Limits(0.7, 0.6, 400)


def decided(value, low, high, floor, items):
    return decide(Spread(value, low, high, floor, 0.95, items), LIMITS)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ((0.80, 0.62, 0.90, 0.65, 100), "go"),
        ((0.80, 0.55, 0.90, 0.60, 100), "go"),  # the one-sided end decides, not the interval's
        ((0.80, 0.55, 0.90, 0.59, 100), "more"),
        ((0.70, 0.60, 0.78, 0.62, 399), "go"),
        ((0.69, 0.62, 0.76, 0.63, 399), "more"),
        ((0.69, 0.62, 0.76, 0.63, 400), "stop"),  # from 400 items on the point alone decides
        ((0.71, 0.40, 0.90, 0.45, 400), "go"),
        ((0.7 - 1e-12, 0.6, 0.8, 0.62, 500), "go"),
        ((0.55, 0.40, 0.6999, 0.42, 120), "stop"),
        ((0.55, 0.40, 0.7001, 0.42, 120), "more"),
        ((float("nan"),) * 4 + (30,), "more"),
        ((0.9, float("nan"), float("nan"), float("nan"), 1), "more"),
    ],
)
def test_the_rule_to_the_letter(said, word):
    assert decided(*said).word == word


def test_more_items_are_as_many_as_the_interval_needs_and_never_beyond_where_the_point_decides():
    close = decided(0.80, 0.50, 0.90, 0.55, 50)  # 0.25 must become 0.20: 50 * (0.25 / 0.20)^2 = 78.1
    assert close.needed == 30
    assert decided(0.0, -0.5, 0.9, -0.4, 2).needed == 50
    below = decided(0.60, 0.40, 0.75, 0.43, 100)  # 0.15 must become 0.10: 225
    assert below.needed == 130
    assert decided(0.699, 0.5, 0.85, 0.52, 60).needed == 340
    assert decided(0.9, float("nan"), float("nan"), float("nan"), 1).needed == 399


def test_what_is_decided_needs_nothing_more():
    assert decided(0.9, 0.8, 0.95, 0.82, 100).needed == 0
    assert decided(0.2, 0.1, 0.3, 0.12, 100).needed == 0
