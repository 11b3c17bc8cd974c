"""Rows as hashes: every set of columns gives its own, however it is worked out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.row_hashes import row_hashes
from ownproof.core.schema import Column, Schema
from ownproof.stats.hashing import combine, mixed, number_hash, text_hash

INPUTS = registry.inputs()
NAMES = ("a", "b", "c", "d")


def table() -> Dataset:
    rng = np.random.default_rng(3)
    frame = pl.DataFrame({n: rng.integers(0, 3, 40).astype(float) for n in NAMES[:3]} | {"d": list("xyzw" * 10)})
    columns = tuple(Column(n, "category" if n == "d" else "number") for n in NAMES)
    return Dataset(frame.lazy(), Schema(columns), "test", 40)


def test_a_row_is_the_mixed_sum_of_its_named_cells() -> None:
    data = table()
    a = combine({"a": number_hash(data.column("a").to_numpy())})
    d = combine({"d": np.array([text_hash(t) for t in data.column("d")], dtype=np.uint64)})
    found = row_hashes(data, [data.schema["d"], data.schema["a"]], INPUTS)
    assert (found == mixed(a + d)).all()


@pytest.mark.parametrize("then", [("a",), ("a", "b", "c", "d"), ("b", "c", "d"), ("d",), ("a", "b")])
def test_what_was_summed_before_changes_nothing(then: tuple[str, ...]) -> None:
    data, fresh = table(), table()
    row_hashes(data, [data.schema[n] for n in ("a", "b", "c")], INPUTS)
    columns = [data.schema[n] for n in then]
    assert (row_hashes(data, columns, INPUTS) == row_hashes(fresh, columns, INPUTS)).all()


def test_some_rows_are_hashed_as_they_are_in_the_whole_table() -> None:
    data = table()
    columns = data.schema.columns
    whole = row_hashes(data, columns, INPUTS)
    some = np.array([5, 1, 30])
    assert (row_hashes(data.take(some), columns, INPUTS) == whole[some]).all()


def test_columns_of_the_table_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data, read = table(), list[str]()
    column = Dataset.column
    monkeypatch.setattr(Dataset, "column", lambda self, name: read.append(name) or column(self, name))
    row_hashes(data, data.schema.columns, INPUTS)
    row_hashes(data, data.schema.columns[1:], INPUTS)
    row_hashes(data, data.schema.columns[1:], INPUTS)
    assert read == [*NAMES, "a"]
