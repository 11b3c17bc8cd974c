import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.cells import as_json
from ownproof.inputs.number import GRAMMARS, LARGEST, NumberInput
from ownproof.testing.input import check_input

KIND = NumberInput()


def recognised(cells, **more):
    return KIND.recognise(pl.Series("x", cells, strict=False), **more)


def typed(cells, details=None):
    column = pl.Series("x", cells, strict=False)
    details = KIND.recognise(column).details if details is None else details
    return column.to_frame().select(KIND.cast(pl.col("x"), details)).to_series().to_list()


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["1", " 2.5 ", "-3e2", "+.5", "7."], [1, 2.5, -300, 0.5, 7]),
        (["1.234,5", "-12", "3,25", "1.234.567,8"], [1234.5, -12, 3.25, 1234567.8]),
        (["1,234.5", "12", "1,234,567"], [1234.5, 12, 1234567]),
        (["1,5", "2,25", "-0,1"], [1.5, 2.25, -0.1]),
        (["1 234,5", "12", "1 234 567"], [1234.5, 12, 1234567]),
        (["1\u202f234", "12", "5"], [1234, 12, 5]),
        (["1'234.5", "1’000", "7"], [1234.5, 1000, 7]),
        (["12,34,567", "1,000", "5"], [1234567, 1000, 5]),
        (["$1,234.50", "€ 3", "-$5", "(none)", "4 EUR", "£0.5"] * 10, [1234.5, 3, -5, None, 4, 0.5] * 10),
        (["45%", "12.5 %", "−3%"], [45, 12.5, -3]),
        (["1,234", "0,500"], [1.234, 0.5]),
        (["1,234", "999", "12"], [1234, 999, 12]),
        (["1,234", "1500", "12,345"], [1.234, 1500, 12.345]),
        (["NA", "1", "-", "?", "null", "2"], [None, 1, None, None, None, 2]),
        (["inf", "-Infinity", "1"], [math.inf, -math.inf, 1]),
    ],
)
def test_numbers_are_read_as_people_write_them(cells, wanted):
    assert recognised(cells).confidence >= 0.85
    assert typed(cells) == wanted


@pytest.mark.parametrize(
    "cells",
    [
        ["00123", "04567", "12345"],
        ["007"],
        ["red", "12", "blue"],
        ["2020-01-01"],
        ["1.2.3"],
        ["1,2,3"],
        ["12 34"],
        ["0x1F"],
        ["1_000"],
        ["١٢"],
        ["NA", "?"],
        ["12:30"],
        ["1,23,4"],
    ],
)
def test_codes_words_and_dates_are_no_numbers(cells):
    assert recognised(cells * 20).confidence == 0


def test_leading_zeros_are_weighed_by_how_many_there_are_and_by_width():
    numbers = [str(n) for n in range(1, 1001)]
    assert recognised([*numbers, "05"]).confidence > 0.8
    assert recognised([*numbers, *["05"] * 20]).confidence == 0
    assert recognised([f"{n}" for n in range(10_000, 10_500)] + ["01234"]).confidence == 0


def test_a_few_unreadable_cells_are_said_with_examples():
    found = recognised([str(n) for n in range(97)] + ["12O", "n.a", "1..2"])
    (finding,) = found.findings
    assert (finding.rule, finding.level, finding.value) == ("quality.unreadable", "warn", 3)
    assert "'12O'" in finding.evidence


