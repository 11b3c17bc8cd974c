import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.records import Dialect, counted

texts = st.text(st.sampled_from('ab,"\n\r;'), max_size=40)


def seen(count):
    return (
        count.fields,
        count.records,
        count.blank,
        count.trailing,
        count.bad,
        count.bad_records,
        count.lines,
        count.header_line,
        count.last_good,
        bool(count.odd_quote),
    )


@given(texts, st.integers(1, 7))
def test_the_count_does_not_depend_on_how_the_bytes_come_in(text, size):
    data = text.encode()
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    assert seen(counted(parts, Dialect())) == seen(counted([data], Dialect()))


@given(
    st.lists(
        st.lists(st.text(st.sampled_from('a,"\n\r é'), max_size=5), min_size=2, max_size=4), min_size=1, max_size=6
    )
)
@settings(max_examples=200)
def test_records_and_fields_are_those_of_a_csv_parser_when_a_csv_writer_wrote_them(rows):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    count = counted([out.getvalue().encode()], Dialect())
    assert count.odd_quote == 0
    assert count.records == len(rows)
    assert count.fields == len(rows[0])
    assert count.bad_records == sum(len(r) != len(rows[0]) for r in rows)


def test_the_first_bad_line_is_named_even_behind_a_field_of_many_lines():
    count = counted([b'a,b\n"one\ntwo\nthree",2\n1,2,3\n1,2\n'], Dialect())
    assert count.bad == [(5, 3)]
    assert count.last_good == 6


def test_blank_lines_are_told_from_records_and_those_at_the_end_from_others():
    count = counted([b"\n\na,b\r\n\r\n1,2\r\n\r\n\n"], Dialect())
    assert (count.records, count.blank, count.trailing, count.header_line) == (2, 5, 2, 3)


def test_a_quote_inside_a_field_and_one_that_is_never_closed_are_told_by_line():
    assert counted([b'a,b\n5" pipe,2\n'], Dialect()).odd_quote == 2
    assert counted([b'a,b\n1,2\n1,"x\n'], Dialect()).odd_quote == 3
    assert counted([b'a,b\n"x"', b"y,1\n"], Dialect()).odd_quote == 2


def test_a_zero_byte_is_told_by_line():
    assert counted([b"a,b\n1,2\n", b"1,\x00\n"], Dialect()).zero_byte == 3
