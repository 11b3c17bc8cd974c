"""What is read from the files of each tool."""

import json

import pytest

from ownproof.errors import InputError, UsageError
from ownproof.project.labelling.answers import read
from ownproof.project.labelling.bringing import Wanted, bring
from ownproof.project.labelling.formats.choose import FORMATS, format_for, source_of
from ownproof.project.labelling.sending import Wanted as Out
from ownproof.project.labelling.sending import send
from tests.project.labelling.formats.places import FILES, NOW, brought, held, made

MAIL = "The driver was rude, what now?"
PARCEL = "Where is my parcel?\nIt was due on Monday."


@pytest.mark.parametrize(
    ("start", "form"),
    [
        ("label_studio", "label-studio"),
        ("doccano", "doccano"),
        ("prodigy", "prodigy"),
        ("d", "conll"),
        ("broken", "conll"),
    ],
)
def test_every_file_is_known_for_what_it_is(start, form):
    seen = [format_for(source_of(p)).name for p in sorted(FILES.iterdir()) if p.name.startswith(start)]
    assert set(seen) - ({"doccano"} if start == "d" else set()) == {form}


def test_label_studio_answers_skips_and_everything_else_is_told_apart(tmp_path):
    folder, told = brought(tmp_path / "f", "label_studio_choices.json")
    assert held(folder) == {
        (MAIL, "user-1"): "complaint",
        (MAIL, "ben@example.org"): "question",
        (PARCEL, "user-1"): "skipped in Label Studio",
        (PARCEL, "user-4"): "complaint",
    }
    assert told["uncarried"] == {"several classes": 1, "replaced by a later one of the same rater": 1}
    assert told["open"] == 1
    assert [i.item == j.item for i, j in zip(folder.items(), folder.items()[1:], strict=False)] == [False, False]
    assert any("textarea" in note for note in told["notes"])
    answer = next(a for a in read(folder).answers if a.rater == "ben@example.org")
    assert (answer.at, answer.seconds) == (1706583601.0, 4.1)


def test_offsets_of_a_browser_become_characters(tmp_path):
    folder, _ = brought(tmp_path / "f", "label_studio_spans.json", "spans")
    text = folder.items()[0].text
    marks = held(folder)[text, "user-1"]
    assert [(text[s["start"] : s["end"]], s["label"]) for s in marks] == [("Ada Braun", "PER"), ("Apple", "ORG")]
    assert held(folder)["Nothing to see.", "user-1"] == []


def test_label_studios_short_form_is_read_too(tmp_path):
    folder, told = brought(tmp_path / "f", "label_studio_min.json")
    assert told["format"] == "label-studio"
    assert held(folder) == {
        ("Where is it?", "user-1"): "question",
        ("Where is it?", "user-2"): "complaint",
        ("It is broken.", "user-1"): "complaint",
    }


def test_doccano_says_what_is_open_and_whose_marks_are_whose(tmp_path):
    folder, told = brought(tmp_path / "f", "doccano_spans.jsonl", "spans", rater="ann")
    assert {who for _, who in held(folder)} == {"ann"}
    assert told["open"] == 1
    assert any("--empty" in note for note in told["notes"])
    folder, _ = brought(tmp_path / "g", "doccano_old.jsonl", "spans", rename={"12": "LOC", "13": "PER"})
    assert {who for _, who in held(folder)} == {"user-1", "user-2"}
    assert held(folder)["ROME 1996-12-06", "user-2"] == [{"start": 0, "end": 4, "label": "LOC"}]
    _, told = brought(tmp_path / "h", "doccano_classes.jsonl")
    assert (told["answers"], told["open"], told["uncarried"]) == (2, 2, {"several classes": 1})


def test_prodigys_yes_and_no_become_classes_where_there_are_two(tmp_path):
    folder, told = brought(tmp_path / "f", "prodigy_binary.jsonl", rater="ann")
    assert held(folder) == {
        ("Transition plan", "ann"): "complaint",
        ("Describe arguments", "ann"): "question",
        ("Broken link", "ann"): "complaint",
        ("Email", "ann"): "ignored in Prodigy",
    }
    assert any("the other one of the two classes" in note for note in told["notes"])
    folder, _ = brought(tmp_path / "g", "prodigy_choice.jsonl")
    assert held(folder)["It is broken.", "kinds-ann"] == "complaint"  # the later answer, wherever it stands
    assert held(folder)["It is broken.", "kinds-bob"] == "rejected in Prodigy"


