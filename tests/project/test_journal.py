"""What a journal holds, how long, and where copies go."""

import json
import subprocess
import sys
import time

import pytest

from ownproof.cli.main import main
from ownproof.errors import ConfigError
from ownproof.project.journal import Keeping, compacted, keeping, said, stats
from ownproof.runtime.journal.reading import read
from tests.runtime.journal.journals import decision, outcome, refusal, written

NOW = 1_790_000_000.0


def test_stats_count_what_is_there(tmp_path):
    folder = written(tmp_path, [decision(1), decision(2), refusal(3), outcome("d1", "yes", known=5)])
    (folder / "decisions-0123456789abcdef-000001.jsonl").write_bytes(b'{"id":"to')
    found = stats(folder)
    assert found["kinds"]["decisions"] == {
        "rows": 2,
        "torn": 1,
        "repeated": 0,
        "segments": 2,
        "in_use": 0,
        "compacted": 0,
        "bytes": sum(p.stat().st_size for p in folder.glob("decisions-*")),
        "first": "1970-01-01T00:00:01+00:00",
        "last": "1970-01-01T00:00:02+00:00",
    }
    assert found["kinds"]["refusals"]["rows"] == 1
    assert (found["outcomes"]["decisions"], found["outcomes"]["with_outcome"]) == (2, 1)