def test_a_columns_own_word_for_missing_is_found_and_recorded():
    found = recognised(["unknown"] * 30 + [str(n) for n in range(70)])
    assert found.details["missing"] == ["", "unknown"]
    assert [f.rule for f in found.findings] == ["quality.missing-words"]
    assert recognised(["small", "large"] * 30 + [str(n) for n in range(7)]).confidence == 0


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        (["1,234", "2,345", "9,999"], "quality.number-format"),
        (["inf", "1", "2"], "quality.infinite"),
        ([1.0, math.inf], "quality.infinite"),
        ([2**60, 1], "quality.too-large"),
        ([str(2**60), "1"], "quality.too-large"),
    ],
)
def test_what_a_number_column_may_hide_is_said(cells, rule):
    assert [f.rule for f in recognised(cells).findings] == [rule]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (True, "true or false"),
        ("5", "text"),
        (math.nan, "finite"),
        (math.inf, "finite"),
        (10**400, "large"),
        ([1], "list"),
        ({}, "dict"),
    ],
)
def test_json_cells_must_be_finite_numbers(cell, reason):
    with pytest.raises(ValueError, match=reason):
        KIND.read(cell, as_json({"cells": "text", "missing": [""]}))


def test_json_numbers_are_taken():
    assert [KIND.read(c, as_json({})) for c in (1, 2.5, None, np.int64(3), np.float32(0.5))] == [
        1.0,
        2.5,
        None,
        3.0,
        0.5,
    ]


def test_cells_stored_as_moments_are_refused_when_the_cast_is_built():
    with pytest.raises(ValueError, match="stored as datetime"):
        KIND.cast(pl.col("x"), {"cells": "datetime"})


piece = st.sampled_from(
    [
        "1",
        "23",
        "456",
        "0",
        "00",
        ".",
        ",",
        " ",
        "'",
        "’",
        "-",
        "+",
        "−",
        "$",
        "€",
        "EUR",
        "%",
        "e",
        "E5",
        "e-3",
        "\u00a0",
        "\u202f",
        "inf",
        "Infinity",
        "nan",
        "NA",
        "x",
        "_",
        "\t",
        "١",
    ]
)
written = st.one_of(
    st.lists(piece, max_size=7).map("".join),
    st.floats().map(repr),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map("{:,.2f}".format),
)


@given(st.lists(st.one_of(written, st.none()), min_size=1, max_size=30), st.sampled_from(GRAMMARS), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_column_and_a_cell_are_read_alike(cells, grammar, dressed):
    details = {
        "cells": "text",
        "decimal": grammar[0],
        "thousands": grammar[1],
        "dressed": dressed,
        "missing": ["", "NA", "-"],
    }
    found = (
        pl.Series("x", cells, dtype=pl.String).to_frame().select(KIND.cast(pl.col("x"), details)).to_series().to_list()
    )
    for cell, value in zip(cells, found, strict=True):
        try:
            wanted = KIND.read(cell, details)
        except ValueError:
            wanted = None
        assert KIND.key(value) == KIND.key(wanted), cell


@given(st.lists(st.one_of(st.floats(), st.none()), min_size=1, max_size=50))
@settings(max_examples=100, deadline=None)
def test_any_column_of_floats_keeps_the_contract(cells):
    check_input(NumberInput, pl.Series("x", cells, dtype=pl.Float64), {"cells": "float"})


def test_equal_numbers_have_equal_keys_however_they_are_stored():
    a = KIND.keys(pl.Series([1.0, -0.0, None, 2.5]))
    b = KIND.keys(pl.Series(typed(["1", "0", "", "2.50"])))
    assert np.array_equal(a, b)
    assert KIND.key(0.0) == KIND.key(-0.0)


def test_what_float32_cannot_hold_is_missing_in_the_matrix():
    values = [1.0, None, math.inf, 1e300, LARGEST, -LARGEST]
    matrix = KIND.encode({}, pl.Series(values))
    assert np.isnan(matrix[:, 0]).tolist() == [False, True, True, True, False, False]
    assert matrix[4, 0] == np.float32(LARGEST)


def test_an_integer_column_that_is_nothing_but_a_boolean_may_be_read_as_a_number():
    assert typed([True, False, None], {"cells": "boolean"}) == [1.0, 0.0, None]
    assert KIND.read(True, {"cells": "boolean"}) == 1.0
