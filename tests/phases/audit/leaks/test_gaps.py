"""Gaps that are the answer are named; gaps that say something of it are left alone."""

import numpy as np
import pytest

from tests.phases.audit.tables import audited, finding, is_bad, leaks, loans, prices, put

RNG = np.random.default_rng(5)
L, P = loans(1500), prices(1500)
BAD, Y = is_bad(L), P["y"].to_numpy()


def holed(filled):
    """Numbers with gaps."""
    return [float(v) if f else None for f, v in zip(filled, RNG.normal(size=len(filled)), strict=True)]


def test_a_column_that_is_filled_for_nearly_all_of_one_class_warns():
    filled = np.where(RNG.random(1500) < 0.02, ~BAD, BAD)
    report = audited(put(L, reason=holed(filled)))
    assert leaks(report) == [("leak.missing", "warn", ("reason",))]
    said = finding(report, "leak.missing")
    assert "filled in 9" in said.evidence
    assert 0.95 < said.value < 1.0
    assert "--drop reason" in said.advice


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_a_column_that_is_filled_for_one_class_only_warns_though_not_for_all_of_it(share):
    filled = BAD & (RNG.random(1500) < share)
    assert leaks(audited(put(L, reason=holed(filled)))) == [("leak.missing", "warn", ("reason",))]


def test_columns_with_the_same_gaps_are_one_finding():
    filled = np.where(RNG.random(1500) < 0.02, ~BAD, BAD)
    report = audited(put(L, reason=holed(filled), other=holed(filled)))
    assert leaks(report) == [("leak.missing", "warn", ("other", "reason"))]


@pytest.mark.parametrize(("of_bad", "of_good"), [(0.9, 0.3), (0.5, 0.02), (0.99, 0.6), (0.2, 0.0), (0.4, 0.5)])
def test_gaps_that_only_say_something_are_left_alone(of_bad, of_good):
    filled = RNG.random(1500) < np.where(BAD, of_bad, of_good)
    assert leaks(audited(put(L, holes=holed(filled)))) == []
    assert leaks(audited(put(L, holes=holed(~filled)))) == []


def test_gaps_that_part_large_and_small_answers_warn():
    filled = np.where(RNG.random(1500) < 0.02, RNG.random(1500) < 0.5, np.median(Y) < Y)
    assert leaks(audited(put(P, paid=holed(filled)))) == [("leak.missing", "warn", ("paid",))]
    usual = RNG.random(1500) < np.where(np.median(Y) < Y, 0.8, 0.4)
    assert leaks(audited(put(P, paid=holed(usual)))) == []


def test_a_column_that_is_declared_known_before_is_left_alone():
    filled = np.where(RNG.random(1500) < 0.02, ~BAD, BAD)
    assert leaks(audited(put(L, reason=holed(filled)), available={"reason": "before"})) == []


def test_the_gaps_are_drawn():
    filled = BAD & (RNG.random(1500) < 0.8)
    titles = [getattr(b, "title", "") for b in audited(put(L, reason=holed(filled))).sections[0].blocks]
    assert "reason: empty or filled" in titles
