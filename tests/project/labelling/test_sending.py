"""Labels on their way out: the final ones with how they came about, or every answer, changed ones written anew."""

import csv
import json

import pytest

from ownproof.cli.main import main
from ownproof.core.labelling import Answer
from ownproof.errors import InputError, UsageError
from ownproof.project.labelling.answers import append_all
from ownproof.project.labelling.sending import Wanted, send
from ownproof.project.ledger import Ledger
from tests.project.labelling.formats.places import FILES, NOW, brought, made

MAIL = "The driver was rude, what now?"


def rows(path):
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_a_table_holds_one_label_an_item_and_beside_it_how_each_came_about(tmp_path):
    folder, _ = brought(tmp_path / "f", "label_studio_choices.json")
    mail = folder.items()[0].item
    append_all(folder, [Answer(mail, "cleo", NOW, "complaint")], writer="x")
    told = send(tmp_path / "f", str(tmp_path / "labels.csv"), Wanted())
    assert (told["items"], told["without"], told["how"]) == (2, 1, {"majority": 1, "single": 1})
    first = rows(tmp_path / "labels.csv")[0]
    assert {k: first[k] for k in ("item", "text", "label", "channel")} == {
        "item": mail, "text": MAIL, "label": "complaint", "channel": "mail",
    }  # fmt: skip
    how = rows(tmp_path / "labels.how.csv")[0]
    assert (how["item"], how["how"], how["raters"]) == (mail, "majority", "3")
    assert not {"how", "raters", "confidence"} & set(first)  # as columns they would be learnt from
    entry = Ledger(folder.ledger).entries("label.export")[-1].data
    assert (entry["items"], entry["all"]) == (2, False)


@pytest.mark.parametrize(("form", "name"), [("label-studio", "x.json"), ("prodigy", "x.jsonl"), ("doccano", "x.jsonl")])
def test_other_formats_carry_how_a_label_came_about_with_it(form, name, tmp_path):
    folder, _ = brought(tmp_path / "f", "prodigy_choice.jsonl")
    append_all(folder, [Answer(folder.items()[0].item, "cleo", NOW, "question")], writer="x")
    send(tmp_path / "f", str(tmp_path / name), Wanted(form))
    text = (tmp_path / name).read_text(encoding="utf-8")
    first = json.loads(text)[0] if form == "label-studio" else json.loads(text.splitlines()[0])
    told = first["meta"]["ownproof"] if form == "label-studio" else first["ownproof"]
    assert told == {"how": "agreed", "raters": 2, "confidence": 1.0}
    if form == "label-studio":
        (one,) = first["annotations"]
        assert one["ground_truth"] is True
        assert one["result"][0]["value"] == {"choices": ["question"]}


def test_an_answer_that_was_changed_here_is_written_anew_and_the_others_as_they_came(tmp_path):
    folder, _ = brought(tmp_path / "f", "label_studio_choices.json")
    mail = folder.items()[0].item
    append_all(folder, [Answer(mail, "user-1", NOW, "question", seconds=3.0)], writer="page")
    send(tmp_path / "f", str(tmp_path / "x.json"), Wanted(every=True))
    before = json.loads((FILES / "label_studio_choices.json").read_text(encoding="utf-8"))
    after = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert after[1:] == before[1:]
    assert {k: v for k, v in after[0].items() if k != "annotations"} == {
        k: v for k, v in before[0].items() if k != "annotations"
    }
    assert before[0]["annotations"][1] in after[0]["annotations"]
    changed = next(a for a in after[0]["annotations"] if a not in before[0]["annotations"])
    assert changed["result"][0]["value"] == {"choices": ["question"]}
    assert changed["completed_by"] == {"email": "user-1"}


def test_marks_that_were_changed_keep_the_columns_of_their_conll_file(tmp_path):
    folder, _ = brought(tmp_path / "f", "documents.conll", "spans")
    item = folder.items()[1]
    append_all(
        folder, [Answer(item.item, "documents", NOW + 60, [{"start": 0, "end": 13, "label": "PER"}])], writer="page"
    )
    send(tmp_path / "f", str(tmp_path / "x.conll"), Wanted(every=True))
    was = (FILES / "documents.conll").read_text(encoding="utf-8")
    assert (tmp_path / "x.conll").read_text(encoding="utf-8") == was.replace("Bob NNP - B-PER", "Bob NNP - I-PER")


def test_what_cannot_be_written_is_refused_with_what_to_do(tmp_path):
    folder = made(tmp_path / "f")
    with pytest.raises(InputError, match="no label to write"):
        send(tmp_path / "f", str(tmp_path / "x.csv"), Wanted())
    brought(tmp_path / "g", "prodigy_choice.jsonl")
    with pytest.raises(UsageError, match="which format") as told:
        send(tmp_path / "g", str(tmp_path / "x.txt"), Wanted())
    assert "--format" in told.value.hint
    with pytest.raises(UsageError, match="no answer is by 'kinds-an'") as wrong:
        send(tmp_path / "g", str(tmp_path / "x.csv"), Wanted(rater="kinds-an"))
    assert "kinds-ann" in wrong.value.hint
    with pytest.raises(UsageError, match="marks in texts"):
        send(tmp_path / "g", str(tmp_path / "x.conll"), Wanted(rater="kinds-ann"))
    assert folder.items() == ()


def test_the_command_line_tells_both_ways_in_a_few_lines(tmp_path, capsys):
    made(tmp_path / "f")
    file = str(FILES / "label_studio_choices.json")
    assert main(["label", "import", str(tmp_path / "f"), file]) == 0
    said = capsys.readouterr().out
    assert "3 items, 4 new answers (ben@example.org 1, user-1 2, user-4 1)" in said
    assert said.splitlines()[-1].startswith("next    ownproof agree")
    assert main(["label", "export", str(tmp_path / "f"), str(tmp_path / "l.csv")]) == 0
    said = capsys.readouterr().out
    assert "1 final label (table)" in said
    assert "2 items without a label are left out" in said
    assert main(["label", "import", str(tmp_path / "f"), file, "--rename", "complaint", "=x"]) == 2
    assert "OLD=NEW" in capsys.readouterr().err
    assert main(["label", "import", str(tmp_path / "f"), file, "--scheme", "bil"]) == 2
    assert "'bilou'" in capsys.readouterr().err
