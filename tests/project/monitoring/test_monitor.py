"""`ownproof monitor`, from a journal to an answer."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ownproof.errors import InputError, UsageError
from ownproof.project.monitoring.monitor import moment, monitor
from ownproof.project.monitoring.settings import Settings
from tests.project.monitoring.lived import BEGIN, DAY, live, refuse

SETTINGS = Settings(segments=("town",))


@pytest.fixture(scope="session")
def bundle(done):
    return Path(done[1]["bundle"])


@pytest.fixture(scope="session")
def month(bundle, tmp_path_factory):
    """A month in which nothing happens, and what monitor says of it."""
    folder = tmp_path_factory.mktemp("month") / "journal"
    end = live(folder, bundle, 24)
    return folder, end, monitor(bundle, folder, SETTINGS, at=end + 60)


def test_a_month_in_which_nothing_happens_raises_nothing(month):
    _, _, found = month
    answer = found.answer
    assert (answer["exit"], answer["incidents"], answer["live_windows"]) == (0, [], 24)
    assert answer["rows"] == 40
    assert {c["column"] for c in answer["columns"]} >= {"income", "age", "town", "noise"}
    assert answer["read"]["decisions"] == 960


def test_expected_and_realised_performance_stand_beside_what_was_promised(month):
    said = month[2].answer["performance"]
    assert said["metric"] == "roc_auc"
    assert all(0 <= w["reliability"]["ece"] < 0.5 for w in month[2].answer["windows"] if w["reliability"])
    for how in ("promised", "expected", "realised"):
        assert said[how]["low"] < said[how]["value"] < said[how]["high"], how
    assert said["grade"]["holds"] is True
    labels = said["labels"]
    assert labels["coverage"] == 1.0
    assert labels["delay_s"] == pytest.approx(1.5 * DAY, rel=0.01)


def test_read_day_by_day_it_says_the_same(month, bundle, tmp_path):
    folder, _, whole = month
    copy = tmp_path / "journal"
    copy.mkdir()
    for path in folder.glob("*.jsonl"):
        (copy / path.name).write_bytes(path.read_bytes())
    reads = [monitor(bundle, copy, SETTINGS, at=BEGIN + day * DAY + 60) for day in (0.5, 3.25, 11, 23.9, 24)]
    assert [r.answer["read"]["decisions"] for r in reads][-1] < 40  # only what is new
    assert sum(r.answer["read"]["decisions"] for r in reads) == 960
    for name in ("windows", "incidents", "columns", "performance", "warnings"):
        assert reads[-1].answer[name] == whole.answer[name], name


@pytest.mark.slow
def test_a_run_that_was_killed_is_done_again_without_counting_twice(month, bundle, tmp_path, monkeypatch):
    from ownproof.project.monitoring import windows

    folder, end, whole = month
    copy = tmp_path / "journal"
    copy.mkdir()
    for path in folder.glob("*.jsonl"):
        (copy / path.name).write_bytes(path.read_bytes())
    written = []

    def dying(self, name, data, keep=windows.Windows._replace):
        written.append(name)
        if len(written) == 13:
            raise KeyboardInterrupt
        keep(self, name, data)

    with monkeypatch.context() as patch:
        patch.setattr(windows.Windows, "_replace", dying)
        with pytest.raises(KeyboardInterrupt):
            monitor(bundle, copy, SETTINGS, at=end + 60)
    again = monitor(bundle, copy, SETTINGS, at=end + 60)
    assert again.answer["windows"] == whole.answer["windows"]


def test_what_is_let_go_of_old_windows_changes_nothing_that_is_said_of_new_ones(bundle, tmp_path, monkeypatch):
    from dataclasses import replace

    from ownproof.core.policy import Policy
    from ownproof.project.monitoring import judging

    def older(day, frame):
        gone = frame.with_columns(income=pl.lit(None, dtype=pl.Float64)) if 3 <= day < 7 else frame
        return gone.with_columns(age=pl.col("age") + 25) if day >= 31 else gone

    end = live(tmp_path / "j", bundle, 34, rows=30, change=older)
    short = replace(SETTINGS, policy=replace(Policy(), windows_kept=22, windows_told=5))
    monkeypatch.setattr(judging, "PRUNED_AT_ONCE", 99)
    whole = monitor(bundle, tmp_path / "j", short, at=end + 60)
    assert {i.kind for i in whole.incidents} == {"feed", "drift"}
    monkeypatch.setattr(judging, "PRUNED_AT_ONCE", 1)
    copy = _copied(tmp_path / "j", tmp_path / "k")
    for day in (12, 26.5, 33, 34):
        found = monitor(bundle, copy, short, at=BEGIN + day * DAY + 60)
    assert len(list(found.disk.folder.glob("w-*.json"))) <= 22 + 1 + 1  # one more is let be, one runs
    assert len(found.answer["windows"]) < 30
    assert found.answer["windows"] == whole.answer["windows"][-len(found.answer["windows"]) :]
    for name in ("incidents", "live_windows", "columns", "performance", "warnings", "exit"):
        assert found.answer[name] == whole.answer[name], name


def test_a_column_that_stops_arriving_is_one_incident_that_closes_when_it_is_back(bundle, tmp_path):
    def gone(day, frame):
        return frame.with_columns(income=pl.lit(None, dtype=pl.Float64)) if 24 <= day < 28 else frame

    end = live(tmp_path / "j", bundle, 34, change=gone)
    found = monitor(bundle, tmp_path / "j", SETTINGS, at=end + 60)
    feeds = [i for i in found.incidents if i.kind == "feed"]
    assert [(i.what, i.since, i.raised, i.closed) for i in feeds] == [
        (("income",), BEGIN + 24 * DAY, BEGIN + 25 * DAY, BEGIN + 31 * DAY)
    ]
    while_it_lasts = monitor(bundle, _copied(tmp_path / "j", tmp_path / "k"), SETTINGS, at=BEGIN + 28 * DAY + 60)
    assert while_it_lasts.exit == 5  # four windows in a row
    assert while_it_lasts.answer["findings"][0]["rule"] == "monitor.feed"


def _copied(folder, to):
    to.mkdir()
    for path in folder.glob("*.jsonl"):
        (to / path.name).write_bytes(path.read_bytes())
    return to


def test_a_column_that_is_redacted_is_not_watched_and_no_feed_that_broke(bundle, tmp_path):
    folder = tmp_path / "journal"
    live(folder, bundle, 12)
    end = live(folder, bundle, 24, first=12, redact=("income",))
    found = monitor(bundle, folder, SETTINGS, at=end + 60)
    assert (found.answer["exit"], found.answer["incidents"]) == (0, [])
    assert {c["column"] for c in found.answer["columns"]} & {"income", "age"} == {"age"}


def test_a_changed_relation_shows_in_late_labels_only_and_is_a_proven_loss(bundle, tmp_path):
    end = live(tmp_path / "j", bundle, 30, flip_from=21)
    found = monitor(bundle, tmp_path / "j", SETTINGS, at=end + 60)
    assert [i.kind for i in found.incidents] == ["loss"]
    assert found.incidents[0].raised <= BEGIN + 26 * DAY
    assert "in a changed relation" in found.incidents[0].matters
    assert found.exit == 5
    assert found.answer["performance"]["grade"]["withdrawn"]
    assert found.answer["performance"]["expected"] is None


def test_the_callers_own_id_is_enough_for_labels(bundle, tmp_path):
    end = live(tmp_path / "j", bundle, 6, key=True)
    found = monitor(bundle, tmp_path / "j", Settings(label_delay_s=2 * DAY), at=end + 60)
    assert found.answer["read"]["matched"] == found.answer["read"]["outcomes"] > 100
    assert found.answer["performance"]["labels"]["coverage"] == 1.0


def test_refused_requests_are_counted_in_their_window(bundle, tmp_path):
    end = live(tmp_path / "j", bundle, 2)
    refuse(tmp_path / "j", monitor(bundle, tmp_path / "j", SETTINGS, at=BEGIN).watching.bundle.hash, BEGIN + 10, 7)
    found = monitor(bundle, _copied(tmp_path / "j", tmp_path / "k"), SETTINGS, at=end + 60)
    assert [w["refused"] for w in found.answer["windows"]][:2] == [7, 0]


def test_rows_of_another_model_are_left_to_it(bundle, tmp_path):
    end = live(tmp_path / "j", bundle, 1)
    path = next((tmp_path / "j").glob("decisions-*"))
    lines = path.read_text().splitlines()
    other = [json.dumps({**json.loads(each), "model": "another", "id": f"x{i}"}) for i, each in enumerate(lines[:5])]
    path.write_text("\n".join([*lines, *other]) + "\n")
    found = monitor(bundle, tmp_path / "j", SETTINGS, at=end + 60)
    assert (found.answer["read"]["decisions"], found.answer["read"]["of_other_models"]) == (40, 5)


@pytest.mark.slow
def test_decisions_that_stop_are_a_broken_feed(bundle, tmp_path):
    end = live(tmp_path / "j", bundle, 10)
    found = monitor(bundle, tmp_path / "j", SETTINGS, at=end + 4 * DAY + 60)
    assert [(i.kind, i.what, i.raised) for i in found.incidents] == [("feed", ("decisions",), end + DAY)]
    assert found.exit == 0  # fewer than twenty windows only warn


@pytest.mark.slow
def test_what_changes_for_one_town_only_is_found_inside_it_however_the_journal_is_read(bundle, tmp_path):
    def older(day, frame):
        there = (pl.col("town") == "Thun") & (day >= 23)
        return frame.with_columns(pl.when(there).then(pl.col("age") + 18).otherwise("age").alias("age"))

    end = live(tmp_path / "j", bundle, 25, rows=160, change=older)
    found = monitor(bundle, tmp_path / "j", SETTINGS, at=end + 60)
    seen = [w["inside"] for w in found.answer["windows"]]
    assert seen[:23] == [[]] * 23
    for last in seen[23:25]:
        assert [(i["segment"], i["level"]) for i in last] == [("town", "Thun")]
        moved = {c["column"] for c in last[0]["columns"]}
        assert {"age"} <= moved <= {"age", "predictions", "scores"}  # the answers move with it
    (incident,) = found.incidents
    assert (incident.kind, incident.since) == ("drift", BEGIN + 23 * DAY)
    assert "age" in incident.what
    assert "age where town is Thun" in incident.words
    copy = _copied(tmp_path / "j", tmp_path / "k")
    for day in (10.5, 21, 24.5, 25):
        again = monitor(bundle, copy, SETTINGS, at=BEGIN + day * DAY + 60)
    assert again.answer["incidents"] == found.answer["incidents"]
    assert [w["inside"] for w in again.answer["windows"]] == seen


@pytest.mark.slow
def test_a_shift_of_one_column_is_found_and_said_with_its_weight(bundle, tmp_path):
    def older(day, frame):
        return frame.with_columns(age=pl.col("age") + 25) if day >= 22 else frame

    end = live(tmp_path / "j", bundle, 27, rows=60, change=older)
    found = monitor(bundle, tmp_path / "j", SETTINGS, at=end + 60)
    drift = next(i for i in found.incidents if i.kind == "drift")
    assert "age" in drift.what
    assert drift.since >= BEGIN + 21 * DAY
    assert drift.raised <= BEGIN + 25 * DAY
    assert "% of the model's weight" in drift.matters
    assert found.exit == 5


def test_no_journal_and_no_moment_are_said(bundle, tmp_path):
    with pytest.raises(InputError, match="there is no journal"):
        monitor(bundle, tmp_path / "none", SETTINGS, at=0.0)
    with pytest.raises(UsageError, match="--since is 'yesterday'"):
        moment("yesterday", 0.0)


def test_memory_of_a_window_does_not_grow_with_its_rows(bundle, tmp_path):
    from dataclasses import replace

    from ownproof.core.policy import Policy

    end = live(tmp_path / "j", bundle, 1, rows=400)
    small = replace(SETTINGS, policy=replace(Policy(), watch_sample=50))
    found = monitor(bundle, tmp_path / "j", small, at=end + 60)
    sample = found.disk.sample(BEGIN)
    assert (len(sample), found.answer["rows"]) == (50, 400)
    assert (np.diff(sample.marks.astype(np.float64)) > 0).all()
