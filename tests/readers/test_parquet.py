import polars as pl
import pytest

from ownproof.core.reading import collected
from ownproof.errors import InputError
from ownproof.readers.parquet import ParquetReader

READER = ParquetReader()


def refused(path):
    with pytest.raises(InputError) as caught:
        READER.read(str(path))
    return caught.value


def test_types_come_along_and_names_are_mended(tmp_path):
    pl.DataFrame({"a": [1, None], " b": pl.Series(["x", "y"], dtype=pl.Categorical)}).write_parquet(
        tmp_path / "x.parquet"
    )
    raw = READER.read(str(tmp_path / "x.parquet"))
    assert not raw.raw_text
    assert collected(raw.frame).to_dict(as_series=False) == {"a": [1, None], "b": ["x", "y"]}
    assert [f.rule for f in raw.findings] == ["quality.column-names"]


def test_a_name_with_a_star_is_a_name_and_no_pattern(tmp_path):
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "x[1]*.parquet")
    assert collected(READER.read(str(tmp_path / "x[1]*.parquet")).frame).height == 1


def test_a_file_that_breaks_off_is_told_from_one_of_another_format(tmp_path):
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": [1, 2]}).write_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert refused(path).name == "truncated"
    path.write_bytes(b"a,b\n1,2\n")
    assert refused(path).name == "damaged"
    path.write_bytes(b"PAR1" + b"\xff" * 40 + b"PAR1")
    assert refused(path).name == "damaged"


def test_a_file_without_rows_is_refused(tmp_path):
    pl.DataFrame({"a": [], "b": []}).write_parquet(tmp_path / "x.parquet")
    assert refused(tmp_path / "x.parquet").name == "no-rows"


def test_the_first_bytes_decide_before_the_ending():
    assert READER.recognise("x.csv", b"PAR1....") == 1.0
    assert READER.recognise("x.parquet", b"a,b\n") == 0.6
    assert READER.recognise("x.csv", b"a,b\n") == 0.0
    assert READER.recognise("s3://x.parquet", b"") == 0.0
