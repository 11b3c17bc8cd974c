"""What raters are asked and may answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.labelling import Answer, Item, LabelClass, LabelSchema, schema_from
from ownproof.errors import ConfigError, InputError

SPANS = LabelSchema("spans", "Which names?", (LabelClass("ORG", "1"), LabelClass("PER", "2")), text="text")


def test_a_schema_gives_each_class_without_a_key_the_next_free_one() -> None:
    schema = schema_from(
        {"kind": "label", "question": "?", "classes": [{"name": "a"}, {"name": "b", "key": "1"}, {"name": "c"}]}
    )
    assert [(c.name, c.key) for c in schema.classes] == [("a", "2"), ("b", "1"), ("c", "3")]
    assert schema.scale == "nominal"


def test_every_problem_of_a_schema_is_told_at_once_with_near_misses() -> None:
    with pytest.raises(ConfigError) as caught:
        schema_from({"kind": "lable", "qestion": "?", "show": "a", "classes": [{"name": "a", "key": "u"}]})
    for part in ("did you mean 'label'", "did you mean 'question'", "show is 'a'", "'u' is undo", "1 classes"):
        assert part in caught.value.message + caught.value.expected or part in str(caught.value.lines())


@pytest.mark.parametrize(
    ("data", "part"),
    [
        ({"kind": "number", "question": "?", "low": 3, "high": 1}, "high"),
        ({"kind": "number", "question": "?", "step": 0}, "step"),
        ({"kind": "number", "question": "?", "classes": [{"name": "a"}]}, "numbers have no classes"),
        ({"kind": "label", "question": "?", "low": 1, "classes": [{"name": "a"}, {"name": "b"}]}, "low"),
        ({"kind": "spans", "question": "?", "classes": [{"name": "a"}]}, "text is not said"),
        ({"kind": "label", "question": "?", "classes": [{"name": "a"}, {"name": "a"}]}, "two classes have the name"),
        ({"kind": "label", "question": "?", "classes": ["a", "b"]}, "0 classes"),
    ],
)
def test_a_schema_that_cannot_be_is_refused(data: dict[str, Any], part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        schema_from(data)
    assert part in caught.value.message


def test_a_class_that_is_not_offered_is_refused_with_the_near_miss() -> None:
    schema = LabelSchema("label", "?", (LabelClass("complaint", "1"), LabelClass("praise", "2")))
    assert schema.read("praise") == "praise"
    with pytest.raises(InputError) as caught:
        schema.read("complant")
    assert "complaint" in caught.value.hint


def test_a_number_lies_within_its_limits_and_on_its_steps() -> None:
    schema = LabelSchema("number", "?", low=1.0, high=5.0, step=0.5)
    assert [schema.read(v) for v in (1, 2.5, 5)] == [1.0, 2.5, 5.0]
    for value in (0.5, 5.5, 1.2, float("nan"), True, "3", None):
        with pytest.raises(InputError):
            schema.read(value)


def test_spans_come_back_sorted_and_lie_inside_their_text() -> None:
    later, first = {"start": 6, "end": 9, "label": "ORG"}, {"start": 0, "end": 3, "label": "PER"}
    assert SPANS.read([later, first], text="Ann at IBM") == [first, later]
    assert SPANS.read([], text="nobody") == []
    for bad in ([{**later, "end": 11}], [{**first, "end": 0}], [first, {**first, "end": 5}], [first, first], "no", [3]):
        with pytest.raises(InputError):
            SPANS.read(bad, text="Ann at IBM")


@given(st.lists(st.tuples(st.integers(-2, 9), st.integers(-2, 9), st.sampled_from(["ORG", "PER", "LOC"])), max_size=5))
def test_spans_are_taken_exactly_where_they_are_apart_inside_and_of_known_classes(
    said: list[tuple[int, int, str]],
) -> None:
    spans = [{"start": s, "end": e, "label": name} for s, e, name in said]
    inside = all(0 <= s < e <= 8 and name != "LOC" for s, e, name in said)
    cells = [c for s, e, _ in said for c in range(s, e)]
    fine = inside and len(cells) == len(set(cells))
    try:
        assert sorted(map(str, SPANS.read(spans, text="8 letter"))) == sorted(map(str, spans))
        assert fine
    except InputError:
        assert not fine


def test_items_and_answers_come_back_from_their_lines() -> None:
    item = Item("7", "text", {"region": "north"}, 3, 2, "uncertainty", {"meta": {"x": 1}})
    assert Item.from_json(item.to_json()) == item
    for answer in (
        Answer("7", "ann", 1.5, [{"start": 0, "end": 2, "label": "ORG"}], seconds=2.0, note="n", guide="g", id="i"),
        Answer("7", "ann", 1.5, skip="cannot tell", extra={"score": 0.5}),
        Answer("7", "ann", 1.5, undo=True),
    ):
        assert Answer.from_json(answer.to_json()) == answer
    with pytest.raises(KeyError):
        Answer.from_json({"item": "7", "rater": "ann", "at": 1})