def test_repairs_of_tags_are_told(tmp_path):
    folder, told = brought(tmp_path / "f", "broken_bioes.tsv.conll", "spans")
    assert told["notes"][0] == "tags read as BIOES"
    assert "1 tags do not keep to BIOES" in told["notes"][1]
    assert [(i.text) for i in folder.items()] == ["Peter Blackburn of Reuters", "in New York"]


def test_classes_that_the_folder_lacks_are_named_at_once_with_what_mends_them(tmp_path):
    made(tmp_path / "f", classes=["complaints", "other"])
    with pytest.raises(InputError) as told:
        bring(tmp_path / "f", str(FILES / "doccano_classes.jsonl"), Wanted(), now=NOW)
    assert "2 classes" in told.value.message
    assert "'complaints'" in told.value.hint
    assert "--rename" in told.value.hint
    assert not list((tmp_path / "f/labels").glob("answers*"))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.json", '[{"id": 1, "annotations": [], "data": "no object"}]', "task 1 has no data"),
        ("x.jsonl", '{"text": "a", "label": ["question"]}\nnot json\n', "line 2 is no JSON"),
        ("x.conll", "token\n\n", "no tag in the line 'token'"),
        ("x.csv", "a,b\n1,2\n", "no column 'text'"),
        ("x.conll", "a B-PER\n", "PER"),
    ],
)
def test_a_broken_file_is_refused_with_the_place_and_nothing_is_taken(name, data, words, tmp_path):
    (tmp_path / name).write_text(data)
    kind = "spans" if name.endswith("conll") else "label"
    folder = made(tmp_path / "f", kind, classes=["question", "complaint"])
    form = "label-studio" if name == "x.json" else None
    with pytest.raises(InputError, match=words):
        bring(tmp_path / "f", str(tmp_path / name), Wanted(form), now=NOW)
    assert folder.items() == ()


def test_a_missing_file_and_an_unknown_format_name_what_is_near(tmp_path):
    made(tmp_path / "f")
    (tmp_path / "labels.json").write_text("[]")
    with pytest.raises(InputError, match="is no file") as told:
        bring(tmp_path / "f", str(tmp_path / "label.json"), Wanted(), now=NOW)
    assert "labels.json" in told.value.hint
    with pytest.raises(UsageError, match="no format") as wrong:
        bring(tmp_path / "f", str(FILES / "doccano_old.jsonl"), Wanted("docano"), now=NOW)
    assert "doccano" in wrong.value.hint
    assert list(FORMATS) == ["label-studio", "prodigy", "doccano", "conll", "table"]


def test_conll_holds_no_two_answers_and_no_marks_that_overlap(tmp_path):
    brought(tmp_path / "f", "prodigy_spans.jsonl", "spans")
    with pytest.raises(UsageError, match="one answer a text") as told:
        send(tmp_path / "f", str(tmp_path / "x.conll"), Out(every=True))
    assert "--rater" in told.value.hint
    assert send(tmp_path / "f", str(tmp_path / "x.conll"), Out(rater="ner-ann"))["answers"] == 1


def test_open_items_are_told_with_the_command_that_hands_them_out(tmp_path):
    _, told = brought(tmp_path / "f", "doccano_spans.jsonl", "spans")
    assert (told["open"], told["answers"]) == (1, 2)
    assert any(f"ownproof label sample {tmp_path / 'f'} --raters a,b" in note for note in told["notes"])


def test_raters_whose_names_cannot_be_kept_get_one_that_can_and_it_is_told(tmp_path):
    long = "pilot1_review-Henry%20%20(replace%20%3Cyour%20name%3E%20with%20your%20first%20name"
    lines = [
        {"text": "hm", "accept": ["question"], "answer": "accept", "_annotator_id": who}
        for who in (long, "a,b", "lead", "ok")
    ]
    path = tmp_path / "r.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    folder, told = brought(tmp_path / "f", path)
    names = {who for _, who in held(folder)}
    assert {"a;b", "lead (imported)", "ok"} < names
    assert all(len(name) <= 60 for name in names)
    assert len(names) == 4
    assert sum("is called" in note for note in told["notes"]) == 3
    send(tmp_path / "f", str(tmp_path / "back.jsonl"), Out("prodigy", every=True))
    assert [json.loads(line) for line in (tmp_path / "back.jsonl").read_text().splitlines()] == lines
