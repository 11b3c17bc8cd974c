"""A label folder on disk."""

from pathlib import Path

import pytest

from ownproof.core.labelling import Item
from ownproof.errors import ConfigError, InputError
from ownproof.project.labelling.folder import LabelFolder, Place


@pytest.fixture
def folder(tmp_path: Path) -> LabelFolder:
    (tmp_path / "label.toml").write_text(
        'kind = "label"\nquestion = "?"\n[[classes]]\nname = "a"\n[[classes]]\nname = "b"\n'
    )
    return LabelFolder.open(tmp_path)


def test_a_folder_without_a_schema_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        LabelFolder.open(tmp_path)
    assert "ownproof label init" in caught.value.hint


def test_items_and_queues_come_back_in_order(folder: LabelFolder) -> None:
    folder.add([Item("1", "x"), Item("2", "ü")], [Place(1, "ann", "2"), Place(1, "ben", "1"), Place(1, "ann", "1")])
    assert [i.item for i in folder.items()] == ["1", "2"]
    assert [p.item for p in folder.queue("ann")] == ["2", "1"]
    assert len(folder.queue()) == 3
    assert folder.next_batch == 2


def test_an_id_that_is_there_is_not_added_again(folder: LabelFolder) -> None:
    folder.add([Item("1")], [Place(1, "ann", "1")])
    with pytest.raises(InputError):
        folder.add([Item("1", batch=2)], [Place(2, "ann", "1")])
    with pytest.raises(InputError):
        folder.add([Item("3", batch=2), Item("3", batch=2)])


def test_a_draw_that_was_killed_before_its_queue_was_written_does_not_count(folder: LabelFolder) -> None:
    folder.add([Item("1")], [Place(1, "ann", "1")])
    queue = (folder.labels / "queue.jsonl").read_bytes()
    folder.add([Item("2", batch=2)], [Place(2, "ann", "2")])
    (folder.labels / "queue.jsonl").write_bytes(queue)
    assert [i.item for i in folder.items()] == ["1"]
    assert folder.next_batch == 2
    folder.add([Item("2", batch=2)], [Place(2, "ben", "2")])
    assert [i.item for i in folder.items()] == ["1", "2"]


def test_imported_items_need_no_queue(folder: LabelFolder) -> None:
    folder.add([Item("1", drawn="imported")])
    assert len(folder.items()) == 1


def test_a_schema_that_is_no_toml_is_said(folder: LabelFolder) -> None:
    (folder.root / "label.toml").write_text("kind = ")
    with pytest.raises(ConfigError):
        folder.schema()


def test_the_guide_has_a_name_that_changes_with_it(folder: LabelFolder) -> None:
    empty = folder.guide_hash()
    folder.write_guide("# Guide\n")
    assert folder.guide() == "# Guide\n"
    assert folder.guide_hash() != empty
