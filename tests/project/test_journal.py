"""Outcomes that come as a file, and what a journal holds."""

import json
import time

import pytest

from ownproof.cli.main import main
from ownproof.errors import ConfigError, InputError, UsageError
from ownproof.project.journal import Columns, compacted, feedback, place, stats
from ownproof.runtime.journal.outcomes import as_of
from ownproof.runtime.journal.reading import read
from tests.runtime.journal.journals import decision, outcome, refusal, written

NOW = 1_790_000_000.0


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path / "journal", [decision(n) for n in range(1, 5)])


def told(folder, text, name="outcomes.csv", **columns):
    file = folder.parent / name
    file.write_text(text)
    return feedback(folder, str(file), Columns(**columns), clock=lambda: NOW)


def joined(folder):
    table = as_of(read(folder, "outcomes").frame(), read(folder).frame()).table.sort("id")
    return dict(zip(table["id"].to_list(), (json.loads(v) for v in table["outcome"].to_list()), strict=True))


def test_a_table_of_outcomes_is_logged_and_joined(folder):
    done = told(folder, "id,outcome,at\nk1,yes,2026-10-01T12:00:00\nk2,no,2026-10-02\nk3,,\nk77,no,2026-10-02\n")
    assert (done["logged"], done["empty"], done["matched"], done["unmatched"]) == (3, 1, 2, 1)
    assert joined(folder) == {"d1": "yes", "d2": "no"}
    assert read(folder, "outcomes").frame()["known"][0].isoformat() == "2026-10-01T12:00:00+00:00"


def test_numbers_written_as_text_are_logged_as_numbers(folder):
    told(folder, "prediction_id;outcome\nd1;3\nd2;4,5\n".replace(",", "."))
    assert joined(folder) == {"d1": 3, "d2": 4.5}


def test_codes_with_leading_zeros_stay_text(folder):
    told(folder, "prediction_id,outcome\nd1,007\nd2,008\n")
    assert joined(folder) == {"d1": "007", "d2": "008"}


def test_columns_may_have_any_name(folder):
    told(folder, "order,paid,month\nk1,yes,30d\n", id="order", outcome="paid", part="month")
    assert joined(folder) == {"d1": "yes"}


def test_the_same_file_twice_counts_once(folder):
    for _ in range(2):
        told(folder, "id,outcome,at\nk1,yes,1790000000.5\n")
    assert stats(folder)["outcomes"]["repeated"] == 1
    assert joined(folder) == {"d1": "yes"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,outcom\nk1,yes\n", "no column outcome"),
        ("outcome\nyes\n", "prediction_id or id"),
        ("id,outcome\nk1,yes\n,no\n", "1 rows name no decision .row 2."),
        ("id,outcome,at\nk1,yes,soon\nk2,no,2026-10-01\n", "no moments"),
    ],
)
def test_a_file_with_a_problem_logs_nothing(folder, text, said):
    with pytest.raises(InputError, match=said):
        told(folder, text)
    assert read(folder, "outcomes").frame().height == 0


def test_a_wrong_name_is_answered_with_the_near_miss(folder):
    with pytest.raises(InputError) as caught:
        told(folder, "order,paid\nk1,yes\n", id="ordr", outcome="paid")
    assert "'order'" in caught.value.hint


def test_without_a_project_the_journal_must_be_named(tmp_path):
    with pytest.raises(UsageError, match="no journal was named"):
        place(None, tmp_path)
    (tmp_path / "project.toml").write_text('data = "a.csv"\ntarget = "paid"\nid = "order"\n')
    folder, config = place(None, tmp_path)
    assert folder == tmp_path / "journal"
    written(folder, [decision(1)])
    (tmp_path / "o.csv").write_text("order,paid\nk1,yes\n")
    assert feedback(folder, str(tmp_path / "o.csv"), Columns(), config=config, clock=lambda: NOW)["matched"] == 1


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
    assert main(["journal", "query", "SELECT id FROM decisions", "--journal", "j"]) == 0
    assert "10 more rows" in capsys.readouterr().out
    assert main(["journal", "query", "SELECT", "--journal", "j", "--json"]) == 2


def test_a_disk_that_is_full_while_compacting_changes_nothing(tmp_path, monkeypatch):
    folder = written(tmp_path, [decision(1)])

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full)
        with pytest.raises(ConfigError, match="disk is full"):
            compacted(folder, clock=lambda: NOW)
    assert read(folder).frame().height == 1
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
    assert main(["journal", "compact", "--journal", "j", "--to", "env:COPY"]) == 0
    assert "1 files removed" in capsys.readouterr().out
    assert main(["journal", "compact", "--journal", "j", "--to", "env:NOWHERE", "--json"]) == 2
    assert main(["journal", "compact", "--journal", "j", "--keep", "long", "--json"]) == 2
    assert "--keep" in json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["where"]