def test_the_commands_answer_in_json_and_in_words(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "j", [decision(1)])
    (tmp_path / "o.csv").write_text("id,outcome\nk1,yes\nk9,no\n")
    assert main(["feedback", "o.csv", "--journal", "j", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (answer["command"], answer["logged"], answer["unmatched"]) == ("feedback", 2, 1)
    assert main(["journal", "stats", "--journal", "j"]) == 0
    out = capsys.readouterr().out
    assert "decisions" in out
    assert "1 with outcome" in out
    assert main(["journal", "stats", "--journal", "nowhere", "--json"]) == 2
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == "no-journal"


def test_a_flag_that_a_verb_does_not_know_is_answered_with_its_own(capsys):
    assert main(["journal", "stats", "--jornal", "x", "--json"]) == 2
    assert "--journal" in json.loads(capsys.readouterr().out)["error"]["hint"]


def test_a_journal_is_compacted_and_asked(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "j", [decision(n) for n in range(60)])
    assert main(["journal", "compact", "--journal", "j", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (answer["rows"], answer["segments"], len(answer["files"])) == (60, 1, 1)
    assert main(["journal", "query", "SELECT time, inputs->>'n' AS n FROM decisions", "--journal", "j", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["columns"] == ["time", "n"]
    assert answer["rows"][1] == ["1970-01-01T00:00:01+00:00", "1"]
    assert (
        main(
            [
                "journal",
                "query",
                "SELECT sum(us), avg(us), 0.5::DECIMAL(3, 1) FROM decisions",
                "--journal",
                "j",
                "--json",
            ]
        )
        == 0
    )
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows"] == [[0, 0, 0.5]]
    assert main(["journal", "query", "SELECT id FROM decisions", "--journal", "j"]) == 0
    assert "10 more rows" in capsys.readouterr().out
    assert main(["journal", "query", "SELECT", "--journal", "j", "--json"]) == 2


def test_a_changed_or_missing_file_is_found_by_its_hash(tmp_path, capsys):
    folder = written(tmp_path, [decision(1), refusal(2)])
    compacted(folder, clock=lambda: NOW)
    assert main(["journal", "stats", "--journal", str(folder), "--check"]) == 0
    assert "2 compacted files are what was written" in capsys.readouterr().out
    changed = next(folder.glob("decisions-*.parquet"))
    changed.write_bytes(changed.read_bytes().replace(b"PAR1", b"PAR2", 1))
    next(folder.glob("refusals-*.parquet")).unlink()
    assert main(["journal", "stats", "--journal", str(folder), "--check", "--json"]) == 7
    error = json.loads(capsys.readouterr().out)["error"]
    assert "decisions-" in error["message"]
    assert "refusals-" in error["message"]


FULL = """
import resource, sys
from pathlib import Path
from ownproof.project.journal import compacted
from ownproof.errors import ConfigError
import polars
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
try: compacted(Path(sys.argv[1]), clock=lambda: 0.0)
except ConfigError as e: print(e.message.partition(": ")[2])
"""


def test_a_disk_that_is_full_while_compacting_changes_nothing(tmp_path, monkeypatch):
    folder = written(tmp_path, [decision(1)])

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full)
        with pytest.raises(ConfigError, match="disk is full"):
            compacted(folder, clock=lambda: NOW)
    assert read(folder).frame().height == 1
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "the disk is full", done.stderr
    assert not list(folder.glob(".*.parquet"))
    assert compacted(folder, clock=lambda: NOW)["rows"] == 1


def test_what_is_kept_where_and_how_long_is_said_by_flags(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COPY", str(tmp_path / "copy"))
    written(tmp_path / "j", [decision(1), decision(2, at=time.time(), key="ada")])
    assert main(["journal", "compact", "--journal", "j", "--keep", "30d", "--to", "env:COPY", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["expired"]["decisions"] == 1
    assert [(d["rows"], d["files"]) for d in answer["delivered"]] == [(1, 1)]
    assert len(list((tmp_path / "copy").rglob("*.parquet"))) == 1
    assert main(["journal", "forget", "ada", "--journal", "j"]) == 0
    assert "1 decisions" in capsys.readouterr().out
    assert main(["journal", "redact", "n", "--journal", "j", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["decisions"] == 0
    assert main(["journal", "compact", "--journal", "j", "--to", "env:COPY"]) == 0
    assert "1 files removed" in capsys.readouterr().out
    assert main(["journal", "compact", "--journal", "j", "--to", "env:NOWHERE", "--json"]) == 2
    assert main(["journal", "compact", "--journal", "j", "--keep", "long", "--json"]) == 2
    assert "--keep" in json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["where"]


def test_a_project_says_how_long_rows_are_kept_and_where_copies_go(tmp_path):
    (tmp_path / "project.toml").write_text(
        'data = "a.csv"\ntarget = "y"\n[journal]\nkeep = "400d"\nto = ["env:COPY"]\n'
    )
    assert said(tmp_path / "journal", keep=None, to=[]) == Keeping("400d", ("env:COPY",))
    assert said(tmp_path / "journal", keep="30d", to=["x"]) == Keeping("30d", ("x",))
    assert said(tmp_path / "other", keep=None, to=[]) == Keeping()  # another journal has nothing to do with it


def test_a_wrong_section_names_every_problem(tmp_path):
    (tmp_path / "project.toml").write_text("[journal]\nkep = 3\nkeep = 400\n")
    with pytest.raises(ConfigError) as caught:
        keeping(tmp_path / "project.toml")
    assert "'keep'" in caught.value.message
    assert "400d" in str(caught.value.to_json())


def test_what_was_forgotten_and_redacted_stands_in_the_ledger_of_a_project_without_saying_of_whom(call, tmp_path):
    assert call("init", "p").code == 0
    written(tmp_path / "p" / "journal", [decision(1), decision(2)])
    assert call("journal", "forget", "k1", "-C", "p").code == 0
    assert call("journal", "redact", "n", "-C", "p").code == 0
    lines = [json.loads(line) for line in (tmp_path / "p" / "ledger.jsonl").read_text().splitlines()]
    told = {line["event"]: line["data"] for line in lines}
    assert told["forget"]["decisions"] == 1
    assert "k1" not in json.dumps(told)
    assert (told["redact"]["fields"], told["redact"]["decisions"]) == (["n"], 1)


def test_stats_hold_in_memory_only_the_decisions_that_outcomes_name(tmp_path, monkeypatch):
    from ownproof.project import journal

    asked = []
    real = journal.as_of
    monkeypatch.setattr(journal, "as_of", lambda told, known: asked.append(known.height) or real(told, known))
    named = [outcome("d7", "yes", known=60), outcome("k8", "no", known=61), outcome("d999", "no", known=62)]
    folder = written(tmp_path, [*(decision(i) for i in range(50)), *named])
    found = stats(folder)["outcomes"]
    assert (found["decisions"], found["with_outcome"], found["unmatched"]) == (50, 2, 1)
    assert asked == [2]
