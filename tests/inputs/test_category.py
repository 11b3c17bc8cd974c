import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.cells import as_json
from ownproof.inputs.category import MOST, CategoryInput
from ownproof.testing.input import check_input

KIND = CategoryInput()


def fitted(cells):
    return KIND.fit_code(pl.Series("x", cells, dtype=pl.String), {})


def test_levels_are_coded_by_frequency_then_by_name():
    code = fitted(["b"] * 3 + ["c"] * 5 + ["a"] * 3 + [None])
    assert code["levels"] == ["c", "a", "b"]
    assert KIND.encode(code, pl.Series(["a", "b", "c", None, "new"]))[:, 0].tolist()[:3] == [1, 2, 0]
    assert KIND.features(code, "x")[0].levels == 4


def test_rare_levels_and_unseen_ones_share_a_code_and_only_the_unseen_are_flagged():
    code = fitted(["a"] * 600 + ["b"] * 600 + ["rare"] * 4)
    assert code["levels"] == ["a", "b"]
    one = KIND.one(code)
    assert one("rare") == one("never met") == (2.0,)
    assert math.isnan(one(None)[0])
    assert [KIND.unseen(code, v) for v in ("a", "rare", "never met", None)] == [False, False, True, False]
    never_met = KIND.recall(code)
    assert [never_met(v) for v in ("a", "rare", "never met", None)] == [False, False, True, False]


def test_a_pair_of_levels_is_never_pooled():
    assert fitted(["yes"] * 5000 + ["no"])["levels"] == ["yes", "no"]


def test_beyond_2000_levels_the_rest_is_pooled():
    cells = [f"level {n:05d}" for n in range(2500) for _ in range(6)]
    code = fitted(cells)
    assert len(code["levels"]) == MOST
    assert KIND.encode(code, pl.Series(["level 02499"]))[0, 0] == MOST
    assert not KIND.unseen(code, "level 02499")


def test_too_many_rare_levels_to_remember_are_never_called_unseen(monkeypatch):
    monkeypatch.setattr("ownproof.inputs.category.REMEMBERED", 10)
    code = fitted([f"v{n}" for n in range(50)])
    assert code["rare"] is None
    assert not KIND.unseen(code, "never met")
    assert not KIND.recall(code)("never met")


def test_fifty_thousand_levels_are_feasible():
    cells = [f"level {n}" for n in range(50_000)]
    code = fitted(cells * 2)
    assert KIND.encode(code, pl.Series(cells)).shape == (50_000, 1)
    assert not KIND.unseen(code, "level 49999")
    assert KIND.unseen(code, "level x")


def test_a_boolean_column_is_asked_in_its_own_spelling_or_as_json_boolean():
    found = KIND.recognise(pl.Series(["Yes", "No", "Yes"]))
    assert found.details["spelling"] == ["No", "Yes"]
    asked = as_json(found.details)
    assert [KIND.read(c, asked) for c in (True, False, "Yes", None)] == ["Yes", "No", "Yes", None]


def test_json_numbers_are_written_as_the_file_wrote_them():
    asked = as_json(KIND.recognise(pl.Series(["1", "2", "01"] * 5)).details)
    assert [KIND.read(c, asked) for c in (1, 2.0, 2.5, "01")] == ["1", "2", "2.5", "01"]


def test_a_category_of_more_than_1024_characters_is_refused_in_json_only():
    with pytest.raises(ValueError, match="1024"):
        KIND.read("x" * 1025, as_json({}))
    assert KIND.read("x" * 1024, as_json({})) == "x" * 1024
    assert KIND.read("x" * 1025, {"cells": "text"}) == "x" * 1025


def test_question_marks_are_missing_as_in_the_old_census_files():
    column = pl.Series("x", [" Private", " ?", " State-gov"] * 10)
    details = KIND.recognise(column).details
    assert details["missing"] == ["", "?"]
    assert column.to_frame().select(KIND.cast(pl.col("x"), details)).to_series()[:3].to_list() == [
        "Private",
        None,
        "State-gov",
    ]


cells = st.one_of(
    st.none(),
    st.sampled_from(["a", "b", " a", "NA", "?", "", "é"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)


@given(st.lists(cells, min_size=1, max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_column_of_texts_keeps_the_contract(values):
    check_input(CategoryInput, pl.Series("x", values, dtype=pl.String))


@given(
    st.lists(st.one_of(st.none(), st.booleans()), min_size=1, max_size=20),
    st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1, max_size=20),
)
@settings(max_examples=30, deadline=None)
def test_columns_of_booleans_and_whole_numbers_keep_the_contract(booleans, numbers):
    check_input(CategoryInput, pl.Series("x", booleans, dtype=pl.Boolean))
    check_input(CategoryInput, pl.Series("x", numbers, dtype=pl.Int64))


def test_keys_do_not_depend_on_how_the_column_was_stored():
    texts = pl.Series(["1", "2", None], dtype=pl.String)
    stored = pl.Series("x", [1, 2, None]).to_frame().select(KIND.cast(pl.col("x"), {"cells": "integer"})).to_series()
    assert np.array_equal(KIND.keys(texts), KIND.keys(stored))
