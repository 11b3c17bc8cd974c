"""An accusation says what all columns reach with the accused ones and without them, on rows not fitted on."""

import re

import numpy as np
import pytest

from tests.phases.audit.tables import audited, is_bad, loans, prices, put

RNG = np.random.default_rng(4)
SCORES = re.compile(r"reach (?:AUC|R² on ranks) ([\d.-]+) with (?:it|them) and ([\d.-]+) without")


def scores(report):
    """(with, without) of each accusation."""
    return [tuple(map(float, SCORES.search(f.evidence).groups())) for f in report.findings if f.level != "ok"]


def test_a_copy_is_worth_everything_and_the_rest_what_it_is():
    frame = put(loans(), twin=loans()["y"].to_numpy())
    ((with_it, without),) = scores(audited(frame))
    assert with_it == pytest.approx(1.0, abs=0.002)
    assert 0.6 < without < 0.85


def test_a_law_of_two_columns_is_handed_to_the_model_that_weighs_it():
    frame, start = prices(), RNG.integers(0, 10**6, 600)
    ((with_them, without),) = scores(audited(put(frame, start=start, end=start + frame["y"].to_numpy())))
    assert with_them > 0.95
    assert without < 0.7


def test_other_accused_columns_are_in_neither_score():
    frame = loans()
    bad = is_bad(frame)
    for with_it, without in scores(audited(put(frame, one=bad, two=np.where(bad, "b", "a")))):
        assert with_it > 0.99
        assert without < 0.85


def test_sound_tables_weigh_nothing():
    assert scores(audited(loans())) == []


def test_too_few_rows_of_a_class_are_not_weighed():
    frame = loans(120, share=0.1)
    report = audited(put(frame, twin=frame["y"].to_numpy()))
    assert [f.rule for f in report.findings if f.level == "block"] == ["leak.copy"]
    assert "together reach" not in report.findings[0].evidence
