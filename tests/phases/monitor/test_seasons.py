"""A move that comes back every year is no drift; the same move out of season is."""

import math

import pytest

from ownproof.core.policy import Policy
from ownproof.phases.monitor.compare import compare
from ownproof.phases.monitor.seasons import a_year_ago, as_a_year_ago, in_season
from ownproof.runtime.watch import build, count
from tests.phases.monitor.customers import KINDS, rows

DAY = 86_400.0
POLICY = Policy()


def warm(day):
    """How far ages are off on a day of the year, in standard deviations: most in the middle of it."""
    return 0.8 * math.sin(math.pi * (day % 364) / 364) ** 2


@pytest.fixture(scope="module")
def year():
    """A reference from the cold season, and the days around the warmest of last year."""
    reference = build(rows(3000, 1), KINDS)
    days = [(d * DAY, count(reference, rows(300, 100 + d, age=warm(d)))) for d in range(165, 200)]
    return reference, days


def told(year, frame, day):
    reference, days = year
    now = count(reference, frame)
    found = compare(reference, now, policy=POLICY)
    moved = {c.column for c in found.columns if c.drift}
    return found, moved, as_a_year_ago(reference, now, a_year_ago(day * DAY, days), columns=moved, policy=POLICY)


def test_a_warm_day_in_the_warm_season_is_as_last_year(year):
    found, moved, same = told(year, rows(300, 9, age=warm(182)), 182 + 364)
    assert moved == same == {"age"}
    quiet = in_season(found, same)
    assert (found.alarm, quiet.alarm) == (True, False)
    age = next(c for c in quiet.columns if c.column == "age")
    assert (age.drift, age.sure) == (False, True)
    assert age.change.endswith("as in the same season last year")


def test_what_is_beyond_the_season_still_drifts(year):
    _, moved, same = told(year, rows(300, 9, age=warm(182) + 0.6, plan=(0.2, 0.3, 0.5)), 182 + 364)
    assert moved == {"age", "plan"}
    assert same == set()


def test_without_enough_windows_a_year_ago_nothing_is_excused(year):
    reference, days = year
    assert a_year_ago(300 * DAY, days) == []
    assert a_year_ago((182 + 364) * DAY, days[:9]) == []
    assert len(a_year_ago((182 + 364) * DAY, days)) == 21
    assert as_a_year_ago(reference, days[0][1], [], columns={"age"}, policy=POLICY) == set()
