"""A seal is anchored by a git commit that is older than its opening, and by no other."""

import subprocess

import pytest

from ownproof.project.anchor import commit_of
from ownproof.project.ledger import Ledger


def git(folder, *arguments):
    told = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(told, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def ledger(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "p").mkdir()
    ledger = Ledger(tmp_path / "p" / "ledger.jsonl")
    ledger.append("init", {}, at="2026-01-01")
    return ledger


def commit(ledger):
    folder = ledger.path.parent
    git(folder, "add", "ledger.jsonl")
    git(folder, "commit", "-qm", "the ledger")
    return git(folder, "rev-parse", "HEAD")


def test_a_commit_with_the_sealing_line_anchors_it_and_later_lines_change_nothing(ledger):
    assert commit_of(ledger, 1) is None
    commit(ledger)
    ledger.append("seal", {"generation": 1}, at="2026-01-02")
    assert commit_of(ledger, 1) is None
    anchor = commit(ledger)
    assert commit_of(ledger, 1) == anchor
    ledger.append("prove.opened", {"generation": 1}, at="2026-01-03")
    commit(ledger)
    assert commit_of(ledger, 1) == anchor
    assert commit_of(ledger, 2) is None


def test_what_is_committed_after_the_opening_anchors_nothing(ledger):
    ledger.append("seal", {"generation": 1}, at="2026-01-02")
    ledger.append("prove.opened", {"generation": 1}, at="2026-01-03")
    commit(ledger)
    assert commit_of(ledger, 1) is None


def test_a_ledger_that_was_written_anew_has_lost_its_anchor(ledger):
    ledger.append("seal", {"generation": 1}, at="2026-01-02")
    commit(ledger)
    ledger.path.unlink()
    other = Ledger(ledger.path)
    other.append("seal", {"generation": 1}, at="2026-02-02")
    assert commit_of(other, 1) is None


def test_without_a_repository_or_without_git_there_is_none(ledger, tmp_path_factory, monkeypatch):
    bare = Ledger(tmp_path_factory.mktemp("bare") / "ledger.jsonl")
    bare.append("seal", {"generation": 1}, at="2026-01-02")
    assert commit_of(bare, 1) is None
    ledger.append("seal", {"generation": 1}, at="2026-01-02")
    commit(ledger)
    monkeypatch.setenv("PATH", "")
    assert commit_of(ledger, 1) is None
