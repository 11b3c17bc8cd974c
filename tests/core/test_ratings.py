import numpy as np
import polars as pl
import pytest

from ownproof.core.rated import answers
from ownproof.core.ratings import Ratings
from ownproof.errors import InputError


def said(ratings):
    columns = zip(ratings.item, ratings.rater, ratings.value, strict=True)
    return [(ratings.items[i], ratings.raters[r], ratings.values[v]) for i, r, v in columns]


def frame(**columns):
    return pl.DataFrame(columns)


def test_a_raters_later_answer_replaces_the_earlier():
    rows = (["a", "a", "a"], ["x", "x", "y"], ["no", "yes", "no"])
    ratings = Ratings.of(*rows)
    assert said(ratings) == [("a", "x", "yes"), ("a", "y", "no")]
    assert (ratings.replaced, ratings.changed, ratings.unanswered) == (1, 1, 0)
    by_time = Ratings.of(*rows, at=[20.0, 10.0, 15.0])
    assert said(by_time) == [("a", "x", "no"), ("a", "y", "no")]


def test_a_class_that_no_answer_holds_any_more_is_none_of_the_values():
    ratings = Ratings.of(["a", "a", "b"], ["x", "x", "x"], ["odd", "yes", "no"])
    assert ratings.values == ("no", "yes")
    assert Ratings.of(["a", "b"], "xx", ["low", "high"], kind="ordinal", order=["low", "mid", "high"]).values == (
        "low",
        "mid",
        "high",
    )


def test_a_table_and_lists_of_the_same_rows_are_the_same_ratings():
    items, raters, labels = [3, 1, 3, 1, 2], ["x", "x", "y", "y", "x"], ["b", "a", " b ", None, "b"]
    table = Ratings.from_frame(frame(i=items, r=raters, l=labels), item="i", rater="r", label="l")
    assert said(table) == said(Ratings.of(items, raters, labels))
    assert table.unanswered == 1
    assert table.items == ("3", "1", "2")


def test_numbers_stored_as_floats_are_the_numbers_that_they_were():
    table = Ratings.from_frame(frame(i=[1.0, 2.0], r=["x", "y"], l=[10.0, 9.0]), item="i", rater="r", label="l")
    assert table.items == ("1", "2")
    assert table.values == ("9", "10")


def test_items_of_one_rater_are_left_out_and_raters_with_them():
    ratings = Ratings.of(["a", "a", "b"], ["x", "y", "z"], ["p", "q", "p"], slices={"lang": {"a": "de", "b": "en"}})
    twice = ratings.twice()
    assert (twice.items, twice.raters, len(twice)) == (("a",), ("x", "y"), 2)
    assert twice.slices["lang"].codes.tolist() == [0]


def test_every_missing_column_is_named_at_once_with_near_misses():
    with pytest.raises(InputError) as caught:
        Ratings.from_frame(frame(item=[1], rater=["x"], label=["a"]), item="itm", rater="rater", label="lable")
    assert "'itm'" in caught.value.message
    assert "'lable'" in caught.value.message
    assert "did you mean 'label'?" in caught.value.message


def test_ordered_words_need_an_order_and_numbers_bring_theirs():
    with pytest.raises(InputError, match="which of them is higher"):
        Ratings.of("ab", "xx", ["low", "high"], kind="ordinal")
    assert Ratings.of("ab", "xx", ["10", "9"], kind="ordinal").values == ("9", "10")
    with pytest.raises(InputError, match="not in --order"):
        Ratings.of("ab", "xx", ["low", "hihg"], kind="ordinal", order=["low", "high"])


def test_labels_that_are_no_numbers_are_named_all_at_once():
    with pytest.raises(InputError) as caught:
        answers(["1", "two", "x"], "interval")
    assert "'two'" in caught.value.message
    assert "'x'" in caught.value.message
    with pytest.raises(InputError, match="below 0"):
        answers(["-1"], "ratio")


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("[]", ()),
        ("", None),
        ('[{"start": 5, "end": 9, "labels": ["B"]}, [0, 3, "A"], [0, 3, "A"]]', ((0, 3, "A"), (5, 9, "B"))),
        ([{"start": 0.0, "end": 2.0, "label": " A "}], ((0, 2, "A"),)),
    ],
)
def test_spans_are_read_as_tools_write_them(cell, read):
    assert answers([cell], "spans") == [read]


@pytest.mark.parametrize("cell", ["[1]", "{}", "no", '[{"start": 4, "end": 2, "label": "A"}]', '[[0, 2, ""]]'])
def test_a_cell_that_is_no_spans_says_so(cell):
    with pytest.raises(InputError, match=r"span"):
        answers([cell], "spans")


def test_lengths_and_slices_belong_to_the_item():
    table = frame(
        i=["a", "a", "b"], r=["x", "y", "x"], l=["[]", "[]", "[]"], t=["four", "four", "si"], s=["p", "p", None]
    )
    ratings = Ratings.from_frame(table, item="i", rater="r", label="l", kind="spans", text="t", slices=["s"])
    assert ratings.lengths.tolist() == [4, 2]
    assert ratings.slices["s"].names == ("p",)
    assert ratings.slices["s"].codes.tolist() == [0, -1]


def test_moments_are_seconds():
    table = frame(i=["a", "a"], r=["x", "x"], l=["p", "q"], t=["2024-01-02", "2024-01-01"]).with_columns(
        pl.col("t").str.to_date()
    )
    ratings = Ratings.from_frame(table, item="i", rater="r", label="l", time="t")
    assert said(ratings) == [("a", "x", "p")]
    assert np.allclose(ratings.at, [1704153600.0])
