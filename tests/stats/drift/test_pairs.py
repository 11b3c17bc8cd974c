"""Correlations of pairs of columns in two samples."""

import numpy as np
import pytest

from ownproof.stats.drift.pairs import apart, pairs


def both(rows, strength, rng):
    z = rng.normal(size=(3, rows))
    z[1] = strength * z[0] + np.sqrt(1 - strength**2) * z[1]
    return z @ z.T


def found(old, new, rows):
    ones, nothing = np.ones((3, 3)), np.zeros(3)
    return pairs(apart(old, new, rows, ones), rows, skews=nothing, usable=np.array([True, True, True]))


def test_a_vanished_correlation_comes_first_with_its_size():
    rng = np.random.default_rng(0)
    first, *others = found(both(5000, 0.7, rng), both(800, 0.0, rng), (5000, 800))
    assert (first.first, first.second) == (0, 1)
    assert first.before == pytest.approx(0.7, abs=0.03)
    assert first.now == pytest.approx(0.0, abs=0.1)
    assert first.p < 1e-20
    assert min(p.p for p in others) > 1e-4


def test_the_same_strength_twice_is_rarely_sure():
    rng = np.random.default_rng(1)
    ps = [p.p for _ in range(200) for p in found(both(900, 0.5, rng), both(300, 0.5, rng), (900, 300))]
    assert np.mean(np.array(ps) < 0.05) < 0.07
