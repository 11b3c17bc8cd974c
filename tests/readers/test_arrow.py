import polars as pl
import pytest

from ownproof.core.reading import collected
from ownproof.errors import InputError
from ownproof.readers.arrow import ArrowReader

READER = ArrowReader()
FRAME = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})


def test_files_and_streams_are_read(tmp_path):
    FRAME.write_ipc(tmp_path / "x.feather")
    FRAME.write_ipc_stream(tmp_path / "x.arrows")
    for name in ("x.feather", "x.arrows"):
        raw = READER.read(str(tmp_path / name))
        assert collected(raw.frame).equals(FRAME)
        assert READER.recognise(name, (tmp_path / name).read_bytes()[:64]) == 1.0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"FEA1........", "not-a-table"),
        (b"ARROW1\0\0" + b"x" * 60, "truncated"),
        (b"ARROW1" + b"x" * 60 + b"ARROW1", "damaged"),
        (b"hello", "damaged"),
        (b"\xff\xff\xff\xff" + b"x" * 40, "damaged"),
    ],
)
def test_damage_is_said(tmp_path, content, code):
    path = tmp_path / "x.arrow"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        READER.read(str(path))
    assert caught.value.name == code


def test_a_file_without_rows_is_refused(tmp_path):
    FRAME.clear().write_ipc(tmp_path / "x.arrow")
    with pytest.raises(InputError) as caught:
        READER.read(str(tmp_path / "x.arrow"))
    assert caught.value.name == "no-rows"
