"""Segments become Parquet with counts and hashes; whatever happens on the way, each row counts once."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from ownproof.core.policy import Policy
from ownproof.errors import InputError, Locked, Tampered, UsageError
from ownproof.runtime.journal.compact import compact, compacting
from ownproof.runtime.journal.files import manifest, shared
from ownproof.runtime.journal.query import query
from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.records import line
from ownproof.runtime.journal.writer import open_journal
from tests.runtime.journal.journals import decision, moment, outcome, refusal, written

MERGING = Policy(journal_small_files=3)


def mixed(folder):
    records = [decision(n, flags=["unseen:n"] * (n % 2)) for n in range(6)]
    return written(folder, [*records, refusal(3), outcome("d1", "yes", known=7.0)], segment_mb=0)


def files(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))


def ids(folder):
    return sorted(read(folder).frame()["id"].to_list())


def test_closed_segments_become_one_file_with_its_count_and_hash(tmp_path):
    mixed(tmp_path)
    before = {kind: read(tmp_path, kind).frame() for kind in ("decisions", "refusals", "outcomes")}
    done = compact(tmp_path)
    assert (done.rows, done.segments, done.in_use, done.waiting) == (8, 8, 0, 0)
    (entry,) = [c for c in manifest(tmp_path) if c.kind == "decisions"]
    raw = (tmp_path / entry.file).read_bytes()
    assert (entry.rows, entry.bytes, entry.sha256) == (6, len(raw), hashlib.sha256(raw).hexdigest())
    assert (entry.first, entry.last, entry.segments) == (0.0, 5.0, 6)
    assert (tmp_path / entry.file).stat().st_mode & 0o007 == 0  # nobody else may read what was asked
    assert [n for n in files(tmp_path) if n.endswith(".jsonl")] == ["manifest.jsonl"]
    for kind, frame in before.items():
        assert read(tmp_path, kind).frame().equals(frame)


BARE = """
import sys
for name in ("pyarrow", "pandas", "duckdb", "sqlalchemy", "fsspec", "sklearn", "scipy"): sys.modules[name] = None
from pathlib import Path
from ownproof.runtime.journal.compact import compact
from ownproof.runtime.journal.forgetting import forget
from ownproof.runtime.journal.outcomes import as_of
from ownproof.runtime.journal.reading import read
folder = Path(sys.argv[1])
print(compact(folder).rows, forget(folder, "k1").decisions, as_of(read(folder, "outcomes").frame(), read(folder).frame()).counts.decisions)
"""


def test_compacting_and_reading_need_nothing_but_polars(tmp_path):
    """What the image of a served bundle holds."""
    mixed(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", BARE, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["8", "1", "5"], done.stderr


def test_what_is_still_written_stays(tmp_path):
    with open_journal(tmp_path, policy=Policy(journal_segment_mb=0)) as writer:
        for n in range(3):
            writer.write(decision(n))
        writer.sync()
        done = compact(tmp_path)
        assert (done.segments, done.in_use) == (2, 1)
        assert ids(tmp_path) == ["d0", "d1", "d2"]
        writer.write(decision(3))
        assert ids(tmp_path) == ["d0", "d1", "d2", "d3"]


def test_a_second_call_changes_nothing(tmp_path):
    mixed(tmp_path)
    compact(tmp_path)
    before = files(tmp_path), manifest(tmp_path)
    assert compact(tmp_path).files == ()
    assert (files(tmp_path), manifest(tmp_path)) == before


def test_many_small_files_become_one(tmp_path):
    for n in range(3):
        compact(written(tmp_path, [decision(n)]))
    assert len(manifest(tmp_path)) == 3
    done = compact(tmp_path, policy=MERGING)
    assert (done.merged, len(done.files), len(manifest(tmp_path))) == (3, 1, 1)
    assert ids(tmp_path) == ["d0", "d1", "d2"]
    assert len([n for n in files(tmp_path) if n.endswith(".parquet")]) == 1


def test_torn_lines_are_counted_for_good(tmp_path):
    (tmp_path / "decisions-0123456789abcdef-000001.jsonl").write_bytes(line(decision(1)) + b'{"id":"to')
    (tmp_path / "decisions-0123456789abcdef-000002.jsonl").write_bytes(b"\0\0\0")
    assert compact(tmp_path).torn == 2
    assert read(tmp_path).frame().height == 1
    found = read(tmp_path)
    list(found)
    assert found.torn == 2
    (tmp_path / "decisions-0123456789abcdef-000003.jsonl").write_bytes(b"half")
    compact(tmp_path)
    written(tmp_path, [decision(2)])
    compact(tmp_path)
    assert sum(c.torn for c in manifest(tmp_path)) == 3


def test_a_line_that_a_failing_disk_left_twice_is_kept_once_and_counted(tmp_path):
    for number in (1, 2):
        path = tmp_path / f"decisions-0123456789abcdef-00000{number}.jsonl"
        path.write_bytes(line(decision(1)) + line(decision(number + 1)))
    assert compact(tmp_path).repeated == 1
    assert ids(tmp_path) == ["d1", "d2", "d3"]


def test_nothing_is_deleted_under_a_reader(tmp_path):
    mixed(tmp_path)
    frames = iter(read(tmp_path))
    first = next(frames)
    done = compact(tmp_path)
    assert done.waiting == 8
    assert sorted(pl.concat([first, *frames])["id"].to_list()) == [f"d{n}" for n in range(6)]
    assert ids(tmp_path) == [f"d{n}" for n in range(6)]
    assert compact(tmp_path).waiting == 0
    assert not list(tmp_path.glob("decisions-*.jsonl"))


def test_one_compacts_at_a_time(tmp_path):
    mixed(tmp_path)
    with compacting(tmp_path), pytest.raises(Locked):
        compact(tmp_path)
    assert compact(tmp_path).rows == 8


def test_a_folder_that_is_no_journal_is_said(tmp_path):
    with pytest.raises(InputError, match="no journal"):
        compact(tmp_path / "nowhere")


def test_a_compacted_file_that_is_gone_or_damaged_is_said(tmp_path):
    mixed(tmp_path)
    compact(tmp_path)
    (path,) = tmp_path.glob("decisions-*.parquet")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(Tampered, match="cannot be read"):
        read(tmp_path).frame()
    path.unlink()
    with pytest.raises(Tampered):
        read(tmp_path).frame()


def test_a_damaged_manifest_is_said(tmp_path):
    mixed(tmp_path)
    compact(tmp_path)
    (tmp_path / "manifest.jsonl").write_bytes(b"{")
    with pytest.raises(Tampered, match="manifest"):
        read(tmp_path).frame()


# ---------------------------------------------------------------- killed at every step
class Killed(BaseException):
    """The process is gone: no one cleans up."""


STEPS = ("open", "write", "fsync", "replace", "unlink", "close")


def killed_at(step, monkeypatch, work):
    """Whether the work came to the end before its step-th call of the system; after the kill nothing is done any more."""
    count = iter(range(1, 10_000))
    dead = False

    def counted(real):
        def call(*args, **more):
            nonlocal dead
            if dead or next(count) == step:
                dead = True
                raise Killed
            return real(*args, **more)

        return call

    with monkeypatch.context() as patch:
        for name in STEPS[:-1]:
            patch.setattr(os, name, counted(getattr(os, name)))
        patch.setattr(Path, "unlink", lambda self, missing_ok=False: os.unlink(self))
        try:
            work()
        except Killed:
            return False
        return True


def test_a_kill_at_any_step_loses_no_row_and_doubles_none(tmp_path, monkeypatch):
    before = written(tmp_path / "before", [decision(n) for n in range(2)])
    compact(before)
    written(before, [decision(2), decision(3)], segment_mb=0)
    finished, step = False, 0
    while not finished:
        step += 1
        folder = shutil.copytree(before, tmp_path / str(step))
        finished = killed_at(
            step, monkeypatch, lambda folder=folder: compact(folder, policy=Policy(journal_small_files=1))
        )
        expected = ["d0", "d1", "d2", "d3"]
        assert ids(folder) == expected, step
        assert sorted(query(folder, "SELECT id FROM decisions")["id"].to_list()) == expected, step
        compact(folder)
        assert ids(folder) == expected, step
        assert files(folder) == sorted(["manifest.jsonl", *(c.file for c in manifest(folder) if c.file)]), step
        assert not list(folder.glob(".*.parquet")), step
    assert step > 12, step


COMPACT = """
import sys, time
from pathlib import Path
from ownproof.core.policy import Policy
from ownproof.runtime.journal.compact import compact
print("there", flush=True)
while True: compact(Path(sys.argv[1]), policy=Policy(journal_small_files=2))
"""


@pytest.mark.slow
def test_a_compactor_killed_at_any_moment_loses_no_row_while_servers_go_on(tmp_path):
    expected = []
    with open_journal(tmp_path, policy=Policy(journal_segment_mb=0)) as writer:
        for turn in range(4):
            process = subprocess.Popen([sys.executable, "-c", COMPACT, str(tmp_path)], stdout=subprocess.PIPE)
            process.stdout.readline()
            until = time.monotonic() + 0.5 + 0.13 * turn
            while time.monotonic() < until:
                writer.write(decision(len(expected)))
                expected.append(f"d{len(expected)}")
                time.sleep(0.003)
                if len(expected) % 50 == 0:
                    assert ids(tmp_path) == sorted(expected)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert ids(tmp_path) == sorted(expected)
    compact(tmp_path)
    assert ids(tmp_path) == sorted(expected)


# ---------------------------------------------------------------- SQL
@pytest.mark.parametrize("compacted", [False, True])
def test_sql_sees_segments_and_compacted_files_alike(tmp_path, compacted):
    mixed(tmp_path)
    if compacted:
        compact(tmp_path)
        written(tmp_path, [decision(6)])
    else:
        written(tmp_path, [decision(6)], segment_mb=0)
        (tmp_path / "decisions-0123456789abcdef-000009.jsonl").write_bytes(b'{"id":"to')
    found = query(
        tmp_path,
        "SELECT id, time, prediction, (inputs->>'n')::INT AS n, len(flags) AS flags, role FROM decisions ORDER BY n",
    )
    assert found.height == 7
    assert found.row(1) == ("d1", moment(1), "yes", 1, 1, "live")
    assert found["flags"].to_list() == [0, 1, 0, 1, 0, 1, 0]
    joined = "SELECT d.id, o.outcome->>'$' AS outcome FROM decisions d JOIN outcomes o ON o.prediction_id = d.id"
    assert query(tmp_path, joined).rows() == [("d1", "yes")]
    assert query(tmp_path, "SELECT problems[1].field AS field FROM refusals")["field"].to_list() == ["n"]


def test_sql_of_an_empty_journal_finds_nothing(tmp_path):
    assert query(tmp_path, "SELECT count(*) AS n FROM cells").item() == 0


def test_sql_takes_parameters(tmp_path):
    mixed(tmp_path)
    assert query(tmp_path, "SELECT id FROM decisions WHERE key = $key", key="k4").item() == "d4"


def test_wrong_sql_is_answered_with_an_example(tmp_path):
    with pytest.raises(UsageError, match="nosuch") as caught:
        query(tmp_path, "SELECT nosuch FROM decisions")
    assert "SELECT" in caught.value.hint


@pytest.mark.parametrize("sql", ["SELECT INTERVAL 1 DAY AS a", "SELEC 1", "COPY nosuch TO 'x'"])
def test_sql_that_gives_no_table_is_no_bug(tmp_path, sql):
    with pytest.raises(UsageError, match="the query failed"):
        query(tmp_path, sql)


@pytest.mark.parametrize("sql", ["", ";"])
def test_sql_that_asks_nothing_is_answered_with_nothing(tmp_path, sql):
    assert query(tmp_path, sql).height == 0


def test_a_query_keeps_files_from_being_deleted(tmp_path):
    mixed(tmp_path)
    with shared(tmp_path):
        assert compact(tmp_path).waiting == 8
    assert json.loads((tmp_path / "manifest.jsonl").read_text().splitlines()[0])["rows"] == 6
