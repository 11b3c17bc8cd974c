"""What must go is gone: rows of a caller, rows that are too old, and the large cells that only they held."""

import datetime as dt
import json

import pytest

from ownproof.runtime.journal.compact import compact
from ownproof.runtime.journal.forgetting import expire, forget, redact
from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.writer import open_journal
from tests.runtime.journal.journals import decision, outcome, refusal, written


def cells(folder):
    return sorted(c[1:2] for c in read(folder, "cells").frame()["cell"].to_list())


@pytest.fixture
def folder(tmp_path):
    with open_journal(tmp_path) as writer:
        for n, (key, note) in enumerate([("queen", "a"), ("bob", "b"), ("queen", "c"), (None, "c")]):
            inputs, _ = writer.inputs({"note": note * 2000})
            writer.write(decision(n, key=key, inputs=inputs))
        writer.write(outcome("d0", 1, known=9.0))
        writer.write(outcome("d1", 0, known=9.0))
    return written(tmp_path, [refusal(1), outcome("k9", 1, known=9.0), outcome("d1", 1, known=9.5, id="bob")])


@pytest.mark.parametrize("compacted", [False, True])
def test_a_callers_decisions_go_with_their_outcomes_and_cells(folder, compacted):
    if compacted:
        compact(folder)
    done = forget(folder, "queen")
    assert (done.decisions, done.outcomes, done.cells, done.left, done.waiting) == (2, 1, 1, 0, 0)
    assert read(folder).frame()["key"].to_list() == ["bob", None]
    assert cells(folder) == ["b", "c"]  # one of the two cells was another decision's, too
    assert read(folder, "outcomes").frame().height == 3
    assert not any(b"queen" in p.read_bytes() for p in folder.glob("*.jsonl"))
    assert forget(folder, "queen").decisions == 0


def test_somebody_unknown_changes_nothing(folder):
    compact(folder)
    before = sorted(p.name for p in folder.iterdir())
    assert forget(folder, "nobody").decisions == 0
    assert sorted(p.name for p in folder.iterdir()) == before


def test_rows_in_a_file_that_is_being_written_are_counted_as_left(tmp_path):
    with open_journal(tmp_path) as writer:
        writer.write(decision(1, key="queen"))
        done = forget(tmp_path, "queen")
        assert (done.decisions, done.left) == (0, 1)
    assert forget(tmp_path, "queen").decisions == 1
    assert read(tmp_path).frame().height == 0


def test_what_is_older_than_it_may_be_goes(folder):
    done = expire(folder, before=2.0)
    assert (done.decisions, done.refusals, done.outcomes, done.cells) == (2, 1, 0, 2)
    assert read(folder).frame()["id"].to_list() == ["d2", "d3"]
    assert cells(folder) == ["c"]


def test_a_whole_file_may_go(folder):
    assert expire(folder, before=dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp()).decisions == 4
    assert read(folder).frame().height == 0
    assert not list(folder.glob("decisions-*"))
    written(folder, [decision(1)])
    compact(folder)
    assert read(folder).frame().height == 1


def test_what_is_deleted_waits_for_a_reader_and_counts_no_more(folder):
    compact(folder)
    reader = iter(read(folder))
    next(reader)
    assert forget(folder, "queen").waiting == 3
    assert read(folder).frame()["key"].to_list() == ["bob", None]
    reader.close()
    compact(folder)
    assert len(list(folder.glob("decisions-*.parquet"))) == 1


def test_a_field_that_should_never_have_been_logged_is_taken_out(tmp_path):
    with open_journal(tmp_path) as writer:
        for n in range(3):
            row = {"name": "Ada" * (1 + 1000 * (n == 2)), "age": n, "note": 'says "name":'} if n else {"age": n}
            inputs, _ = writer.inputs(row)
            writer.write(decision(n, inputs=inputs))
    done = redact(tmp_path, ["name", "email"])
    assert (done.decisions, done.cells, done.left) == (2, 1, 0)
    frame = read(tmp_path).frame()
    assert frame["redacted"].to_list() == [[], ["name"], ["name"]]
    assert [json.loads(t) for t in frame["inputs"].to_list()] == [
        {"age": 0},
        *({"age": n, "note": 'says "name":'} for n in (1, 2)),
    ]
    assert read(tmp_path, "cells").frame().height == 0
    assert not any(b"Ada" in p.read_bytes() for p in tmp_path.iterdir())
    assert redact(tmp_path, ["name"]).decisions == 0
