from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ownproof.core import registry
from ownproof.core.input import Recognition
from ownproof.core.reader import RawTable
from ownproof.core.reading import read_table
from ownproof.core.recognise import read_typed, recognise
from ownproof.errors import InputError, UsageError
from ownproof.inputs.constant import ConstantInput

INPUTS = registry.inputs()


def kinds_of(columns, **more):
    raw = RawTable(pl.DataFrame(columns, strict=False).lazy())
    found = recognise(raw, INPUTS, **more)
    return {k.column: k.kind for k in found}


def rules(columns, **more):
    raw = RawTable(pl.DataFrame(columns, strict=False).lazy())
    return sorted({f.rule for k in recognise(raw, INPUTS, **more) for f in k.findings})


DRAW = np.random.default_rng(0)
ROWS = 400


def numbers(low, high, *, unique=False):
    if not unique:
        return DRAW.integers(low, high, ROWS).tolist()
    step = (high - low) // ROWS
    return (DRAW.permutation(ROWS) * step + low + DRAW.integers(0, step, ROWS)).tolist()


def test_columns_of_a_csv_are_told_apart():
    words = ["red", "green", "blue"]
    columns = {
        "age": [str(n) for n in numbers(18, 90)],
        "income": [f"{n:,}.50" for n in numbers(900, 200_000)],
        "zip": [f"{n:05d}" for n in numbers(0, 99_999)],
        "colour": [words[n] for n in numbers(0, 3)],
        "signed": [f"2020-{m:02d}-{d:02d}" for m, d in zip(numbers(1, 13), numbers(1, 29), strict=True)],
        "note": [" ".join(words[n % 3] for n in numbers(0, 3)[:8]) + f" number {i}" for i in range(ROWS)],
        "customer_id": [f"C{n}" for n in numbers(0, 10**6, unique=True)],
        "epoch": [str(n) for n in numbers(1_500_000_000, 1_600_000_000, unique=True)],
        "country": ["DE"] * ROWS,
        "empty": ["NA"] * ROWS,
        "active": [("yes", "no")[n] for n in numbers(0, 2)],
        "score": [str(x) for x in DRAW.normal(size=ROWS)],
    }
    assert kinds_of(columns) == {
        "age": "number",
        "income": "number",
        "zip": "category",
        "colour": "category",
        "signed": "moment",
        "note": "text",
        "customer_id": "identifier",
        "epoch": "number",
        "country": "constant",
        "empty": "constant",
        "active": "category",
        "score": "number",
    }


def test_typed_columns_go_the_same_road():
    columns = {
        "a": numbers(0, 5),
        "b": DRAW.normal(size=ROWS).tolist(),
        "c": [True, False] * (ROWS // 2),
        "id": numbers(0, 10**6, unique=True),
        "row": list(range(ROWS)),
        "salary": numbers(20_000, 10**6, unique=True),
        "year": list(range(1700, 1700 + 300)) + [None] * 100,
        "barcode": [4 * 10**12 + n for n in numbers(0, 10**6, unique=True)],
    }
    assert kinds_of(columns) == {
        "a": "number",
        "b": "number",
        "c": "category",
        "id": "identifier",
        "row": "identifier",
        "salary": "number",
        "year": "number",
        "barcode": "identifier",
    }


def test_a_high_number_of_levels_stays_a_category_when_they_come_back():
    levels = [f"shop {n}" for n in range(300)]
    assert kinds_of({"shop": levels * 3}) == {"shop": "category"}


def test_a_small_table_is_not_full_of_identifiers():
    assert kinds_of({"a": [3, 17, 5, 9], "b": ["x", "y", "z", "w"]}) == {"a": "number", "b": "category"}


def test_one_value_with_gaps_is_a_flag_and_no_constant():
    assert kinds_of({"a": ["yes", None] * 20}) == {"a": "category"}


def test_a_constant_of_the_sample_that_varies_further_down_is_none():
    column = ["1"] * 30_000
    column[20_001] = "2"
    assert kinds_of({"a": column, "b": ["x"] * 30_000}, rows_looked_at=1000) == {"a": "number", "b": "constant"}


def test_a_column_that_is_unique_in_the_sample_only_is_no_identifier():
    names = [f"n{i}" for i in range(3000)]
    columns = {"a": names + names, "b": [f"n{i}" for i in range(6000)]}
    assert kinds_of(columns, rows_looked_at=1000) == {"a": "category", "b": "identifier"}


def test_what_the_user_says_counts_and_a_doubt_is_said():
    raw = RawTable(pl.DataFrame({"shop": [1, 2, 3] * 20, "word": ["a", "b", "c"] * 20}).lazy())
    found = recognise(raw, INPUTS, told={"shop": "category", "word": "number"})
    assert [k.kind for k in found] == ["category", "number"]
    assert [f.rule for f in found[1].findings] == ["quality.kind"]
    typed = read_typed(raw, found, INPUTS).collect()
    assert typed["shop"].to_list()[:3] == ["1", "2", "3"]
    assert typed["word"].null_count() == 60


def test_wrong_columns_and_kinds_are_told_all_at_once_with_near_names():
    raw = RawTable(pl.DataFrame({"shop": [1]}).lazy())
    with pytest.raises(InputError) as caught:
        recognise(raw, INPUTS, told={"shp": "categry"})
    assert "'shop'" in str(caught.value.to_json())
    assert "'category'" in str(caught.value.to_json())
    with pytest.raises(UsageError):
        recognise(raw, INPUTS, told={"shop": "categry"})


def test_a_close_call_is_a_finding():
    assert rules({"day": ["20240101", "20240215", "20231231", "20240301", "20240302"] * 4}) == ["quality.kind"]


def test_findings_name_their_column():
    raw = RawTable(pl.DataFrame({"x": ["1", "2", "three", *map(str, range(40))]}).lazy())
    (kind,) = recognise(raw, INPUTS)
    assert [(f.rule, f.columns) for f in kind.findings] == [("quality.unreadable", ("x",))]


def test_the_answer_is_the_same_every_time():
    raw = RawTable(pl.DataFrame({"a": numbers(0, 9), "b": [f"w{n}" for n in numbers(0, 50)]}).lazy())
    assert recognise(raw, INPUTS, rows_looked_at=100) == recognise(raw, INPUTS, rows_looked_at=100)


def test_details_of_one_storage_read_another(tmp_path):
    """Kinds found in a CSV type a Parquet file of the same data, and the other way round."""
    frame = pl.DataFrame(
        {
            "n": [1.5, 2.0, None] * 10,
            "c": ["a", "b", "b"] * 10,
            "t": [True, False, None] * 10,
            "d": pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 1, 30), eager=True),
            "i": [1, 2, 3] * 10,
        }
    )
    frame.write_csv(tmp_path / "x.csv")
    frame.write_parquet(tmp_path / "x.parquet")
    readers = registry.shelf("readers")
    csv, parquet = (read_table(tmp_path / name, readers=readers) for name in ("x.csv", "x.parquet"))
    wanted = read_typed(csv, recognise(csv, INPUTS), INPUTS).collect()
    assert read_typed(parquet, recognise(parquet, INPUTS), INPUTS).collect().equals(wanted)
    assert read_typed(parquet, recognise(csv, INPUTS), INPUTS).collect().equals(wanted)
    assert read_typed(csv, recognise(parquet, INPUTS), INPUTS).collect().equals(wanted)


