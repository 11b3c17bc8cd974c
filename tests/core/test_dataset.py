"""Datasets: rows are taken by mark or by place, the same either way."""

from __future__ import annotations

import numpy as np
import polars as pl

from ownproof.core.dataset import Dataset
from ownproof.core.schema import Column, Schema

DATA = Dataset(pl.DataFrame({"a": [10.0, 11.0, 12.0, 13.0]}).lazy(), Schema((Column("a", "number"),)), "test", 4)


def test_marks_and_places_take_the_same_rows() -> None:
    marks = np.array([True, False, True, True])
    assert DATA.take(marks).column("a").to_list() == [10.0, 12.0, 13.0]
    assert DATA.take(np.array([3, 0])).column("a").to_list() == [13.0, 10.0]


def test_rows_of_taken_rows_are_counted_from_there() -> None:
    first = DATA.take(np.array([True, False, True, True]))
    assert first.take(np.array([False, True, True])).column("a").to_list() == [12.0, 13.0]
    assert first.take(np.array([2, 0])).column("a").to_list() == [13.0, 10.0]
    assert first.take(np.array([2, 0])).positions.tolist() == [3, 0]
