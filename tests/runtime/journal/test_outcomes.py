"""Labels come late, twice, corrected, in parts, or for nobody; nothing of it is lost and all of it is counted."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.runtime.journal.lines import decoded
from ownproof.runtime.journal.outcomes import as_of
from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.records import line
from tests.runtime.journal.journals import decision, moment, outcome, written


@pytest.fixture
def joined(tmp_path):
    def join(outcomes, when=None, decisions=None, **said):
        written(tmp_path, [*(decisions or [decision(n) for n in range(1, 6)]), *outcomes])
        found = as_of(
            read(tmp_path, "outcomes").frame(), read(tmp_path).frame(), None if when is None else moment(when), **said
        )
        return found, dict(zip(found.table["id"].to_list(), found.table["outcome"].to_list(), strict=True))

    return join


def test_an_outcome_is_joined_by_prediction_id_or_by_the_callers_id(joined):
    found, values = joined(
        [outcome("d1", "yes", known=10), outcome("k2", 3.5, known=11), outcome("d3", None, known=12)]
    )
    assert values == {"d1": '"yes"', "d2": "3.5"}
    assert (found.counts.decisions, found.counts.with_outcome, found.counts.withdrawn) == (5, 2, 1)
    assert found.table.sort("id").row(0, named=True)["decided"] == moment(1)


def test_what_matches_nothing_is_kept_and_counted(joined):
    found, values = joined([outcome("d99", "yes", known=10), outcome("k99", "yes", known=10)])
    assert values == {}
    assert found.counts.unmatched == 2
    assert found.unmatched["prediction_id"].to_list() == ["d99", None]


def test_the_same_again_is_repeated_and_something_else_is_a_correction(joined):
    found, values = joined(
        [
            outcome("d1", "yes", known=10),
            outcome("d1", "yes", known=11),
            outcome("d1", "no", known=12),
            outcome("d2", "no", known=12),
        ]
    )
    assert values == {"d1": '"no"', "d2": '"no"'}
    assert (found.counts.repeated, found.counts.corrected, found.counts.late) == (1, 1, 0)
    assert found.table.filter(pl.col("id") == "d1")["revisions"].item() == 1


def test_what_became_known_earlier_and_is_told_later_overrides_nothing(joined):
    found, values = joined([outcome("d1", "final", known=20, at=20), outcome("d1", "first", known=10, at=30)])
    assert values == {"d1": '"final"'}
    assert found.counts.late == 1


def test_parts_are_outcomes_of_their_own(joined):
    found, _ = joined([outcome("d1", 1, known=10, part="30d"), outcome("d1", 0, known=12, part="90d")])
    assert sorted(found.table["part"].to_list()) == ["30d", "90d"]
    assert (found.counts.partial, found.counts.with_outcome) == (2, 1)


@pytest.mark.parametrize(
    ("when", "by", "expected"),
    [
        (9, "known", {}),
        (10, "known", {"d1": "0"}),
        (25, "known", {"d1": "1"}),
        (25, "logged", {}),
        (30, "logged", {"d1": "0"}),
        (40, "logged", {"d1": "1"}),
    ],
)
def test_the_past_is_as_it_was_known_or_as_it_was_logged(joined, when, by, expected):
    told = [outcome("d1", 0, known=10, at=30), outcome("d1", 1, known=20, at=40)]
    assert joined(told, when, by=by)[1] == expected


def test_a_withdrawn_outcome_may_be_said_again(joined):
    told = [outcome("d1", 1, known=10), outcome("d1", None, known=11), outcome("d1", 0, known=12)]
    found, values = joined(told)
    assert values == {"d1": "0"}
    assert (found.counts.withdrawn, found.counts.corrected) == (1, 1)


def test_a_callers_id_of_several_decisions_means_the_latest_before_it(joined):
    decisions = [decision(1, at=10.0, key="c"), decision(2, at=20.0, key="c"), decision(3, at=30.0, key="c")]
    found, values = joined([outcome("c", 1, known=25), outcome("c", 0, known=5)][:1], decisions=decisions)
    assert values == {"d2": "1"}
    assert found.counts.several == 1


def test_an_outcome_from_before_the_decision_by_another_clock_still_finds_it(joined):
    found, values = joined([outcome("k1", 1, known=9.5)], decisions=[decision(1, at=10.0)])
    assert values == {"d1": "1"}
    assert found.counts.unmatched == 0


def test_no_outcomes_leave_an_empty_table(joined):
    found, values = joined([])
    assert values == {}
    assert found.counts.with_outcome == 0
    assert found.table.columns == ["id", "part", "outcome", "known", "at", "decided", "revisions"]


MOMENTS = st.integers(1, 6).map(float)
TOLD = st.lists(
    st.tuples(
        st.sampled_from(["d1", "d2", "k1", "k2", "k9"]),
        st.sampled_from([1, 0, None]),
        MOMENTS,
        MOMENTS,
        st.sampled_from([None, "a"]),
    ),
    max_size=12,
)


def naive(told, when, by):
    """One outcome after the other, by hand."""
    state, counts = {}, dict.fromkeys(("unmatched", "repeated", "corrected", "withdrawn"), 0)
    lines = [(known, at, n, of, value, part) for n, (of, value, known, at, part) in enumerate(told)]
    for known, at, _, of, value, part in sorted(lines, key=lambda line: line[:3]):
        if (known if by == "known" else at) > when:
            continue
        of = of.replace("k", "d")
        if of == "d9":
            counts["unmatched"] += 1
            continue
        said = (of, part) in state
        if said and state[of, part] == value:
            counts["repeated"] += 1
        elif value is None:
            counts["withdrawn"] += 1
        elif said:
            counts["corrected"] += 1
        state[of, part] = value
    return {key: str(value) for key, value in state.items() if value is not None}, counts


@settings(deadline=None, max_examples=60)
@given(told=TOLD, when=st.integers(0, 7), by=st.sampled_from(["known", "logged"]))
def test_whatever_is_told_the_state_is_what_one_would_keep_by_hand(told, when, by):
    lines = [line(outcome(of, value, known=known, at=at, part=part)) for of, value, known, at, part in told]
    decisions, _ = decoded([line(decision(n, at=0.5)) for n in (1, 2)], "decisions")
    found = as_of(decoded(lines, "outcomes")[0], decisions, moment(when), by=by)
    expected, counts = naive(told, when, by)
    assert {(row["id"], row["part"]): row["outcome"] for row in found.table.to_dicts()} == expected
    assert {name: getattr(found.counts, name) for name in counts} == counts
