import numpy as np
import polars as pl
import pytest

from ownproof.core.task import Task
from ownproof.errors import InputError
from ownproof.targets.label.classes import class_of, default_positive, index, indices, matching, ordered, recognise

NUMBERED = Task("y", "label", classes=(0, 1, 10))
WORDS = Task("y", "label", classes=("late", "on time"))


def test_words_are_labels():
    assert recognise(pl.Series(["a", "b"])) > 0.9


def test_two_whole_numbers_are_labels_and_fractions_are_not():
    assert recognise(pl.Series([0.0, 1.0, 1.0])) > 0.9
    assert recognise(pl.Series([0.5, 1.0, 1.5])) < 0.5


def test_a_handful_of_small_numbers_that_come_back_often_are_labels():
    assert recognise(pl.Series([1.0, 2.0, 3.0, 4.0, 5.0] * 20)) > 0.5


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 2.0, 3.0] * 19,  # too few rows a value
        [10.0, 20.0, 30.0] * 30,  # amounts, not a numbering
        [1.0, 5.0, 10.0] * 30,  # gaps
        [float(i) for i in range(11)] * 30,  # too many
    ],
)
def test_other_whole_numbers_are_numbers(values):
    assert recognise(pl.Series(values)) < 0.5


def test_an_infinite_value_or_no_value_makes_no_label():
    assert recognise(pl.Series([0.0, float("inf")])) < 0.5
    assert recognise(pl.Series([None, None], dtype=pl.Float64)) == 0.0


def test_classes_keep_the_type_that_json_has_for_them():
    assert [class_of(c) for c in (1.0, 2.5, True, "a")] == [1, 2.5, "true", "a"]
    assert isinstance(class_of(1.0), int)


def test_words_that_are_numbers_are_ordered_as_numbers():
    assert ordered(["10", "9", "1"]) == ("1", "9", "10")
    assert ordered(["10", "9", "x"]) == ("10", "9", "x")


@pytest.mark.parametrize(
    ("counts", "positive"),
    [
        ({"no": 1, "yes": 9}, "yes"),
        ({0: 1, 1: 9}, 1),
        ({-1: 1, 1: 9}, 1),
        ({1: 3, 2: 9}, 1),  # a numbering: the rarer one
        ({1: 9, 2: 3}, 2),
        ({"Bad": 7, "Good": 3}, "Bad"),
        ({"<=50K": 7, ">50K": 3}, ">50K"),
        ({"bad": 7, "late": 3}, "late"),  # two names: the rarer one
        ({"a": 5, "b": 5}, "b"),
    ],
)
def test_the_class_that_is_looked_for_is_found_by_name_else_it_is_the_rarer(counts, positive):
    assert default_positive(counts) == positive


@pytest.mark.parametrize(("cell", "place"), [(1, 1), (1.0, 1), ("1", 1), ("10.0", 2), (0, 0)])
def test_a_cell_is_read_as_a_numbered_class_however_it_is_typed(cell, place):
    assert index(cell, NUMBERED) == place


def test_a_word_is_read_exactly_first_and_without_case_second():
    assert index("Late", WORDS) == 0
    assert matching("A", ("a", "A")) == "A"
    assert matching("á", ("a", "A")) is None


def test_leading_zeros_make_another_class():
    assert matching("01", ("1", "01")) == "01"
    assert matching("01", ("1", "2")) is None


def test_a_cell_that_is_no_class_is_answered_with_the_near_miss():
    with pytest.raises(ValueError, match="late"):
        index("lat", WORDS)


def test_a_column_becomes_indices_and_bad_values_are_named_together():
    assert indices(pl.Series("y", ["on time", "late", "late"]), WORDS).tolist() == [1, 0, 0]
    assert indices(pl.Series("y", [10.0, 0.0]), NUMBERED).tolist() == [2, 0]
    with pytest.raises(InputError) as caught:
        indices(pl.Series("y", ["late", "lost", None, "stolen"]), WORDS)
    assert all(word in caught.value.message for word in ("lost", "stolen", "missing"))


def test_truth_is_int64_even_of_nothing():
    assert indices(pl.Series("y", [], dtype=pl.String), WORDS).dtype == np.int64
