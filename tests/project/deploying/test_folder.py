"""Made files and changed ones in one folder."""

import json
import os

import pytest

from ownproof.errors import ConfigError
from ownproof.project.deploying import folder as folders
from ownproof.project.deploying.folder import RECORD, lay
from tests.said import files_of


def test_files_are_written_and_the_same_ones_are_left_alone(tmp_path):
    files = {"a.txt": b"1", "b/c.txt": b"2"}
    assert lay(tmp_path / "o", files) == ["a.txt", "b/c.txt"]
    assert files_of(tmp_path / "o") == [RECORD, "a.txt", "b", "b/c.txt"]
    assert lay(tmp_path / "o", files) == []


def test_our_own_files_are_written_anew_and_those_no_longer_made_are_removed(tmp_path):
    lay(tmp_path, {"a.txt": b"1", "b/c.txt": b"2"})
    assert lay(tmp_path, {"a.txt": b"3"}) == ["a.txt", "b/c.txt"]
    assert files_of(tmp_path) == [RECORD, "a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"3"


@pytest.mark.parametrize("second", [{"a.txt": b"3", "b.txt": b"4"}, {}], ids=["rewritten", "no longer made"])
def test_files_that_a_person_changed_are_refused_all_at_once_and_nothing_is_written(tmp_path, second):
    lay(tmp_path, {"a.txt": b"1", "b.txt": b"2"})
    (tmp_path / "a.txt").write_bytes(b"mine")
    (tmp_path / "b.txt").write_bytes(b"mine too")
    with pytest.raises(ConfigError, match=r"2 problems.*a\.txt was changed by hand.*b\.txt was changed") as why:
        lay(tmp_path, second)
    assert "--force" in why.value.hint
    assert (tmp_path / "a.txt").read_bytes() == b"mine"
    assert lay(tmp_path, {"a.txt": b"3"}, force=True) == ["a.txt", "b.txt"]
    assert files_of(tmp_path) == [RECORD, "a.txt"]


def test_a_file_that_was_there_before_is_somebody_elses(tmp_path):
    (tmp_path / "Dockerfile").write_bytes(b"FROM scratch")
    with pytest.raises(ConfigError, match="was there before"):
        lay(tmp_path, {"Dockerfile": b"FROM other"})
    assert lay(tmp_path, {"Dockerfile": b"FROM scratch"}) == []


def test_a_call_that_died_half_way_leaves_files_that_the_next_one_knows_as_ours(tmp_path, monkeypatch):
    lay(tmp_path, {"a": b"1", "b": b"1"})
    real = folders._write

    def dies(path, raw):
        if path.name == "b":
            raise KeyboardInterrupt
        real(path, raw)

    with monkeypatch.context() as patch:
        patch.setattr(folders, "_write", dies)
        with pytest.raises(KeyboardInterrupt):
            lay(tmp_path, {"a": b"2", "b": b"2"})
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"2", b"1")
    assert lay(tmp_path, {"a": b"3", "b": b"3"}) == ["a", "b"]


def test_a_record_that_points_outside_removes_nothing_there(tmp_path):
    outside = tmp_path / "keep"
    outside.write_bytes(b"1")
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / RECORD).write_text(json.dumps({"files": {"../keep": ["x"], str(outside): ["x"]}}))
    lay(tmp_path / "o", {"a": b"1"}, force=True)
    assert outside.read_bytes() == b"1"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs a POSIX system")
def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "o").write_bytes(b"a file")
    with pytest.raises(ConfigError, match="cannot write the deployment files"):
        lay(tmp_path / "o", {"a": b"1"})
