"""What leaves a project, by its own word: one place says where it may go."""

import pytest

from ownproof.errors import ConfigError, UsageError
from ownproof.project.sovereignty import OFFLINE, Reach, check, offline, reach

PRIVATE = Reach("private", ("corp.example", "our-bucket"))


@pytest.mark.parametrize(
    ("allowed", "place", "may"),
    [
        (Reach(), "s3://anybody/x", True),
        (PRIVATE, "s3://anybody/x", False),
        (PRIVATE, "s3://our-bucket/x", True),
        (PRIVATE, "postgresql+psycopg://me:secret@db.corp.example/x", True),
        (PRIVATE, "postgresql://me:secret@db.cloud.example/x", False),
        (PRIVATE, "postgresql://me@10.0.0.7/x", True),
        (PRIVATE, "/mnt/copy", True),
        (Reach("isolated"), "sqlite:///copy.db", True),
        (Reach("isolated"), "postgresql://me@10.0.0.7/x", False),
        (Reach("isolated"), "postgresql://me@127.0.0.1/x", True),
        (Reach("isolated"), "file:///copy", True),
    ],
)
def test_a_place_is_within_reach_or_not(allowed, place, may):
    assert (allowed.why_not_place(place) == "") is may
    if not may:
        with pytest.raises(UsageError) as seen:
            check(place, allowed, where="--to")
        assert "secret" not in seen.value.message


def test_the_narrowest_project_counts(tmp_path):
    for name, word in (("a", "private"), ("b", "isolated")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "project.toml").write_text(f'sovereignty = "{word}"\n[monitor]\nwindow = 3\n')
    assert reach(tmp_path / "a", None, tmp_path / "b").sovereignty == "isolated"
    assert reach(tmp_path).sovereignty == "none"
    (tmp_path / "project.toml").write_text('sovereignty = "partly"\n')
    with pytest.raises(ConfigError, match="partly"):
        reach(tmp_path)


def test_learners_download_nothing_while_the_reach_is_closed():
    environ = {OFFLINE[0]: "0", "HOME": "/"}
    with offline(Reach("private"), environ):
        assert {environ[name] for name in OFFLINE} == {"1"}
    assert environ == {OFFLINE[0]: "0", "HOME": "/"}
    with offline(Reach(), environ):
        assert environ == {OFFLINE[0]: "0", "HOME": "/"}


def test_copies_of_a_journal_stay_inside(call, refused, tmp_path):
    call("init", "p")
    (tmp_path / "p/journal").mkdir()
    settings = tmp_path / "p/project.toml"
    settings.write_text('sovereignty = "private"\n' + settings.read_text())
    error = refused("-C", "p", "journal", "compact", "--to", "s3://anybody/copies")
    assert error["code"] == "sovereignty"
    assert call("-C", "p", "journal", "compact", "--to", str(tmp_path / "copies"), "--json").code == 0