def test_a_table_that_lacks_columns_or_holds_other_things_is_refused_all_at_once():
    raw = RawTable(
        pl.DataFrame({"when": ["2020-01-01", "2020-02-01"] * 20, "n": ["1", "2"] * 20, "m": [1, 2] * 20}).lazy()
    )
    kinds = recognise(raw, INPUTS)
    other = RawTable(pl.DataFrame({"when": [1.5], "n": ["3"]}).lazy(), source="other.csv")
    with pytest.raises(InputError) as caught:
        read_typed(other, kinds, INPUTS)
    assert "'m'" in caught.value.message
    assert "'when'" in caught.value.message


def test_a_kind_of_somebody_else_gets_its_columns(tmp_path):
    class PictureInput(ConstantInput):
        name = "picture"
        usable = True

        def recognise(self, column: pl.Series, *, folder: Path | None = None) -> Recognition:
            paths = column.drop_nulls().to_list() if column.dtype == pl.String else []
            there = sum((folder or Path()).joinpath(p).is_file() for p in paths)
            return Recognition(there / len(paths) if paths else 0.0, "every cell is a file", {"missing": [""]})

    (tmp_path / "a.pgm").write_text("P2 1 1 1 1")
    (tmp_path / "b.pgm").write_text("P2 1 1 1 0")
    raw = RawTable(pl.DataFrame({"scan": ["a.pgm", "b.pgm"] * 20, "n": [1.5, 2.5] * 20}).lazy())
    found = recognise(raw, {**INPUTS, "picture": PictureInput()}, folder=tmp_path)
    assert [k.kind for k in found] == ["picture", "number"]


def test_bytes_and_other_unreadable_cells_do_not_stop_the_table():
    raw = RawTable(pl.DataFrame({"blob": [b"\xff", b"\x00"] * 20, "n": [1, 2] * 20}).lazy())
    kinds = recognise(raw, INPUTS)
    assert not INPUTS[kinds[0].kind].usable
    assert read_typed(raw, kinds, INPUTS).collect().height == 40


def test_a_column_without_any_cell_is_missing_of_whatever_kind_it_was():
    table = pl.DataFrame(
        {"n": [1.5, 2.5, None] * 20, "c": ["a", "b", "b"] * 20, "t": ["2024-01-01", "2024-02-01", None] * 20}
    )
    kinds = recognise(RawTable(table.lazy()), registry.inputs())
    empty = pl.DataFrame({name: [None, None] for name in table.columns})
    assert set(empty.dtypes) == {pl.Null}
    typed = read_typed(RawTable(empty.lazy()), kinds, registry.inputs()).collect()
    assert typed.null_count().row(0) == (2, 2, 2)
    assert typed.schema == read_typed(RawTable(table.lazy()), kinds, registry.inputs()).collect_schema()
