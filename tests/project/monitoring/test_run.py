"""The command: what is watched, what it writes, whom it tells."""

import json
import shutil
import time
from pathlib import Path

import pytest

from tests.project.monitoring.lived import BEGIN, DAY, live


@pytest.fixture
def lived(done, tmp_path):
    """A bare bundle and a journal of three days."""
    bundle = tmp_path / "bundle"
    shutil.copytree(done[1]["bundle"], bundle)
    end = live(tmp_path / "bundle.journal", bundle, 3, rows=30)
    return bundle, tmp_path / "bundle.journal", end


def test_a_bare_bundle_is_watched_by_the_journal_that_serve_names_after_it(call, lived, monkeypatch):
    bundle, journal, end = lived
    monkeypatch.setattr(time, "time", lambda: end + 60)
    said = call("monitor", "--bundle", bundle, "--json")
    assert said.code == 0, said.err
    answer = json.loads(said.out.splitlines()[-1])
    assert (answer["command"], answer["live_windows"], answer["journal"]) == ("monitor", 3, str(journal))
    page = Path(answer["report"]).read_text(encoding="utf-8")
    assert "ALL WELL" in page
    assert "How far each column was off" in page
    assert "ownproof_incidents_open" in Path(answer["metrics_file"]).read_text(encoding="utf-8")


def test_settings_come_from_a_file_too_and_segments_are_shown(call, lived, tmp_path, monkeypatch):
    bundle, _, end = lived
    (tmp_path / "s.toml").write_text('[monitor]\nwindow = "12h"\nsegments = ["town"]\n')
    monkeypatch.setattr(time, "time", lambda: end + 60)
    answer = json.loads(call("monitor", "--bundle", bundle, "--settings", "s.toml", "--json").out.splitlines()[-1])
    assert answer["live_windows"] == 6
    assert {s["level"] for s in answer["segments"]["town"]} <= {"Bern", "Chur", "Thun", "Genf", "(rare ones together)"}
    assert sum(s["rows"] for s in answer["segments"]["town"]) == 90


def test_a_segment_that_is_no_column_is_said_with_the_near_miss(refused, lived, tmp_path):
    (tmp_path / "s.toml").write_text('[monitor]\nsegments = ["tawn"]\n')
    error = refused("monitor", "--bundle", lived[0], "--settings", "s.toml")
    assert "'town'" in error["hint"]


def test_since_begins_later(call, lived, monkeypatch):
    bundle, _, end = lived
    monkeypatch.setattr(time, "time", lambda: end + 60)
    answer = json.loads(call("monitor", "--bundle", bundle, "--since", "36h", "--json").out.splitlines()[-1])
    assert 30 < answer["read"]["decisions"] < 60


def test_without_a_bundle_or_a_journal_it_says_what_to_name(refused, lived):
    assert "--bundle" in refused("monitor")["hint"]
    assert refused("monitor", "--bundle", lived[0], "--journal", "nowhere")["code"] == "no-journal"
    wrong = refused("monitor", "--bundle", lived[0], "--since", "soon")
    assert wrong["where"] == "--since"


def test_a_project_is_watched_with_what_it_ships(call, done, tmp_path, monkeypatch):
    project, answer = done
    journal = tmp_path / "journal"
    end = live(journal, Path(answer["bundle"]), 1, rows=30)
    monkeypatch.setattr(time, "time", lambda: end + 60)
    said = call("-C", project / "d.ownproof", "monitor", "--journal", journal, "--json")
    assert json.loads(said.out.splitlines()[-1])["model"] == answer["bundle_hash"], said.out


@pytest.mark.slow
def test_watching_goes_on_until_it_is_stopped(lived, tmp_path):
    import os
    import signal
    import subprocess
    import sys

    bundle, journal, _ = lived
    call = [sys.executable, "-m", "ownproof", "monitor", "--bundle", str(bundle), "--journal", str(journal), "--since"]
    since = str(round(time.time() - BEGIN - 3 * DAY)) + "s"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    running = subprocess.Popen([*call, since, "--watch", "1s", "--json"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)  # fmt: skip
    try:
        for _ in range(2):
            assert b"windows" in running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        out, _ = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode in (0, 5)
    assert json.loads(out.splitlines()[-1])["command"] == "monitor"
