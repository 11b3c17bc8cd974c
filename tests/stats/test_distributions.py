"""Quantiles and tails, against the printed tables and an oracle."""

import math

import numpy as np
import pytest
from scipy import stats as oracle

from ownproof.stats import distributions as d


@pytest.mark.parametrize(
    ("p", "df", "printed"), [(0.975, 1, 12.706), (0.975, 5, 2.571), (0.95, 30, 1.697), (0.995, 10, 3.169)]
)
def test_t_quantiles_are_those_of_the_printed_table(p, df, printed):
    assert d.t_quantile(p, df) == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize("df", [1, 2, 3.5, 9, 99, 1_999, 50_000, 900_000])
def test_t_agrees_with_the_oracle_in_both_tails(df):
    for p in (1e-4, 0.025, 0.3, 0.5, 0.9, 0.9999):
        assert d.t_quantile(p, df) == pytest.approx(oracle.t.ppf(p, df), rel=1e-7, abs=1e-9)
    for t in (-6.0, -1.0, 0.0, 0.5, 4.0):
        assert d.t_cdf(t, df) == pytest.approx(oracle.t.cdf(t, df), rel=1e-7)


@pytest.mark.parametrize("df", [1, 2, 5, 40, 1_000])
def test_chi_squared_tail_agrees_with_the_oracle(df):
    for x in (1e-3, df * 0.5, float(df), df * 1.5, df + 200.0):
        assert d.chi2_tail(x, df) == pytest.approx(oracle.chi2.sf(x, df), rel=1e-8)


def test_normal_tails_stay_exact_where_a_difference_would_be_zero():
    assert d.normal_tail(10.0) == pytest.approx(oracle.norm.sf(10.0), rel=1e-12)
    assert d.normal_cdf(-10.0) == pytest.approx(oracle.norm.cdf(-10.0), rel=1e-12)


def test_quantiles_at_the_ends_are_infinite_and_outside_unknown():
    assert d.normal_quantile(0.0) == -math.inf
    assert d.normal_quantile(1.0) == math.inf
    assert math.isnan(d.normal_quantile(1.5))
    assert d.t_quantile(0.5, 3) == pytest.approx(0.0, abs=1e-12)


def test_incomplete_beta_agrees_with_the_oracle():
    from scipy.special import betainc

    for a, b, x in [(0.5, 0.5, 0.3), (2, 5, 0.9), (50, 0.5, 0.99), (1, 1, 0.25)]:
        assert d.incomplete_beta(a, b, x) == pytest.approx(betainc(a, b, x), rel=1e-12)
    assert (d.incomplete_beta(2, 2, 0.0), d.incomplete_beta(2, 2, 1.0)) == (0.0, 1.0)
    assert np.isnan(d.chi2_tail(math.nan, 3))
