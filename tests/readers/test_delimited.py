import csv
import gzip
import io

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownproof.core.reading import collected
from ownproof.errors import InputError
from ownproof.readers.delimited import DelimitedReader

READER = DelimitedReader()


def read(tmp_path, content, name="x.csv", scratch=None):
    path = tmp_path / name
    path.write_bytes(content)
    raw = READER.read(str(path), scratch=scratch)
    assert raw.raw_text
    return collected(raw.frame, str(path)), raw.findings


def table(tmp_path, content, name="x.csv"):
    """The cells, the same without and with a scratch folder."""
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    frame, _ = read(tmp_path, content, name)
    again, _ = read(tmp_path, content, name, scratch)
    assert frame.equals(again)
    return frame.to_dict(as_series=False)


def refused(tmp_path, content, name="x.csv"):
    with pytest.raises(InputError) as caught:
        read(tmp_path, content, name)
    return caught.value


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path, separator):
    text = f"a{separator}b\n1,5{separator}x\n2,5{separator}y\n" if separator != "," else "a,b\n1;5,x\n2;5,y\n"
    assert list(table(tmp_path, text.encode())) == ["a", "b"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
def test_the_encoding_is_found(tmp_path, encoding):
    text = "name,straße\nJosé,Höhe\n" if encoding not in ("utf-16-le", "utf-16-be") else "name,street\nJosé,High\n"
    frame, findings = read(tmp_path, text.encode(encoding))
    assert frame.columns == text.splitlines()[0].split(",")
    assert frame["name"].to_list() == ["José"]
    assert [f.rule for f in findings] == ([] if encoding.startswith("utf-8") else ["quality.encoding"])


def test_a_guessed_encoding_is_a_warning_and_names_the_line(tmp_path):
    _, findings = read(tmp_path, b"a,b\n1,2\n3,caf\xe9\n")
    assert findings[0].level == "warn"
    assert "line 3" in findings[0].evidence
    assert "cp1252" in findings[0].evidence


def test_a_few_broken_bytes_do_not_garble_the_rest(tmp_path):
    frame, findings = read(tmp_path, ("a,b\n" + "é,ü\n" * 50).encode() + b"\xff,1\n")
    assert frame["a"].to_list() == ["é"] * 50 + ["�"]
    assert "broken UTF-8 first on line 52" in findings[0].evidence


@pytest.mark.parametrize("name", ["x.csv.gz", "x.csv.zst"])
def test_packed_files_are_read(tmp_path, name):
    text = "a;b\nü;2\n".encode()
    data = gzip.compress(text) if name.endswith("gz") else pa.compress(text, codec="zstd", asbytes=True)
    assert table(tmp_path, data, name) == {"a": ["ü"], "b": ["2"]}


def test_leading_zeros_and_words_for_missing_survive(tmp_path):
    assert table(tmp_path, b"zip,note\n00123,NA\n01234,\n") == {"zip": ["00123", "01234"], "note": ["NA", None]}


def test_line_ends_of_every_system_are_understood(tmp_path):
    wanted = {"a": ["1", "3"], "b": ["2", "4"]}
    for text in (
        b"a,b\n1,2\n3,4",
        b"a,b\r\n1,2\r\n3,4\r\n",
        b"a,b\r1,2\r3,4\r",
        b"\n\na,b\n1,2\n\n3,4\n\n\n",
        b"a,b\n1,2\n3,4\n\r\n\n",
    ):
        assert table(tmp_path, text) == wanted


def test_quotes_of_all_sorts_are_understood(tmp_path):
    assert table(tmp_path, b'a,b\n"x, ""y""\nz",2\n') == {"a": ['x, "y"\nz'], "b": ["2"]}
    assert table(tmp_path, b"a,b\n'x, y',2\n'z',3\n") == {"a": ["x, y", "z"], "b": ["2", "3"]}
    assert table(tmp_path, b"a,b\ndon't,2\n'tis,3\n") == {"a": ["don't", "'tis"], "b": ["2", "3"]}
    assert table(tmp_path, b'a,b\n5" pipe,2\n6" pipe,3\n') == {"a": ['5" pipe', '6" pipe'], "b": ["2", "3"]}
    assert table(tmp_path, b'a, b\n1, "x, y"\n') == {"a": ["1"], "b": ["x, y"]}
    assert table(tmp_path, b'\xef\xbb\xbf"a","b"\n"1","2"\n') == {"a": ["1"], "b": ["2"]}


def test_a_quote_that_is_never_closed_is_named_by_line(tmp_path):
    error = refused(tmp_path, b'a,b\n1,2\n1,"x,y\n3,4\n')
    assert error.name == "quotes"
    assert "line 3" in error.message


def test_names_are_mended_and_said(tmp_path):
    frame, findings = read(tmp_path, b"id, x ,,id\n1,2,3,4\n")
    assert frame.columns == ["id", "x", "column_3", "id_2"]
    assert {f.rule for f in findings} == {"quality.column-names"}


def test_a_header_of_numbers_is_doubted(tmp_path):
    _, findings = read(tmp_path, b"1,2\n3,4\n")
    assert [f.rule for f in findings] == ["quality.header"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b,c\n1,2,3\n1,2\n1,2,3\n", ["line 3 has 2 fields, the header has 3"]),
        (b"a,b,c\n1,2,3\n1,2,3,4\n1,2,3\n", ["line 3 has 4 fields, the header has 3"]),
        (b"a,b,c\n1,2,3\n1,2,3\n1\n2\n", ["line 4 has 1 field", "as all lines after it"]),
        (b"a,b\n1,2,3\n4,5,6\n", ["line 2 has 3 fields, the header has 2"]),
        (b"Report of May\na,b,c\n1,2,3\n1,2,3\n", ["line 2 has 3 fields, the header has 1"]),
        (b'a,b\n"x\ny\n",1\n1\n', ["line 5 has 1 field"]),
        (b"a,b,c\n1,2,3\n1,2\n1,2\n1,2,3\n", ["line 3", "1 more line"]),
    ],
)
def test_a_ragged_file_is_refused_with_the_first_bad_line(tmp_path, content, says):
    error = refused(tmp_path, content)
    assert error.name == "ragged"
    assert all(words in error.message for words in says), error.message
    assert error.where.rsplit(":", 1)[1].isdigit()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a,b\n", "no-rows"),
        (b"a,b", "no-rows"),
        (b"\n\n", "empty"),
        (b"a,b\n1,\x00\n", "binary"),
        (b"a,b\n" + b"1,2\n" * 100_000 + b"1,\x00\n", "binary"),
    ],
)
def test_what_holds_no_rows_or_is_no_text_is_refused(tmp_path, content, code):
    assert refused(tmp_path, content).name == code


