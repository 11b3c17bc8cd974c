"""Disputes are listed and decided."""

import csv
import io
from pathlib import Path

import pytest

from ownproof.core.labelling import Answer, Item
from ownproof.errors import InputError, OwnproofError, UsageError
from ownproof.project.labelling.adjudicating import (
    LEAVE_OUT,
    Decision,
    decide,
    decide_all,
    listing,
    read_sheet,
    told,
    write_sheet,
)
from ownproof.project.labelling.answers import append_all
from ownproof.project.labelling.final import final
from ownproof.project.labelling.folder import LabelFolder, Place
from ownproof.project.labelling.making import init
from ownproof.project.ledger import Ledger

DAY = "2026-11-24"


@pytest.fixture
def folder(tmp_path: Path) -> LabelFolder:
    """Six items of two raters: two agreed, three disputed, one that nobody answered."""
    init(tmp_path / "f", kind="label", question="?", classes=["a", "b"], text="text")
    folder = LabelFolder(tmp_path / "f")
    items = [Item(str(i), f"text {i}, with a comma") for i in range(6)]
    folder.add(items, [Place(1, r, i.item) for i in items for r in ("ann", "ben")])
    said = {"0": "aa", "1": "bb", "2": "ab", "3": "ba", "4": "a-"}
    given = [
        Answer(item, rater, float(n), **({"skip": "cannot tell"} if v == "-" else {"value": v}))
        for item, values in said.items()
        for n, (rater, v) in enumerate(zip(("ann", "ben"), values, strict=True))
    ]
    append_all(folder, given, writer="test")
    return folder


def test_a_listing_says_where_the_labels_stand(folder: LabelFolder) -> None:
    answer = listing(folder)
    assert (answer["items"], answer["answered"], answer["unanswered"], answer["open"]) == (6, 5, 1, 2)
    assert answer["settled"] == {"agreed": 2, "single": 1}
    assert answer["about"] == [{"about": "a or b", "items": 2}, {"about": "skipped: cannot tell", "items": 1}]
    first = answer["disputes"][0]
    assert first["item"] == "2"
    assert [(v["rater"], v["value"]) for v in first["votes"]] == [("ann", "a"), ("ben", "b")]


def test_a_decision_is_the_label_and_its_rule_stands_in_the_guide(folder: LabelFolder) -> None:
    before = folder.guide_hash()
    decide(folder, Decision("2", "b", "Maria", "as in item 1", "commas make it b"), at=1.0, day=DAY)
    assert final(folder)["2"].how == "decision"
    assert final(folder)["2"].value == "b"
    assert folder.guide().rstrip().endswith("- commas make it b (item 2, b, Maria, 2026-11-24)")
    assert folder.guide_hash() != before
    assert "2" not in {d["item"] for d in listing(folder)["disputes"]}
    decide(folder, Decision("2", None, "Maria"), at=2.0, day=DAY)
    assert not final(folder)["2"].usable


def test_nothing_is_written_when_one_decision_cannot_be(folder: LabelFolder) -> None:
    wrong = [Decision("2", "b", "M"), Decision("3", "c", "M"), Decision("9", "a", "M"), Decision("4", "a", " ")]
    with pytest.raises(OwnproofError) as caught:
        decide_all(folder, wrong, at=1.0, day=DAY)
    assert caught.value.message.startswith("3 problems")
    assert folder.decisions() == ()


def test_the_disputes_come_back_from_a_table_that_was_filled_in(folder: LabelFolder, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    assert write_sheet(sheet, listing(folder)) == 3
    rows = list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8"))))
    assert rows[0]["votes"] == "ann: a; ben: b"
    rows[0] |= {"value": "b", "why": "it is", "rule": "a rule"}
    rows[1] |= {"value": LEAVE_OUT}
    with sheet.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    made = read_sheet(folder, sheet, by="Tom")
    assert made == [Decision("2", "b", "Tom", "it is", "a rule"), Decision("3", None, "Tom")]
    with pytest.raises(UsageError):
        read_sheet(folder, sheet, by=None)
    (tmp_path / "no.csv").write_text("items,values\n1,a\n")
    with pytest.raises(InputError):
        read_sheet(folder, tmp_path / "no.csv", by="Tom")


def test_the_ledger_is_told_of_new_decisions_once(folder: LabelFolder) -> None:
    assert not told(folder)
    decide_all(folder, [Decision("2", "a", "M", rule="r"), Decision("3", "a", "N")], at=1.0, day=DAY)
    assert told(folder)
    assert not told(folder)
    decide(folder, Decision("4", "a", "M"), at=2.0, day=DAY)
    assert told(folder)
    entries = [e.data for e in Ledger(folder.ledger).entries("label.adjudicate")]
    assert [(e["decisions"], e["new"], e["by"], e["rules"]) for e in entries] == [
        (2, 2, ["M", "N"], ["r"]),
        (3, 1, ["M"], []),
    ]


def test_answers_to_items_of_another_folder_are_left_out(folder: LabelFolder) -> None:
    append_all(folder, [Answer("77", "ann", 9.0, "a")], writer="test")
    assert "77" not in final(folder)
