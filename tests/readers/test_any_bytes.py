"""Whatever lies in a file, under whatever name: a table that can be collected, or an error that says what to do."""

import gzip
import io
import json

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ownproof.core.reading import collected, read_table
from ownproof.core.registry import shelf
from ownproof.errors import OwnproofError

READERS = shelf("readers")
FRAME = pl.DataFrame({"a": [1, 2, None] * 5, "b": ["x", "é", None] * 5, "c": [0.5, 1.5, None] * 5})


def written(how):
    out = io.BytesIO()
    how(out)
    return out.getvalue()


CSV = FRAME.write_csv().encode()
WHOLE = {
    "x.csv": CSV,
    "x.csv.gz": gzip.compress(CSV, mtime=0),
    "x.csv.zst": pa.compress(CSV, codec="zstd", asbytes=True),
    "y.csv": CSV.decode().encode("utf-16"),
    "x.jsonl": "".join(json.dumps(row) + "\n" for row in FRAME.to_dicts()).encode(),
    "x.parquet": written(FRAME.write_parquet),
    "x.arrow": written(FRAME.write_ipc),
    "x.arrows": written(FRAME.write_ipc_stream),
    "x": CSV,
}


def outcome(folder, name, content):
    """`table`, or the error's word; anything else is raised."""
    path = folder / name
    path.write_bytes(content)
    try:
        raw = read_table(path, readers=READERS)
        assert collected(raw.frame, name).height > 0
    except OwnproofError as error:
        assert (error.exit, bool(error.message), bool(error.expected), bool(error.hint)) == (2, True, True, True)  # noqa: PT017
        return error.name
    return "table"


quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.sampled_from("a1,;\"'\n\r\t\0é{}[]: "), max_size=60).map(str.encode)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_whole_file_is_a_table(tmp_path, name):
    assert outcome(tmp_path, name, WHOLE[name]) == "table"


@given(st.one_of(st.binary(max_size=200), texts), st.sampled_from(sorted(WHOLE)))
@example(b"\n\r\x01", "x.csv")
@example(b'"\n"\n', "x.csv")
@quick
def test_any_bytes_under_any_name(tmp_path, content, name):
    assert outcome(tmp_path, name, content)


@given(st.sampled_from(sorted(WHOLE)), st.data())
@quick
def test_a_good_file_with_a_few_bytes_changed(tmp_path, name, data):
    content = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(tmp_path, name, bytes(content))


@given(st.sampled_from(sorted(WHOLE)), st.data())
@quick
def test_a_good_file_that_breaks_off(tmp_path, name, data):
    content = WHOLE[name]
    cut = content[: data.draw(st.integers(1, len(content) - 1))]
    found = outcome(tmp_path, name, cut)
    if name.endswith((".gz", ".zst", ".parquet", ".arrow")):
        assert found != "table"
