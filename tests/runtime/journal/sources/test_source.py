"""A journal is read alike where it was written and from each place that copies of it were delivered to."""

import json

import polars as pl
import pytest

from ownproof.errors import InputError, Tampered
from ownproof.runtime.journal.compact import compact
from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.records import Cell
from ownproof.runtime.journal.sinks.deliver import deliver
from ownproof.runtime.journal.sources.source import Folder, open_source
from ownproof.runtime.journal.writer import open_journal
from tests.postgres import postgresql
from tests.runtime.journal.journals import decision, outcome, refusal, written

KINDS = ("decisions", "refusals", "outcomes", "cells")


@pytest.fixture
def journal(tmp_path):
    records = [
        decision(1, inputs={"n": 1.5, "text": 'a "b" é'}, flags=["unseen:n"], redacted=["x"]),
        decision(2, key=None),
        refusal(3),
        outcome("d1", {"x": None}, known=4.0, at=4.5),
        outcome("k2", None, known=5.0, part="b"),
        Cell(sha256="ab", at=1.0, cell="long"),
    ]
    folder = written(tmp_path / "j", records)
    compact(folder)
    return folder


def places(tmp_path):
    return {
        "folder": str(tmp_path / "copy"),
        "file": f"file://{tmp_path}/by-url",
        "memory": f"memory://copies/{tmp_path.name}",
        "sqlite": f"sqlite:///{tmp_path}/copy.db",
    }


def same(source, folder):
    for kind in KINDS:
        ours, theirs = (pl.concat(list(s.read(kind, None, None))) for s in (Folder(folder), source))
        assert theirs.schema == ours.schema, kind
        assert [_told(r) for r in theirs.sort("at").to_dicts()] == [_told(r) for r in ours.sort("at").to_dicts()]
    late = list(source.read("decisions", 1.5, 2.5))
    assert [f["id"].to_list() for f in late] == [["d2"]]
    assert list(source.read("decisions", 9.0, None)) == []
    assert source.cells() == {"ab": '"long"'}


def _told(row):
    """JSON by value: a database keeps its own spelling."""
    return {n: json.loads(v) if n in ("inputs", "answer", "outcome", "cell") else v for n, v in row.items()}


@pytest.mark.parametrize("kind", ["folder", "file", "memory", "sqlite"])
def test_a_copy_is_read_as_the_journal_itself(journal, tmp_path, kind):
    url = places(tmp_path)[kind]
    deliver(journal, url, at=100.0)
    source = open_source(url)
    same(source, journal)
    assert source.complete(1000.0) == 100.0
    assert source.complete(50.0) == 50.0
    source.close()


def test_a_real_postgresql_is_read_as_the_journal_itself(journal):
    with postgresql() as url:
        deliver(journal, url, at=100.0)
        source = open_source(url)
        same(source, journal)
        assert source.complete(1000.0) == 100.0
        source.close()


def test_a_copy_goes_as_far_as_the_first_row_that_was_not_delivered(journal, tmp_path):
    with open_journal(journal) as writer:
        writer.write(decision(7))
        writer.write(decision(8))
        writer.sync()
        deliver(journal, str(tmp_path / "copy"), at=100.0)
        assert open_source(str(tmp_path / "copy")).complete(1000.0) == 7.0
    compact(journal)
    deliver(journal, str(tmp_path / "copy"), at=200.0)
    assert open_source(str(tmp_path / "copy")).complete(1000.0) == 200.0


def test_of_several_journals_the_slowest_says_how_far_all_are_but_not_one_that_was_left_behind(tmp_path, journal):
    other = written(tmp_path / "other", [decision(1), decision(2)])
    compact(other)
    place = f"file://{tmp_path}/copies"
    deliver(journal, place, at=100.0)
    deliver(other, place, at=90.0)
    source = open_source(place)
    assert source.complete(1000.0) == 90.0
    assert sum(f.height for f in source.read("decisions", None, None)) == 4
    deliver(journal, place, at=90.0 + 4 * 86_400.0)
    assert open_source(place).complete(1e9) == 90.0 + 4 * 86_400.0


def test_an_hour_is_waited_for_where_nobody_said_how_far_a_copy_goes(journal, tmp_path):
    deliver(journal, str(tmp_path / "copy"))
    assert open_source(str(tmp_path / "copy")).complete(1e9) == 4.5 + 0.5 - 3600.0


def test_a_file_that_was_changed_there_is_not_believed(journal, tmp_path):
    deliver(journal, str(tmp_path / "copy"), at=100.0)
    path = next((tmp_path / "copy").rglob("decisions-*.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Tampered, match="not what was delivered"):
        list(open_source(str(tmp_path / "copy")).read("decisions", None, None))


def test_a_place_without_a_journal_is_said_without_its_password(tmp_path):
    (tmp_path / "empty").mkdir()
    for place in (f"file://{tmp_path}/empty", f"file://{tmp_path}/none", f"sqlite:///{tmp_path}/none.db"):
        with pytest.raises(InputError, match="cannot be read"):
            open_source(place)
    with pytest.raises(InputError) as caught:
        open_source("postgresql://me:secret@127.0.0.1:1/nowhere?connect_timeout=2")
    assert "secret" not in str(caught.value.to_json())
    with pytest.raises(InputError, match="there is no journal"):
        open_source(tmp_path / "none")


def test_a_folder_is_read_where_it_lies(journal):
    source = open_source(journal)
    assert source.complete(5.0) == 5.0
    assert next(iter(source.read("decisions", None, None))).equals(read(journal).frame())