def test_a_cell_of_three_megabytes_is_read(tmp_path):
    frame, _ = read(tmp_path, b"a,b\n1," + b"x" * 3_000_000 + b'\n3,"' + b'y,""' * 1_000_000 + b'"\n')
    assert frame["b"].str.len_bytes().to_list() == [3_000_000, 3_000_000]


def test_a_name_of_three_megabytes_is_refused(tmp_path):
    assert refused(tmp_path, b"a," + b"x" * 3_000_000 + b"\n1,2\n").name == "header"


def test_a_second_reading_into_the_same_scratch_does_not_disturb_the_first(tmp_path):
    (tmp_path / "s").mkdir()
    path = tmp_path / "x.csv"
    path.write_bytes("a,b\né,1\n".encode("utf-16"))
    first = READER.read(str(path), scratch=tmp_path / "s")
    assert collected(first.frame)["a"].to_list() == ["é"]
    path.write_bytes("a,b\nlonger than before,1\n".encode("utf-16"))
    second = READER.read(str(path), scratch=tmp_path / "s")
    assert collected(second.frame)["a"].to_list() == ["longer than before"]
    assert [p.suffix for p in (tmp_path / "s").iterdir()] == [".csv"]


cells = st.text(st.sampled_from("ab1,;\"'\n\t |é"), max_size=6)


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=8), st.sampled_from([",", ";", "\t", "|"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_csv_writer_wrote_is_read_back_cell_by_cell(tmp_path, rows, separator):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    # enough plain rows to make the separator plain to see
    plain = [("one", "two", "three")] * 12
    writer.writerows([("a", "b", "c"), *plain, *rows])
    frame, _ = read(tmp_path, out.getvalue().encode())
    got = [tuple(cell or "" for cell in row) for row in frame.rows()]
    assert got == [*plain, *rows]


def test_an_apostrophe_on_both_sides_of_a_separator_is_no_quote(tmp_path):
    frame, _ = read(tmp_path, b"a,b,c\n" + b"one,two,three\n" * 3 + b",','\n")
    assert frame.rows()[-1][1:] == ("'", "'")


def test_a_copy_that_cannot_be_written_is_a_clear_error(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("a,b\né,1\n".encode("utf-16"))
    with pytest.raises(InputError) as caught:
        READER.read(str(path), scratch=tmp_path / "nowhere")
    assert caught.value.name == "no-space"
    assert "nowhere" in caught.value.message
