"""Items are drawn from a table and divided among raters."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from ownproof.core.policy import Policy
from ownproof.errors import ConfigError, InputError, Tampered, UsageError
from ownproof.project.labelling.access import LEAD
from ownproof.project.labelling.folder import LabelFolder
from ownproof.project.labelling.making import check, init
from ownproof.project.labelling.sampling import Asked, sample
from ownproof.project.ledger import Ledger


@pytest.fixture
def folder(tmp_path: Path) -> LabelFolder:
    init(tmp_path / "labels", kind="label", question="Good?", classes=["yes", "no"], text="text")
    return LabelFolder(tmp_path / "labels")


def table(path: Path, rows: range) -> Path:
    lines = ["nr,text,region", *(f"{i},text number {i} of many,{'north' if i % 3 else 'south'}" for i in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def drawn(folder: LabelFolder, data: Path, **asked: Any) -> dict[str, Any]:
    tokens = itertools.count()
    said = Asked(**{"raters": ("ann", "ben", "chris"), "overlap": 0.1, **asked})
    return sample(folder, data, said, policy=Policy(), draw=lambda: f"token-{next(tokens)}")


def test_a_second_draw_takes_items_that_were_never_drawn_until_all_are(folder: LabelFolder, tmp_path: Path) -> None:
    data = table(tmp_path / "data.csv", range(100))
    first = drawn(folder, data, items=60)
    assert (first["items"], first["double"], first["left"]) == (60, 6, 40)
    table(tmp_path / "data.csv", range(-20, 100))  # rows came before the old ones
    second = drawn(folder, data, items=200)
    assert (second["batch"], second["items"], second["left"]) == (2, 60, 0)
    items = folder.items()
    assert len({i.item for i in items}) == 120
    assert {i.text for i in items} == {f"text number {i} of many" for i in range(-20, 100)}
    with pytest.raises(InputError) as caught:
        drawn(folder, data)
    assert caught.value.name == "all-drawn"


def test_tokens_are_told_once_and_kept_nowhere(folder: LabelFolder, tmp_path: Path) -> None:
    data = table(tmp_path / "data.csv", range(100))
    assert set(drawn(folder, data, items=20)["tokens"]) == {"ann", "ben", "chris", LEAD}
    assert set(drawn(folder, data, items=20, raters=("ann", "dora"))["tokens"]) == {"dora"}
    written = b"".join(p.read_bytes() for p in folder.root.rglob("*") if p.is_file())
    assert b"token-" not in written


def test_the_ledger_tells_counts_and_hashes(folder: LabelFolder, tmp_path: Path) -> None:
    drawn(folder, table(tmp_path / "data.csv", range(50)))
    check(folder)
    entries = Ledger(folder.ledger).entries()
    assert [e.event for e in entries] == ["label.init", "label.sample", "label.check"]
    told = entries[1].data
    assert (told["items"], told["double"], told["raters"]) == (50, 5, dict.fromkeys(("ben", "chris"), 18) | {"ann": 19})
    assert len(told["ids"]) == len(told["queue"]) == len(told["data"]) == 64
    folder.ledger.write_bytes(folder.ledger.read_bytes().replace(b'"double":5', b'"double":6'))
    with pytest.raises(Tampered):
        check(folder)


def test_a_draw_that_was_killed_before_the_ledger_was_told_is_told_by_the_next(
    folder: LabelFolder, tmp_path: Path
) -> None:
    data = table(tmp_path / "data.csv", range(50))
    before = folder.ledger.read_bytes()
    drawn(folder, data, items=10)
    folder.ledger.write_bytes(before)
    drawn(folder, data, items=10)
    told = [
        (e.data["batch"], e.data["items"], e.data.get("recovered"))
        for e in Ledger(folder.ledger).entries("label.sample")
    ]
    assert told == [(1, 10, True), (2, 10, None)]


def test_nothing_in_a_queue_says_which_items_others_see(folder: LabelFolder, tmp_path: Path) -> None:
    drawn(folder, table(tmp_path / "data.csv", range(50)), overlap=0.5)
    lines = [json.loads(line) for line in (folder.labels / "queue.jsonl").read_text().splitlines()]
    assert {tuple(line) for line in lines} == {("batch", "rater", "item")}


def test_equal_rows_are_one_item_and_rows_without_a_text_are_left_out(folder: LabelFolder, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("text,n\nsame,1\nsame,2\n,3\n  ,4\nother,5\n")
    answer = drawn(folder, tmp_path / "d.csv")
    assert answer["items"] == 2
    assert {f["rule"]: f["value"] for f in answer["findings"] if f["level"] == "ok"} == {
        "label.empty": 2.0,
        "label.repeated": 1.0,
    }


def test_ids_name_items_and_one_that_does_not_is_refused(folder: LabelFolder, tmp_path: Path) -> None:
    toml = folder.root / "label.toml"
    toml.write_text(toml.read_text().replace('# id = "id"', 'id = "nr"').replace("# show = [", 'show = ["region"] # ['))
    drawn(folder, table(tmp_path / "d.csv", range(10)))
    assert {i.item for i in folder.items()} == {str(i) for i in range(10)}
    assert folder.items()[0].fields.keys() == {"region"}
    (tmp_path / "e.csv").write_text("nr,text,region\n77,a,x\n77,b,x\n,c,x\n")
    with pytest.raises(InputError) as caught:
        drawn(folder, tmp_path / "e.csv")
    assert "row 2, 3" in caught.value.message


def test_columns_that_are_not_there_are_told_at_once(folder: LabelFolder, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("texts,regio\na,b\n")
    with pytest.raises(InputError) as caught:
        drawn(folder, tmp_path / "d.csv", strata="region")
    assert "'texts'" in caught.value.message
    assert "'regio'" in caught.value.message


def test_everything_that_is_wrong_with_a_call_is_told_at_once(folder: LabelFolder, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        drawn(folder, tmp_path / "x.csv", raters=("a", "a"), overlap=1.5, by="uncertain", items=0, ratings=3)
    assert caught.value.message.startswith("5 problems")
    assert "uncertainty" in caught.value.message


def test_a_schema_with_gaps_is_not_drawn_for(tmp_path: Path) -> None:
    init(tmp_path / "labels", kind="label")
    with pytest.raises(ConfigError) as caught:
        drawn(LabelFolder(tmp_path / "labels"), table(tmp_path / "d.csv", range(5)))
    assert caught.value.name == "not-filled-in"


def test_without_a_model_nothing_can_be_unsure(folder: LabelFolder, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        drawn(folder, table(tmp_path / "d.csv", range(5)), by="uncertainty")
    assert "--by random" in caught.value.hint


def test_a_draw_by_cluster_keeps_a_random_share(folder: LabelFolder, tmp_path: Path) -> None:
    answer = drawn(folder, table(tmp_path / "d.csv", range(60)), by="cluster", items=20)
    assert (answer["items"], answer["random"]) == (20, 4)
    assert [i.drawn for i in folder.items()].count("cluster") == 16


def test_a_guide_that_is_not_ready_is_said_and_stops_nothing(folder: LabelFolder, tmp_path: Path) -> None:
    answer = drawn(folder, table(tmp_path / "d.csv", range(10)))
    assert [f["rule"] for f in answer["findings"]] == ["guide.open"]
    assert answer["exit"] == 0
