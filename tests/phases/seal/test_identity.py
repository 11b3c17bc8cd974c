"""Who a row is does not depend on where it stands, how it was stored, or what its label says."""

import numpy as np
import polars as pl
import pytest

from ownproof.errors import InputError
from ownproof.phases.seal.identity import identity, unit_columns
from tests.typed_tables import INPUTS, customers, typed


def names(dataset, **more):
    return [c.name for c in unit_columns(dataset, INPUTS, **more)]


def keys(dataset, columns=None):
    return identity(dataset, columns or unit_columns(dataset, INPUTS), INPUTS)


def test_the_group_goes_before_the_id_and_the_id_before_the_values():
    frame = customers(200).with_columns(
        pl.int_range(200).alias("number"), (pl.int_range(200) % 40).cast(str).alias("who")
    )
    assert names(typed(frame, target="churn", group="who", id="number")) == ["who"]
    assert names(typed(frame, target="churn", id="number")) == ["number"]
    assert "income" in names(typed(frame, target="churn"))


def test_the_moment_counts_where_the_latest_rows_are_sealed():
    frame = customers(200).with_columns((pl.int_range(200) % 40).cast(str).alias("who"))
    dataset = typed(frame, target="churn", time="joined", group="who")
    assert names(dataset, temporal=True) == ["who", "joined"]
    assert names(dataset, temporal=True, groups="returning") == ["who", "joined"]
    assert names(dataset, temporal=True, groups="new") == ["who"]
    assert names(dataset) == ["who"]
    by_id = typed(frame, target="churn", time="joined", id="who")
    assert names(by_id, temporal=True) == ["who", "joined"]


def test_values_are_those_of_all_columns_but_target_and_weight_dropped_ones_included():
    frame = customers(200)
    whole = names(typed(frame, target="churn"))
    assert whole == ["income", "town", "visits", "joined"]
    assert names(typed(frame, target="churn", drop=("town", "visits"))) == whole
    assert names(typed(frame, target="churn", weight="visits")) == ["income", "town", "joined"]


def test_a_column_that_only_numbers_the_rows_does_not_tell_equal_rows_apart():
    half = customers(100)
    frame = pl.concat([half, half]).with_columns(("K" + pl.int_range(200).cast(str)).alias("row_id"))
    dataset = typed(frame, target="churn", kinds={"row_id": "identifier"})
    assert "row_id" not in names(dataset)
    assert "row_id" in names(dataset, every=True)
    found = keys(dataset)
    assert (found[:100] == found[100:]).all()


def test_the_label_is_no_part_of_a_unit():
    frame = customers(200)
    other = frame.with_columns(pl.lit("maybe").alias("churn"))
    other[0, "churn"] = "no"
    assert (keys(typed(frame, target="churn")) == keys(typed(other, target="churn"))).all()


def test_any_other_cell_is_and_a_missing_one_too():
    frame = customers(50)
    before = keys(typed(frame, target="churn"))
    for column, value in (("income", 1.5), ("town", "Basel"), ("visits", 99), ("joined", None), ("town", None)):
        changed = frame.clone()
        changed[7, column] = value
        assert np.flatnonzero(keys(typed(changed, target="churn")) != before).tolist() == [7]


def test_rows_keep_their_keys_when_rows_and_columns_change_places():
    frame = customers(300)
    order = np.random.default_rng(1).permutation(300)
    shuffled = typed(frame[order].select(reversed(frame.columns)), target="churn")
    assert (keys(shuffled) == keys(typed(frame, target="churn"))[order]).all()


def test_csv_parquet_and_a_frame_of_the_same_rows_have_the_same_keys(tmp_path):
    frame = customers(400)
    frame[3, "town"] = None
    frame[4, "income"] = None
    frame.write_csv(tmp_path / "a.csv")
    frame.write_parquet(tmp_path / "a.parquet")
    expected = keys(typed(frame, target="churn"))
    for where in (tmp_path / "a.csv", tmp_path / "a.parquet", frame.to_arrow(), frame.to_pandas()):
        assert (keys(typed(where, target="churn")) == expected).all()


def test_keys_are_known_numbers_for_ever():
    frame = pl.DataFrame({"n": [1.5, None], "t": ["Zürich", "Bern"], "y": ["a", "b"]})
    dataset = typed(frame, target="y", kinds={"n": "number", "t": "category"})
    assert keys(dataset).tolist() == KNOWN


KNOWN = [4053660091291159609, 8744773403736845317]


def test_every_missing_or_differently_read_column_is_named_with_the_way_out():
    dataset = typed(customers(100), target="churn")
    columns = unit_columns(dataset, INPUTS)
    less = typed(customers(100).drop("town", "income"), target="churn", kinds={"visits": "category"})
    with pytest.raises(InputError) as caught:
        identity(less, columns, INPUTS)
    said = "\n".join(caught.value.lines())
    assert caught.value.exit == 2
    assert "'town'" in said
    assert "'income'" in said
    assert "'visits' (as category, not as number)" in said
    assert 'ownproof seal --new "reason"' in said
