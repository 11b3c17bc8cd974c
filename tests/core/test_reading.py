import os
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ownproof.core.reading import collected, read_table
from ownproof.core.registry import shelf
from ownproof.errors import InputError

READERS = shelf("readers")


def read(where, **more):
    return read_table(where, readers=READERS, **more)


def refused(where):
    with pytest.raises(InputError) as caught:
        read(where)
    assert caught.value.exit == 2
    assert caught.value.expected
    assert caught.value.hint
    return caught.value


def test_the_reader_is_picked_by_content_before_ending(tmp_path):
    pl.DataFrame({"a": [1, 2]}).write_parquet(tmp_path / "table.csv")
    (tmp_path / "lines.txt").write_text('{"a": 1}\n{"a": 2}\n')
    (tmp_path / "noending").write_text("a;b\n1;2\n3;4\n")
    assert collected(read(tmp_path / "table.csv").frame)["a"].to_list() == [1, 2]
    assert collected(read(tmp_path / "lines.txt").frame)["a"].to_list() == [1, 2]
    assert collected(read(str(tmp_path / "noending")).frame).columns == ["a", "b"]
    assert collected(read(f"file://{tmp_path / 'noending'}").frame).height == 2


def test_a_missing_file_is_answered_with_near_names(tmp_path):
    (tmp_path / "customers.csv").write_text("a\n1\n")
    error = refused(tmp_path / "custmers.csv")
    assert error.name == "no-file"
    assert "customers.csv" in error.hint
    assert refused(tmp_path / "nowhere" / "x.csv").name == "no-file"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.csv", b"", "empty"),
        ("x.csv", b"<!DOCTYPE html><html><body>login</body></html>", "html"),
        ("x.parquet", b"\n <html>", "html"),
        ("x", b"%PDF-1.7 ...", "not-a-table"),
        ("x.csv", b"%PDF-1.7 ...", "not-a-table"),
        ("x", b"SQLite format 3\x00...", "not-a-table"),
        ("x.zip", b"PK\x03\x04...", "not-a-table"),
        ("x.pkl", b"\x80\x04\x95", "not-a-table"),
        ("x.bin", bytes(range(256)), "not-a-table"),
        ("x.txt", b"Dear Sir,\nthis is a letter.\nYours, A. B.\n", "not-a-table"),
        ("x.npy", b"\x93NUMPY", "not-a-table"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    error = refused(tmp_path / name)
    assert error.name == code
    assert name in error.message


def test_folders_pipes_and_strange_paths_are_refused(tmp_path):
    (tmp_path / "inside.csv").write_text("a\n1\n")
    assert "inside.csv" in refused(tmp_path).hint
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").name == "not-a-file"
    assert refused("x" * 5000).name == "no-file"
    assert refused("a\0b").name == "no-file"
    assert "secret" not in str(refused("weird://me:secret@host/x").to_json())


def test_a_file_without_permission_is_said_to_be_so(tmp_path, monkeypatch):
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n")
    really = Path.open

    def closed(self, *args, **more):  # the tests may run as root, whom no permission stops
        if self == path:
            raise PermissionError(13, "Permission denied")
        return really(self, *args, **more)

    monkeypatch.setattr(Path, "open", closed)
    assert refused(path).name == "no-permission"


def test_frames_of_polars_arrow_and_pandas_are_tables():
    wanted = {"a": [1, 2], "b": ["x", None]}
    for frame in (pl.DataFrame(wanted), pl.LazyFrame(wanted), pa.table(wanted), pd.DataFrame(wanted)):
        assert collected(read(frame).frame).to_dict(as_series=False) == wanted


def test_a_pandas_frame_keeps_a_named_index_and_loses_a_numbered_one():
    frame = pd.DataFrame({"a": [1.5, np.nan]}, index=pd.Index([7, 9], name="key"))
    assert collected(read(frame).frame).to_dict(as_series=False) == {"key": [7, 9], "a": [1.5, None]}
    assert collected(read(frame.reset_index(drop=True)).frame).columns == ["a"]


def test_odd_columns_of_pandas_do_not_stop_the_others():
    frame = pd.DataFrame(
        {
            "mixed": [1, "x", None],
            "cat": pd.Categorical(["u", None, "u"]),
            "when": pd.to_datetime(["2020-01-01", None, "2020-01-02"], utc=True),
        }
    )
    frame["mixed2"] = frame["mixed"]
    frame.columns = ["mixed", "cat", "when", "mixed"]
    raw = read(frame)
    table = collected(raw.frame)
    assert table.columns == ["mixed", "cat", "when", "mixed_2"]
    assert table["mixed"].to_list() == ["1", "x", None]
    assert table["cat"].to_list() == ["u", None, "u"]
    assert [f.rule for f in raw.findings] == ["quality.column-names"]


def test_what_is_no_frame_and_a_frame_without_rows_are_refused():
    assert refused(5).name == "not-a-table"
    assert refused({"a": [1]}).name == "not-a-table"
    assert refused(pl.DataFrame({"a": []})).name == "no-rows"
    assert refused(pl.DataFrame()).name == "empty"


def test_damage_that_shows_only_when_the_rows_are_decoded_is_a_clear_error(tmp_path):
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": np.random.default_rng(0).normal(size=5000)}).write_parquet(path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[100:2000] = bytes(1900)
    path.write_bytes(bytes(data))
    with pytest.raises(InputError) as caught:
        collected(read(path).frame, "x.parquet")
    assert caught.value.name == "damaged"
