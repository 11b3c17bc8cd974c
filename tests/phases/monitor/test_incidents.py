"""From windows to incidents."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.policy import Policy
from ownproof.phases.monitor.incidents import Look, Sighting, advises, folded, incidents, warnings

DAY = 86_400.0
POLICY = Policy()
CALM = POLICY.drift_windows_least


def days(seen, before=CALM):
    """`before` calm windows and then one for each entry: None, or the sightings of that window."""
    every = [()] * before + [() if s is None else s for s in seen]
    return [Look(i * DAY, (i + 1) * DAY, tuple(s)) for i, s in enumerate(every)]


def drift(*columns, **more):
    return [Sighting("drift", columns, f"{columns[0]} moved", "train again", **more)]


def test_one_odd_window_is_a_warning_and_no_incident():
    looks = days([drift("age")])
    assert incidents(looks, POLICY) == ()
    assert [w.what for w in warnings((), looks)] == [("age",)]


def test_the_same_culprit_in_two_of_three_windows_is_one_incident_however_long_it_lasts():
    found = incidents(days([drift("age"), None, drift("age"), drift("age", "income"), drift("income")]), POLICY)
    assert len(found) == 1
    assert found[0].what == ("age", "income")
    assert found[0].since == CALM * DAY  # the first window that showed it
    assert found[0].raised == (CALM + 3) * DAY
    assert found[0].row == 3


def test_other_culprits_in_every_window_are_no_incident():
    assert incidents(days([drift("a"), drift("b"), drift("c"), drift("d")]), POLICY) == ()


def test_it_closes_by_itself_and_comes_back_as_another_one():
    sure = drift("age", sure=True)
    found = incidents(days([sure, sure, None, None, None, None, sure]), POLICY)
    assert [i.closed for i in found] == [(CALM + 5) * DAY, None]
    assert len({i.id for i in found}) == 2


def test_a_window_without_a_row_says_nothing_of_drift():
    looks = days([drift("age", sure=True)])
    silent = [Look((len(looks) + i) * DAY, (len(looks) + i + 1) * DAY, (), rows=0) for i in range(10)]
    assert incidents([*looks, *silent], POLICY)[0].closed is None


def test_below_twenty_windows_drift_and_loss_only_warn_and_a_broken_feed_is_told():
    looks = days([drift("age", sure=True)] * 5, before=10)
    assert incidents(looks, POLICY) == ()
    assert not advises((), looks, POLICY)
    broken = days([[Sighting("feed", ("age",), "missing", sure=True)]], before=2)
    assert [i.kind for i in incidents(broken, POLICY)] == ["feed"]
    assert not advises(incidents(broken, POLICY), broken, POLICY)


def test_what_began_before_the_twentieth_window_is_raised_there_with_its_beginning():
    looks = days([drift("age", sure=True, back=i) for i in range(12)], before=10)
    found = incidents(looks, POLICY)
    assert [(i.raised, i.since) for i in found] == [(20 * DAY, 10 * DAY)]


@pytest.mark.parametrize(("windows", "code"), [(2, False), (3, True)])
def test_retraining_is_advised_after_three_windows_in_a_row(windows, code):
    looks = days([drift("age", sure=True)] * windows)
    assert advises(incidents(looks, POLICY), looks, POLICY) is code


def test_a_proven_loss_advises_at_once():
    looks = days([[Sighting("loss", ("roc_auc",), "0.7, 0.8 was promised", sure=True)]])
    found = incidents(looks, POLICY)
    assert advises(found, looks, POLICY)
    assert found[0].advised == looks[-1].end


def test_after_a_gap_three_in_a_row_are_counted_anew():
    sure = drift("age", sure=True)
    looks = days([sure, sure, None, sure])
    assert not advises(incidents(looks, POLICY), looks, POLICY)


sightings = st.lists(
    st.sampled_from(
        [None, drift("a"), drift("a", "b"), drift("b", sure=True), [Sighting("feed", ("c",), "x", sure=True)]]
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=100)
@given(sightings, st.integers(0, 40))
def test_reading_in_two_goes_tells_the_same_past(seen, cut):
    looks = days(seen, before=15)
    early = {i.id: i for i in incidents(looks[: 15 + cut], POLICY)}
    late = {i.id: i for i in incidents(looks, POLICY)}
    assert set(early) <= set(late)
    for name, each in early.items():
        assert late[name].since == each.since
        assert each.closed in (None, late[name].closed)
        assert each.closed is None or late[name] == each


@given(st.lists(st.sampled_from(["", "a", "b", "ab", "sure"]), max_size=30), st.integers(0, 30))
@settings(max_examples=60)
def test_windows_that_were_folded_before_count_as_if_they_were_there(seen, cut):
    looks = days([drift(*s, sure=s == "sure") if s else None for s in seen], before=18)
    earlier = folded(looks[:cut], POLICY)
    whole = incidents(looks, POLICY)
    assert incidents(looks[cut:], POLICY, after=earlier) == whole
    assert advises(whole, looks[cut:], POLICY, after=earlier) == advises(whole, looks, POLICY)
