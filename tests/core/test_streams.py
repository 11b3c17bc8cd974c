import gzip

import pyarrow as pa
import pytest

from ownproof.core.streams import decoded, encoding_of, head_of, packing, pieces
from ownproof.errors import InputError

TEXT = b"a,b\n1,2\n" * 5000


@pytest.fixture
def packed(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(TEXT))
    (tmp_path / "x.zst").write_bytes(pa.compress(TEXT, codec="zstd", asbytes=True))
    (tmp_path / "x").write_bytes(TEXT)
    return tmp_path


@pytest.mark.parametrize("name", ["x", "x.gz", "x.zst"])
def test_a_file_comes_out_unpacked(packed, name):
    assert b"".join(pieces(packed / name)) == TEXT
    assert head_of(packed / name, 100) == TEXT[:100]


@pytest.mark.parametrize("name", ["x.gz", "x.zst"])
@pytest.mark.parametrize("left", [12, -1, -5, -9])
def test_a_packed_file_that_breaks_off_is_said_to(packed, name, left):
    data = (packed / name).read_bytes()
    (packed / name).write_bytes(data[:left])
    with pytest.raises(InputError) as caught:
        list(pieces(packed / name))
    assert caught.value.name == "truncated"
    assert name in caught.value.message


def test_a_damaged_byte_inside_gzip_is_found(packed):
    data = bytearray((packed / "x.gz").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (packed / "x.gz").write_bytes(bytes(data))
    with pytest.raises(InputError):
        list(pieces(packed / "x.gz"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_the_encoding_is_told_and_undone(encoding):
    text = "name;größe\nИван;1\n" if encoding != "utf-8" else "plain"
    data = (
        text.encode(encoding)
        if encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32")
        else "name;size\nIvan;1\n".encode(encoding)
    )
    found = encoding_of(data)
    assert found == encoding
    parts = [data[i : i + 3] for i in range(0, len(data), 3)]
    assert b"".join(decoded(parts, found, "x")).decode() == data.decode(encoding)


def test_line_ends_of_an_old_macintosh_become_usual_ones():
    assert b"".join(decoded([b"a\r", b"b\r\n", b"c\r"], "utf-8", "x")) == b"a\nb\nc\n"


def test_packing_is_told_by_the_first_bytes():
    assert [packing(gzip.compress(b"")), packing(b"a,b\n"), packing(b"")] == ["gzip", "", ""]
