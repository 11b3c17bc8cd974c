"""`ownproof monitor --journal URL`: a copy elsewhere is watched as the journal itself would be."""

from pathlib import Path

import pytest

from ownproof.errors import UsageError
from ownproof.project.monitoring.monitor import monitor
from ownproof.project.monitoring.run import place_of
from ownproof.project.monitoring.settings import Settings
from ownproof.runtime.journal.compact import compact
from ownproof.runtime.journal.sinks.deliver import deliver
from tests.postgres import postgresql
from tests.project.monitoring.lived import BEGIN, DAY, live

SETTINGS = Settings(segments=("town",))
SAID = ("windows", "incidents", "columns", "performance", "warnings", "live_windows", "exit")


@pytest.fixture(scope="module")
def bundle(done):
    return Path(done[1]["bundle"])


def watched(bundle, url, tmp_path):
    """Four days are delivered, then eight: each time a copy says what the journal says."""
    folder = tmp_path / "j"
    for first, days in ((0, 4), (4, 12)):
        end = live(folder, bundle, days, first=first, rows=30)
        compact(folder)
        deliver(folder, url, at=end + 10)
        ours = monitor(bundle, folder, SETTINGS, at=end + 10)
        # A day later nobody has delivered more: nothing may be missed that comes then, and no feed is silent.
        theirs = monitor(bundle, url, SETTINGS, at=end + DAY, kept=tmp_path / "kept")
        for name in SAID:
            assert theirs.answer[name] == ours.answer[name], name
    assert theirs.answer["read"]["decisions"] == 8 * 30
    assert theirs.answer["read"]["matched"] == theirs.answer["read"]["outcomes"] > 0
    assert (tmp_path / "kept" / "windows").is_dir()


@pytest.mark.parametrize("kind", ["memory", pytest.param("file", marks=pytest.mark.slow)])
def test_a_copy_in_an_object_store(bundle, tmp_path, kind):
    watched(bundle, f"memory://{tmp_path.name}" if kind == "memory" else f"file://{tmp_path}/copy", tmp_path)


@pytest.mark.slow
def test_a_copy_in_a_real_postgresql(bundle, tmp_path):
    with postgresql() as url:
        watched(bundle, url, tmp_path)


def test_the_command_keeps_its_windows_here_and_reads_the_place_from_a_variable(call, bundle, tmp_path, monkeypatch):
    folder = tmp_path / "j"
    end = live(folder, bundle, 2, rows=30)
    compact(folder)
    deliver(folder, f"file://{tmp_path}/copy", at=end + 10)
    monkeypatch.setenv("COPY_URL", f"file://{tmp_path}/copy")
    said = call("monitor", "--bundle", bundle, "--journal", "env:COPY_URL", "--since", "2024-10-04", "--json")
    assert said.answer["journal"] == f"file://{tmp_path}/copy"
    assert said.answer["read"]["decisions"] == 60
    assert said.answer["report"].startswith(str(tmp_path))
    assert "/copies/" in said.answer["metrics_file"]
    assert said.answer["windows"][0]["start"].startswith("2024-10-04")
    assert 20_000 * DAY == BEGIN  # that day


def test_isolated_projects_read_no_journal_of_another_machine(bundle, tmp_path):
    (tmp_path / "s.toml").write_text('sovereignty = "isolated"\n')
    with pytest.raises(UsageError, match="sovereignty is isolated"):
        place_of(None, str(bundle), "s3://bucket/journals", str(tmp_path / "s.toml"))
    assert place_of(None, str(bundle), "postgresql://127.0.0.1/ml", str(tmp_path / "s.toml")).journal
