"""How the training rows are divided into ordinary windows."""

import numpy as np
import polars as pl

from ownproof.project.reference import windows_of


def test_days_of_the_training_table_teach_what_days_differ_by():
    at = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 3, 1), "20m", eager=True)
    table = pl.DataFrame({"at": at, "x": np.random.default_rng(0).normal(size=len(at))})
    parts = windows_of(table, "at")
    assert (len(parts), parts[0].height) == (60, 72)
    assert {p["at"].dt.date().n_unique() for p in parts} == {1}
    assert windows_of(table.head(400), "at") == []
    assert windows_of(table.with_columns(at=pl.int_range(pl.len())), "at") == []
