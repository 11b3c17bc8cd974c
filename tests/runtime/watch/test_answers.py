"""Answers and outcomes as columns: classes by name, numbers as they are, anything else by its size."""

from ownproof.core.task import Task
from ownproof.core.watch import PREDICTION, SCORE, TRUTH
from ownproof.runtime.watch.answers import answer_columns, answer_kinds, truth_column

LOAN = Task("bad", "label", classes=("no", "yes"), positive="yes")


def test_of_two_classes_the_positive_ones_probability_is_the_score():
    frame = answer_columns(
        [{"prediction": "yes", "probabilities": {"no": 0.2, "yes": 0.8}}, {"prediction": None}], LOAN
    )
    assert frame[PREDICTION].to_list() == ["yes", None]
    assert frame[SCORE].to_list() == [0.8, None]
    assert answer_kinds(frame) == {PREDICTION: "category", SCORE: "number"}


def test_of_more_classes_the_likeliest_counts():
    task = Task("size", "label", classes=(1, 2, 3))
    frame = answer_columns([{"prediction": 2, "probabilities": {"1": 0.2, "2": 0.7, "3": 0.1}}], task)
    assert frame.row(0) == ("2", 0.7)


def test_numbers_have_no_score_and_lists_are_counted():
    assert answer_columns([{"prediction": 3}], Task("price", "number")).row(0) == (3.0,)
    spans = Task("spans", "spans")
    assert answer_columns([{"prediction": [[0, 3, "PER"], [4, 8, "LOC"]]}], spans).row(0) == (2.0,)


def test_outcomes_are_read_like_answers():
    assert truth_column(["yes", None, "no"], LOAN).to_list() == ["yes", None, "no"]
    assert truth_column([1, 2.5], Task("price", "number")).name == TRUTH
