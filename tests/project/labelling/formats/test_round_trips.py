"""What a tool exported comes in and goes out again, and nothing is lost on the way."""

import gzip
import io
import json
import zipfile

import polars as pl
import pytest

from ownproof.project.labelling.bringing import Wanted as In
from ownproof.project.labelling.bringing import bring
from ownproof.project.labelling.sending import Wanted as Out
from ownproof.project.labelling.sending import send
from tests.project.labelling.formats.places import FILES, NOW, brought, held, made

FILES_THERE = [
    ("label_studio_choices.json", "label", {}),
    ("label_studio_spans.json", "spans", {}),
    ("doccano_spans.jsonl", "spans", {}),
    ("doccano_spans.jsonl", "spans", {"empty": True}),
    ("doccano_classes.jsonl", "label", {}),
    ("doccano_old.jsonl", "spans", {"rename": {"12": "LOC", "13": "PER"}}),
    ("doccano_relations.jsonl", "spans", {}),
    ("prodigy_spans.jsonl", "spans", {}),
    ("prodigy_choice.jsonl", "label", {}),
    ("prodigy_binary.jsonl", "label", {}),
    ("documents.conll", "spans", {}),
    ("broken_bioes.tsv.conll", "spans", {}),
]


def parsed(data, name):
    """A file's meaning: JSON values; of CoNLL every byte."""
    if name.endswith(".json"):
        return json.loads(data)
    return [json.loads(line) for line in data.splitlines()] if name.endswith(".jsonl") else data


@pytest.mark.parametrize(("name", "kind", "said"), FILES_THERE)
def test_a_file_comes_out_as_it_came_in(name, kind, said, tmp_path):
    _, told = brought(tmp_path / "f", name, kind, **said)
    send(tmp_path / "f", str(tmp_path / name), Out(told["format"], every=True))
    assert parsed((tmp_path / name).read_bytes(), name) == parsed((FILES / name).read_bytes(), name)


@pytest.mark.parametrize(("name", "kind", "said"), FILES_THERE)
def test_the_same_file_again_adds_nothing(name, kind, said, tmp_path):
    folder, first = brought(tmp_path / "f", name, kind, **said)
    before = (folder.items(), held(folder))
    again = bring(tmp_path / "f", str(FILES / name), In(**said), now=NOW + 60)
    assert (again["items"], again["answers"], again["repeated"]) == (0, 0, first["answers"])
    assert (folder.items(), held(folder)) == before


@pytest.mark.parametrize("form", ["label-studio", "prodigy", "doccano", "table"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("label_studio_choices.json", "label"),
        ("label_studio_spans.json", "spans"),
        ("prodigy_spans.jsonl", "spans"),
        ("prodigy_choice.jsonl", "label"),
    ],
)
def test_every_answer_survives_the_way_through_another_format(name, kind, form, tmp_path):
    folder, _ = brought(tmp_path / "f", name, kind)
    ending = {"label-studio": ".json", "doccano": ".zip", "table": ".parquet"}.get(form, ".jsonl")
    path = tmp_path / f"all{ending}"
    send(tmp_path / "f", str(path), Out(form, every=True))
    if form == "doccano" and not zipfile.is_zipfile(path):
        path = path.rename(tmp_path / f"{next(iter(held(folder)))[1]}.jsonl")
    there = made(tmp_path / "g", kind)
    bring(tmp_path / "g", str(path), In(form, empty=True), now=NOW)
    told = {key: value for key, value in held(folder).items() if not isinstance(value, str) or kind == "label"}
    skips = {
        k
        for k, v in held(folder).items()
        if v in ("skipped in Label Studio", "ignored in Prodigy", "rejected in Prodigy")
    }
    back = held(there)
    assert {k: v for k, v in back.items() if k not in skips} == {k: v for k, v in told.items() if k not in skips}


def test_marks_go_through_conll_and_keep_their_text(tmp_path):
    folder, _ = brought(tmp_path / "f", "label_studio_spans.json", "spans")
    send(tmp_path / "f", str(tmp_path / "x.conll"), Out(every=True))
    there = made(tmp_path / "g", "spans")
    told = bring(tmp_path / "g", str(tmp_path / "x.conll"), In(rater="user-1"), now=NOW)
    assert held(there) == held(folder)
    assert told["notes"] == ["tags read as BIO"]


def test_a_packed_file_is_unpacked(tmp_path):
    path = tmp_path / "documents.conll.gz"
    path.write_bytes(gzip.compress((FILES / "documents.conll").read_bytes()))
    folder, told = brought(tmp_path / "f", path, "spans")
    assert (told["format"], told["read"], told["raters"]) == ("conll", 3, {"documents": 3})
    assert [i.extra["conll"]["data"]["document"] for i in folder.items()] == [1, 1, 2]


def test_files_of_several_people_in_a_zip_become_their_answers(tmp_path):
    made_zip = io.BytesIO()
    with zipfile.ZipFile(made_zip, "w") as archive:
        for who, label in (("ann", "complaint"), ("ben", "question")):
            archive.writestr(f"{who}.jsonl", json.dumps({"id": 1, "text": "hm", "label": [label], "Comments": []}))
    (tmp_path / "d.zip").write_bytes(made_zip.getvalue())
    folder, told = brought(tmp_path / "f", tmp_path / "d.zip")
    assert held(folder) == {("hm", "ann"): "complaint", ("hm", "ben"): "question"}
    send(tmp_path / "f", str(tmp_path / "out.zip"), Out(every=True))
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert sorted(archive.namelist()) == ["ann.jsonl", "ben.jsonl"]
        assert json.loads(archive.read("ben.jsonl")) == {"id": 1, "text": "hm", "label": ["question"], "Comments": []}
    assert told["format"] == "doccano"


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".jsonl", ".arrow"])
def test_a_table_of_answers_comes_back_from_every_kind_of_table(ending, tmp_path):
    folder, _ = brought(tmp_path / "f", "prodigy_spans.jsonl", "spans")
    send(tmp_path / "f", str(tmp_path / f"all{ending}"), Out(every=True))
    there = made(tmp_path / "g", "spans")
    bring(tmp_path / "g", str(tmp_path / f"all{ending}"), In("table"), now=NOW)
    assert held(there) == held(folder)


def test_numbers_in_a_table_are_numbers_and_a_missing_one_is_no_answer(tmp_path):
    pl.DataFrame({"item": ["a", "b", "b"], "rater": ["x", "x", "y"], "label": [2.0, None, 4.0], "text": ["p", "q", "q"]}).write_csv(tmp_path / "n.csv")  # fmt: skip
    folder, told = brought(tmp_path / "f", tmp_path / "n.csv", "number")
    assert held(folder) == {("p", "x"): 2.0, ("q", "y"): 4.0}
    assert told["raters"] == {"x": 1, "y": 1}
