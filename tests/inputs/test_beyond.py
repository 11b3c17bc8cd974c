"""Cells that are more than a cell may be, and cells that training never met, are found in whole columns."""

from __future__ import annotations

import polars as pl

from ownproof.inputs.category import CategoryInput


def test_a_category_of_more_than_1024_characters_is_beyond_and_a_missing_one_is_not() -> None:
    column = pl.Series(["a", None, "x" * 1024, "x" * 1025])
    assert CategoryInput().beyond(column).tolist() == [False, False, False, True]


def test_strange_levels_are_those_that_unseen_names() -> None:
    kind = CategoryInput()
    code = kind.fit_code(pl.Series(["a"] * 6 + ["b"] * 6 + ["c", "d"] * 2 + ["e"]), {})
    column = pl.Series(["a", "e", "q", None, "q", "r"])
    assert sorted(kind.strange(code, column)) == ["q", "r"]
    assert kind.strange({**code, "rare": None}, column).to_list() == []
