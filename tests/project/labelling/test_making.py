"""A label folder is made, and looked over."""

from pathlib import Path

import pytest

from ownproof.errors import UsageError
from ownproof.project.labelling.folder import LabelFolder
from ownproof.project.labelling.making import check, init
from ownproof.project.labelling.ratings import ratings


@pytest.mark.parametrize("kind", ["label", "spans", "number"])
def test_a_fresh_folder_can_be_read_and_is_not_ready(tmp_path: Path, kind: str) -> None:
    answer = init(tmp_path / "f", kind=kind)
    folder = LabelFolder.open(tmp_path / "f")
    assert folder.schema().kind == kind
    assert answer["exit"] == 0
    checked = check(folder)
    assert checked["exit"] == 4
    assert checked["gates"][0]["status"] == "refused"
    assert any("label.toml still says" in f["evidence"] for f in checked["findings"])
    assert len(ratings(folder)) == 0


def test_classes_between_signs_are_classes(tmp_path: Path) -> None:
    init(tmp_path / "f", kind="label", question="How old?", classes=["<18 years>", "18 or more"])
    found = check(LabelFolder.open(tmp_path / "f"))["findings"]
    assert not [f for f in found if f["rule"] == "guide.schema"]
    assert len([f for f in found if f["rule"] == "guide.definition"]) == 2


def test_files_that_begin_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    init(tmp_path / "f", kind="label", question="?", classes=["a", "b"])
    for name in ("label.toml", "guide.md"):
        path = tmp_path / "f" / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    folder = LabelFolder.open(tmp_path / "f")
    assert folder.schema().names == ("a", "b")
    assert folder.guide().startswith("# ")


def test_a_class_that_was_added_gets_its_chapter_and_what_was_written_stays(tmp_path: Path) -> None:
    init(tmp_path / "f", kind="label", question="?", classes=["a", "b"])
    folder = LabelFolder.open(tmp_path / "f")
    folder.write_guide(
        folder.guide().replace("<what makes an item a, in one sentence>", "All that is of the first sort.")
    )
    toml = tmp_path / "f" / "label.toml"
    toml.write_text(toml.read_text() + '[[classes]]\nname = "c"\n')
    assert init(tmp_path / "f", kind=None)["added"] == ["c"]
    guide = folder.guide()
    assert "All that is of the first sort." in guide
    assert guide.count("## c\n") == 1
    assert init(tmp_path / "f", kind=None)["added"] == []
    assert folder.guide() == guide


def test_everything_that_is_wrong_with_a_call_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        init(tmp_path / "f", kind="labels")
    assert "'label'" in caught.value.hint
    assert not (tmp_path / "f").exists()
    init(tmp_path / "f", kind="label")
    with pytest.raises(UsageError) as caught:
        init(tmp_path / "f", kind="label", question="?", classes=["a"])
    assert caught.value.message.startswith("2 problems")
    with pytest.raises(UsageError):
        init(tmp_path / "f", kind="spans")
