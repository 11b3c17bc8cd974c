import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.histogram import level_profile, moved, number_profile, psi
from ownproof.core.input import Profile


def test_psi_is_the_sum_over_levels_of_difference_times_log_ratio():
    # shares 0.5/0.5 against 0.8/0.2: 0.3 ln 1.6 + 0.3 ln 2.5 = 0.4159
    a = level_profile("category", pl.Series(["x"] * 50_000 + ["y"] * 50_000))
    b = level_profile("category", pl.Series(["x"] * 80_000 + ["y"] * 20_000))
    assert psi(a, b) == pytest.approx(0.4159, abs=1e-3)
    assert moved(a, b).level == "warn"
    assert moved(a, a).value == 0


def test_a_column_of_numbers_is_stable_against_itself_and_shifted_against_a_shifted_one():
    draw = np.random.default_rng(3)
    reference = number_profile("number", pl.Series(draw.normal(size=5000)))
    assert moved(reference, number_profile("number", pl.Series(draw.normal(size=5000)))).level == "ok"
    # two normal laws a standard deviation apart have a PSI near 1 (the symmetric divergence)
    assert psi(reference, number_profile("number", pl.Series(draw.normal(1, 1, size=5000)))) == pytest.approx(
        0.97, abs=0.15
    )


def test_more_missing_cells_are_drift_too():
    full, holed = pl.Series([1.0, 2.0] * 100), pl.Series([1.0, None] * 100)
    assert moved(number_profile("number", full), number_profile("number", holed)).level == "warn"


def test_a_few_values_are_counted_one_by_one_and_infinities_apart():
    made = number_profile("number", pl.Series([1.0, 1.0, 2.0, math.inf, None, math.nan]))
    assert made.levels == (("1.0", 2), ("2.0", 1))
    assert (made.rows, made.missing, made.numbers["infinite"], made.numbers["max"]) == (6, 2, 1.0, 2.0)


@given(st.lists(st.floats(allow_nan=False), max_size=100))
@settings(max_examples=100, deadline=None)
def test_a_profile_counts_every_number_once_and_survives_json(values):
    made = number_profile("number", pl.Series(values, dtype=pl.Float64))
    finite = [v for v in values if math.isfinite(v)]
    assert sum(made.counts) == len(finite)
    assert Profile.from_json(made.to_json()) == made
    assert all(math.isfinite(v) for v in made.numbers.values())


def test_nothing_to_compare_is_said():
    nothing = number_profile("number", pl.Series([], dtype=pl.Float64))
    assert moved(nothing, nothing).value is None
