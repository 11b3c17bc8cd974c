"""A page that a user named is written whole or not at all."""

import pytest

from ownproof.core.report import Note, Section
from ownproof.errors import OwnproofError, UsageError
from ownproof.project.page import write_page
from ownproof.render.head import Head

HEAD = Head("GO ON", "good", sentence="The raters agree.")
SECTIONS = [Section("Why", (Note("Because."),), "why")]


def test_a_page_makes_its_folder_and_replaces_what_was_there(tmp_path):
    path = tmp_path / "new" / "page.html"
    for _ in range(2):
        assert write_page(path, {"command": "agree", "exit": 0}, SECTIONS, title="ratings.csv", head=HEAD) == path
    assert "The raters agree." in path.read_text(encoding="utf-8")
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]


def test_a_folder_is_no_place_for_a_page_and_a_file_is_no_folder(tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        write_page(tmp_path, {"exit": 0}, SECTIONS, title="x", head=HEAD)
    (tmp_path / "file").write_text("")
    with pytest.raises(OwnproofError, match="in its place"):
        write_page(tmp_path / "file" / "page.html", {"exit": 0}, SECTIONS, title="x", head=HEAD)
