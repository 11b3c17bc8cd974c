"""Drift inside segments: found where it is, told once, and no more often than promised when nothing changed."""

import polars as pl
import pytest

from ownproof.core.policy import Policy
from ownproof.phases.monitor.inside import first_of, inside, seen_inside
from ownproof.runtime.watch import build, count
from tests.phases.monitor.customers import KINDS, rows

POLICY = Policy()
LEVELS = ("a", "b", "c")


@pytest.fixture(scope="module")
def known():
    """The reference, and each plan's own from twenty windows."""
    reference = build(rows(4000, 1), KINDS)
    windows = [by_plan(reference, rows(400, 100 + i)) for i in range(20)]
    return reference, {g: first_of(reference, "plan", [w[g] for w in windows]) for g in windows[0]}


def by_plan(reference, frame):
    return {("plan", level): count(reference, frame.filter(pl.col("plan") == level)) for level in LEVELS}


def looked(known, frame, **more):
    reference, firsts = known
    return inside(firsts, by_plan(reference, frame), dict.fromkeys(firsts), policy=POLICY, alpha=0.005, **more)


def older(frame, level, years):
    return frame.with_columns(
        pl.when(pl.col("plan") == level).then(pl.col("age") + years).otherwise("age").alias("age")
    )


def test_what_changed_for_one_level_only_is_found_there_and_said_with_its_column_as_the_culprit(known):
    found = looked(known, older(rows(400, 7), "c", 10.0))
    assert [(i.segment, i.level, [name for name, _ in i.columns]) for i in found] == [("plan", "c", ["age"])]
    (sighting,) = seen_inside(found)
    assert (sighting.kind, sighting.what, sighting.sure) == ("drift", ("age",), False)
    assert sighting.words.startswith("age where plan is c: mean ")


def test_a_column_that_is_told_of_the_whole_is_not_told_again(known):
    assert looked(known, older(rows(400, 7), "c", 10.0), without={"age"}) == []
    assert seen_inside([]) == []


def test_a_level_of_a_few_rows_says_nothing(known):
    few = rows(400, 7, plan=(0.7, 0.29, 0.01))
    assert looked(known, older(few, "c", 30.0)) == []


def test_a_segments_own_column_is_not_compared_inside_it(known):
    assert all("plan" not in {c.name for c in r.columns} for r in known[1].values())


def test_when_nothing_changed_windows_alarm_as_seldom_as_promised(known):
    assert sum(bool(looked(known, rows(400, 5000 + i))) for i in range(80)) <= 2
