from datetime import time, timedelta
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.plain import clean_names, plain_columns


def test_blank_names_repeats_and_spaces_are_mended_and_said():
    names, findings = clean_names([" a", "", "a", "a_2", "b\n c", "  "])
    assert names == ("a", "column_2", "a_3", "a_2", "b c", "column_6")
    assert {f.rule for f in findings} == {"quality.column-names"}
    assert len(findings) == 3


def test_good_names_stay_without_a_word():
    assert clean_names(["id", "Größe", "x y"]) == (("id", "Größe", "x y"), ())


@given(st.lists(st.text(st.sampled_from("ab_23 "), max_size=4), min_size=1, max_size=12))
def test_clean_names_are_all_different_and_stay_as_they_are_the_second_time(names):
    clean, _ = clean_names(names)
    assert len(set(clean)) == len(names)
    assert all(name and name == name.strip() for name in clean)
    assert clean_names(clean)[0] == clean


def test_every_storage_type_becomes_text_number_boolean_or_date():
    frame = pl.DataFrame(
        {
            "cat": pl.Series(["x", None], dtype=pl.Categorical),
            "dec": [Decimal("1.50"), None],
            "dur": [timedelta(minutes=1), None],
            "time": [time(1, 2, 3), None],
            "list": [[1, 2], None],
            "struct": [{"k": "v"}, None],
            "none": [None, None],
            "int": [1, None],
        }
    ).lazy()
    plain, findings = plain_columns(frame)
    assert plain.collect().to_dicts()[0] == {
        "cat": "x",
        "dec": 1.5,
        "dur": 60.0,
        "time": "01:02:03",
        "list": "[1,2]",
        "struct": '{"k":"v"}',
        "none": None,
        "int": 1,
    }
    assert set(plain.collect().row(1)) == {None}
    assert [f.columns for f in findings] == [("dur",), ("list",), ("struct",)]


def test_a_plain_table_is_passed_on_untouched():
    frame = pl.DataFrame({"a": [1], "b": ["x"]}).lazy()
    assert plain_columns(frame)[0] is frame
