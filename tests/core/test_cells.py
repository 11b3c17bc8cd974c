import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.cells import (
    NO_CELL,
    SPACES,
    as_json,
    form,
    spelling,
    stripped,
    text_cast,
    text_keys,
    text_read,
    text_words,
)
from ownproof.stats.hashing import text_hash

plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
spaced = st.builds(
    "{}{}{}".format, st.text(st.sampled_from(SPACES), max_size=2), plain, st.text(st.sampled_from(SPACES), max_size=2)
)


def cast(column, details):
    return column.to_frame().select(text_cast(pl.col(column.name), details)).to_series()


@given(st.lists(st.one_of(spaced, st.sampled_from(["NA", "?", "\x1c x"]), st.none()), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_a_text_column_and_a_text_cell_are_read_alike(cells):
    details = {"cells": "text", "missing": ["", "NA"]}
    assert cast(pl.Series("c", cells, dtype=pl.String), details).to_list() == [text_read(c, details) for c in cells]


@given(st.lists(st.one_of(st.floats(), st.none(), st.integers(-(2**60), 2**60).map(float)), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_numbers_are_written_alike_in_a_column_and_in_a_cell(cells):
    details = {"cells": "float", "missing": [""]}
    assert cast(pl.Series("c", cells, dtype=pl.Float64), details).to_list() == [text_read(c, details) for c in cells]


@given(st.lists(st.one_of(st.datetimes(), st.none()), min_size=1, max_size=10))
@settings(max_examples=50, deadline=None)
def test_moments_are_written_alike_in_a_column_and_in_a_cell(cells):
    details = {"cells": "datetime"}
    assert cast(pl.Series("c", cells, dtype=pl.Datetime("us")), details).to_list() == [
        text_read(c, details) for c in cells
    ]
    dates = [c and c.date() for c in cells]
    assert cast(pl.Series("c", dates, dtype=pl.Date), {"cells": "date"}).to_list() == [
        text_read(c, {"cells": "date"}) for c in dates
    ]


def test_whole_numbers_are_written_without_a_point_and_booleans_as_the_column_spells_them():
    assert cast(pl.Series("c", [1.0, -0.0, 2.5, None]), {"cells": "float"}).to_list() == ["1", "0", "2.5", None]
    assert cast(pl.Series("c", [1, None]), {"cells": "integer"}).to_list() == ["1", None]
    details = {"cells": "boolean", "spelling": ["No", "Yes"]}
    assert cast(pl.Series("c", [True, False, None]), details).to_list() == ["Yes", "No", None]
    assert [text_read(c, details) for c in (True, False, None)] == ["Yes", "No", None]


def test_in_a_column_of_true_and_false_one_and_zero_mean_these_and_other_numbers_nothing_but_themselves():
    details = {"cells": "integer", "spelling": ["No", "Yes"]}
    for numbers, form_ in (([1, 0, 2, None], "integer"), ([1.0, -0.0, 2.0, None], "float")):
        found = cast(pl.Series("c", numbers), {**details, "cells": form_}).to_list()
        assert found == ["Yes", "No", "2", None] == [text_read(c, {**details, "cells": form_}) for c in numbers]
    assert text_read("1", details) == "1"  # a text is what it says


def test_json_cells_are_plain_values_only():
    details = as_json({"cells": "text", "missing": [""]})
    assert text_read(5, details) == "5"
    for wrong in ({}, [1], float("nan"), dt.date(2020, 1, 1), "half \ud800"):
        with pytest.raises(ValueError, match=r"."):
            text_read(wrong, details)


def test_words_for_missing_are_words_for_missing_unless_the_others_look_alike():
    assert text_words(stripped(pl.Series(["Private", " ? ", "NA"]))) == ["", "NA", "?"]
    assert text_words(stripped(pl.Series(["NA", "DE", "FR"]))) == [""]
    assert text_words(stripped(pl.Series(["+", "-", "+"]))) == [""]
    assert text_words(stripped(pl.Series(["NA", None]))) == ["", "NA"]
    assert text_words(stripped(pl.Series(["none", "some"]))) == [""]


def test_a_pair_of_words_is_boolean_in_its_own_spelling():
    assert spelling(pl.Series(["Yes", "No", "Yes"])) == ["No", "Yes"]
    assert spelling(pl.Series(["F", "T"])) == ["F", "T"]
    assert spelling(pl.Series(["M", "F"])) is None
    assert spelling(pl.Series(["no"])) is None


def test_keys_are_hashes_of_the_texts_and_a_missing_cell_has_its_own():
    keys = text_keys(pl.Series(["a", None, "", "a"], dtype=pl.String))
    assert keys.tolist() == [text_hash("a"), NO_CELL, text_hash(""), text_hash("a")]
    assert text_keys(pl.Series([None], dtype=pl.String)).tolist() == [NO_CELL]


def test_forms_of_storage_are_told():
    kinds = [
        pl.String(),
        pl.Int8(),
        pl.Float32(),
        pl.Boolean(),
        pl.Date(),
        pl.Datetime("ns", "UTC"),
        pl.Binary(),
        pl.Object(),
    ]
    assert [form(k) for k in kinds] == ["text", "integer", "float", "boolean", "date", "datetime", "binary", "other"]
