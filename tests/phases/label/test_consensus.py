"""The final label of every item."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.labelling import Answer
from ownproof.phases.label.consensus import settle, votes_of
from tests.votes import NUMBER, SCHEMA, SPANS, said, span


def one(*values, schema=SCHEMA, **more):  # type: ignore[no-untyped-def]
    found = settle(votes_of(said(*values)), schema, **more)["1"]
    return found.value, found.how


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a"], ("a", "single")),
        (["a", "a"], ("a", "agreed")),
        (["a", "b"], (None, "open")),
        (["a", "b", "b"], ("b", "majority")),
        (["a", "a", "b", "b"], (None, "open")),
        (["skip no", "a"], ("a", "single")),
        (["skip no"], (None, "open")),
    ],
)
def test_below_five_raters_the_majority_holds_and_a_tie_stays_open(values: list[str], expected: object) -> None:
    assert one(*values) == expected


def test_a_decision_holds_over_every_vote_and_can_leave_an_item_out() -> None:
    assert one("a", "a", decided={"1": "c"}) == ("c", "decision")
    assert one("a", "a", decided={"1": None}) == (None, "left-out")
    assert settle({}, SCHEMA, decided={"9": "a"})["9"].usable


def test_numbers_have_their_median() -> None:
    assert one(1.0, 2.0, 9.0, schema=NUMBER) == (2.0, "median")
    assert settle(votes_of(said(1.0, 2.0, 9.0)), NUMBER)["1"].confidence == pytest.approx(2 / 3)


def test_spans_that_more_than_half_marked_alike_are_kept() -> None:
    first, second = span(0, 3), span(5, 9, "PER")
    assert one([first, second], [first], [first, second], schema=SPANS) == ([first, second], "majority")
    assert one([first], [second], schema=SPANS) == (None, "open")
    assert one([], [], [first], schema=SPANS) == ([], "majority")
    assert one([first], [second], [span(0, 4)], schema=SPANS) == (None, "open")


def test_from_five_raters_on_a_rater_who_errs_counts_less() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 300)
    skill = [0.95, 0.95, 0.45, 0.45, 0.45, 0.45]
    current = {}
    for i, t in enumerate(truth):
        for r, p in enumerate(skill):
            value = t if rng.random() < p else (t + rng.integers(1, 3)) % 3
            current[(str(i), f"r{r}")] = Answer(str(i), f"r{r}", 1.0, "abc"[value])
    found = settle(votes_of(current), SCHEMA)
    plain = settle(votes_of(current), SCHEMA, dawid_skene_from=99)
    right = [np.mean([f[str(i)].value == "abc"[t] for i, t in enumerate(truth)]) for f in (found, plain)]
    assert right[0] > right[1] + 0.05
    assert {f.how for f in found.values()} <= {"dawid-skene", "agreed"}


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "skip x"]), min_size=1, max_size=7), min_size=1, max_size=6))
def test_every_item_has_one_of_the_values_that_were_said_or_is_open(votes: list[list[str]]) -> None:
    current = {k: a for i, values in enumerate(votes) for k, a in said(*values, item=str(i)).items()}
    found = settle(votes_of(current), SCHEMA)
    assert found.keys() == {str(i) for i in range(len(votes))}
    for i, values in enumerate(votes):
        settled = found[str(i)]
        assert 0.0 <= settled.confidence <= 1.0
        assert (settled.value is None) == (settled.how == "open")
        if settled.usable and settled.how != "dawid-skene":
            assert settled.value in values
