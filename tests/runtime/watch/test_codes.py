"""Rows as the numbers of their cells."""

import numpy as np
import polars as pl

from ownproof.runtime.watch import build
from ownproof.runtime.watch.codes import codes


def test_every_row_has_its_cell_a_missing_one_none_and_a_new_level_a_number_of_its_own():
    rows = pl.DataFrame({"x": [1.0, 2.0, 3.0, None], "town": ["Bern", "Bern", "Chur", None]})
    reference = build(rows, {"x": "number", "town": "category"})
    names, found = codes(
        reference, pl.DataFrame({"x": [2.0, None, 9.0], "town": ["Bern", "Biel", None], "more": [1, 2, 3]})
    )
    assert names == ["x", "town"]
    np.testing.assert_array_equal(found, np.array([[3, 0], [np.nan, 2], [5, np.nan]], dtype=np.float32))
