"""Whole distributions over cells: the likelihood ratio holds its level, rare cells and large tables alike."""

import numpy as np
import pytest
from scipy import stats as oracle

from ownproof.stats.drift import cells


def test_the_statistic_is_the_oracles_before_its_correction():
    old, new = np.array([30, 50, 20]), np.array([20, 30, 50])
    statistic, df, p = cells.homogeneity(old, new)
    raw = oracle.chi2_contingency([old, new], lambda_="log-likelihood")
    assert df == 2
    assert 0.97 * raw.statistic < statistic < raw.statistic
    assert p == pytest.approx(oracle.chi2.sf(statistic, 2), rel=1e-9)


@pytest.mark.parametrize("shape", [np.ones(20), 1 / np.arange(1, 41), np.array([0.9, 0.05, 0.03, 0.02])])
@pytest.mark.parametrize("sizes", [(20_000, 300), (300, 300), (300, 20_000)])
def test_it_holds_its_level_when_nothing_changed(shape, sizes):
    rng = np.random.default_rng(7)
    share = shape / shape.sum()
    ps = [
        cells.homogeneity(*cells.common(rng.multinomial(sizes[0], share), rng.multinomial(sizes[1], share)))[2]
        for _ in range(500)
    ]
    assert np.mean(np.array(ps) < 0.01) < 0.03
    assert np.mean(np.array(ps) < 0.5) == pytest.approx(0.5, abs=0.08)


def test_joined_cells_keep_the_rows_and_expect_enough():
    old, new = np.array([100, 3, 2, 1, 60, 0]), np.array([80, 1, 4, 0, 70, 1])
    for join in (cells.neighbours, cells.common):
        a, b = join(old, new)
        assert (a.sum(), b.sum()) == (old.sum(), new.sum())
        assert ((a + b) * min(a.sum(), b.sum()) / (a.sum() + b.sum()) >= cells.EXPECTED).all()


def test_names_not_told_apart_are_rare():
    a, b = cells.common(np.array([50, 1]), np.array([50, 2]), rest=(7, 9))
    assert (a.tolist(), b.tolist()) == ([50, 8], [50, 11])


def test_psi_of_equal_shares_is_what_chance_gives_on_average():
    rng, share = np.random.default_rng(2), np.ones(10) / 10
    old = rng.multinomial(100_000, share)
    seen = [cells.psi(old, rng.multinomial(500, share)) for _ in range(400)]
    assert np.mean(seen) == pytest.approx(cells.psi_by_chance(old, rng.multinomial(500, share)), rel=0.15)
