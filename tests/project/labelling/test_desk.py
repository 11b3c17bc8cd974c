"""A rater's desk: what was sent is on the disk before it is thanked for, and counts once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ownproof.core.labelling import Answer, Item
from ownproof.errors import ConfigError
from ownproof.project.labelling.answers import append_all, read
from ownproof.project.labelling.desk import Desks
from ownproof.project.labelling.folder import LabelFolder, Place

SCHEMA = 'kind = "label"\nquestion = "?"\ntext = "text"\n[[classes]]\nname = "spam"\n[[classes]]\nname = "ham"\n'


@pytest.fixture
def folder(tmp_path: Path) -> LabelFolder:
    (tmp_path / "label.toml").write_text(SCHEMA)
    (tmp_path / "guide.md").write_text("# Guide\n")
    made = LabelFolder(tmp_path)
    made.add(
        [Item(str(i), f"text {i}") for i in range(5)], [Place(1, r, str(i)) for r in ("a", "a-b") for i in range(5)]
    )
    return made


def sent(name: str, item: str = "0", **rest: object) -> dict[str, object]:
    return {"id": name, "item": item, **(rest or {"value": "spam"})}


def test_what_is_thanked_for_is_on_the_disk_with_all_that_was_said(folder: LabelFolder) -> None:
    desks = Desks(folder, writer="1")
    taken = desks.take("a", [sent("w-1", value="ham", seconds=3.25, note="odd", guide="abc", age=10.0)], now=1000.0)
    assert (taken.taken, taken.refused) == (("w-1",), ())
    assert read(folder).answers == (Answer("0", "a", 990.0, "ham", seconds=3.25, note="odd", guide="abc", id="w-1"),)
    assert desks.desk("a").states() == "a...."
    assert desks.desk("a-b").states() == "....."


def test_an_answer_that_is_sent_again_counts_once_also_by_another_server(folder: LabelFolder) -> None:
    Desks(folder, writer="1").take("a", [sent("w-1")], now=1000.0)
    other = Desks(folder, writer="2")
    assert other.take("a", [sent("w-1"), sent("w-2", "1")], now=1001.0).taken == ("w-1", "w-2")
    assert [a.id for a in read(folder).answers] == ["w-1", "w-2"]


def test_of_one_window_the_last_answer_holds_however_long_each_was_on_its_way(folder: LabelFolder) -> None:
    desks = Desks(folder, writer="1")
    desks.take("a", [sent("w-1", age=0.0)], now=1000.0)
    desks.take("a", [sent("w-2", undo=True, age=5.0)], now=1000.5)
    assert desks.desk("a").states() == "....."
    again = Desks(folder, writer="2")
    again.take("a", [sent("w-3", value="ham", age=60.0)], now=1001.0)
    assert again.desk("a").given["0"].value == "ham"
    assert read(folder).current()["0", "a"].value == "ham"


def test_an_answer_that_waited_in_another_window_does_not_replace_a_newer_one(folder: LabelFolder) -> None:
    desks = Desks(folder, writer="1")
    desks.take("a", [sent("w-1", value="ham")], now=1000.0)
    desks.take("a", [sent("v-1", value="spam", age=300.0)], now=1001.0)
    assert desks.desk("a").given["0"].value == "ham"
    assert read(folder).current()["0", "a"].value == "ham"
    assert len(read(folder).answers) == 2


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (sent("w-1", value="eggs"), "'eggs' is no class"),
        (sent("w-1", "9"), "not in the queue"),
        (sent(""), "no id"),
        (sent("w-1", value="ham", skip="cannot tell"), "exactly one"),
        (sent("w-1", undo="yes"), "exactly one"),
        (sent("w-1", value="ham", seconds=-1), "numbers from 0"),
        (sent("w-1", value="ham", age=float("nan")), "numbers from 0"),
        (sent("w-1", value="ham", note="x" * 3000), "note is no text"),
        ("w-1", "no object"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason_and_stops_nothing(
    folder: LabelFolder, wrong: object, why: str
) -> None:
    desks = Desks(folder, writer="1")
    taken = desks.take("a", [wrong, sent("w-2", "1")], now=1000.0)
    assert taken.taken == ("w-2",)
    assert why in taken.refused[0][1]
    assert [a.id for a in read(folder).answers] == ["w-2"]


def test_items_guide_and_answers_that_others_add_are_seen(folder: LabelFolder) -> None:
    desks = Desks(folder, writer="1")
    desks.take("a", [sent("w-1")], now=1000.0)
    folder.add([Item("5", "new")], [Place(2, "a", "5")])
    folder.write_guide("# Better\n")
    append_all(folder, [Answer("1", "a", 1001.0, "ham")], writer="import")
    desks.refresh()
    assert desks.guide == "# Better\n"
    assert desks.desk("a").states() == "aa...."
    assert desks.desk("a").recent() == [0, 1]


def test_a_schema_that_is_being_edited_leaves_the_old_one_in_force(folder: LabelFolder) -> None:
    desks = Desks(folder, writer="1")
    (folder.root / "label.toml").write_text('kind = "lab')
    desks.refresh()
    assert "label.toml" in desks.trouble
    assert desks.take("a", [sent("w-1")], now=1000.0).taken == ("w-1",)
    (folder.root / "label.toml").write_text(SCHEMA + '[[classes]]\nname = "eggs"\n')
    desks.refresh()
    assert (desks.trouble, desks.schema.names) == ("", ("spam", "ham", "eggs"))


def test_a_disk_that_refuses_takes_nothing_and_the_line_cut_short_spoils_no_other(
    folder: LabelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    desks = Desks(folder, writer="1")
    desks.take("a", [sent("w-1")], now=1000.0)
    whole = os.write

    def half(fd: int, data: bytes) -> int:
        whole(fd, bytes(data)[:20])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "write", half)
        with pytest.raises(ConfigError, match="disk is full"):
            desks.take("a", [sent("w-2", "1")], now=1001.0)
    assert desks.desk("a").states() == "a...."
    assert desks.take("a", [sent("w-2", "1")], now=1002.0).taken == ("w-2",)
    found = read(folder)
    assert ([a.id for a in found.answers], found.torn) == (["w-1", "w-2"], 1)


def test_spans_count_characters_as_python_does(tmp_path: Path) -> None:
    (tmp_path / "label.toml").write_text('kind = "spans"\nquestion = "?"\ntext = "t"\n[[classes]]\nname = "ORG"\n')
    folder = LabelFolder(tmp_path)
    folder.add([Item("0", "😀 Acme")], [Place(1, "a", "0")])
    desks = Desks(folder, writer="1")
    good, beyond = [{"start": 2, "end": 6, "label": "ORG"}], [{"start": 3, "end": 7, "label": "ORG"}]
    taken = desks.take("a", [sent("w-1", value=good), sent("w-2", value=beyond)], now=1.0)
    assert (taken.taken, [name for name, _ in taken.refused]) == (("w-1",), ["w-2"])
    line = json.loads(next(folder.labels.glob("answers-a-*.jsonl")).read_text())
    assert "😀 Acme"[line["value"][0]["start"] : line["value"][0]["end"]] == "Acme"
