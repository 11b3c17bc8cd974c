"""What raters do not agree on, in order of value."""

from ownproof.core.labelling import Answer, LabelSchema
from ownproof.phases.label.consensus import settle, votes_of
from ownproof.phases.label.disputes import Dispute, confusions, disputes
from tests.votes import NUMBER, SCHEMA, SPANS, said, span


def found(current: dict[tuple[str, str], Answer], schema: LabelSchema = SCHEMA, **more: object) -> tuple[Dispute, ...]:
    votes = votes_of(current)
    return disputes(votes, schema, settle(votes, schema, **more))  # type: ignore[arg-type]


def test_only_items_that_are_read_in_two_ways_or_skipped_are_disputed() -> None:
    current = (
        said("a", "a", item="1") | said("a", "b", item="2") | said("a", item="3") | said("skip cannot tell", item="4")
    )
    assert {d.item: d.about for d in found(current)} == {"2": "a or b", "4": "skipped: cannot tell"}
    assert {d.item for d in found(current, decided={"2": "a"})} == {"4"}


def test_the_confusion_that_settles_most_comes_first_and_loses_by_turns() -> None:
    current: dict[tuple[str, str], Answer] = {}
    for i in range(6):
        current |= said("a", "b", item=f"ab{i}")
    for i in range(4):
        current |= said("b", "c", item=f"bc{i}")
    ranked = found(current)
    # worth is 0.55 x alike / (1 + those before): 6, 4, 3, 2, 2 ...; a rule learnt from one settles the others
    assert [d.about for d in ranked[:4]] == ["a or b", "b or c", "a or b", "a or b"]
    assert confusions(ranked) == [("a or b", 6), ("b or c", 4)]


def test_an_even_split_comes_before_a_clear_majority() -> None:
    current = said("a", "a", "a", "b", item="clear") | said("a", "b", item="even")
    assert [d.item for d in found(current)] == ["even", "clear"]


def test_an_item_that_one_rater_could_not_tell_is_disputed_though_another_could() -> None:
    (only,) = found(said("a", "skip not in the guide"))
    assert only.about == "skipped: not in the guide"


def test_numbers_are_disputed_beyond_a_step() -> None:
    assert found(said(3.0, 4.0), NUMBER) == ()
    assert [d.about for d in found(said(3.0, 5.0), NUMBER)] == ["numbers more than 1 apart"]


def test_spans_are_disputed_by_the_kind_of_their_difference() -> None:
    def about(first: list[object], second: list[object]) -> list[str]:
        return [d.about for d in found(said(first, second), SPANS)]

    assert about([span(0, 3)], [span(0, 3)]) == []
    assert about([span(0, 3)], []) == ["ORG or nothing"]
    assert about([span(0, 3)], [span(0, 5)]) == ["where ORG begins and ends"]
    assert about([span(0, 3)], [span(0, 3, "PER")]) == ["ORG or PER"]
