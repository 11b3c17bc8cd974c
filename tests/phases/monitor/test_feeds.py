"""Feeds that broke."""

import polars as pl
import pytest

from ownproof.core.policy import Policy
from ownproof.phases.monitor.feeds import Traffic, broken, refusing, silent, with_outcomes, without_consequences
from ownproof.phases.monitor.incidents import Sighting
from ownproof.runtime.watch import build, count
from tests.phases.monitor.customers import KINDS, rows

DAY = 86_400.0
POLICY = Policy()


@pytest.fixture(scope="module")
def reference():
    return build(rows(5000, 0), KINDS)


def test_a_column_that_is_gone_or_stands_still_is_a_broken_feed(reference):
    gone = count(reference, rows(200, 1).with_columns(age=pl.lit(None, dtype=pl.Float64)))
    assert [s.what for s in broken(reference, gone, POLICY)] == [("age",)]
    still = count(reference, rows(200, 1).with_columns(age=pl.lit(41.5)))
    assert [s.words for s in broken(reference, still, POLICY)] == ["age: the same in every row"]
    level = count(reference, rows(200, 1).with_columns(plan=pl.lit("b")))
    assert [s.what for s in broken(reference, level, POLICY)] == [("plan",)]


def test_what_chance_brings_about_is_no_broken_feed(reference):
    zeros = count(reference, rows(60, 2).with_columns(spend=pl.lit(0.0)))  # nine in ten are zero anyway
    assert list(broken(reference, zeros, POLICY)) == []
    assert list(broken(reference, count(reference, rows(200, 3)), POLICY)) == []


def traffic(rows, refused=(), reasons=None):
    refused = [*refused, *[0] * (len(rows) - len(refused))]
    return [Traffic(i * DAY, r, f, reasons or {}) for i, (r, f) in enumerate(zip(rows, refused, strict=True))]


def test_decisions_that_stop_are_told_and_weekends_without_any_are_not():
    assert silent(traffic([100] * 10 + [0])).what == ("decisions",)
    assert silent(traffic([100] * 10)) is None
    weeks = ([100] * 5 + [0, 0]) * 3
    assert [silent(traffic(weeks[:n])) for n in (20, 21)] == [None, None]
    assert silent(traffic([*weeks, 0, 0])) is not None  # a Monday and a Tuesday
    assert silent(traffic([3] * 10 + [0])) is None  # too few to miss


def test_requests_that_are_suddenly_refused_name_the_field():
    reasons = {"age: is missing": 40, "plan: is not known": 2}
    found = refusing(traffic([100] * 9 + [60], [1] * 9 + [40], reasons), POLICY)
    assert found.what == ("age", "plan")
    assert "40 % of the requests were refused, 0.99 % before: age: is missing" in found.words
    assert refusing(traffic([60] * 10, [40] * 10, reasons), POLICY) is None  # as ever
    assert refusing(traffic([100] * 10, [0] * 9 + [5], reasons), POLICY) is None


def test_what_a_broken_feed_brings_about_is_no_drift_of_its_own():
    feed = [Sighting("feed", ("age",), "age is missing", sure=True)]
    drift = [Sighting("drift", ("age", "scores"), "both"), Sighting("drift", ("scores", "income"), "other")]
    found = without_consequences(feed, [*drift, Sighting("loss", ("roc_auc",), "worse", sure=True)])
    assert [(s.kind, s.what) for s in found] == [("feed", ("age",)), ("drift", ("income",)), ("loss", ("roc_auc",))]
    assert found[0].matters == "the scores moved with it"
    assert without_consequences([], drift) == drift


def test_outcomes_that_moved_while_the_model_got_worse_are_its_evidence():
    lost = Sighting("loss", ("roc_auc",), "0.7, 0.8 was promised", sure=True)
    moved = Sighting("drift", ("outcomes",), "outcomes: more of them", sure=True)
    assert [s.words for s in with_outcomes(lost, [moved])] == ["0.7, 0.8 was promised; outcomes: more of them"]
    assert with_outcomes(None, [moved]) == [moved]
