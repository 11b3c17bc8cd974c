import gzip

import pytest

from ownproof.core.reading import collected
from ownproof.errors import InputError
from ownproof.readers.jsonl import JsonlReader

READER = JsonlReader()


def table(tmp_path, content, name="x.jsonl", **more):
    path = tmp_path / name
    path.write_bytes(content)
    raw = READER.read(str(path), **more)
    assert not raw.raw_text
    return collected(raw.frame).to_dict(as_series=False)


def refused(tmp_path, content):
    with pytest.raises(InputError) as caught:
        table(tmp_path, content)
    return caught.value


def test_keys_become_columns_in_the_order_they_are_met(tmp_path):
    assert table(tmp_path, b'{"b":1,"a":"x"}\n\n{"a":null,"c":true}\n') == {
        "b": [1, None],
        "a": ["x", None],
        "c": [None, True],
    }


def test_numbers_that_are_sometimes_whole_are_numbers(tmp_path):
    assert table(tmp_path, b'{"a":1}\n{"a":2.5}\n') == {"a": [1.0, 2.5]}


def test_a_key_of_several_types_becomes_text(tmp_path):
    assert table(tmp_path, b'{"a":1}\n{"a":"x"}\n') == {"a": ["1", "x"]}
    assert table(tmp_path, b'{"a":1,"b":1}\n{"a":true,"b":2}\n') == {"a": ["1", "true"], "b": [1, 2]}


def test_a_conflict_far_down_is_found_before_the_rows_are_needed(tmp_path):
    content = b'{"a":1,"b":0.5}\n' * 3000 + b'{"a":"late","b":null}\n'
    assert table(tmp_path, content)["a"][-2:] == ["1", "late"]


def test_packed_and_marked_files_are_read(tmp_path):
    assert table(tmp_path, gzip.compress(b'{"a":1}\n'), "x.jsonl.gz") == {"a": [1]}
    assert table(tmp_path, b'\xef\xbb\xbf{"a":1}\n') == {"a": [1]}
    assert table(tmp_path, '{"a":"é"}\n'.encode("utf-16"), scratch=tmp_path) == {"a": ["é"]}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'{"a":1}\n{bad}\n', 2),
        (b'{"a":1}\n\n[1]\n', 3),
        (b'{"a":1}\n5\n', 2),
        (b'{"a":1} {"a":2}\n', 1),
        (b'{"a":1}\n{"a":tr', 2),
        (b'{"a":"\xff"}\n', 1),
        (b'{"a":NaN}\n', 1),
        (b'{"a":1}\n{"a":' + b"[" * 100_000, 2),
    ],
)
def test_a_bad_line_is_named(tmp_path, content, line):
    error = refused(tmp_path, content)
    assert error.name == "bad-line"
    assert f"line {line} " in error.message
    assert error.where.endswith(f":{line}")


@pytest.mark.parametrize(
    ("content", "code"), [(b"{}\n{}\n", "empty"), (b"\n \n", "empty"), (b'[{"a":1}]', "json-array")]
)
def test_what_has_no_columns_is_refused(tmp_path, content, code):
    assert refused(tmp_path, content).name == code


def test_it_is_told_by_ending_or_first_brace():
    assert READER.recognise("x.jsonl", b"x") == 0.9
    assert READER.recognise("x", b' {"a": 1}') == 0.7
    assert READER.recognise("x.csv", b"a,b") == 0.0
