"""Segments and compacted files are read alike, each row once, and what is torn is counted."""

import datetime as dt
import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownproof.errors import InputError
from ownproof.runtime.journal import reading
from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.records import line
from ownproof.runtime.journal.writer import open_journal
from tests.runtime.journal.journals import decision, moment, outcome, refusal, written


def test_what_was_written_is_read(tmp_path):
    written(
        tmp_path, [decision(1, flags=["unseen:n"], us=40, request="r"), refusal(2), outcome("d1", "yes", known=3.5)]
    )
    (row,) = read(tmp_path).frame().to_dicts()
    assert row == {
        "id": "d1",
        "at": moment(1),
        "model": "m",
        "inputs": '{"n":1}',
        "answer": '{"prediction":"yes","probabilities":{"yes":0.75,"no":0.25}}',
        "flags": ["unseen:n"],
        "us": 40,
        "key": "k1",
        "request": "r",
        "role": "live",
        "redacted": [],
    }
    (row,) = read(tmp_path, "outcomes").frame().to_dicts()
    assert row == {
        "at": moment(3.5),
        "known": moment(3.5),
        "outcome": '"yes"',
        "prediction_id": "d1",
        "id": None,
        "part": None,
    }
    (row,) = read(tmp_path, "refusals").frame().to_dicts()
    assert row["problems"] == [{"field": "n", "reason": "is missing"}]


def test_an_empty_journal_has_the_columns_and_no_row(tmp_path):
    frame = read(tmp_path).frame()
    assert frame.height == 0
    assert frame.schema["at"] == pl.Datetime("us", "UTC")


def test_where_there_is_no_journal_it_is_said(tmp_path):
    with pytest.raises(InputError, match="no journal"):
        read(tmp_path / "nowhere").frame()


def test_what_is_still_being_written_is_read_too(tmp_path):
    with open_journal(tmp_path) as writer:
        writer.write(decision(1))
        assert read(tmp_path).frame()["id"].to_list() == ["d1"]


def test_a_window_holds_its_begin_and_not_its_end(tmp_path):
    written(tmp_path, [decision(n) for n in range(6)], segment_mb=0)
    found = read(tmp_path, since=moment(2), until=4.0)
    assert found.frame()["id"].to_list() == ["d2", "d3"]
    assert found.rows == 2


def test_a_clock_that_went_back_loses_no_row_of_a_window(tmp_path):
    written(tmp_path, [decision(1, at=5000.0), decision(2, at=1400.0), decision(3, at=5001.0)])
    assert read(tmp_path, since=1000.0, until=2000.0).frame()["id"].to_list() == ["d2"]


def test_long_files_come_in_frames_of_bounded_size(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BLOCK", 1000)
    written(tmp_path, [decision(n) for n in range(200)])
    frames = list(read(tmp_path))
    assert len(frames) > 10
    assert pl.concat(frames)["id"].to_list() == [f"d{n}" for n in range(200)]


WHOLE = b"".join(line(decision(n, inputs={"n": n, "text": 'é\n"x'})) for n in range(4))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(WHOLE)), zeros=st.integers(0, 3))
def test_every_prefix_gives_its_whole_lines_and_counts_the_torn_one(tmp_path, cut, zeros):
    """What a crash leaves, and after a power cut zeros where bytes were to come."""
    left = WHOLE[:cut] + b"\0" * zeros
    (tmp_path / "decisions-0123456789abcdef-000001.jsonl").write_bytes(left)
    found = read(tmp_path)
    assert found.frame()["id"].to_list() == [f"d{n}" for n in range(WHOLE[:cut].count(b"\n"))]
    assert found.torn == (not left.endswith(b"\n") and left != b"")


@pytest.mark.parametrize(
    "bad",
    [
        b"{}",
        b"[1]",
        b"",
        b'{"id":"x","at":"soon","model":"m","inputs":{},"answer":{}}',
        b'{"id":"x","at":1e300,"model":"m","inputs":{},"answer":{}}',
        b'{"id":"x","at":1,"model":"m","inputs":{"a":"\xff"},"answer":{}}',
        b'{"id":"x","at":1,"model":"m","inputs":{"a":' + b"[" * 3000 + b"]" * 3000 + b'},"answer":{}}',
    ],
)
def test_a_damaged_line_is_skipped_and_its_neighbours_are_not(tmp_path, bad):
    path = tmp_path / "decisions-0123456789abcdef-000001.jsonl"
    path.write_bytes(line(decision(1)) + bad + b"\n" + line(decision(2)))
    found = read(tmp_path)
    assert found.frame()["id"].to_list() == ["d1", "d2"]
    assert found.torn == 1


@given(
    st.dictionaries(
        st.text(max_size=4),
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=9)),
        max_size=4,
    )
)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_inputs_come_back_as_they_went_in(tmp_path, row):
    try:
        told = line(decision(1, inputs=row))
    except ValueError:
        return
    (tmp_path / "decisions-0123456789abcdef-000001.jsonl").write_bytes(told)
    assert json.loads(read(tmp_path).frame()["inputs"].item()) == row


def test_a_moment_is_exact_to_the_microsecond(tmp_path):
    at = dt.datetime(2026, 11, 24, 12, 0, 0, 123456, dt.UTC)
    written(tmp_path, [decision(1, at=at.timestamp())])
    assert read(tmp_path).frame()["at"].item() == at
