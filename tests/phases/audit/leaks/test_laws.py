"""A law of two columns is found with its unit and offset, to rounding, and with faults."""

import numpy as np
import pytest

from ownproof.phases.audit.leaks.laws import FORMS, law, unit_of

RNG = np.random.default_rng(2)
A, B = RNG.uniform(10, 500, 400).round(2), RNG.uniform(1, 40, 400).round(1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (60.0, 0.0), (0.01, 7.0)])
def test_every_form_is_found_with_its_unit_and_its_offset(form, slope, offset):
    y = slope * FORMS[form](A, B) + offset
    found = law(form, A, B, y)
    assert found.share == 1.0
    assert found.slope == pytest.approx(slope, rel=1e-3)
    assert found.chance < 0.05
    others = [
        law(other, A, B, y) for other in FORMS if other != form and not {other, form} <= {"{a} - {b}", "{b} - {a}"}
    ]
    assert max(o.share for o in others) < 0.6


def test_rounding_of_the_target_is_no_fault_and_a_wrong_row_is():
    y = (A / B).round(1)
    assert law("{a} / {b}", A, B, y).share == 1.0
    y[:40] += 5
    assert law("{a} / {b}", A, B, y).share == 0.9


def test_division_by_zero_and_gaps_are_left_out():
    b = B.copy()
    b[:5] = 0
    b[5:9] = np.nan
    assert law("{a} / {b}", A, b, A / B).rows == 391


def test_constants_and_too_few_rows_have_no_law():
    assert law("{a} - {b}", A, A, B) is None
    assert law("{a} - {b}", A[:20], B[:20], A[:20]) is None
    assert law("{a} - {b}", A, B, np.ones(400)) is None


def test_the_unit_is_the_power_of_ten_that_all_are_multiples_of():
    assert unit_of(np.array([1500.0, np.nan, 200.0])) == 100.0
    assert unit_of(np.array([0.0, 3.0])) == 1.0
    assert unit_of(RNG.normal(size=9)) == 0.0
    assert unit_of(np.array([np.nan])) == 0.0
